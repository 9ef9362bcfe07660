"""The judge's own evaluation: base's code and data on the candidate's model, with nothing to steal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.rerun.conftest import PIPELINE, Repo

from mergegate.errors import SurroundingsError, UseError
from mergegate.rerun.reevaluate import reevaluate
from mergegate.rerun.run import RunSettings, run

if TYPE_CHECKING:
    from pathlib import Path

EVALUATE = {
    "cmd": "cat model.txt sorted.txt judge.sh > verdict.txt && env | sort >> verdict.txt",
    "deps": ["model.txt", "sorted.txt", "judge.sh"],
    "outs": ["verdict.txt"],
}


def with_judge(made: Repo, **changes: object) -> str:
    stages = dict(PIPELINE["stages"])  # type: ignore[call-overload]
    made.pipeline({"stages": {**stages, "judge": {**EVALUATE, **changes}}})
    made.write({"judge.sh": "# judges\n"})
    run(made.root, RunSettings(push=True))
    return made.commit("a judge")


@pytest.mark.slow
def test_it_runs_bases_stage_on_the_candidates_model(
    made: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = with_judge(made)
    clone = made.clone(tmp_path / "clone")
    clone.write({"judge.sh": "# flatters\n", "dvc.yaml": "stages: {}\n"})
    clone.commit("a forged judge")
    candidate = tmp_path / "candidate.txt"
    candidate.write_text("the candidate\n")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    before = clone.git("status", "--porcelain")
    made_file = reevaluate(clone.root, base, "judge", {"model.txt": candidate}, "verdict.txt")
    text = made_file.read_text()
    assert text.startswith("the candidate\na\nb\nc\n# judges\n")
    assert "hunter2" not in text
    assert f"HOME={os.path.expanduser('~')}\n" not in text  # noqa: PTH111
    assert clone.git("status", "--porcelain") == before
    assert not (clone.root / "sorted.txt").exists()


def test_a_stage_that_never_ends_is_ended(made: Repo, tmp_path: Path) -> None:
    base = with_judge(made, cmd="sleep 1000 & echo $! > pid.txt; test -f sorted.txt && cp judge.sh verdict.txt")
    hanging = with_judge(
        made, cmd="test -s model.txt; case $(cat model.txt) in bad*) sleep 1000;; esac; cp judge.sh verdict.txt"
    )
    assert base != hanging
    candidate = tmp_path / "candidate.txt"
    candidate.write_text("bad\n")
    with pytest.raises(SurroundingsError, match="took longer than 1 s"):
        reevaluate(made.root, hanging, "judge", {"model.txt": candidate}, "verdict.txt", deadline=1)


def test_only_what_the_stage_reads_can_be_replaced(made: Repo, tmp_path: Path) -> None:
    base = with_judge(made)
    candidate = tmp_path / "candidate.txt"
    candidate.write_text("x")
    with pytest.raises(UseError, match=r"does not read note\.txt"):
        reevaluate(made.root, base, "judge", {"note.txt": candidate}, "verdict.txt")
    link = tmp_path / "link.txt"
    link.symlink_to("/etc/passwd")
    with pytest.raises(UseError, match="not a plain file"):
        reevaluate(made.root, base, "judge", {"model.txt": link}, "verdict.txt")


def test_a_poisoned_object_of_base_is_named_and_never_used(made: Repo, tmp_path: Path) -> None:
    base = with_judge(made)
    clone = made.clone(tmp_path / "clone")
    md5 = next(out["md5"] for out in made.lock["split"]["outs"])  # type: ignore[index]
    poisoned = made.remote / "files/md5" / md5[:2] / md5[2:]
    poisoned.chmod(0o644)
    poisoned.write_text("z\ny\nx\n")
    candidate = tmp_path / "candidate.txt"
    candidate.write_text("x")
    with pytest.raises(SurroundingsError, match=r"wrong object for sorted\.txt"):
        reevaluate(clone.root, base, "judge", {"model.txt": candidate}, "verdict.txt")
