"""Broken input is refused in the gate's own words, whichever parser it meets; `make fuzz` feeds a million."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks._mutations import mutated
from benchmarks.fuzz_parsers import fuzz

from benchmarks import _parsers as parsers
from mergegate.errors import MergegateError, UseError
from mergegate.read.dvcmeta import load_project
from mergegate.read.dvcyaml import load_yaml
from mergegate.read.policy import parse_policy

INPUTS = int(os.environ.get("MERGEGATE_FUZZ_PARSERS", "4000"))
ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("target", parsers.TARGETS, ids=lambda target: target.name)
def test_a_parser_reads_or_refuses_and_nothing_else(target: parsers.Target, tmp_path: Path) -> None:
    tally = fuzz(target, max(20, round(INPUTS * target.share)), 1, tmp_path)
    assert tally.crashes == {}
    assert tally.read > 0
    assert tally.refused > tally.read


def test_the_fuzzer_sees_a_parser_that_crashes(tmp_path: Path) -> None:
    """And says where, and with which input."""

    def naive(data: bytes, _: Path) -> object:
        return data.decode().partition(":")[2][0]

    tally = fuzz(parsers.Target("naive", naive, (b"a: b\n",), 1.0), 500, 1, tmp_path)
    assert {key.split(" at ")[0] for key in tally.crashes} == {"IndexError", "UnicodeDecodeError"}
    assert all(value.startswith("b") for value in tally.crashes.values())


def test_the_same_seed_breaks_the_same_way() -> None:
    first, again = (mutated(random.Random(5), parsers.TARGETS[0].corpus) for _ in range(2))
    assert first == again


@pytest.mark.parametrize("text", ["'[' * 900_000", "'- ' * 400_000", "'? ' * 400_000", "'a: ' + '{a: ' * 200_000"])
def test_a_file_that_would_fill_the_stack_does_not_kill_the_process(text: str) -> None:
    """The C loader calls itself: 100,000 brackets were a segmentation fault."""
    script = f"from mergegate.read.dvcyaml import load_yaml; load_yaml({text}, 'dvc.yaml')"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "nested more than 100 levels" in done.stderr


@pytest.mark.parametrize("text", ["[" * 90 + "]" * 90, "- " * 90 + "x", "a: [" + "[x], " * 2000 + "]"])
def test_what_is_nested_less_is_read(text: str) -> None:
    assert load_yaml(text, "params.yaml")


@pytest.mark.parametrize(
    ("lock", "at"),
    [
        ("stages: {train: [x]}", "stages.train"),
        ("stages: {train: {cmd: x, outs: [{path: a, md5: {a: b}}]}}", "stages.train.outs[0].md5"),
        ("stages: {train: {cmd: x, outs: [{md5: a}]}}", "stages.train.outs[0].path"),
        ("stages: {train: {cmd: x, deps: [{path: a, size: many}]}}", "stages.train.deps[0].size"),
        ("stages: {train: {cmd: x, deps: [{path: a, nfiles: -1}]}}", "stages.train.deps[0].nfiles"),
        ("stages: {train: {cmd: x, outs: {path: a}}}", "stages.train.outs"),
        ("stages: {train: {cmd: x, params: [C]}}", "stages.train.params"),
    ],
)
def test_a_damaged_lock_is_refused_with_the_place(lock: str, at: str) -> None:
    files = parsers.Memory({"dvc.yaml": b"stages: {train: {cmd: x, outs: [a]}}", "dvc.lock": lock.encode()})
    with pytest.raises(MergegateError, match="damaged at") as caught:
        load_project(files)
    assert isinstance(caught.value, UseError)
    assert caught.value.what.endswith(f"damaged at {at}")


@pytest.mark.parametrize("text", ["? a:\n    b: 1\n", "? [a, b]\n: 1\n", "models: !!set x\n", "models: !!omap x\n"])
def test_a_policy_that_the_yaml_library_itself_falls_over_is_refused(text: str) -> None:
    """Found by the first million."""
    with pytest.raises(UseError):
        parse_policy(f"version: 1\n{text}".encode())
