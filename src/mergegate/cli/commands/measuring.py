"""What a policy does on this holdout, and how much luck is in a training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mergegate.cli.blas import one_thread
from mergegate.cli.commands.options import Base, Json


def noise(
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="A model of the policy; may be left out where it has one.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=5, max=1000, help="How many trainings.")] = 5,
    param: Annotated[
        str | None, typer.Option(metavar="FILE:KEY", help="The param of the seed [default: `seed` of the policy].")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="Train this many at once.")] = 1,
    json: Json = False,
) -> None:
    """Measure how much another seed moves each metric.

    Trains again with other seeds, and keeps the spread in the file that the policy names.
    """
    from mergegate.cli.noise import NoiseOptions
    from mergegate.cli.noise import noise as command

    raise typer.Exit(command(Path.cwd(), NoiseOptions(model, seeds, param, jobs, json)))


def calibrate(
    base: Base = None,
    repetitions: Annotated[
        int, typer.Option(min=20, help="Simulated pull requests in which nothing got worse.")
    ] = 2000,
    disagreement: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Let this share of rows differ [default: as base and head do, else 0.05]."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Write the numbers and the plot there.")] = Path(
        "calibration"
    ),
    json: Json = False,
) -> None:
    """Simulate how often this policy blocks, and what it catches.

    On the real holdout, with made-up pull requests: harmless ones, and some that are worse.
    """
    one_thread()
    from mergegate.cli.calibrate import CalibrateOptions
    from mergegate.cli.calibrate import calibrate as command

    raise typer.Exit(command(Path.cwd(), CalibrateOptions(base, repetitions, disagreement, out, json)))
