"""A frozen stage never runs, and no lock then says that it did. DVC is more generous; these tests hold on to how."""

from __future__ import annotations

import pytest
from tests.rerun.conftest import Repo
from tests.rerun.test_bad_input import stages
from tests.rerun.worlds import repro

from mergegate.errors import UseError
from mergegate.facts.plan import Action
from mergegate.rerun.frozen import in_words, refuse_stale
from mergegate.rerun.plan import make_plan
from mergegate.rerun.run import RunSettings, run

OTHER = "cat sorted.txt train.sh > model.txt && echo other >> model.txt"
FROZEN = {"train": {"frozen": True, "cmd": OTHER}}


def refrozen(repo: Repo, **changes: object) -> None:
    repo.pipeline(stages(train={**FROZEN["train"], **changes}))


def test_what_changed_is_named_nothing_runs_and_the_lock_keeps_what_really_ran(made: Repo) -> None:
    before = made.lock
    refrozen(made)
    made.write({"train.sh": "# new\n", "params.yaml": "train:\n  depth: 4\n"})
    plan = {stage.name: stage for stage in make_plan(made.root).stages}
    assert plan["train"].action is Action.FROZEN
    assert [(reason.kind, reason.name) for reason in plan["train"].reasons] == [
        ("command", "train"), ("file", "train.sh"), ("param", "params.yaml:train.depth"),
    ]  # fmt: skip
    assert plan["evaluate"].action is Action.UNCHANGED
    said: list[str] = []
    record = run(made.root, RunSettings(push=True), said.append)
    assert record.ran == ()
    assert {stage.name: stage.outcome for stage in record.stages}["train"] == "skipped"
    (line,) = said
    assert line.startswith("train: frozen, so it does not run, although its command changed, the file train.sh changed")
    assert made.lock == before
    made.pipeline(stages(train={"cmd": OTHER}))
    assert "train" in run(made.root).ran
    assert (made.root / "model.txt").read_text().endswith("other\n")


def test_dvc_writes_down_a_run_that_never_was(made: Repo) -> None:
    """Why mergegate does not do as DVC does here: once unfrozen, DVC takes the old output for the new command's."""
    refrozen(made)
    repro(made)
    assert made.lock["train"]["cmd"] == OTHER  # type: ignore[index]
    made.pipeline(stages(train={"cmd": OTHER}))
    repro(made)
    assert "other" not in (made.root / "model.txt").read_text()


def test_an_output_that_nobody_made_is_refused_as_dvc_does(made: Repo) -> None:
    refrozen(made, metrics=[{"new.json": {"cache": False}}])
    plan = {stage.name: stage for stage in make_plan(made.root).stages}
    assert ("output", "new.json", "not in dvc.lock") in {
        (one.kind, one.name, one.after) for one in plan["train"].reasons
    }
    with pytest.raises(
        UseError, match=r"train is frozen, and nothing vouches.*new\.json is not in dvc\.lock"
    ) as caught:
        run(made.root)
    assert "`dvc commit -f train`" in caught.value.do
    with pytest.raises(Exception, match="failed to reproduce 'train'"):
        repro(made)
    made.write({"new.json": "{}\n"})  # whoever wrote it: DVC takes it for the stage's answer
    with pytest.raises(UseError, match="nothing vouches"):
        run(made.root)
    repro(made)
    assert run(made.root).ran == ()


@pytest.mark.parametrize(
    ("file", "said"), [("model.txt", r"model\.txt is changed on disk"), ("metrics.json", r"metrics\.json is missing")]
)
def test_an_output_that_is_another_or_gone_is_refused(made: Repo, file: str, said: str) -> None:
    made.pipeline(stages(train={"frozen": True}, evaluate={"frozen": True}))
    (made.root / file).unlink()
    if file == "model.txt":
        made.write({file: "by hand\n"})
    with pytest.raises(UseError, match=said):
        run(made.root)


def test_a_stage_that_was_frozen_before_it_ever_ran_is_refused(made: Repo) -> None:
    content = stages()
    content["stages"]["late"] = {
        "cmd": "cp note.txt late.txt",
        "deps": ["note.txt"],
        "outs": ["late.txt"],
        "frozen": True,
    }
    made.pipeline(content)
    with pytest.raises(UseError, match=r"late is frozen, and nothing vouches for its outputs: it is not in dvc\.lock"):
        run(made.root)


def test_what_waits_for_the_scheduled_training_is_left_even_where_it_is_frozen(made: Repo) -> None:
    made.pipeline(stages(evaluate={"frozen": True}))
    made.write({"train.sh": "# new\n"})
    plan = {stage.name: stage for stage in make_plan(made.root).stages}
    assert in_words(plan["evaluate"].reasons) == "train, which it reads from, runs"
    record = run(made.root, RunSettings(leave=lambda address: address == "train"))
    assert record.scheduled == ("train", "evaluate")


def test_a_table_from_a_frozen_stage_that_would_have_to_run_is_no_evidence(made: Repo) -> None:
    made.pipeline(stages(train={"frozen": True}))
    made.write({"train.sh": "# new\n"})
    plan = make_plan(made.root)
    makers = {"score.txt": "evaluate", "copy.txt": "lonely"}
    refuse_stale(plan, makers, ["copy.txt", "unknown.txt"])
    with pytest.raises(
        UseError, match=r"score\.txt is not what this revision makes.*train is frozen.*train\.sh changed"
    ):
        refuse_stale(plan, makers, ["copy.txt", "score.txt"])
