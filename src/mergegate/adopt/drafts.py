"""The files that an adoption needs, as text."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.adopt.judge import judge_for
from mergegate.facts.adoption import Draft

if TYPE_CHECKING:
    from mergegate.facts.adoption import Surroundings

_HERE = Path(__file__).resolve().parent
SCRIPTS = ".github/mergegate/"
"""Where the scripts of the workflows lie."""
_SCRIPTS = (
    "acceptance.py", "attempt.py", "commit_lock.sh", "decide.py", "find_pull_request.py", "find_run.py",
    "git_as_bot.sh", "github_api.py", "patiently.sh", "write_comment.py",
)  # fmt: skip
NOBODY = "@YOUR-ORGANISATION/YOUR-TEAM"
"""Stands in CODEOWNERS until somebody says who is asked."""
_GUARDED = (
    "/gate.yaml",
    "dvc.yaml",
    "params.yaml",
    "/.dvc/",
    "/.github/",
    "/requirements/",
    "sitecustomize.py",
    "*.pth",
)


def drafts(gate: str, around: Surroundings) -> tuple[Draft, ...]:
    """Everything but the hook, the policy first."""
    flows = ".github/workflows/mergegate-"
    return (
        Draft("gate.yaml", gate),
        Draft(f"{flows}pull-request.yml", _made("pull-request.yml", around)),
        Draft(f"{flows}judge.yml", judge_for(_ours("workflows", "judge.yml"), around)),
        Draft(f"{flows}main.yml", _made("main.yml", around)),
        Draft(".github/actions/mergegate/action.yml", _made("setup.yml", around)),
        *(Draft(f"{SCRIPTS}{name}", _ours("scripts", name), name.endswith(".sh")) for name in _SCRIPTS),
        Draft(".github/rulesets/mergegate.json", _made("ruleset.json", around)),
        Draft(".github/CODEOWNERS", _made("CODEOWNERS", around)),
        Draft("requirements/mergegate.in", _made("requirements.in", around)),
        Draft(".gitignore", "/report/\n/evidence/\n"),
    )


def hook(path: str) -> Draft:
    """What git calls before a push; `path` as seen from git's top."""
    return Draft(path, (_HERE / "templates" / "pre-push.j2").read_text("utf-8"), executable=True)


def _made(name: str, around: Surroundings) -> str:
    """A template, filled in. GitHub's own `${{ }}` and the shell's brackets stay what they are."""
    from jinja2 import Environment, StrictUndefined

    lines = Environment(
        variable_start_string="@{", variable_end_string="}@", line_statement_prefix="#%",
        block_start_string="#<%", block_end_string="%>#", comment_start_string="#<#", comment_end_string="#>#",
        undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False,  # noqa: S701 - no HTML
    )  # fmt: skip
    template = lines.from_string((_HERE / "templates" / f"{name}.j2").read_text("utf-8"))
    return template.render(
        branch=around.branch,
        python=around.python,
        version=around.version,
        storage=around.storage,
        kept_words=" ".join(shlex.quote(path) for path in around.kept),
        kept_lines=f"\n{' ' * 12}".join(around.kept),
        owner=around.owner or NOBODY,
        known=bool(around.owner),
        guarded=_GUARDED,
        inputs="".join(f" {shlex.quote(path)}" for path in around.inputs),
    )


def _ours(folder: str, name: str) -> str:
    """A file of this repository's own `.github`: in a wheel beside this one, in a checkout where it belongs."""
    installed = _HERE / folder / name
    checkout = _HERE.parents[2] / ".github" / folder / name
    return (installed if installed.is_file() else checkout).read_text("utf-8")
