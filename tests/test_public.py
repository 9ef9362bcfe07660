"""The public names of the package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import mergegate
from mergegate import Decision, MergegateError, compare


def table(path: Path, wrong: int) -> Path:
    rows = "".join(f"{n},a,{'b' if n < wrong else 'a'},{n % 4}\n" for n in range(2_000))
    path.write_text("id,label,prediction,region\n" + rows)
    return path


def test_compare_is_a_function_whatever_was_imported_before(tmp_path: Path) -> None:
    import mergegate.contrast.scores

    before, after = table(tmp_path / "a.csv", 100), table(tmp_path / "b.csv", 300)
    verdict = compare(before, after, slices=["region"], margin=0.01)
    assert verdict.decision is Decision.BLOCK
    assert mergegate.compare is compare
    assert compare(before, before).decision is Decision.MERGE


def test_wrong_options_and_tables_are_named(tmp_path: Path) -> None:
    before = table(tmp_path / "a.csv", 100)
    with pytest.raises(MergegateError, match="colour"):
        compare(before, before, colour="red")
    with pytest.raises(MergegateError, match="no such table"):
        compare(before, tmp_path / "none.csv")


def test_an_unknown_name_is_no_public_name() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        mergegate.nothing  # noqa: B018


def test_importing_the_package_brings_no_library_along() -> None:
    code = "import sys, mergegate; print(sorted({'numpy', 'dvc', 'duckdb', 'pydantic', 'rich'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": "src"}
    )
    assert done.stdout.strip() == "[]"
