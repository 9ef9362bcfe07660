"""What the operator of the service chooses."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.sample import MASKED, MASKS, Sampling

if TYPE_CHECKING:
    from collections.abc import Sequence

MODELS = ("intent", "loan")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of anything is let in."""

    body: int = 16_384
    """Bytes of the body of a single question."""
    batch_body: int = 262_144
    """Bytes of the body of a batch."""
    body_seconds: float = 10.0
    """For a body to arrive."""
    queue: int = 256
    """Requests that are in hand at once; one more is told to come again."""
    reading: int = 512
    """Requests whose body is still arriving; one more is told to come again."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of `python -m service`."""

    repo: Path
    stage: str = ""
    """Whose tag is followed: `test` or `prod`; empty for none."""
    revision: str = ""
    """What is served while no tag of the stage is there; empty: then nothing is served."""
    here: bool = False
    """In place of a revision: what lies in the working tree, as its dvc.lock names it."""
    host: str = "127.0.0.1"
    port: int = 8000
    """0 takes a free one; the log says which."""
    poll: float = 5.0
    """Seconds between two looks at the tags; 0 looks only at SIGHUP."""
    notice: float = 0.5
    """Seconds from SIGTERM, when `/readyz` turns false, until new requests are refused."""
    drain: float = 20.0
    """Seconds that answers under way are then given."""
    limits: Limits = Limits()
    sampling: Sampling | None = None
    """None: nothing of what is asked is kept."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    add = parser.add_argument
    add("--repo", type=Path, default=Path(), help="a clone of the repository whose releases are served (default: .)")
    add("--stage", default="", choices=("test", "prod"), help="follow the tags of this environment")
    add("--revision", default="", metavar="REV", help="serve this revision, unreleased, while the stage has no tag")
    add("--here", action="store_true", help="the same with the working tree: what its dvc.lock names")
    add("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    add("--port", type=int, default=8000, help="the port to listen on; 0 takes a free one (default: 8000)")
    add("--poll", type=float, default=5.0, metavar="SECONDS", help="look for moved tags so often; 0: only at SIGHUP")
    add("--notice", type=float, default=0.5, metavar="SECONDS", help="from SIGTERM until requests are refused (0.5)")
    add("--drain", type=float, default=20.0, metavar="SECONDS", help="for answers under way at the end (20)")
    add("--queue", type=int, default=256, metavar="N", help="requests in hand at once; more get 503 (default: 256)")
    add("--sample", type=float, default=0.0, metavar="SHARE", help="keep this share of the utterances (default: 0)")
    add("--sample-into", type=Path, metavar="FOLDER", help="where to; needed with --sample")
    add("--sample-key", type=Path, metavar="FILE", help="a file of at least 16 secret bytes; needed with --sample")
    add("--sample-mask", action="append", default=[], metavar="COLUMN=HOW", help="how: keep, digits, hmac or drop")
    return parser


def _sampling(parser: argparse.ArgumentParser, asked: argparse.Namespace) -> Sampling | None:
    """What `--sample` and its companions say; exits 2 where they do not fit together."""
    if not asked.sample:
        return None
    if asked.sample_into is None or asked.sample_key is None:
        parser.error("--sample needs --sample-into, a folder, and --sample-key, a file of secret bytes")
    masks: dict[str, Any] = {**MASKED}
    for said in asked.sample_mask:
        column, _, how = said.partition("=")
        if column not in masks or how not in MASKS:
            parser.error(f"--sample-mask takes {', '.join(masks)}, = and one of {', '.join(MASKS)}")
        masks[column] = how
    try:
        return Sampling(asked.sample_into, asked.sample, asked.sample_key.read_bytes(), masks)
    except (OSError, ValueError) as error:
        parser.error(f"--sample: {error}")


def from_arguments(arguments: Sequence[str]) -> Settings:
    """The settings of a command line; exits 2 with the usage where it is wrong."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if not asked.stage and not asked.revision and not asked.here:
        parser.error("say what to serve: --stage prod follows its tags, --revision HEAD serves one revision")
    if asked.revision and asked.here:
        parser.error("a revision, or the working tree: one of --revision and --here")
    if min(asked.poll, asked.notice, asked.drain) < 0 or asked.queue < 1:
        parser.error("seconds cannot be negative, and the queue needs at least one place")
    return Settings(
        repo=asked.repo, stage=asked.stage, revision=asked.revision, here=asked.here, host=asked.host,
        port=asked.port, poll=asked.poll, notice=asked.notice, drain=asked.drain, limits=Limits(queue=asked.queue),
        sampling=_sampling(parser, asked),
    )  # fmt: skip
