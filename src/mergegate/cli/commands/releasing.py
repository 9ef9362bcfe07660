"""From main to test, to production, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mergegate.cli.blas import one_thread
from mergegate.cli.commands.options import Json


def register(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model of the policy.")],
    bump: Annotated[
        str | None, typer.Option(help="major, minor or patch: which part of the version to raise [default: minor].")
    ] = None,
    version: Annotated[str | None, typer.Option(metavar="X.Y.Z", help="This version and no other.")] = None,
    verdict: Annotated[
        Path, typer.Option(metavar="FILE", help="What `mergegate check` wrote of this very commit.")
    ] = Path("report/verdict.json"),
    json: Json = False,
) -> None:
    """Register this commit of main as a version of a model.

    The version is an annotated tag that says how it came about.
    """
    one_thread()
    from mergegate.cli.register import BUMPS, RegisterOptions
    from mergegate.cli.register import register as command
    from mergegate.errors import UseError

    if bump is not None and bump not in BUMPS:
        raise UseError(f"there is no part {bump!r} of a version", do=f"name one of: {', '.join(BUMPS)}")
    if bump and version:
        raise UseError("`--bump` and `--version` say two things", do="name one of them")
    raise typer.Exit(command(Path.cwd(), RegisterOptions(model, bump, version, verdict, json)))


def promote(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model of the policy.")],
    to: Annotated[str, typer.Option(metavar="STAGE", help="test or prod.")],
    version: Annotated[
        str | None,
        typer.Option(metavar="X.Y.Z", help="Which version [default: for test the newest, for prod the one in test]."),
    ] = None,
    service: Annotated[
        str | None, typer.Option(metavar="URL", help="The service of test, which is asked before production.")
    ] = None,
    json: Json = False,
) -> None:
    """Move a version to test or to production, and back.

    An older version that was there before is rolled back to.
    """
    from mergegate.cli.promote import PromoteOptions
    from mergegate.cli.promote import promote as command

    raise typer.Exit(command(Path.cwd(), PromoteOptions(model, to, version, service, json)))


def show(
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", help="One model [default: all].")] = None,
    history: Annotated[
        bool, typer.Option("--history", help="Every version and every promotion, instead of what is in force.")
    ] = False,
    json: Json = False,
) -> None:
    """Say which version is in test and in production.

    Since when, and how they differ.
    """
    from mergegate.cli.show import show as command

    raise typer.Exit(command(Path.cwd(), model, history=history, as_json=json))


def sample(
    path: Annotated[str, typer.Argument(metavar="PATH", help="A CSV table that DVC tracks.")],
    source: Annotated[str, typer.Option("--from", metavar="REV", help="The revision whose data is taken.")],
    share: Annotated[float, typer.Option(help="The share of groups that is taken, above 0 and at most 1.")] = 1.0,
    group: Annotated[str, typer.Option(metavar="COLUMN", help="The column of rows that belong together.")] = "",
    salt: Annotated[str, typer.Option(help="Another salt takes other groups.")] = "sample",
    mask: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN=KIND", help="hash (keyed by MERGEGATE_MASK_KEY), drop or redact; several times."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write there [default: PATH in the working tree].")
    ] = None,
    json: Json = False,
) -> None:
    """Bring data of another branch, whole or in part, masked.

    A part is of whole groups; what may not leave is hashed, redacted or dropped.
    """
    from mergegate.cli.sample import SampleOptions, parse_masks
    from mergegate.cli.sample import sample as command
    from mergegate.release.sample import Sampling

    sampling = Sampling(share, group, salt, parse_masks(mask or []))
    raise typer.Exit(command(Path.cwd(), SampleOptions(path, source, sampling, out, json)))
