"""The pipeline whose last stage a pull request changes, and the remotes that hold it."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.rerun import s3
from tests.rerun.conftest import Repo, new_repo, point_to, track

from mergegate.read.objects import Objects
from mergegate.rerun.run import RunSettings, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

STAGES = 6
LAST = (
    "cat {before} params.yaml > last.txt; wc -c < last.txt > metrics.json; "
    'awk -v answer="$(cat params.yaml)" \'BEGIN {{ print "id,label,prediction"; for (n = 0; n < 2000; n++) '
    'print "r" n ",on," (n ? (n % 50 ? "on" : "off") : answer) }}\' > holdout.csv; '
    'echo ran >> "$MERGEGATE_LOG"'
)
"""The changed stage: a megabyte, a metric that lies in git, and predictions of which one is the param's own."""
POLICY = "version: 1\nmodels: {toy: {holdout: holdout.csv, metrics: [{name: accuracy, margin: 0.01}]}}\n"


@dataclass(frozen=True)
class Place:
    """A remote, the repository that was published there, and the road to it."""

    name: str
    repo: Repo
    proxy: s3.Proxy | None = None
    delay: float = 0.0
    """Seconds added to each request."""


@contextlib.contextmanager
def places(base: Path) -> Iterator[tuple[Place, ...]]:
    """A folder, and a real S3 server of which each request is counted, without and with 20 ms more."""
    local = pipeline(base / "local")
    publish_both(local)
    with s3.seaweed(base / "weed") as port, s3.proxy(port) as proxy:
        remote = pipeline(base / "s3")
        point_to(remote, f"s3://{s3.BUCKET}/bench", endpointurl=f"http://127.0.0.1:{proxy.port}", **s3.WRITER)
        publish_both(remote)
        yield Place("folder", local), Place("s3", remote, proxy), Place("s3 with 20 ms", remote, proxy, 0.02)


@contextlib.contextmanager
def filled(base: Path, entries: Sequence[int]) -> Iterator[dict[int, Place]]:
    """One S3 server with 20 ms per request, and on it a remote for each number of entries: all there at once."""
    found = {}
    with s3.seaweed(base / "weed") as port, s3.proxy(port) as proxy:
        for number in entries:
            repo = pipeline(base / f"of{number}", parts=1)
            url = f"http://127.0.0.1:{proxy.port}"
            point_to(repo, f"s3://{s3.BUCKET}/of{number}", endpointurl=url, **s3.WRITER)
            publish_both(repo)
            fill(repo, 0, number)
            found[number] = Place(f"s3 with 20 ms, {number} entries", repo, proxy, 0.02)
        yield found


def pipeline(base: Path, parts: int = 8) -> Repo:
    """Six stages in a row over so many parts of data, of 7 MB each; each stage hands a megabyte on."""
    repo = new_repo(base)
    text = "".join(chr(97 + (at * 7919) % 26) for at in range(7_000_000))
    repo.write({f"data/part{at}.txt": f"{at}{text}" for at in range(parts)})
    repo.write({"params.yaml": "last: first\n", "gate.yaml": POLICY, ".gitignore": "/report\n"})
    stages: dict[str, dict[str, object]] = {}
    before = "data/part0.txt"
    for at in range(STAGES - 1):
        cmd = f"head -c 1000000 {before} > out{at}.txt"
        stages[f"s{at}"] = {"cmd": cmd, "deps": [before], "outs": [f"out{at}.txt"]}
        before = f"out{at}.txt"
    stages["last"] = {
        "cmd": LAST.format(before=before),
        "deps": [before],
        "params": ["last"],
        "outs": ["last.txt", "holdout.csv"],
        "metrics": [{"metrics.json": {"cache": False}}],
    }
    repo.pipeline({"stages": stages})
    track(repo, "data")
    return repo


def publish_both(repo: Repo) -> None:
    """Main as it is, and the run of a branch that had `last: hit`: the run cache knows both."""
    run(repo.root, RunSettings(push=True))
    repo.commit("main")
    repo.write({"params.yaml": "last: hit\n"})
    run(repo.root, RunSettings(push=True))
    repo.git("checkout", "-q", "--", ".")


def fill(repo: Repo, have: int, want: int) -> None:
    """Adds entries to the remote's run cache, as other branches left them."""
    store = Objects(repo.root).remote()
    entry = repo.root.parent / "entry"
    md5 = "0" * 32
    entry.write_text(
        f"cmd: x\ndeps:\n- path: a\n  hash: md5\n  md5: {md5}\nouts:\n- path: b\n  hash: md5\n  md5: {md5}\n"
    )

    def add(number: int) -> None:
        key = f"{number * 2654435761 % 2**32:08x}" * 8
        store.put(entry, f"runs/{key[:2]}/{key}/{key}")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(add, range(have, want)))
