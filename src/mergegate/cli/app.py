"""The commands and their options, in the words of their users."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mergegate.cli.blas import one_thread

app = typer.Typer(
    name="mergegate",
    help="The merge gate for data and models: reruns what changed, compares it with main row by row, "
    "and blocks the merge when something really got worse.",
    epilog="Exit codes: 0 merge or fine, 1 block, 2 wrong use or policy, 3 unsure, 70 the gate or surroundings failed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

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


@app.command()
def plan(
    base: Base = None,
    check: Annotated[bool, typer.Option("--check", help="Exit 1 where a stage would run: the lock is stale.")] = False,
    json: Json = False,
) -> None:
    """Say which stages would run and why, without any data on disk."""
    from mergegate.cli.plan import plan as command

    raise typer.Exit(command(Path.cwd(), base, as_json=json, check=check))


@app.command()
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


@app.command()
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


@app.command()
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
    """Compare two tables of predictions: no git, no DVC, the same engine."""
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


@app.command()
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
    """Train again with other seeds, and keep how much that moves each metric."""
    from mergegate.cli.noise import NoiseOptions
    from mergegate.cli.noise import noise as command

    raise typer.Exit(command(Path.cwd(), NoiseOptions(model, seeds, param, jobs, json)))


@app.command()
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
    """Simulate what this policy does on this holdout: false blocks, and what it would catch."""
    one_thread()
    from mergegate.cli.calibrate import CalibrateOptions
    from mergegate.cli.calibrate import calibrate as command

    raise typer.Exit(command(Path.cwd(), CalibrateOptions(base, repetitions, disagreement, out, json)))


@app.command()
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
    """Print the report that a check wrote, again; or write the history of main as a page."""
    from mergegate.cli.report import history as page
    from mergegate.cli.report import report as command

    raise typer.Exit(page(Path.cwd(), out, as_json=json) if history else command(verdict, as_json=json))


@app.command()
def explain(
    code: Annotated[
        str | None, typer.Argument(metavar="[CODE]", help="A rule, for example MG301; without it, all.")
    ] = None,
    json: Json = False,
) -> None:
    """Say what a rule looks at, why, and how to fix what it finds."""
    from mergegate.cli.explain import explain as command

    raise typer.Exit(command(code, as_json=json))


@app.command()
def schema(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="gate (of gate.yaml), verdict, provenance or promotion.")
    ] = "gate",
    json: Json = False,  # noqa: ARG001 - a schema is JSON either way
) -> None:
    """Print the JSON schema of gate.yaml, verdict.json or what a tag says, for editors and programs."""
    from mergegate.cli.schema import schema as command

    raise typer.Exit(command(name))


@app.command()
def lint(
    path: Annotated[Path, typer.Argument(metavar="[PATH]", help="The root of a repository.")] = Path(),
    json: Json = False,
) -> None:
    """Find ways around the gate in workflows and settings."""
    from mergegate.cli.lint import lint as command

    raise typer.Exit(command(path, as_json=json))


@app.command()
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
    """Register this commit of main as a version of a model: an annotated tag that says how it came about."""
    one_thread()
    from mergegate.cli.register import BUMPS, RegisterOptions
    from mergegate.cli.register import register as command
    from mergegate.errors import UseError

    if bump is not None and bump not in BUMPS:
        raise UseError(f"there is no part {bump!r} of a version", do=f"name one of: {', '.join(BUMPS)}")
    if bump and version:
        raise UseError("`--bump` and `--version` say two things", do="name one of them")
    raise typer.Exit(command(Path.cwd(), RegisterOptions(model, bump, version, verdict, json)))


@app.command()
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
    """Move a registered version to test or production; an older one that was there before is rolled back to."""
    from mergegate.cli.promote import PromoteOptions
    from mergegate.cli.promote import promote as command

    raise typer.Exit(command(Path.cwd(), PromoteOptions(model, to, version, service, json)))


@app.command()
def show(
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", help="One model [default: all].")] = None,
    history: Annotated[
        bool, typer.Option("--history", help="Every version and every promotion, instead of what is in force.")
    ] = False,
    json: Json = False,
) -> None:
    """Say which version is in test and in production, since when, and how they differ."""
    from mergegate.cli.show import show as command

    raise typer.Exit(command(Path.cwd(), model, history=history, as_json=json))


@app.command()
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
    """Bring data of another branch, or a part of it by whole groups, with what may not leave masked."""
    from mergegate.cli.sample import SampleOptions, parse_masks
    from mergegate.cli.sample import sample as command
    from mergegate.release.sample import Sampling

    sampling = Sampling(share, group, salt, parse_masks(mask or []))
    raise typer.Exit(command(Path.cwd(), SampleOptions(path, source, sampling, out, json)))


@app.command()
def init(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")] = False,
    owner: Annotated[
        str, typer.Option("--owner", metavar="@TEAM", help="Who is asked before the gate itself is changed.")
    ] = "",
    json: Json = False,
) -> None:
    """Propose a policy, workflows and owners for this DVC repository; files that are there stay as they are."""
    from mergegate.cli.init import InitOptions
    from mergegate.cli.init import init as command

    raise typer.Exit(command(Path.cwd(), InitOptions(yes, dry_run, owner, json)))
