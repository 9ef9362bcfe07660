"""What a stage of the repository's own dvc.yaml runs, read from its code."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src"
STAGES: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
LOCK: dict[str, Any] = yaml.safe_load((ROOT / "dvc.lock").read_text(encoding="utf-8"))["stages"]


def stages_of(pipeline: str) -> dict[str, Any]:
    """The stages that run a module of this pipeline."""
    return {name: stage for name, stage in STAGES.items() if f"-m {pipeline}." in stage["cmd"]}


def module_file(name: str) -> Path | None:
    """The source of a first-party module, packages' empty `__init__` aside."""
    path = SRC / (name.replace(".", "/") + ".py")
    return path if path.exists() else None


def imported(path: Path) -> set[Path]:
    """First-party modules that the file imports when it runs, directly."""
    found: set[Path | None] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and isinstance(block.test, ast.Name) and block.test.id == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {module_file(alias.name) for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {module_file(node.module)} | {module_file(f"{node.module}.{alias.name}") for alias in node.names}
    return {path for path in found if path}


def _module(stage: dict[str, Any]) -> Path:
    """The stage's own module."""
    found = module_file(re.search(r"-m ([a-z.]+)", stage["cmd"])[1])  # type: ignore[index]
    assert found
    return found


def code_of(stage: dict[str, Any]) -> set[str]:
    """Every first-party file that the stage's command runs."""
    todo, done = {_module(stage)}, set[Path]()
    while todo:
        path = todo.pop()
        done.add(path)
        todo |= imported(path) - done
    return {path.relative_to(ROOT).as_posix() for path in done}


def calls(stage: dict[str, Any]) -> str:
    """The source of the stage's own module."""
    return _module(stage).read_text(encoding="utf-8")


def outs_of(stage: dict[str, Any]) -> set[str]:
    """Paths of its outputs and metrics."""
    listed = [*stage.get("outs", []), *stage.get("metrics", [])]
    return {out if isinstance(out, str) else next(iter(out)) for out in listed}
