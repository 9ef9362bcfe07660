"""Whatever is wrong is named with what to do, and nothing on disk is lost."""

from __future__ import annotations

import fcntl
import hashlib
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.rerun.conftest import FILES, PIPELINE, Repo

from mergegate.errors import MergegateError, SurroundingsError, UseError
from mergegate.facts.plan import Action
from mergegate.rerun.plan import make_plan
from mergegate.rerun.publish import publish
from mergegate.rerun.run import RunSettings, run

if TYPE_CHECKING:
    from pathlib import Path


def stages(**changes: dict[str, Any]) -> dict[str, Any]:
    before: dict[str, Any] = PIPELINE["stages"]  # type: ignore[assignment]
    return {"stages": {**before, **{name: {**before.get(name, {}), **new} for name, new in changes.items()}}}


def poison(path: Path, text: str = "poison\n") -> None:
    path.chmod(0o644)
    path.write_text(text)


def object_of(repo: Repo, stage: str, base: Path | None = None) -> Path:
    md5 = str(repo.lock[stage]["outs"][0]["md5"])  # type: ignore[index]
    return (base or repo.remote) / "files/md5" / md5[:2] / md5[2:]


def test_a_failing_stage_says_its_last_words_and_the_rest_stays(made: Repo) -> None:
    made.pipeline(stages(train={"cmd": "echo no memory left >&2; exit 3"}))
    before = made.lock
    with pytest.raises(UseError, match="train failed with exit code 3\n    no memory left"):
        run(made.root)
    assert made.lock == before
    assert (made.root / "sorted.txt").read_text() == "a\nb\nc\n"


def test_a_failing_stage_does_not_stop_what_already_runs_beside_it(made: Repo) -> None:
    made.pipeline(stages(split={"cmd": "exit 1"}, lonely={"cmd": "sleep 0.3; cp note.txt copy.txt; echo >> copy.txt"}))
    with pytest.raises(UseError, match="split failed"):
        run(made.root, RunSettings(jobs=2))
    assert made.lock["lonely"]["cmd"].startswith("sleep")  # type: ignore[index]
    assert "train" not in {stage.name for stage in make_plan(made.root).stages if stage.action is Action.UNCHANGED}


def test_a_stage_ended_by_a_signal_is_the_surroundings_fault(made: Repo) -> None:
    made.pipeline(stages(train={"cmd": "kill -9 $$"}))
    with pytest.raises(SurroundingsError, match="ended by signal 9"):
        run(made.root)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stages:\n  a: {cmd: x\n", "not valid YAML"),
        ("stages:\n  a:\n    cmd: x\n    cmd: y\n", "stands twice"),
        ("stages:\n  a:\n    outs: [x]\n", "is not a pipeline"),
        ("stages:\n  a:\n    cmd: x\n    dependencies: [y]\n", "dependencies"),
        ("stages:\n  a:\n    cmd: x\n    deps: y\n", "expected a list"),
        ("stages: [a]\n", "mapping of `stages`"),
        ("stages:\n  a:\n    cmd: echo ${nothing.here}\n", "nothing.here"),
        ("stages:\n  a: {cmd: x, deps: [y], outs: [z]}\n  b: {cmd: x, deps: [z], outs: [y]}\n", "circle: a -> b -> a"),
        ("stages:\n  a: {cmd: x, outs: [z]}\n  b: {cmd: x, outs: [z]}\n", "two makers: a and b"),
    ],
)
def test_a_wrong_pipeline_is_named(made: Repo, text: str, said: str) -> None:
    made.write({"dvc.yaml": text})
    for act in (make_plan, run):
        with pytest.raises(UseError) as caught:
            act(made.root)
        assert said in str(caught.value)
        assert "dvc.yaml" in str(caught.value)
        assert caught.value.do


def test_the_marks_of_a_merge_conflict_are_named(made: Repo) -> None:
    lock = (made.root / "dvc.lock").read_text()
    made.write({"dvc.lock": f"<<<<<<< ours\n{lock}=======\n{lock}>>>>>>> theirs\n"})
    with pytest.raises(UseError, match="merge conflict"):
        make_plan(made.root)


