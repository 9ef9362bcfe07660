"""The options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

Base = Annotated[
    str | None,
    typer.Option(
        "--base", metavar="REV", help="Compare with this revision [default: the merge base with the default branch]."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Jobs = Annotated[
    int, typer.Option("--jobs", "-j", min=1, max=64, help="Run this many independent stages side by side.")
]
