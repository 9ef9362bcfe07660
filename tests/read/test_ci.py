"""The section `ci` of params.yaml: where and when a long training runs."""

from __future__ import annotations

import pytest

from mergegate.errors import UseError
from mergegate.facts.ci import Ci
from mergegate.read.ci import parse_ci

FULL = b"""
train: {C: 1.0}
ci:
  train: schedule
  training: [fit]
  stages:
    fit: {runs-on: gpu, cml: [--cloud=aws, --cloud-type=g4dn.xlarge, --cloud-spot]}
    "fit@2": {runs-on: large}
"""


@pytest.mark.parametrize("content", [None, b"", b"train: {C: 1}\n", b"ci:\n", b"- ci\n", b"special: 1\n"])
def test_without_the_section_every_pull_request_trains_on_any_machine(content: bytes | None) -> None:
    ci = parse_ci(content)
    assert ci == Ci()
    assert not ci.scheduled("train")
    assert ci.of_stage("train").runs_on is None


def test_a_stage_names_its_machine() -> None:
    ci = parse_ci(FULL)
    assert ci.of_stage("fit").runs_on == "gpu"
    assert ci.of_stage("fit").cml == ("--cloud=aws", "--cloud-type=g4dn.xlarge", "--cloud-spot")
    assert ci.of_stage("models/dvc.yaml:fit@1").runs_on == "gpu"
    assert ci.of_stage("fit@2").runs_on == "large"
    assert ci.of_stage("predict").runs_on is None


def test_the_stages_that_are_training_are_left_to_the_schedule() -> None:
    ci = parse_ci(FULL)
    assert [name for name in ("fit", "fit@7", "sub/dvc.yaml:fit", "train", "refit") if ci.scheduled(name)] == [
        "fit", "fit@7", "sub/dvc.yaml:fit",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("train: weekly", "ci.train: Input should be 'pull-request' or 'schedule'"),
        ("trains: schedule", "ci.trains: Extra inputs"),
        ("stages: {fit: {runs-on: 'a b'}}", "ci.stages.fit.runs-on"),
        ("stages: {fit: {runs-on: '${{ secrets.X }}'}}", "ci.stages.fit.runs-on"),
        ("stages: {fit: {cml: ['--labels=x']}}", "ci.stages.fit.cml.0"),
        ("stages: {fit: {cml: ['--token', 'x']}}", "ci.stages.fit.cml.0"),
        ("stages: {fit: {cml: ['; rm -rf /']}}", "ci.stages.fit.cml.0"),
        ("stages: {fit: {cml: ['--cloud=a b']}}", "ci.stages.fit.cml.0"),
        ("stages: {fit: {cml: ['--reuse']}}", "ci.stages.fit.cml.0"),
        ("stages: {fit: {cml: ['--cloud=aws']}}", "give it as `runs-on`"),
        ("stages: {fit: {runs-on: gpu, cml: ['--cloud-type=m']}}", "needs `--cloud=aws`"),
    ],
)
def test_what_is_wrong_is_named(line: str, words: str) -> None:
    with pytest.raises(UseError, match="the section `ci` is wrong") as error:
        parse_ci(f"ci: {{{line}}}".encode(), where="params.yaml at 1234")
    assert words in error.value.what
    assert error.value.where == "params.yaml at 1234"


def test_a_file_that_is_no_yaml_is_named() -> None:
    with pytest.raises(UseError, match="is not valid YAML"):
        parse_ci(b"ci: [")
