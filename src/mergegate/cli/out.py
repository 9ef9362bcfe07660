"""Writes and prints a verdict."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.errors import Exit, SurroundingsError
from mergegate.facts.verdict import Decision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mergegate.facts.verdict import Verdict

EXITS = {Decision.MERGE: Exit.FINE, Decision.BLOCK: Exit.BLOCK, Decision.UNSURE: Exit.UNSURE}
"""What a command that ends in a verdict returns."""


def write(verdict: Verdict, folder: Path, xml: Path | None = None, *, plots: bool = False) -> None:
    """Write report.md, report.html and verdict.json into `folder`, each whole or not at all, the verdict last.

    Where the comment had to leave something out, summary.md has the longer text, for a job's summary. With `xml`, the
    verdict as JUnit XML there. Folder `plots` has the Vega-Lite specifications of what report.html draws; with `plots`
    it draws them.
    """
    from mergegate.cli.pictures import draw
    from mergegate.report import specs
    from mergegate.report.html import html
    from mergegate.report.jsonfile import to_json
    from mergegate.report.markdown import SUMMARY, markdown

    specifications = specs.specifications(verdict)
    page = html(verdict, draw(specifications) if plots else None)
    comment, longer = markdown(verdict), markdown(verdict, limit=SUMMARY)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("verdict.json", "summary.md"):
            (folder / name).unlink(missing_ok=True)
        put(folder / "report.md", comment)
        if longer != comment:
            put(folder / "summary.md", longer)
        put(folder / "report.html", page)
        put_specifications(folder / "plots", specifications)
        if xml is not None:
            from mergegate.report.junit import junit

            xml.parent.mkdir(parents=True, exist_ok=True)
            put(xml, junit(verdict))
        put(folder / "verdict.json", to_json(verdict))
    except OSError as error:
        raise SurroundingsError(
            f"cannot write the report: {error.strerror}", where=str(folder), do="name another folder with --out"
        ) from None


def keep_out_of_git(folder: Path) -> None:
    """Make the folder, where there is none, with a `.gitignore` of its own: hardly any other names it yet."""
    if folder.exists():
        return
    try:
        folder.mkdir(parents=True)
        put(folder / ".gitignore", "*\n")
    except OSError as error:
        raise SurroundingsError(
            f"cannot write the report: {error.strerror}", where=str(folder), do="name another folder with --out"
        ) from None


def put_specifications(folder: Path, specifications: Mapping[str, object]) -> None:
    """One file for each, and none of an earlier report's."""
    for old in folder.glob("*.vl.json"):
        old.unlink()
    if specifications:
        folder.mkdir(exist_ok=True)
    for name, specification in specifications.items():
        put(folder / f"{name}.vl.json", json.dumps(specification, indent=1, allow_nan=False) + "\n")


def put(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def show(verdict: Verdict, *, as_json: bool, out: Path | None = None) -> None:
    """Print a verdict: JSON, or text as wide as the terminal, in colour where there is one."""
    if as_json:
        from mergegate.report.jsonfile import to_json

        print(to_json(verdict))
        return
    from mergegate.report.terminal import terminal

    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    print(terminal(verdict, width=shutil.get_terminal_size((100, 40)).columns, colour=colour))
    if out is not None:
        print(f"report: {out / 'report.md'}, {out / 'report.html'}, {out / 'verdict.json'}")
