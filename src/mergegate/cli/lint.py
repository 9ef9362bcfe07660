"""`mergegate lint`: ways around the gate that workflows and settings leave open."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from mergegate.errors import Exit, UseError
from mergegate.read.settings import read_settings
from mergegate.report.escape import clean

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.facts.lint import LintFinding


def lint(root: Path, *, as_json: bool) -> Exit:
    """Print what is found in the repository at `root`; BLOCK where there is anything."""
    from mergegate.lint import lint as look

    files = read_settings(root)
    if not files:
        raise UseError(
            "there is nothing to look at: no workflow, no .dvc/config, no gate.yaml",
            where=str(root),
            do="name the root of a repository",
        )
    found = look(files)
    if as_json:
        print(json.dumps([asdict(one) for one in found], indent=1, ensure_ascii=False))
    else:
        print("\n".join([*(line for one in found for line in told(one)), _count(len(found), len(files))]))
    return Exit.BLOCK if found else Exit.FINE


def told(one: LintFinding) -> list[str]:
    """A finding as lines of text; names of jobs and files are the repository's, so they are shown inert."""
    return [
        f"{clean(one.path)}:{one.line}: {one.code} {clean(one.what)}",
        f"  why: {clean(one.why)}",
        f"  do:  {clean(one.do)}",
    ]


def _count(findings: int, files: int) -> str:
    return f"{findings:,} {'finding' if findings == 1 else 'findings'} in {files:,} files"
