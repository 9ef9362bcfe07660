"""`mergegate report`: the report that a check wrote, once more; and the history of main as a page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mergegate.errors import Exit, SurroundingsError, UseError

if TYPE_CHECKING:
    from pathlib import Path

_EXITS = {"merge": Exit.FINE, "block": Exit.BLOCK, "unsure": Exit.UNSURE}


def report(verdict: Path, *, as_json: bool = False) -> Exit:
    """Print the report beside `verdict`; the exit code is the verdict's own."""
    text = verdict.with_name("report.md")
    if not verdict.is_file() or not text.is_file():
        raise UseError("there is no report", where=str(verdict.parent), do="`mergegate check` writes one")
    try:
        content = verdict.read_text("utf-8")
        code = _EXITS[json.loads(content)["decision"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UseError(
            "this is no verdict of mergegate", where=str(verdict), do="run `mergegate check` again"
        ) from None
    if as_json:
        print(content, end="")
        return code
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(text.read_text("utf-8")))
    return code


def history(start: Path, out: Path, *, as_json: bool = False) -> Exit:
    """Write the history of main into `out`: index.html and, in `plots`, the specifications of what it draws.

    The pictures are drawn where the extra `plots` is installed; their figures stand in the page in any case.
    """
    from importlib.util import find_spec

    from mergegate.cli.out import put, put_specifications
    from mergegate.cli.pictures import draw
    from mergegate.cli.timeline import timeline
    from mergegate.read.git import open_repository
    from mergegate.report.timelinepage import page, pictures

    found = timeline(open_repository(start))
    specifications = {one.key: one.specification for one in pictures(found)}
    drawn = draw(specifications) if specifications and find_spec("vl_convert") else {}
    try:
        out.mkdir(parents=True, exist_ok=True)
        put_specifications(out / "plots", specifications)
        put(out / "index.html", page(found, drawn))
    except OSError as error:
        raise SurroundingsError(
            f"cannot write the page: {error.strerror}", where=str(out), do="name another folder with --out"
        ) from None
    told = {"page": str(out / "index.html"), "merges": len(found.merges), "versions": len(found.releases)}
    print(json.dumps(told) if as_json else f"{told['page']}: {told['merges']} merges, {told['versions']} versions")
    return Exit.FINE
