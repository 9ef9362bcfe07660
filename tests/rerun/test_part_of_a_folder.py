"""A folder inside tracked data of which one stage needs a file and another everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.rerun.conftest import Repo, new_repo, track

from mergegate.errors import UseError
from mergegate.facts.plan import Action
from mergegate.rerun.plan import make_plan
from mergegate.rerun.run import RunSettings, run

if TYPE_CHECKING:
    from pathlib import Path

PIPELINE = {
    "stages": {
        "one": {"cmd": "cp data/sub/y.txt one.txt", "deps": ["data/sub/y.txt", "a.txt"], "outs": ["one.txt"]},
        "all": {"cmd": "cat data/sub/*.txt > all.txt", "deps": ["data/sub", "b.txt"], "outs": ["all.txt"]},
    }
}


@pytest.fixture
def clone(tmp_path: Path) -> Repo:
    """A fresh clone, without data, of a repository that ran and was published."""
    repo = new_repo(tmp_path)
    names = ("a.txt", "b.txt", "data/x.txt", "data/sub/y.txt", "data/sub/z.txt")
    repo.write({name: f"{name}\n" for name in names})
    repo.pipeline(PIPELINE)
    track(repo, "data")
    run(repo.root, RunSettings(push=True))
    repo.commit("ran")
    return repo.clone(tmp_path / "clone")


def actions(repo: Repo) -> dict[str, Action]:
    return {stage.name: stage.action for stage in make_plan(repo.root).stages}


def test_what_was_brought_for_one_stage_is_no_edit_for_a_later_one(clone: Repo) -> None:
    clone.write({"a.txt": "new\n", "b.txt": "new\n"})
    assert run(clone.root).ran == ("one", "all")
    assert (clone.root / "all.txt").read_text() == "data/sub/y.txt\ndata/sub/z.txt\n"
    assert not (clone.root / "data/x.txt").exists()


def test_a_partly_brought_folder_is_no_reason_to_run(clone: Repo) -> None:
    clone.write({"a.txt": "new\n"})
    assert run(clone.root).ran == ("one",)
    assert not (clone.root / "data/sub/z.txt").exists()
    assert actions(clone) == {"one": Action.UNCHANGED, "all": Action.UNCHANGED}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["data/sub/y.txt", "data/sub/z.txt", "data/sub/of mine.txt"])
def test_an_edit_in_a_partly_brought_folder_is_refused_and_kept(clone: Repo, name: str) -> None:
    clone.write({"a.txt": "new\n"})
    run(clone.root)
    (clone.root / name).unlink(missing_ok=True)
    clone.write({name: "an edit\n"})
    assert actions(clone)["all"] is Action.RUN
    with pytest.raises(UseError, match=r"data/sub(/y\.txt)? on this disk is not what data\.dvc names"):
        run(clone.root)
    assert (clone.root / name).read_text() == "an edit\n"


def test_a_folder_inside_tracked_data_is_counted_as_it_is_pulled(clone: Repo) -> None:
    clone.write({"b.txt": "new\n"})
    plan, record = make_plan(clone.root), run(clone.root)
    assert (plan.pulls, record.pulled) == (2, 2)


def test_what_a_partly_brought_folder_lacks_is_counted_as_it_is_pulled(clone: Repo) -> None:
    clone.write({"a.txt": "new\n"})
    plan, record = make_plan(clone.root), run(clone.root)
    assert (plan.pulls, record.pulled) == (1, 1)
    clone.write({"b.txt": "new\n"})
    plan, record = make_plan(clone.root), run(clone.root)
    assert (plan.pulls, record.pulled) == (1, 1)
