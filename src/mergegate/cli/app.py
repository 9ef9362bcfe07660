"""The command line: every command, in the order of its help."""

from __future__ import annotations

import typer

from mergegate.cli.commands.daily import check, compare, plan, run
from mergegate.cli.commands.guarding import init, lint
from mergegate.cli.commands.measuring import calibrate, noise
from mergegate.cli.commands.reading import explain, report, schema
from mergegate.cli.commands.releasing import promote, register, sample, show

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

for command in (
    plan,
    run,
    check,
    compare,
    noise,
    calibrate,
    report,
    explain,
    schema,
    lint,
    register,
    promote,
    show,
    sample,
    init,
):
    app.command()(command)
