"""Pull requests on the real pipeline and the real data, through the real workflow files.

One repository, whose main has run once, serves all scenes but the one about a main that never ran.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from scripts.demo import BETTER, BROKEN
from tests.workflows.stub_github import BOT, Fault
from tests.workflows.world import Played, PullRequest, World

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.workflows, pytest.mark.node, pytest.mark.slow, pytest.mark.xdist_group("workflows")]

ROOT = Path(__file__).parents[2]
BELOW_TRAIN = {"train", "predict", "evaluate", "quiz", "shadow", "invariances"}
LOAN = {f"loan-{name}" for name in (
    "validate", "split", "train", "generate", "ceiling", "crossfit", "predict", "evaluate",
)}  # fmt: skip
ALL = {"validate", "split", "unlabelled"} | BELOW_TRAIN | LOAN


def project() -> tuple[dict[str, bytes], dict[str, int]]:
    """Every tracked file of this project, as it is, and which of them can be executed."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, check=True, text=True).stdout
    names = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    return {name: (ROOT / name).read_bytes() for name in names}, {name: (ROOT / name).stat().st_mode for name in names}


def told(played: Played) -> dict[str, Any]:
    """The verdict."""
    file = played.verdict / "verdict.json"
    assert file.is_file(), played.judge.log
    return dict(json.loads(file.read_text(encoding="utf-8")))


def ran(played: Played) -> set[str]:
    """The stages whose command was executed."""
    file = played.evidence / "evidence.json"
    assert file.is_file(), played.run.log
    handed = json.loads(file.read_text(encoding="utf-8"))
    return {stage["name"] for stage in handed["stages"] if stage["outcome"] == "ran"}


def comments(world: World, pull: PullRequest) -> list[str]:
    """What our bot wrote to the pull request."""
    return [one["body"] for one in world.github.comments.get(pull.number, []) if one["user"]["login"] == BOT]


def edited(world: World, name: str, edit: tuple[str, str]) -> dict[str, str]:
    """The change that replaces one piece of text in a file of main."""
    text = world.read(name)
    assert text.count(edit[0]) == 1, f"{name} has no single {edit[0]!r}"
    return {name: text.replace(*edit)}


def cheaper(params: bytes) -> bytes:
    """A ceiling of one model instead of many, where the scene asks what runs and not what comes of it."""
    for many, one in ((b"repeats: 3", b"repeats: 1"), (b"bags: 4", b"bags: 1")):
        assert params.count(many) == 1, many
        params = params.replace(many, one)
    return params


