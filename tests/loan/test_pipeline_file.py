"""dvc.yaml: each stage of `loan` depends on the code, knobs and libraries that it uses; none touches `intent`."""

from __future__ import annotations

import re

import pytest

from tests.stage_code import LOCK, ROOT, calls, code_of, outs_of, stages_of

OURS = stages_of("loan")
FITS = {"src/loan/bins.py", "src/loan/boosted.py", "src/loan/fit.py"}


def test_the_stages_are_there() -> None:
    assert [name.removeprefix("loan-") for name in OURS] == [
        "validate", "split", "train", "generate", "ceiling", "crossfit", "predict", "evaluate",
    ]  # fmt: skip


@pytest.mark.parametrize("name", OURS)
def test_a_stage_depends_on_exactly_the_code_and_the_knobs_that_it_uses(name: str) -> None:
    assert {dep for dep in OURS[name]["deps"] if dep.endswith(".py")} == code_of(OURS[name])
    source = calls(OURS[name])
    read = {section.lower() for section in re.findall(r"settings\.read\(settings\.(\w+)\)", source)}
    read |= {"features"} if "settings.features()" in source else set()
    assert set(OURS[name].get("params", [])) == {f"loan.{section}" for section in read}
    fits = bool(code_of(OURS[name]) & FITS)
    assert ("requirements/loan-libraries.txt" in OURS[name]["deps"]) is fits


@pytest.mark.parametrize("name", [name for name in OURS if name != "loan-generate"])
def test_a_stage_names_every_file_that_its_module_names(name: str) -> None:
    files = {dep for dep in OURS[name]["deps"] if not dep.startswith(("src/", "requirements/"))} | outs_of(OURS[name])
    validated = {"metrics/loan/validate.json"} if name == "loan-split" else set()
    assert files - validated == set(re.findall(r'Path\("([^"]+)"\)', calls(OURS[name])))


def test_a_change_to_one_pipeline_never_reruns_the_other() -> None:
    """They share no file and no knob, the stable split aside."""
    shared = "src/mergegate/split.py"
    for mine, other in (("loan", "intent"), ("intent", "loan")):
        for stage in stages_of(mine).values():
            assert not any(other in dep for dep in {*stage["deps"], *outs_of(stage)} - {shared})
            assert all(param.startswith("loan.") is (mine == "loan") for param in stage.get("params", []))


def test_the_lock_belongs_to_the_pipeline_and_what_is_in_git_to_the_lock() -> None:
    for name, stage in OURS.items():
        assert LOCK[name]["cmd"] == stage["cmd"]
        assert {dep["path"] for dep in LOCK[name]["deps"]} == set(stage["deps"])
        for out in LOCK[name].get("outs", []):
            if out["path"].startswith(("metrics/", "criteria/")):
                assert (ROOT / out["path"]).stat().st_size == out["size"], f"{out['path']}: call dvc repro"