def test_a_missing_file_or_param_is_named_before_anything_is_removed(made: Repo) -> None:
    (made.root / "train.sh").unlink()
    plan = {stage.name: stage for stage in make_plan(made.root).stages}
    assert plan["train"].reasons[0].after == "missing"
    with pytest.raises(UseError, match=r"train needs train\.sh"):
        run(made.root)
    made.write({"train.sh": FILES["train.sh"], "params.yaml": "train:\n  seed: 1\n"})
    with pytest.raises(UseError, match=r"train needs params\.yaml:train\.depth"):
        run(made.root)
    assert (made.root / "model.txt").exists()


def test_an_output_that_was_not_written_is_named(made: Repo) -> None:
    made.pipeline(stages(lonely={"cmd": "true # forgets"}))
    with pytest.raises(UseError, match=r"did not write copy\.txt"):
        run(made.root)


def test_data_changed_on_disk_without_dvc_is_not_guessed_about(made: Repo) -> None:
    (made.root / "data/rows.txt").unlink()
    made.write({"data/rows.txt": "new\n"})
    with pytest.raises(UseError, match=r"data/rows\.txt on this disk is not what data\.dvc names"):
        run(made.root)
    assert (made.root / "data/rows.txt").read_text() == "new\n"


def test_a_second_run_is_told_of_the_first(made: Repo) -> None:
    lock = made.root / ".dvc/tmp/mergegate/run.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(SurroundingsError, match="another `mergegate run`"):
            run(made.root)
    run(made.root)


def test_a_dvc_command_at_work_on_the_same_files_is_respected(made: Repo) -> None:
    from dvc.repo import Repo as DvcRepo
    from dvc.rwlock import rwlock

    made.write({"note.txt": "changed\n"})
    dvc = DvcRepo(str(made.root))
    (made.root / ".dvc/tmp/rwlock").write_text("{")
    dvc.close()
    run(made.root)  # what a killed command left behind is no obstacle
    made.write({"note.txt": "changed again\n"})
    with (
        rwlock(str(made.root / ".dvc/tmp"), dvc.fs, "dvc repro", [], [str(made.root / "copy.txt")], hardlink=False),
        pytest.raises(SurroundingsError, match="another DVC command"),
    ):
        run(made.root)


def test_a_remote_that_is_gone_is_named(made: Repo, tmp_path: Path) -> None:
    clone = made.clone(tmp_path / "clone")
    clone.write({"train.sh": "# new\n"})
    shutil.rmtree(made.remote)
    for stage in make_plan(clone.root).stages:
        assert stage.action is not Action.UNCHANGED or stage.name == "lonely"
    with pytest.raises(SurroundingsError, match="nobody can tell what is in data"):
        run(clone.root)


def test_a_poisoned_dependency_is_named_and_never_used(made: Repo, tmp_path: Path) -> None:
    clone = made.clone(tmp_path / "clone")
    clone.write({"train.sh": "# new\n"})
    poison(object_of(made, "split"))
    with pytest.raises(SurroundingsError, match=r"wrong object for sorted\.txt"):
        run(clone.root)
    assert not (clone.root / "sorted.txt").exists()
    assert not object_of(made, "split", clone.root / ".dvc/cache").exists()


def test_a_poisoned_entry_of_the_run_cache_is_named_and_never_used(made: Repo, tmp_path: Path) -> None:
    clone = made.clone(tmp_path / "clone")
    (clone.root / "dvc.lock").unlink()
    assert {stage.action for stage in make_plan(clone.root).stages} == {Action.RESTORE}
    shutil.rmtree(clone.root / ".dvc/cache")
    for entry in (made.remote / "runs").rglob("*"):
        if entry.is_file() and "copy.txt" in entry.read_text():
            poison(
                entry, entry.read_text().replace(hashlib.md5(b"a note\n", usedforsecurity=False).hexdigest(), "0" * 32)
            )
    with pytest.raises(SurroundingsError, match="entry of the run cache is not what its name says"):
        run(clone.root)


def test_a_run_cache_whose_objects_are_lost_is_no_answer(made: Repo, tmp_path: Path) -> None:
    clone = made.clone(tmp_path / "clone")
    (clone.root / "dvc.lock").unlink()
    object_of(made, "lonely").unlink()
    plan = {stage.name: stage.action for stage in make_plan(clone.root).stages}
    assert plan == {"split": Action.RESTORE, "train": Action.RESTORE, "evaluate": Action.RESTORE, "lonely": Action.RUN}
    assert run(clone.root).ran == ("lonely",)


