"""The whole circle, once: a data release, retrained on by a pull request, gated, merged, registered, tested, served,
and rolled back, until the bot in the terminal gives the new answer, and then the old one again.

Real here: git, DVC, an S3 server with a role that writes and one that only reads, the workflow files (each job of
them, by act), uv, the gate, the service of each environment, the bot. Small: one language, five stages of `intent`.

What act cannot play, and what stands in for it: GitHub's API and CML (a stub that checks every body, a stand-in that
keeps to CML's contract), the approval of an environment's reviewers, that a schedule or an event sets a workflow off
(the test does), `permissions`, `concurrency` and branch rules (tests/workflows/test_files.py reads them in the files).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.rerun import s3
from tests.workflows import circle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.workflows.act import ActRun
    from tests.workflows.world import World

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.workflows, pytest.mark.node, pytest.mark.s3, pytest.mark.slow]


@dataclass(frozen=True)
class Service:
    """The service of one environment, which follows its tags."""

    url: str
    log: Path

    def version(self) -> str:
        """Which version of `intent` it serves; empty while it serves none."""
        try:
            with urllib.request.urlopen(f"{self.url}/version", timeout=10) as answer:
                told = json.load(answer)
        except OSError:
            return ""
        return str((told.get("intent") or {}).get("version") or "")

    def wait_for(self, version: str) -> None:
        """Until it serves that version."""
        end = time.monotonic() + 90
        while self.version() != version:
            assert time.monotonic() < end, self.log.read_text()[-4000:]
            time.sleep(0.2)


@contextmanager
def serving(world: World, stage: str, port: int, env: dict[str, str]) -> Iterator[Service]:
    """A running service, in a clone of its own."""
    clone = world.folder / f"service-{stage}"
    subprocess.run(["git", "clone", "--quiet", str(world.origin), str(clone)], check=True)
    log = world.folder / f"{stage}.log"
    command = [
        sys.executable,
        "-m",
        "service",
        "--repo",
        str(clone),
        "--stage",
        stage,
        "--port",
        str(port),
        "--poll",
        "1",
    ]
    with log.open("w") as stream:
        process = subprocess.Popen(
            command, env={**os.environ, **env, "PYTHONPATH": str(ROOT / "src")}, stdout=stream, stderr=stream
        )
    try:
        yield Service(f"http://127.0.0.1:{port}", log)
    finally:
        process.terminate()
        process.wait(30)


def bot(service: Service) -> dict[str, Any]:
    """What the bot makes of the sentence, asking that service."""
    node = shutil.which("node")
    assert node
    command = [
        node,
        str(ROOT / "bot/bot.mjs"),
        "--say",
        circle.ASKED,
        "--json",
        "--language=en",
        "--service",
        service.url,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout, done.stderr
    return dict(json.loads(done.stdout))


def passed(run: ActRun) -> ActRun:
    assert run.exit_code == 0, run.log
    return run


def tags(world: World) -> set[str]:
    listed = subprocess.run(
        ["git", "-C", str(world.origin), "tag", "--list"], capture_output=True, text=True, check=True
    )
    return set(listed.stdout.split())


def test_a_data_release_goes_round_to_the_bot_and_back(tmp_path: Path) -> None:
    ports = {stage: s3.free_port() for stage in ("test", "prod")}
    with s3.seaweed(tmp_path / "weed") as port:
        reader = circle.role(port, s3.READER)
        for world in circle.made(tmp_path, port, f"http://127.0.0.1:{ports['test']}"):
            with (
                serving(world, "test", ports["test"], reader) as test,
                serving(world, "prod", ports["prod"], reader) as prod,
            ):
                play(world, test, prod)


def play(world: World, test: Service, prod: Service) -> None:
    """The story, step by step."""
    before = world.main
    (world.work / "README.md").write_text("The first merge after the gate was set up.\n", encoding="utf-8")
    world.commit_to_main("Say hello")
    passed(world.play_main(before))
    assert tags(world) == {"intent@v1.0.0"}
    for stage, service in (("test", test), ("prod", prod)):
        passed(world.play_promote("intent", stage))
        service.wait_for("v1.0.0")
    old = bot(prod)
    assert (old["source"], old["version"]) == ("service", "v1.0.0")
    assert old["intent"] != circle.ANSWER

    circle.next_release(world.folder.parent / "registry")
    passed(world.play_retrain())
    [told] = world.github.pulls
    assert told["head"]["ref"].startswith("mergegate/retrain-")
    assert f"{circle.NEXT_RELEASE}" in told["body"]
    assert "added" in told["body"]
    pull = world.opened(told["number"])
    played = world.play(pull)
    passed(played.run)
    assert played.conclusions == ["success"], played.judge.log

    before = world.main
    world.merge(pull)
    passed(world.play_main(before))
    assert "intent@v1.1.0" in tags(world)
    assert "metrics/releases/intent/v1.1.0/provenance.json" in world.files("metrics/releases")
    assert bot(prod)["version"] == "v1.0.0", "what is registered is not yet promoted"

    passed(world.play_promote("intent", "test"))
    test.wait_for("v1.1.0")
    passed(world.play_promote("intent", "prod"))
    prod.wait_for("v1.1.0")
    new = bot(prod)
    assert (new["source"], new["version"], new["intent"]) == ("service", "v1.1.0", circle.ANSWER)

    passed(world.play_promote("intent", "prod", "v1.0.0"))
    prod.wait_for("v1.0.0")
    assert bot(prod) == old
    moved = {f"intent#{stage}#{number}" for number, stage in enumerate(("test", "prod", "test", "prod", "prod"), 1)}
    assert tags(world) == {"intent@v1.0.0", "intent@v1.1.0", *moved}
