"""The plan needs metadata alone, and says what it knows down to the value."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.rerun.conftest import FILES, PIPELINE, Repo, new_repo, track

from mergegate.errors import SurroundingsError, UseError
from mergegate.facts.plan import Action, Plan, StagePlan
from mergegate.rerun.plan import make_plan
from mergegate.rerun.run import run

if TYPE_CHECKING:
    from pathlib import Path


def by_name(plan: Plan) -> dict[str, StagePlan]:
    return {stage.name: stage for stage in plan.stages}


def new_data(made: Repo, **files: str) -> None:
    """The data is changed, tracked and pushed as a person does; the pipeline is not run."""
    from tests.rerun.test_agreement import run_dvc_push_of_data

    made.write({name.replace("__", "/") + ".txt": text for name, text in files.items()})
    track(made, "data")
    run_dvc_push_of_data(made)
    made.commit("new data")


def test_a_plan_without_templates_imports_no_dvc_and_touches_nothing(made: Repo, tmp_path: Path) -> None:
    clone = made.clone(tmp_path / "clone")
    clone.write({"train.sh": "# other\n"})
    before = clone.git("status", "--porcelain", "--ignored")
    code = (
        "import sys; from pathlib import Path; from mergegate.rerun.plan import make_plan;"
        f"plan = make_plan(Path({str(clone.root)!r})); assert plan.stages;"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'dvc', 'ruamel', 'duckdb', 'scipy', 'numpy'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
    after = clone.git("status", "--porcelain", "--ignored")
    assert {*after.splitlines()} - {*before.splitlines()} <= {"!! .dvc/cache/", "!! .dvc/tmp/"}


def test_new_data_inside_a_tracked_folder_reruns_only_those_who_read_it(made: Repo, tmp_path: Path) -> None:
    new_data(made, data__extra__more="other\n")
    quiet = by_name(make_plan(made.clone(tmp_path / "quiet").root))
    assert quiet["split"].action is Action.UNCHANGED
    new_data(made, data__rows="z\n")
    loud = made.clone(tmp_path / "loud")
    plan = by_name(make_plan(loud.root))
    assert plan["split"].action is Action.RUN
    (reason,) = plan["split"].reasons
    assert (reason.kind, reason.name) == ("file", "data/rows.txt")
    assert run(loud.root).ran == ("split", "train", "evaluate")
    assert (loud.root / "sorted.txt").read_text() == "z\n"
    assert not (loud.root / "data/extra").exists()


def test_a_listing_that_nobody_has_is_said_in_words(made: Repo, tmp_path: Path) -> None:
    made.write({"data/rows.txt": "z\n"})
    track(made, "data")
    made.commit("data that was never pushed")
    clone = made.clone(tmp_path / "clone")
    plan = by_name(make_plan(clone.root))
    assert plan["split"].action is Action.MAY_RUN
    assert "was never published" in plan["split"].reasons[0].after
    with pytest.raises(SurroundingsError, match=r"(?s)never published.*dvc push"):
        run(clone.root)


def test_what_is_to_be_pulled_is_what_is_pulled(made: Repo, tmp_path: Path) -> None:
    for number, change in enumerate(({"train.sh": "# x\n"}, {"dvc.lock": "schema: '2.0'\n"}, {"note.txt": "x\n"})):
        clone = made.clone(tmp_path / f"clone{number}")
        clone.write(change)
        plan = make_plan(clone.root)
        record = run(clone.root)
        assert (plan.pulls, plan.bytes) == (record.pulled, record.pulled_bytes)
        assert plan.pulls == {0: 1, 1: 4, 2: 0}[number]  # score.txt and metrics.json are one object


def test_only_the_values_that_changed_are_named(made: Repo) -> None:
    content: dict[str, Any] = {"stages": {**PIPELINE["stages"]}}  # type: ignore[dict-item]
    content["stages"]["whole"] = {
        "cmd": "cp params.yaml whole.txt",
        "params": ["train", {"more.yaml": None}],
        "outs": ["whole.txt"],
    }
    made.pipeline(content)
    made.write({"more.yaml": "a: {b: 1, c: 2}\nd: 3\n"})
    run(made.root)
    made.write(
        {"more.yaml": "a: {b: 1, c: 5}\ne: 4\n", "params.yaml": FILES["params.yaml"].replace("seed: 1", "seed: 2")}
    )
    reasons = {(r.name, r.before, r.after) for r in by_name(make_plan(made.root))["whole"].reasons}
    assert reasons == {
        ("params.yaml:train.seed", "1", "2"),
        ("more.yaml:a.c", "2", "5"),
        ("more.yaml:d", "3", ""),
        ("more.yaml:e", "", "4"),
    }


def test_stages_in_other_folders_and_templates_are_planned(tmp_path: Path) -> None:
    repo = new_repo(tmp_path / "nested")
    repo.write({"in.txt": "x\n", "params.yaml": "names: [a, b]\n", "sub/params.yaml": "k: 1\n"})
    repo.pipeline(
        {
            "stages": {
                "each": {
                    "foreach": "${names}",
                    "do": {"cmd": "cp in.txt ${item}.txt", "deps": ["in.txt"], "outs": ["${item}.txt"]},
                }
            }
        }
    )
    repo.write(
        {
            "sub/dvc.yaml": "stages: {join: {cmd: cat ../a.txt ../b.txt > c.txt, deps: [../a.txt, ../b.txt], "
            "params: [k], outs: [c.txt]}}\n"
        }
    )
    repo.commit()
    plan = make_plan(repo.root)
    assert [stage.name for stage in plan.stages] == ["each@a", "each@b", "sub/dvc.yaml:join"]
    assert plan.stages[2].upstream == ("each@a", "each@b")
    assert run(repo.root).ran == ("each@a", "each@b", "sub/dvc.yaml:join")
    assert (repo.root / "sub/c.txt").read_text() == "x\nx\n"
    repo.write({"params.yaml": "names: [a, b, c]\n"})
    assert run(repo.root).ran == ("each@c",)
    repo.write({"sub/params.yaml": "k: 2\n"})
    assert run(repo.root).ran == ("sub/dvc.yaml:join",)


def test_params_that_a_stage_writes_are_read_after_it(tmp_path: Path) -> None:
    repo = new_repo(tmp_path / "tuned")
    repo.write({"in.txt": "1\n", "params.yaml": "{}\n"})
    tune = {
        "cmd": "printf 'best: %s' $(cat in.txt) > tuned.yaml",
        "deps": ["in.txt"],
        "outs": [{"tuned.yaml": {"cache": False}}],
    }
    use = {"cmd": "cp tuned.yaml used.txt", "params": [{"tuned.yaml": ["best"]}], "outs": ["used.txt"]}
    repo.pipeline({"stages": {"use": use, "tune": tune}})
    repo.commit()
    assert run(repo.root).ran == ("tune", "use")
    repo.write({"in.txt": "2\n"})
    plan = make_plan(repo.root)
    assert [(stage.name, stage.action) for stage in plan.stages] == [("tune", Action.RUN), ("use", Action.MAY_RUN)]
    assert run(repo.root).ran == ("tune", "use")
    assert repo.lock["use"]["params"] == {"tuned.yaml": {"best": 2}}  # type: ignore[index]


def test_an_input_outside_the_repository_is_known_only_when_it_runs(made: Repo, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("1\n")
    stages = {"far": {"cmd": f"cp {outside} far.txt", "deps": [str(outside)], "outs": ["far.txt"]}}
    made.pipeline({"stages": stages})
    assert run(made.root).ran == ("far",)
    stage = by_name(make_plan(made.root))["far"]
    assert stage.action is Action.MAY_RUN
    assert "outside the repository" in stage.reasons[0].after


def test_hashes_of_dvc_2_are_understood(made: Repo, tmp_path: Path) -> None:
    """A lock that DVC 2 wrote names no hash kind, counts line ends as LF, and its objects lie at the top."""
    from mergegate.read.dvcapi import md5_of_text

    made.write({"note.txt": "a\r\nb\r\n"})
    old = md5_of_text(made.root / "note.txt")
    lock = {
        "cmd": "cp note.txt copy.txt",
        "deps": [{"path": "note.txt", "md5": old}],
        "outs": [{"path": "copy.txt", "md5": old}],
    }
    import yaml

    made.pipeline({"stages": {"lonely": PIPELINE["stages"]["lonely"]}})  # type: ignore[index]
    made.write({"dvc.lock": yaml.safe_dump({"schema": "2.0", "stages": {"lonely": lock}})})
    made.commit("as DVC 2 left it")
    clone = made.clone(tmp_path / "clone")
    assert by_name(make_plan(clone.root))["lonely"].action is Action.UNCHANGED
    clone.write({"note.txt": "other\n"})
    assert run(clone.root).ran == ("lonely",)


def test_a_folder_without_dvc_says_so(tmp_path: Path) -> None:
    with pytest.raises(UseError, match="not the top of a DVC repository"):
        make_plan(tmp_path)


def test_offline_leaves_the_remote_alone(made: Repo, tmp_path: Path) -> None:
    clone = made.clone(tmp_path / "clone")
    (clone.root / "dvc.lock").unlink()
    assert make_plan(clone.root).count(Action.RESTORE) == 4
    fresh = made.clone(tmp_path / "fresh")
    fresh.write({"dvc.lock": "schema: '2.0'\n"})
    assert make_plan(fresh.root, offline=True).count(Action.RESTORE) == 0


def test_a_changed_lock_of_versions_names_the_libraries(made: Repo) -> None:
    lock = "numpy==2.4.6 ; python_version < '3.12'\nnumpy==2.5.5 ; python_version >= '3.12'\nscikit-learn==1.8.0\n"
    stages = {**PIPELINE["stages"]}  # type: ignore[dict-item]
    stages["fit"] = {
        "cmd": "cp requirements.txt fit.txt",
        "deps": ["requirements.txt", "note.txt"],
        "outs": ["fit.txt"],
    }
    made.pipeline({"stages": stages})
    made.write({"requirements.txt": lock})
    run(made.root)
    made.commit("pinned")
    made.write({"requirements.txt": lock.replace("1.8.0", "1.9.1") + "scipy==1.18.1\n", "note.txt": "other\n"})
    found = {stage.name: stage.reasons for stage in make_plan(made.root).stages}["fit"]
    assert [(one.kind, one.name, one.before, one.after) for one in found if one.kind == "library"] == [
        ("library", "scikit-learn", "1.8.0", "1.9.1"),
        ("library", "scipy", "", "1.18.1"),
    ]
    assert [one.name for one in found if one.kind == "file"] == ["requirements.txt", "note.txt"]
    made.commit("the old one is in the history, too")
    assert {stage.name: stage.reasons for stage in make_plan(made.root).stages}["fit"] == found
