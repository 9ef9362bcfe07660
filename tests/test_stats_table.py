"""The table of which test proves which statistic is whole, and names nothing that is not there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent / "stats"
STATS = Path(__file__).parents[1] / "src" / "mergegate" / "stats"
TABLE = (HERE / "README.md").read_text("utf-8")


def defined(files: list[Path]) -> set[str]:
    kinds = (ast.FunctionDef, ast.ClassDef)
    trees = [ast.parse(path.read_text("utf-8")) for path in files]
    return {node.name for tree in trees for node in tree.body if isinstance(node, kinds)}


def test_every_public_statistic_stands_in_the_table() -> None:
    public = {name for name in defined(sorted(STATS.glob("*.py"))) if not name.startswith("_")}
    assert public <= set(re.findall(r"`(\w+)`", TABLE))


def test_every_test_in_the_table_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", TABLE))
    assert named
    assert named <= defined(sorted(HERE.glob("test_*.py")))
