"""The verdict does not depend on how the repository was checked out, and what fails leaves nothing half-written."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mergegate.errors import Exit
from mergegate.read.handover import HandoverError, read_handover
from tests.bypass.world import Judged, collect, judge
from tests.scenes.repo import ROOT, Repo

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pull(published: Repo, tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A pull request that made the model worse, with its hand-over; a commit of main came in between."""
    repo = published.clone(tmp_path_factory.mktemp("pull") / "pull")
    repo.git("switch", "-qc", "topic")
    repo.params(wrong=9)
    repo.commit("worse")
    assert collect(repo, repo.git("rev-parse", "origin/main")) is None
    published.write(README__md="main goes on\n")
    published.commit("docs on main")
    return repo


def found(judged: Judged) -> list[tuple[Any, ...]]:
    """Every finding: the rule, what it is about, what is known, and what it does."""
    names = ("rule", "model", "subject", "slice", "state", "said", "blocks", "unsure")
    return [tuple(str(one[name]) for name in names) for one in judged.verdict["findings"]]


def clone(published: Repo, to: Path, *options: str) -> Repo:
    subprocess.run(["git", "clone", "-q", *options, f"file://{published.root}", str(to)], check=True)
    (to / ".dvc/config.local").write_text(f"['remote \"storage\"']\n    url = {published.root.parent / 'storage'}\n")
    return Repo(to)


def test_whole_detached_shallow_and_merge_checkouts_give_one_verdict(
    published: Repo, pull: Repo, tmp_path: Path
) -> None:
    whole = clone(published, tmp_path / "whole")
    first = judge(whole, pull)
    assert first.code == Exit.BLOCK
    detached = clone(published, tmp_path / "detached")
    detached.git("checkout", "-q", "--detach")
    shallow = clone(published, tmp_path / "shallow", "--depth", "1")
    assert shallow.git("rev-parse", "--is-shallow-repository") == "true"
    merged = clone(published, tmp_path / "merged")
    merged.git("fetch", "-q", str(pull.root), "HEAD")
    merged.git("merge", "-q", "--no-ff", "-m", "merge", "FETCH_HEAD")
    main = merged.git("rev-parse", "HEAD^1")
    merged.git("update-ref", "refs/remotes/pull/1/merge", "HEAD")
    merged.git("checkout", "-q", "--detach", main)
    for repo in (detached, shallow, merged):
        assert found(judge(repo, pull)) == found(first), repo.root.name


def test_at_home_the_branch_and_its_merge_with_main_are_judged_alike(
    published: Repo, pull: Repo, tmp_path: Path
) -> None:
    """GitHub checks out the merge; its author has the branch."""
    seen = []
    for name in ("branch", "merge"):
        home = clone(published, tmp_path / name)
        home.git("fetch", "-q", str(pull.root), "HEAD")
        home.git("checkout", "-q", "--detach", "FETCH_HEAD" if name == "branch" else "origin/main")
        if name == "merge":
            home.git("merge", "-q", "--no-ff", "-m", "merge", "FETCH_HEAD")
        assert home.gate("run").code == 0
        assert home.gate("check", "--base", "origin/main").code == Exit.BLOCK
        seen.append(found(Judged(1, "", home.verdict(), "")))
    assert seen[0] == seen[1]


def test_a_stage_that_is_called_otherwise_is_still_run_again(published: Repo, tmp_path: Path) -> None:
    """Nothing was lost, and base's stage of the old name judges it."""
    repo = clone(published, tmp_path / "pull")
    repo.params(wrong=2)
    for name in ("dvc.yaml", "dvc.lock"):
        text = (repo.root / name).read_text()
        (repo.root / name).write_text(text.replace("  predict:\n", "  answer:\n"))
    repo.commit("rename")
    assert collect(repo, repo.git("rev-parse", "origin/main")) is None
    judged = judge(clone(published, tmp_path / "main"), repo)
    states = {(one["rule"], one["subject"]): one["state"] for one in judged.verdict["findings"]}
    assert states["MG902", "predictions"] == states["MG902", "quiz"] == "held"
    assert not {"MG903", "MG910"} & judged.rules


def test_a_baseline_that_was_lost_is_not_one_that_never_was(published: Repo, pull: Repo, tmp_path: Path) -> None:
    """Somebody deleted main's dvc.lock: that is no bootstrap, and it says what heals it."""
    main = clone(published, tmp_path / "main")
    (main.root / "dvc.lock").unlink()
    main.commit("tidy up")
    judged = judge(main, pull)
    assert judged.code == Exit.BLOCK
    assert judged.verdict["bootstrap"] is False
    lost = {one["subject"]: one for one in judged.verdict["findings"] if one["rule"] == "MG001"}
    assert "has lost the hash of holdout.csv" in lost["holdout.csv"]["said"]
    assert "`main` workflow" in lost["holdout.csv"]["do"]


