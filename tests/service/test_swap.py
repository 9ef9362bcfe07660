"""When the tag moves: the new version at once, whole, or the old one for good and the reason why."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from benchmarks._service_process import Process, service
from benchmarks._service_world import INTENT, World, questions

from service.board import Board
from service.follow import Follower
from service.settings import Settings
from service.telemetry import Telemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow
LIGHT = {"utterance": "turn on the light", "language": "en"}


@pytest.fixture(scope="module")
def follower(world: World) -> Iterator[Process]:
    """A service that looks at its tags only at SIGHUP, so that each test knows when it looked."""
    with service(world.clone("follower"), world.root / "follower.log", "--stage", "prod", "--poll", "0") as process:
        process.wait_until_ready()
        yield process


def swap(process: Process, world: World, version: str) -> None:
    world.promote("intent", version)
    look(process, lambda: process.get("/version")[1]["intent"]["version"] == version)


def look(process: Process, seen: Callable[[], bool]) -> None:
    process.signal(signal.SIGHUP)
    until = time.monotonic() + 30
    while not seen():
        assert time.monotonic() < until, process.log.read_text(encoding="utf-8")[-2000:]
        time.sleep(0.02)


def refused(process: Process) -> str:
    said = process.get("/version")[1]["intent"]["refused"]
    return said["why"] if said else ""


def test_a_moved_tag_swaps_the_version_and_an_older_one_is_the_way_back(follower: Process, world: World) -> None:
    before = follower.post("/v1/intent", LIGHT)[1]
    swap(follower, world, "v1.1.0")
    after = follower.post("/v1/intent", LIGHT)[1]
    assert (before["version"], after["version"]) == ("v1.0.0", "v1.1.0")
    assert before["digest"] != after["digest"]
    assert before["score"] != after["score"]
    assert follower.post("/v1/intent/batch", {"items": [LIGHT]})[1]["digest"] == after["digest"]
    swap(follower, world, "v1.0.0")
    assert follower.post("/v1/intent", LIGHT)[1] == before


def test_under_load_ten_swaps_lose_no_request_and_mix_no_answer(follower: Process, world: World) -> None:
    right: dict[str, Any] = {}
    asked = [{name: value for name, value in row.items() if name != "id"} for row in questions()]
    for version in ("v1.1.0", "v1.0.0"):
        swap(follower, world, version)
        answers = follower.post("/v1/intent/batch", {"items": asked})[1]
        right[answers["digest"]] = {"version": version, "answers": answers["answers"]}
    load = {"port": follower.port, "connections": 8, "seconds": 4, "path": "/v1/intent", "asked": asked, "right": right}
    found: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: found.append(_loaded(load)))
    thread.start()
    until = time.monotonic() + 3.5
    swaps = 0
    while swaps < 10 and time.monotonic() < until:
        swap(follower, world, ("v1.1.0", "v1.0.0")[swaps % 2])
        swaps += 1
    thread.join()
    if swaps % 2:
        swap(follower, world, "v1.0.0")
    assert swaps > 1
    assert (found[0]["failed"], found[0]["mixed"], list(found[0]["statuses"])) == (0, 0, ["200"])
    assert found[0]["digests"] == 2


def _loaded(load: dict[str, Any]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks._service_load"]
    done = subprocess.run(command, input=json.dumps(load), capture_output=True, text=True, check=True, timeout=60)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _by_hand(world: World) -> None:
    number = world.numbers["intent"] = world.numbers["intent"] + 1
    world.git("tag", f"intent#prod#{number}", world.commits["intent@v1.1.0"])


def _without_provenance(world: World) -> None:
    world.git("tag", "-a", "intent@v6.0.0", "-m", "I promise")
    world.commits["intent@v6.0.0"] = world.git("rev-parse", "HEAD")
    world.promote("intent", "v6.0.0")


def _other_digest(world: World) -> None:
    told = [world._artefact(path, role) for path, role in zip(INTENT, ("model", "golden", "golden"), strict=True)]
    told[0]["sha256"] = "0" * 64
    world.register("intent", "v7.0.0", artefacts=told)
    world.promote("intent", "v7.0.0")


def _unknown_version(world: World) -> None:
    world.commits["intent@v8.0.0"] = world.git("rev-parse", "HEAD")
    world.promote("intent", "v8.0.0")


def _no_golden(world: World) -> None:
    told = [world._artefact(INTENT[0], "model")]
    world.register("intent", "v9.0.0", artefacts=told)
    world.promote("intent", "v9.0.0")


def _other_golden(world: World) -> None:
    paths = (("model", INTENT[0]), ("golden", INTENT[2]), ("golden", "predictions/intent/other.parquet"))
    rows = [{"id": row["id"], "prediction": "HassIntent0", "score": 0.5} for row in questions()]
    world._table("predictions/intent/other.parquet", rows)
    world.commit("predictions/intent/other.parquet")
    told = [world._artefact(path, role) for role, path in paths]
    world.register("intent", "v10.0.0", artefacts=told)
    world.promote("intent", "v10.0.0")


def _broken_golden(world: World) -> None:
    rows = [{"id": "en-1", "language": "en", "area": "any", "domain": "any", "utterance": None}]
    world._table("predictions/intent/broken.parquet", [rows[0] | {"prediction": "HassIntent0", "score": 0.5}])
    world.commit("predictions/intent/broken.parquet")
    paths = (("model", INTENT[0]), ("golden", "predictions/intent/broken.parquet"))
    told = [world._artefact(path, role) for role, path in paths]
    world.register("intent", "v11.0.0", artefacts=told)
    world.promote("intent", "v11.0.0")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_by_hand, "it is a plain tag, made by hand"),
        (_without_provenance, "its message holds no provenance"),
        (_other_digest, "models/intent/model.npz is not what was registered"),
        (_unknown_version, "there is no such version"),
        (_no_golden, "no golden row has all of"),
        (_other_golden, "60 of 60 golden answers are others than were recorded"),
        (_broken_golden, "its files made the service fail (AttributeError)"),
    ],
)
def test_a_version_that_cannot_be_believed_leaves_the_old_one_and_says_so(
    follower: Process, world: World, spoil: Callable[[World], None], why: str
) -> None:
    before = follower.post("/v1/intent", LIGHT)
    spoil(world)
    look(follower, lambda: why in refused(follower))
    assert follower.post("/v1/intent", LIGHT) == before
    assert follower.get("/readyz")[0] == 200
    assert any(why in event["why"] and event["kept"] == "v1.0.0" for event in follower.events("refused"))
    metrics = follower.ask("GET", "/metrics")[2].decode()
    assert 'service_version_refused{model="intent"} 1.0' in metrics
    world.promote("intent", "v1.0.0")
    look(follower, lambda: not refused(follower))


def test_a_version_that_is_gone_from_the_remote_leaves_the_old_one(follower: Process, world: World) -> None:
    artefact = world.git("show", f"{world.commits['intent@v1.1.0']}:{INTENT[0]}.dvc")
    md5 = next(line.split()[-1] for line in artefact.splitlines() if "md5: " in line)
    stored = world.storage / "files/md5" / md5[:2] / md5[2:]
    stored.rename(stored.with_suffix(".gone"))
    world.promote("intent", "v1.1.0")
    look(follower, lambda: "is gone" in refused(follower))
    assert follower.post("/v1/intent", LIGHT)[1]["version"] == "v1.0.0"
    stored.with_suffix(".gone").rename(stored)
    look(follower, lambda: follower.get("/version")[1]["intent"]["version"] == "v1.1.0")
    assert not refused(follower)
    swap(follower, world, "v1.0.0")


def test_a_working_tree_is_served_as_it_lies_there_and_its_commit_is_called_dirty(world: World) -> None:
    """What `make serve` does: a model trained here may be another file than the committed metadata names."""
    clone = world.clone("here")
    first, second = (world.commits[f"intent@v1.{number}.0"] for number in (0, 1))
    world.git("checkout", "--quiet", first, where=clone)
    with service(clone, world.root / "here.log", "--stage", "test", "--here", "--poll", "0") as process:
        process.wait_for_line('"taken","model":"intent"')
        before = process.get("/version")[1]["intent"]
        world.git("checkout", second, "--", ".", where=clone)
        look(process, lambda: process.get("/version")[1]["intent"]["digest"] != before["digest"])
        after = process.get("/version")[1]["intent"]
    assert (before["version"], before["commit"], before["released"]) == ("unreleased", first, False)
    assert (after["version"], after["commit"]) == ("unreleased", f"{first}-dirty")
    assert after["digest"] == hashlib.sha256((world.repo / INTENT[0]).read_bytes()).hexdigest()


def test_a_look_that_finds_no_git_or_no_repository_says_so_and_is_not_the_last(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The thread that follows the tags must not end, or the service would go on with old versions and say nothing."""
    clone, board = world.clone("nowhere"), Board()
    follower = Follower(Settings(clone, "prod"), board, Telemetry(board, lambda: 0))
    with monkeypatch.context() as patched:
        patched.setenv("PATH", "")
        follower.look()
    world.git("remote", "set-url", "origin", str(world.root / "away"), where=clone)
    follower.look()
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["why"] for event in said if event["event"] == "not_fetched"] == [
        "git is not installed",
        f"fatal: '{world.root / 'away'}' does not appear to be a git repository",
    ]
    assert [event["model"] for event in said if event["event"] == "taken"] == ["intent", "loan"]
