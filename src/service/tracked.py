"""Has DVC track a table in place of the stage that wrote it: no line of dvc.yaml changes but those of that stage."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from mergegate.errors import UseError
from mergegate.read.dvcmeta import load_project
from mergegate.read.dvctree import WorkTree
from mergegate.read.git import open_repository

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.read.dvcproject import Stage


def track(table: Path) -> str:
    """Have DVC track the table; the stage that wrote it, which is gone from dvc.yaml now, or nothing.

    Raises `UseError` where that stage writes other things, too, or where DVC refuses: then no file has changed.
    """
    root = open_repository(table.resolve().parent).root.resolve()
    path = table.resolve().relative_to(root).as_posix()
    stage = _writer(root, path)
    changed = {} if stage is None else {name: _without(root / name, stage) for name in _files(stage)}
    before = {name: (root / name).read_bytes() for name in changed}
    for name, text in changed.items():
        (root / name).write_text(text, encoding="utf-8", newline="\n")
    done = subprocess.run([sys.executable, "-m", "dvc", "add", path], cwd=root, capture_output=True, check=False)
    if done.returncode:
        for name, content in before.items():
            (root / name).write_bytes(content)
        said = (done.stderr.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
        raise UseError(f"DVC does not track it: {said[:300]}", where=str(table), do="see `dvc status`")
    return stage.name if stage else ""


def _writer(root: Path, path: str) -> Stage | None:
    found = next((one for one in load_project(WorkTree(root)).stages if path in {out.path for out in one.outs}), None)
    others = [out.path for out in found.outs if out.path != path] if found else []
    if found and others:
        raise UseError(
            f"the stage {found.name} writes {', '.join(others)}, too",
            where=str(root / found.file),
            do="give the table a stage of its own first",
        )
    return found


def _files(stage: Stage) -> tuple[str, ...]:
    lock = stage.file.removesuffix("yaml") + "lock"
    return (stage.file, lock) if stage.lock else (stage.file,)


def _without(file: Path, stage: Stage) -> str:
    """The text of the file without the stage's entry; comments before the next one stay."""
    from ruamel.yaml import YAML

    text = file.read_text(encoding="utf-8")
    stages = YAML().load(text)["stages"]
    if stage.name not in stages:
        raise UseError(
            f"the stage {stage.name} is written by a template",
            where=str(file),
            do="take it out by hand, and then again",
        )
    lines = text.splitlines(keepends=True)
    begin = stages.lc.key(stage.name)[0]
    end = next((line for line in sorted(stages.lc.key(name)[0] for name in stages) if line > begin), len(lines))
    while end > begin + 1 and end < len(lines) and lines[end - 1].lstrip().startswith("#"):
        end -= 1
    return "".join([*lines[:begin], *lines[end:]])
