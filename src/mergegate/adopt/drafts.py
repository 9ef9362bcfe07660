"""The files that an adoption needs, as text."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.adopt.around import NOBODY
from mergegate.adopt.gatefile import quoted
from mergegate.adopt.judge import judge_for
from mergegate.facts.adoption import Draft

if TYPE_CHECKING:
    from mergegate.facts.adoption import Surroundings

_HERE = Path(__file__).resolve().parent
SCRIPTS = ".github/mergegate/"
"""Where the scripts of the workflows lie."""
_NAMED = re.compile(r"[\w-]+[.](?:py|sh)\b")
_IMPORTED = re.compile(r"^(?:from|import) (\w+)", re.MULTILINE)
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
    folder = ".github/workflows/mergegate-"
    flows = {
        f"{folder}pull-request.yml": _made("pull-request.yml", around),
        f"{folder}judge.yml": judge_for(_ours("workflows", "judge.yml"), around),
        f"{folder}main.yml": _made("main.yml", around),
    }
    scripts = _scripts("".join(flows.values()))
    return (
        *of_project(gate, around),
        *(Draft(path, text) for path, text in flows.items()),
        Draft(".github/actions/mergegate/action.yml", _made("setup.yml", around)),
        *(Draft(f"{SCRIPTS}{name}", text, name.endswith(".sh")) for name, text in scripts.items()),
        Draft(".github/rulesets/mergegate.json", _made("ruleset.json", around)),
        Draft(".github/CODEOWNERS", _made("CODEOWNERS", around)),
        Draft(f"{_prefix(around)}requirements/mergegate.in", _made("requirements.in", around)),
    )


def of_project(gate: str, around: Surroundings) -> tuple[Draft, ...]:
    """What the gate needs outside of CI: each DVC project of a repository has its own."""
    return Draft(f"{_prefix(around)}gate.yaml", gate), Draft(f"{_prefix(around)}.gitignore", "/report/\n/evidence/\n")


def _prefix(around: Surroundings) -> str:
    return f"{around.folder}/" if around.folder else ""


def _scripts(flows: str) -> dict[str, str]:
    """The scripts that the workflows call, and those that these need, by name."""
    found: dict[str, str] = {}
    wanted = [name.removeprefix(SCRIPTS) for name in re.findall(rf"{re.escape(SCRIPTS)}[\w-]+[.]\w+", flows)]
    while wanted:
        name = wanted.pop()
        if name not in found and (_ours_folder("scripts") / name).is_file():
            found[name] = _ours("scripts", name)
            wanted += [*_NAMED.findall(found[name]), *(f"{module}.py" for module in _IMPORTED.findall(found[name]))]
    return dict(sorted(found.items()))


def hook(path: str, around: Surroundings) -> Draft:
    """What git calls before a push; `path` as seen from git's top."""
    return Draft(path, _made("pre-push", around), executable=True)


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
        branch_yaml=quoted(around.branch),
        ruleset_name=json.dumps(f"{around.branch}: judged by mergegate", ensure_ascii=False),
        python=around.python,
        version=around.version,
        storage=around.storage,
        kept_words=" ".join(shlex.quote(path) for path in around.kept),
        kept_lines=f"\n{' ' * 12}".join(f"{_prefix(around)}{path}" for path in around.kept),
        folder=around.folder,
        prefix=_prefix(around),
        up="../" * _prefix(around).count("/"),
        owner=around.owner or NOBODY,
        known=bool(around.owner),
        guarded=[_guarded(path, around) for path in _GUARDED],
        inputs="".join(f" {shlex.quote(path)}" for path in around.inputs),
    )


def _guarded(path: str, around: Surroundings) -> str:
    """As CODEOWNERS names it: what belongs to the project below its folder, the workflows at the top."""
    return f"/{around.folder}{path}" if around.folder and path.startswith("/") and path != "/.github/" else path


def _ours(folder: str, name: str) -> str:
    """A file of this repository's own `.github`."""
    return (_ours_folder(folder) / name).read_text("utf-8")


def _ours_folder(folder: str) -> Path:
    """A folder of `.github`: in a wheel beside this file, in a checkout where it belongs."""
    installed = _HERE / folder
    return installed if installed.is_dir() else _HERE.parents[2] / ".github" / folder