def docs(world: World) -> dict[str, str]:
    """A change of the README."""
    return {"README.md": world.read("README.md") + "\nThank you for reading to the end.\n"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The project as it is, and its main has run once: from nothing, with what the locked packages bring."""
    made = World(tmp_path_factory.mktemp("world"))
    try:
        made.start(*project())
        run = made.play_main()
        assert run.exit_code == 0, run.log
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def docs_only(world: World) -> tuple[PullRequest, Played]:
    """A pull request that changes the README."""
    pull = world.open_pull_request("docs", docs(world))
    return pull, world.play(pull)


def test_main_publishes_what_it_reproduced_and_finds_the_lock_up_to_date(world: World) -> None:
    """From an empty remote, to the byte what `dvc.lock` says: so there is nothing to commit."""
    assert world.storage_keys() == [f"dvc-storage-{world.started}"]
    assert world.main == world.started


def test_a_docs_only_pull_request_runs_no_stage_and_merges(world: World, docs_only: tuple[PullRequest, Played]) -> None:
    """(a) And the check passes."""
    pull, played = docs_only
    assert played.run.exit_code == 0, played.run.log
    assert ran(played) == set()
    assert told(played)["decision"] == "merge"
    assert played.conclusions == ["success"], played.judge.log
    assert len(comments(world, pull)) == 1
    assert "mergegate: merge" in comments(world, pull)[0]
    assert re.search(r"\[The whole report as a page\]\(\S+/actions/runs/\d+/artifacts/\d+\)", comments(world, pull)[0])


@pytest.fixture(scope="module")
def better(world: World) -> tuple[PullRequest, Played]:
    """A pull request that trains a better model."""
    pull = world.open_pull_request("better", edited(world, "params.yaml", BETTER))
    return pull, world.play(pull)


def test_a_params_change_reruns_the_stages_below_it_and_the_comment_says_what_moved(
    world: World, better: tuple[PullRequest, Played]
) -> None:
    """(b) Neither the validation nor the split reads that param."""
    pull, played = better
    assert played.run.exit_code == 0, played.run.log
    assert ran(played) == BELOW_TRAIN
    verdict = told(played)
    assert verdict["decision"] == "merge", played.judge.log
    assert played.conclusions == ["success"]
    moved = [finding for finding in verdict["findings"] if finding["state"] == "improved"]
    assert moved
    (comment,) = comments(world, pull)
    param = next(note["rows"][1][1] for note in verdict["notes"] if note["title"] == "What changed")
    assert param.split(".")[-1] in comment
    assert "accuracy" in comment
    [check] = [one for one in world.github.checks if one["head_sha"] == pull.head]
    assert comment.startswith(check["output"]["summary"])


@pytest.fixture(scope="module")
def broken(world: World) -> tuple[PullRequest, Played]:
    """A pull request that breaks the tokeniser."""
    pull = world.open_pull_request("broken", edited(world, "src/intent/features.py", BROKEN))
    return pull, world.play(pull)


def test_a_planted_regression_is_blocked_and_everything_agrees(
    world: World, broken: tuple[PullRequest, Played]
) -> None:
    """(c) Exit code, verdict, check and comment."""
    pull, played = broken
    assert played.run.exit_code == 0, played.run.log
    assert ran(played) == BELOW_TRAIN
    verdict = told(played)
    assert verdict["decision"] == "block"
    assert any(finding["blocks"] and finding["state"] == "regressed" for finding in verdict["findings"])
    assert "::set-output:: exit_code=1" in played.judge.log
    assert played.conclusions == ["failure"]
    assert "mergegate: block" in comments(world, pull)[0]
    [check] = [one for one in world.github.checks if one["head_sha"] == pull.head]
    assert ("src/intent/features.py", "failure") in {
        (one["path"], one["annotation_level"]) for one in check["output"]["annotations"]
    }


def test_an_owner_accepts_by_a_label_and_takes_it_back(world: World) -> None:
    """Nothing of the pull request runs again: main's judge does, as the event of a label takes it from there."""
    read = "    frame = tables.read_parquet(ROWS, tables.UTTERANCES)\n"
    worse = f'{read}    frame.loc[frame.index % 12 == 0, "utterance"] = "?"\n'
    pull = world.open_pull_request("worse", edited(world, "src/intent/predict.py", (read, worse)))
    first = world.play(pull)
    assert first.conclusions == ["failure"], first.judge.log
    assert f"mergegate: accept {pull.head} REASON" in comments(world, pull)[0]

    world.github.roles["olga"] = "maintain"
    world.github.comment(pull.number, f"mergegate: accept {pull.head} The demo is on Monday", "olga")
    accepting = world.label(pull, "olga")
    assert world.github.checks_of(pull.head) == ["failure", "success"], accepting.log
    assert "accepted by olga" in comments(world, pull)[0]
    assert "The demo is on Monday" in comments(world, pull)[0]

    taken_back = world.label(pull, "olga", on=False)
    assert world.github.checks_of(pull.head) == ["failure", "success", "failure"], taken_back.log


def test_a_second_push_updates_the_same_comment(world: World, broken: tuple[PullRequest, Played]) -> None:
    """(d) With the tokeniser whole again it merges; the older commit keeps its failed check."""
    pull, first = broken
    (before,) = world.github.comments[pull.number]
    older = pull.head
    world.push(pull, {"src/intent/features.py": world.read("src/intent/features.py")})
    played = world.play(pull)
    assert ran(played) == set()
    assert played.conclusions == ["success"], played.judge.log
    assert first.conclusions == ["failure"] == world.github.checks_of(older)
    (after,) = world.github.comments[pull.number]
    assert after["id"] == before["id"]
    assert "mergegate: merge" in after["body"]
    assert (told(first)["attempt"], told(played)["attempt"]) == (1, 2)
    assert f"<!-- mergegate attempts={older},{pull.head} -->" in after["body"]


def test_the_judge_of_an_older_push_says_nothing(world: World, broken: tuple[PullRequest, Played]) -> None:
    """A newer one has been judged, or will be."""
    pull, first = broken
    if pull.head == first.completed["workflow_run"]["head_sha"]:
        world.push(pull, {"NOTES.md": "a push in between\n"})
    checks, wrote = len(world.github.checks), len(comments(world, pull))
    again = world.judge(first.completed, first.run)
    assert again.judge.exit_code == 0, again.judge.log
    assert (len(world.github.checks), len(comments(world, pull))) == (checks, wrote)


def test_a_run_that_fails_is_no_pass_and_says_why(world: World) -> None:
    """The judge finds no evidence, and tells what the run said."""
    pull = world.open_pull_request("crash", {"src/intent/train.py": 'raise SystemExit("out of cheese")\n'})
    played = world.play(pull)
    assert played.run.exit_code == 1
    assert played.conclusions == ["failure"]
    (comment,) = comments(world, pull)
    assert "no verdict" in comment
    assert "the stage train failed" in comment
    assert "out of cheese" in comment


def test_a_run_that_left_nothing_is_no_pass(world: World, docs_only: tuple[PullRequest, Played]) -> None:
    """An artefact that was deleted, or never uploaded."""
    pull, played = docs_only
    event = json.loads(json.dumps(played.completed))
    event["workflow_run"]["id"] = 404
    again = world.judge(event, played.run)
    assert again.conclusions[-1] == "failure"
    assert "exit code 2" in comments(world, pull)[-1]


def test_a_comment_that_fails_does_not_change_the_check(world: World, docs_only: tuple[PullRequest, Played]) -> None:
    """GitHub answers every comment with 502."""
    _, played = docs_only
    fault = Fault("(POST|PATCH) .*/comments", status=502)
    world.github.faults.append(fault)
    again = world.judge(played.completed, played.run)
    world.github.faults.remove(fault)
    assert again.conclusions[-1] == "success"
    assert again.judge.steps["publish", "Create the check"] == "success"
    assert again.judge.steps["publish", "Write the comment"] == "failure"


def test_a_check_is_tried_again_when_github_is_busy(world: World, docs_only: tuple[PullRequest, Played]) -> None:
    """Two answers of 502, then one of 201: one check more."""
    _, played = docs_only
    before = len(world.github.checks)
    world.github.faults.append(Fault("POST .*/check-runs", status=502, times=2))
    again = world.judge(played.completed, played.run)
    assert len(world.github.checks) == before + 1
    assert again.conclusions[-1] == "success"


def test_a_baseline_that_is_gone_blocks_and_says_what_heals_it(
    world: World, docs_only: tuple[PullRequest, Played]
) -> None:
    """Main's lock names what nobody has any more: that is not the same as a main that never had anything."""
    pull, played = docs_only
    caches = world.folder / "caches"
    caches.rename(world.folder / "caches-away")
    try:
        again = world.judge(played.completed, played.run)
    finally:
        shutil.rmtree(caches, ignore_errors=True)
        (world.folder / "caches-away").rename(caches)
    assert again.conclusions[-1] == "failure"
    assert told(again)["decision"] == "block"
    assert not told(again)["bootstrap"]
    assert "Run workflow" in comments(world, pull)[-1]


def test_a_pull_request_that_changes_its_judge_is_judged_by_main_s(world: World) -> None:
    """Its policy, workflow and scripts are a proposal: nothing of them is used, and the comment says so."""
    loose = world.read("gate.yaml").replace("margin: 0.005", "margin: 0.9")
    changes = {
        "gate.yaml": loose,
        ".github/workflows/judge.yml": "name: judge\non: workflow_run\njobs: {}\n",
        ".github/scripts/decide.py": "raise SystemExit('bought')\n",
    }
    pull = world.open_pull_request("bought", changes)
    played = world.play(pull)
    assert played.run.exit_code == 0, played.run.log
    policy = told(played)["policy"]
    assert policy["changed"] is True
    assert policy["digest"] == hashlib.sha256(world.read_bytes("gate.yaml")).hexdigest()
    assert len(played.conclusions) == 1
    assert "gate.yaml" in comments(world, pull)[0]


def test_a_number_typed_into_the_metrics_and_the_lock_is_blocked(world: World) -> None:
    """One of the bypasses of `tests/bypass`, through the workflows: nothing runs, and the judge computes it again."""
    name = "metrics/intent/holdout.json"
    honest = world.read(name)
    forged = re.sub(r'("accuracy": 0\.)\d', r"\g<1>9", honest)  # as long as it was: only the hash tells
    sums = [hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() for text in (honest, forged)]
    lock = world.read("dvc.lock").replace(sums[0], sums[1])
    pull = world.open_pull_request("typed", {name: forged, "dvc.lock": lock})
    played = world.play(pull)
    assert ran(played) == set()
    assert played.conclusions == ["failure"], played.judge.log
    [found] = [one for one in told(played)["findings"] if one["rule"] == "MG907"]
    assert (found["subject"], found["blocks"]) == (name, True)
    assert "MG907" in comments(world, pull)[0]


def test_a_dependency_that_is_dropped_waits_for_an_owner_of_the_pipeline(world: World) -> None:
    """Another: neither merged nor blocked, and the comment says whom to ask."""
    stage = edited(world, "dvc.yaml", ("      - src/intent/evaluate.py\n", ""))
    lock = yaml.safe_load(world.read("dvc.lock"))
    deps = lock["stages"]["evaluate"]["deps"]
    lock["stages"]["evaluate"]["deps"] = [dep for dep in deps if dep["path"] != "src/intent/evaluate.py"]
    pull = world.open_pull_request("dropped", stage | {"dvc.lock": yaml.safe_dump(lock, sort_keys=False)})
    played = world.play(pull)
    assert played.conclusions == ["neutral"], played.judge.log
    found = {one["rule"]: one for one in told(played)["findings"]}
    assert found["MG910"]["said"] == "the stage evaluate no longer depends on src/intent/evaluate.py"
    assert "@acme/mergegate-owners own dvc.yaml" in found["MG910"]["do"]


def test_a_merge_is_reproduced_stored_and_its_lock_committed(world: World, better: tuple[PullRequest, Played]) -> None:
    """So the next pull request reruns nothing of it."""
    pull, played = better
    assert played.conclusions == ["success"]
    world.merge(pull)
    merged = world.main
    run = world.play_main()
    assert run.exit_code == 0, run.log
    assert run.jobs == dict.fromkeys(("machine", "reproduce", "commit", "register"), "success")
    assert f"dvc-storage-{merged}" in world.storage_keys()
    assert world.main != merged
    assert world.changed_on_main() <= {"dvc.lock", *world.files("metrics")}
    (line,) = world.read("metrics/history.jsonl").splitlines()
    assert (json.loads(line)["sha"], list(json.loads(line)["models"])) == (merged, ["intent"])
    played = world.play(world.open_pull_request("after", docs(world)))
    assert ran(played) == set()
    assert played.conclusions == ["success"], played.judge.log


def test_a_card_that_approves_fewer_is_told_in_words_where_main_moved_on_before_it_was_judged(world: World) -> None:
    """The other pipeline: its card moves, so does its code; another pull request is merged while it runs."""
    pull = world.open_pull_request("cut-off", edited(world, "params.yaml", ("cutoff: 530", "cutoff: 540")))
    played = world.play(pull, meanwhile=world.open_pull_request("meanwhile", docs(world)))
    assert played.run.exit_code == 0, played.run.log
    assert ran(played) == {f"loan-{name}" for name in ("train", "generate", "crossfit", "predict", "evaluate")}
    assert played.conclusions == ["success"], played.judge.log
    found = {one["subject"]: one for one in told(played)["findings"] if one["rule"] in {"MG703", "MG706"}}
    assert found["criteria"]["said"] == "the cut-off for approval moved from 530 to 540 points"
    assert found["gap to the ceiling, cross-fitted"]["state"] == "held"
    (comment,) = comments(world, pull)
    assert "28 of 614 applicants (4.56%) are decided otherwise" in comment
    assert "The base has moved on." in comment


def test_the_first_pull_request_of_a_repository_whose_main_never_ran_is_told_so(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """(e) Everything is run, nothing is there to compare with, and the comment says just that."""
    files, modes = project()
    del files["dvc.lock"]
    files["params.yaml"] = cheaper(files["params.yaml"])
    fresh = World(tmp_path_factory.mktemp("fresh"))
    try:
        fresh.start(files, modes)
        pull = fresh.open_pull_request("first", docs(fresh))
        played = fresh.play(pull)
        assert played.run.exit_code == 0, played.run.log
        assert ran(played) == ALL
        assert told(played)["bootstrap"] is True, played.judge.log
        (comment,) = comments(fresh, pull)
        assert "nothing to compare with" in comment.lower()
        assert len(played.conclusions) == 1
    finally:
        fresh.close()
