"""What makes a repository guarded: its adoption, and the ways around the gate that it leaves open."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mergegate.cli.commands.options import Json


def lint(
    path: Annotated[Path, typer.Argument(metavar="[PATH]", help="The root of a repository.")] = Path(),
    json: Json = False,
) -> None:
    """Find ways around the gate in workflows and settings."""
    from mergegate.cli.lint import lint as command

    raise typer.Exit(command(path, as_json=json))


def init(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")] = False,
    owner: Annotated[
        str, typer.Option("--owner", metavar="@TEAM", help="Who is asked before the gate itself is changed.")
    ] = "",
    json: Json = False,
) -> None:
    """Propose a policy, workflows and owners for a repository.

    It has to be a DVC repository. Files that are there stay as they are.
    """
    from mergegate.cli.init import InitOptions
    from mergegate.cli.init import init as command

    raise typer.Exit(command(Path.cwd(), InitOptions(yes, dry_run, owner, json)))