def test_two_judges_at_once_write_the_same(published: Repo, pull: Repo, tmp_path: Path) -> None:
    """In one clone, with one cache that neither has filled."""
    main = clone(published, tmp_path / "main")
    main.git("fetch", "-q", str(pull.root), "HEAD")
    args = ("--head", pull.git("rev-parse", "HEAD"), "--evidence", str(pull.root / "evidence"))

    def run(name: str) -> int:
        return main.gate("check", "--base", "HEAD", *args, "--out", str(tmp_path / name)).code

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(run, ["one", "two"])) == [Exit.BLOCK, Exit.BLOCK]
    verdicts = [json.loads((tmp_path / name / "verdict.json").read_text()) for name in ("one", "two")]
    assert verdicts[0]["findings"] == verdicts[1]["findings"]


def limited(repo: Repo, size: int, *args: str) -> subprocess.CompletedProcess[str]:
    """`mergegate` that may write no file of more than so many bytes: as on a disk that is full."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", "mergegate", *args],
        cwd=repo.root,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )


def test_a_full_disk_is_no_verdict_and_leaves_no_half_of_one(published: Repo, pull: Repo, tmp_path: Path) -> None:
    """In the judge: an older verdict is gone, too, so that nobody takes it for this one's."""
    main = clone(published, tmp_path / "main")
    assert judge(main, pull).code == Exit.BLOCK
    out = tmp_path / "report"
    out.mkdir()
    (out / "verdict.json").write_text('{"decision": "merge"}')
    args = ("--head", pull.git("rev-parse", "HEAD"), "--evidence", str(pull.root / "evidence"), "--out", str(out))
    done = limited(main, 6_000, "check", "--base", "HEAD", *args)
    assert done.returncode == Exit.SURROUNDINGS, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not (out / "verdict.json").exists()
    assert not [path for path in out.iterdir() if path.name.startswith(".")]
    assert main.git("status", "--porcelain") == ""


def test_a_full_disk_is_told_by_the_hand_over_and_no_table_is_handed_over_in_part(
    published: Repo, tmp_path: Path
) -> None:
    repo = clone(published, tmp_path / "pull")
    repo.write(NOTES__md="words\n")
    repo.commit("words")
    assert collect(repo, repo.git("rev-parse", "origin/main")) is None, "so that everything is in the cache"
    evidence = tmp_path / "evidence"
    done = limited(repo, 8_000, "run", "--base", "origin/main", "--evidence", str(evidence))
    assert done.returncode == Exit.SURROUNDINGS, done.stdout + done.stderr
    assert "the disk failed" in done.stderr
    handed = read_handover(evidence)
    assert handed.failed is not None
    assert "the disk failed" in handed.failed.what
    assert handed.files == []


def test_a_hand_over_that_was_cut_off_is_refused(pull: Repo, tmp_path: Path) -> None:
    """The manifest comes last: what a killed run leaves has none."""
    shutil.copytree(pull.root / "evidence", tmp_path / "cut")
    (tmp_path / "cut/evidence.json").rename(tmp_path / "cut/.evidence.json")
    with pytest.raises(HandoverError):
        read_handover(tmp_path / "cut")


def test_a_judge_killed_anywhere_leaves_no_half_and_the_next_one_says_the_same(
    published: Repo, pull: Repo, tmp_path: Path
) -> None:
    main = clone(published, tmp_path / "main")
    whole = judge(main, pull)
    out, scratch = tmp_path / "report", tmp_path / "scratch"
    scratch.mkdir()

    def start(at: int) -> subprocess.CompletedProcess[str]:
        head = pull.git("rev-parse", "HEAD")
        paths = [str(main.root), head, str(pull.root / "evidence"), str(out), str(at)]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))), "TMPDIR": str(scratch)}
        return subprocess.run(
            [sys.executable, "-m", "tests.bypass.killed", *paths], env=env, capture_output=True, text=True, check=False
        )

    counted = start(0)
    assert counted.returncode == 0, counted.stderr
    total = int(counted.stdout.splitlines()[-1])
    assert total > 10
    for at in {1, total // 3, 2 * total // 3, total - 2, total}:
        shutil.rmtree(out, ignore_errors=True)
        killed = start(at)
        assert killed.returncode == -signal.SIGKILL
        if (out / "verdict.json").exists():
            assert json.loads((out / "verdict.json").read_text())["decision"] == "block"
            assert (out / "report.md").read_text().rstrip().endswith("</sub>")
        assert main.git("status", "--porcelain") == ""
    assert found(judge(main, pull)) == found(whole)
