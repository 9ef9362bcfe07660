"""What a pull request goes through: the plan, the run, the comparison, the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mergegate.cli.blas import one_thread
from mergegate.cli.commands.options import Base, Jobs, Json

OutDir = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Write report.md, report.html and verdict.json there.")
]
EvidenceIn = Annotated[
    Path | None,
    typer.Option("--evidence", metavar="DIR", help="Judge what another job left there, not the working tree."),
]
Head = Annotated[
    str | None,
    typer.Option(
        "--head", metavar="REV", help="With --evidence: the commit that it is of, to see what really changed."
    ),
]
EvidenceOut = Annotated[
    Path | None, typer.Option("--evidence", metavar="DIR", help="Leave there what the judge needs, for another job.")
]


def plan(
    base: Base = None,
    check: Annotated[bool, typer.Option("--check", help="Exit 1 where a stage would run: the lock is stale.")] = False,
    json: Json = False,
) -> None:
    """Say which stages would run and why, without any data on disk."""
    from mergegate.cli.plan import plan as command

    raise typer.Exit(command(Path.cwd(), base, as_json=json, check=check))


def run(
    base: Base = None,
    push: Annotated[
        bool, typer.Option("--push", help="Publish to the remote what this revision names, and audit it.")
    ] = False,
    evidence: EvidenceOut = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="PATH", help="Only what writes this output, and what that needs.")
    ] = None,
    jobs: Jobs = 1,
    leave_training: Annotated[
        bool, typer.Option("--leave-training", help="Leave training to its schedule, where params.yaml says so.")
    ] = False,
    json: Json = False,
) -> None:
    """Run just the stages that changed."""
    from mergegate.cli.run import RunOptions
    from mergegate.cli.run import run as command

    raise typer.Exit(command(Path.cwd(), RunOptions(base, push, evidence, jobs, json, until, leave_training)))


def check(
    base: Base = None,
    head: Head = None,
    evidence: EvidenceIn = None,
    record: Annotated[
        bool, typer.Option("--record", help="On main, after a merge: write it down in metrics/history.jsonl.")
    ] = False,
    attempt: Annotated[
        int, typer.Option(min=1, max=10_000, help="From 2 on: a retry, after a head of this pull request was blocked.")
    ] = 1,
    waiver: Annotated[
        Path | None,
        typer.Option("--waiver", metavar="FILE", help="What the judge's job found of an owner's acceptance."),
    ] = None,
    out: OutDir = Path("report"),
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write the verdict as JUnit XML, too.")
    ] = None,
    plots: Annotated[
        bool, typer.Option("--plots", help="Draw report.html's pictures by Vega-Lite; needs mergegate[plots].")
    ] = False,
    annotations: Annotated[
        bool,
        typer.Option("--annotations", help="Mark the lines that may be the cause, in the words of GitHub Actions."),
    ] = False,
    json: Json = False,
) -> None:
    """Compare with base, judge, and write the report."""
    one_thread()
    from mergegate.cli.check import CheckOptions
    from mergegate.cli.check import check as command

    options = CheckOptions(base, head, evidence, out, json, record, attempt, waiver, junit, annotations, plots)
    raise typer.Exit(command(Path.cwd(), options))


def compare(
    base: Annotated[Path, typer.Argument(metavar="BASE", help="Predictions before: Parquet or CSV.")],
    head: Annotated[Path, typer.Argument(metavar="HEAD", help="Predictions now.")],
    policy: Annotated[Path | None, typer.Option(help="Judge by this policy file, which has one model.")] = None,
    task: Annotated[str, typer.Option(help="classification, ranking or regression.")] = "classification",
    label: Annotated[str, typer.Option(help="The column of right answers.")] = "label",
    prediction: Annotated[str, typer.Option(help="The column of predictions.")] = "prediction",
    id_column: Annotated[str, typer.Option("--id", help="The column of unique row names.")] = "id",
    score: Annotated[str | None, typer.Option(help="The column of probabilities or scores.")] = None,
    positive: Annotated[str | None, typer.Option(help="The positive class.")] = None,
    group: Annotated[str | None, typer.Option(help="The column of rows that belong together.")] = None,
    slices: Annotated[str, typer.Option(help="Columns to judge value by value, separated by commas.")] = "",
    metric: Annotated[
        list[str] | None, typer.Option(help="A metric; may stand several times [default: by task].")
    ] = None,
    margin: Annotated[float, typer.Option(min=0, help="The largest drop that is accepted.")] = 0.0,
    alpha: Annotated[float, typer.Option(help="The chance to block where nothing got worse.")] = 0.05,
    json: Json = False,
) -> None:
    """Compare two tables of predictions, without git or DVC.

    The engine is that of `check`.
    """
    one_thread()
    from mergegate.cli.compare import command, policy_from

    spec = policy or policy_from(
        alpha=alpha,
        margin=margin,
        metrics=metric or [],
        slices=[name for name in slices.split(",") if name],
        columns={
            "task": task, "label": label, "prediction": prediction, "id": id_column,
            "score": score, "positive": positive, "group": group,
        },
    )  # fmt: skip
    raise typer.Exit(command(base, head, spec, as_json=json))
