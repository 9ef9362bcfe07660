"""What was written already: reports, rules and schemas."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mergegate.cli.commands.options import Json


def report(
    verdict: Annotated[Path, typer.Argument(metavar="VERDICT.JSON", help="What `mergegate check` wrote.")] = Path(
        "report/verdict.json"
    ),
    history: Annotated[
        bool, typer.Option("--history", help="Write the page of what main has been through instead.")
    ] = False,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="With --history: write index.html there.")] = Path(
        "history"
    ),
    json: Json = False,
) -> None:
    """Print a check's report again, or write main's history.

    The history is a page of what main has been through.
    """
    from mergegate.cli.report import history as page
    from mergegate.cli.report import report as command

    raise typer.Exit(page(Path.cwd(), out, as_json=json) if history else command(verdict, as_json=json))


def explain(
    code: Annotated[
        str | None, typer.Argument(metavar="[CODE]", help="A rule, for example MG301; without it, all.")
    ] = None,
    json: Json = False,
) -> None:
    """Say what a rule looks at, why, and how to fix what it finds."""
    from mergegate.cli.explain import explain as command

    raise typer.Exit(command(code, as_json=json))


def schema(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="gate (of gate.yaml), verdict, provenance or promotion.")
    ] = "gate",
    json: Json = False,  # noqa: ARG001 - a schema is JSON either way
) -> None:
    """Print a JSON schema, for editors and programs.

    Of gate.yaml, of verdict.json, or of what a tag says.
    """
    from mergegate.cli.schema import schema as command

    raise typer.Exit(command(name))