def test_what_was_locked_but_never_pushed_is_found_by_publish(made: Repo, tmp_path: Path) -> None:
    clone = made.clone(tmp_path / "clone")
    object_of(made, "train").unlink()
    with pytest.raises(SurroundingsError, match=r"(?s)not complete.*model\.txt.*neither here nor there"):
        publish(clone.root)
    assert publish(made.root) == 1
    assert publish(clone.root) == 0


def test_a_truncated_object_in_the_remote_is_replaced_by_publish(made: Repo, tmp_path: Path) -> None:
    poison(object_of(made, "train"), "a\n")
    with pytest.raises(SurroundingsError, match="2 bytes, not"):
        publish(made.clone(tmp_path / "clone").root)
    assert publish(made.root) == 1
    assert object_of(made, "train").read_bytes() == (made.root / "model.txt").read_bytes()


def test_no_remote_at_all_is_no_reason_not_to_run(made: Repo) -> None:
    made.write({".dvc/config": "[core]\n    analytics = false\n", "note.txt": "new\n"})
    assert run(made.root).ran == ("lonely",)
    made.write({"copy.txt": "spoilt\n"})
    assert {stage.name: stage.action for stage in make_plan(made.root).stages}["lonely"] is Action.RESTORE
    assert run(made.root).ran == ()
    shutil.rmtree(made.root / ".dvc/cache/files")
    made.write({"copy.txt": "spoilt\n"})
    assert run(made.root).ran == ("lonely",)
    with pytest.raises(UseError, match="no default remote"):
        publish(made.root)


def test_a_renamed_stage_is_new_and_is_restored(made: Repo) -> None:
    content = stages()
    content["stages"]["alone"] = content["stages"].pop("lonely")
    made.pipeline(content)
    plan = {stage.name: stage for stage in make_plan(made.root).stages}
    assert (plan["alone"].action, [reason.kind for reason in plan["alone"].reasons]) == (Action.RESTORE, ["new"])
    assert run(made.root).ran == ()
    assert "alone" in made.lock


def test_a_stage_without_outputs_runs_when_its_inputs_change_and_not_again(made: Repo) -> None:
    content = stages()
    content["stages"]["tell"] = {"cmd": "cat note.txt", "deps": ["note.txt"]}
    made.pipeline(content)
    assert run(made.root).ran == ("tell",)
    assert run(made.root).ran == ()


def test_every_error_names_a_place_and_a_remedy(made: Repo, tmp_path: Path) -> None:
    made.pipeline(stages(train={"cmd": "exit 1"}))
    with pytest.raises(MergegateError) as caught:
        run(made.root)
    assert caught.value.where
    assert caught.value.do


def on_a_small_disk(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Runs Python where `folder` is a disk of two megabytes."""
    inner = f"mount -t tmpfs -o size=2m tmpfs {folder} && exec {sys.executable} -c {shlex.quote(code)}"
    return subprocess.run(["unshare", "-rm", "sh", "-c", inner], capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["cache", "tree"])
def test_a_full_disk_is_named_and_the_run_continues_when_there_is_room(made: Repo, tmp_path: Path, where: str) -> None:
    if on_a_small_disk(made.root / ".dvc" / "tmp", "").returncode:
        pytest.skip("this machine lets nobody mount")
    clone = made.clone(tmp_path / "clone")
    big = {"cmd": "yes | head -c 3000000 > out/big.txt", "deps": ["note.txt"], "outs": ["out/big.txt"]}
    clone.pipeline({"stages": {"big": big}})
    clone.write({"out/.gitignore": ""})
    small = clone.root / (".dvc/cache" if where == "cache" else "out")
    small.mkdir(exist_ok=True)
    code = f"from pathlib import Path; from mergegate.rerun.run import run; run(Path({str(clone.root)!r}))"
    done = on_a_small_disk(small, code)
    assert "No space left" in done.stderr or "no space left" in done.stderr
    said = done.stderr.split("mergegate.errors.")[-1]
    assert said.startswith(
        "SurroundingsError: the disk failed" if where == "cache" else "UseError: the stage big failed"
    )
    assert run(clone.root).ran == ("big",)
