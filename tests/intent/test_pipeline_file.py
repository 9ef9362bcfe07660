"""dvc.yaml: each stage depends on the code, the params and the libraries that it uses, and on nothing else."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest
from tests.stage_code import LOCK, ROOT, STAGES, calls, code_of, outs_of, stages_of

from intent import libraries, settings

OURS = stages_of("intent")


def test_the_stages_are_there() -> None:
    assert list(OURS) == [
        "validate", "split", "train", "predict", "evaluate", "quiz", "unlabelled", "shadow", "invariances",
    ]  # fmt: skip


@pytest.mark.parametrize("name", OURS)
def test_a_stage_depends_on_exactly_the_code_that_it_runs(name: str) -> None:
    declared = {dep for dep in OURS[name]["deps"] if dep.endswith(".py")}
    assert declared == code_of(OURS[name])


@pytest.mark.parametrize("name", OURS)
def test_a_stage_depends_on_exactly_the_params_that_it_reads(name: str) -> None:
    read = {section.lower() for section in re.findall(r"settings\.read\(settings\.(\w+)\)", calls(OURS[name]))}
    declared = OURS[name].get("params", [])
    assert {param.partition(".")[0] for param in declared} == read
    keys = {param for param in declared if "." in param}
    assert keys == ({"train.C", "train.iterations", "train.seed"} if "train" in read else set())


def test_where_a_model_is_fitted_is_no_part_of_what_it_is() -> None:
    """Another backend makes the same bytes (tests/intent/test_engine.py), so it reruns nothing."""
    keys = {f"train.{field.name}" for field in dataclasses.fields(settings.Train)}
    assert keys - set(OURS["train"]["params"]) == {"train.backend"}


@pytest.mark.parametrize("name", OURS)
def test_a_stage_that_computes_with_the_model_depends_on_its_libraries(name: str) -> None:
    uses = "src/intent/model.py" in code_of(OURS[name])
    assert (libraries.COPY.as_posix() in OURS[name]["deps"]) is uses


@pytest.mark.parametrize("name", OURS)
def test_a_stage_names_every_file_that_its_module_names(name: str) -> None:
    """The paths in the code and those in dvc.yaml are written twice; here they are held together."""
    files = {dep for dep in OURS[name]["deps"] if not dep.startswith(("src/", "requirements/"))} | outs_of(OURS[name])
    named = set(re.findall(r'Path\("([^"]+)"\)', calls(OURS[name])))
    validated = {"metrics/intent/validate.json"} if name == "split" else set()
    assert files - validated == named


def test_metrics_are_in_git_and_everything_else_in_the_cache() -> None:
    for stage in OURS.values():
        assert all(next(iter(metric.values())) == {"cache": False} for metric in stage.get("metrics", []))
        assert all(isinstance(out, str) for out in stage.get("outs", []))


def test_the_lock_belongs_to_the_pipeline_and_the_committed_metrics_to_the_lock() -> None:
    assert list(LOCK) == list(STAGES)
    for name, stage in OURS.items():
        assert LOCK[name]["cmd"] == stage["cmd"]
        assert {dep["path"] for dep in LOCK[name]["deps"]} == set(stage["deps"])
        for out in LOCK[name].get("outs", []):
            if out["path"].startswith("metrics/"):
                assert (ROOT / out["path"]).stat().st_size == out["size"], f"{out['path']}: call dvc repro"


def test_the_model_was_made_with_the_locked_libraries() -> None:
    copy = (ROOT / libraries.COPY).read_text(encoding="utf-8")
    for lock in ("pipelines.txt", "dev.txt"):
        said = libraries.locked((ROOT / "requirements" / lock).read_text(encoding="utf-8"))
        assert copy == said, f"{lock} moved on: call `python -m intent.libraries`, then `dvc repro`"


def test_a_lock_without_a_library_is_refused() -> None:
    with pytest.raises(Exception, match="does not pin scikit-learn"):
        libraries.locked("numpy==1 \\\nscipy==1 \\\n")


def test_every_item_that_must_pass_does_on_main() -> None:
    facts = json.loads((ROOT / "metrics/intent/quiz.json").read_text(encoding="utf-8"))
    assert facts["must_pass_right"] == facts["must_pass_items"] > 0
