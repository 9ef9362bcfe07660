"""`mergegate report`: the report that a check wrote, once more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mergegate.errors import Exit, UseError

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
