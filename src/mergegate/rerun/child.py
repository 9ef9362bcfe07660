"""A run of its own in a scratch clone, through the project's own cache and run cache."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError, UseError
from mergegate.read.dvccache import load_config, open_cache
from mergegate.read.objects import Objects, outputs_of

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.rerun.process import Running


def run_until(table: str) -> str:
    """The command that makes `table`: its own process, as DVC works in the current folder, of which each has one."""
    return shlex.join([sys.executable, "-P", "-m", "mergegate", "run", "--json", "--until", table])


def failure(running: Running, which: str) -> UseError | SurroundingsError:
    """The child's own error, or its last words; `which` run it was, for a reader."""
    finished = running.finished
    tail = finished.tail if finished is not None else ()
    for line in reversed(tail):
        if line.startswith('{"error"'):
            told = json.loads(line)["error"]
            kind = UseError if told["code"] == UseError.code else SurroundingsError
            return kind(f"{which}: {told['what']}", where=told["where"], do=told["do"])
    said = "".join(f"\n    {line}" for line in tail)
    return SurroundingsError(f"{which}: the run failed{said}", do="see what it says")


def taken(here: Path, table: str, to: Path) -> str:
    """Copies the table, from the clone or from the cache where nothing had to run; its MD5."""
    out = outputs_of(here, "")[table]
    source = Objects(here).need(out.content, name=table) if out.cached else here / table
    shutil.copyfile(source, to)
    return out.md5


def share_settings(root: Path, here: Path) -> None:
    """The clone uses the project's cache and remotes: all its settings, with every path made absolute."""
    config = load_config(root)
    values = {section: dict(settings) for section, settings in config.values.items()}
    values.setdefault("cache", {})["dir"] = os.fspath(open_cache(config).base)
    lines = []
    for section, settings in values.items():
        lines.append(f"['{section}']" if '"' in section else f"[{section}]")
        lines += [f"    {key} = {_quoted(value)}" for key, value in settings.items()]
    (here / ".dvc" / "config.local").write_text("\n".join(lines) + "\n", "utf-8")


def _quoted(value: str) -> str:
    if not any(sign in value for sign in "#,'\""):
        return value
    return f"'{value}'" if '"' in value else f'"{value}"'
