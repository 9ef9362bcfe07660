"""Finds the lines that the findings of a check may come from, and marks them."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from mergegate.errors import UseError
from mergegate.facts.annotation import Place
from mergegate.facts.changes import Kind
from mergegate.read.changes import kind_of
from mergegate.read.lines import first_changed_line, line_of_key
from mergegate.read.policy import POLICY_FILE
from mergegate.report.annotations import annotate, commands, for_check

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mergegate.cli.changed import Told
    from mergegate.cli.changes import Changes
    from mergegate.facts import Policy, Verdict
    from mergegate.facts.changes import Change

FILE = "annotations.json"
"""What a check run takes as its annotations; written only where there are any."""
_MOST = 200
"""Changes that are looked up: each takes git a moment."""


def on_github() -> bool:
    """Whether a log of GitHub Actions reads what is printed here."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def mark(verdict: Verdict, policy: Policy, told: Told, changes: Changes | None, *, out: Path, aloud: bool) -> None:
    """Write the marked lines beside the report; `aloud`, also as workflow commands to the standard error.

    Not to the standard output: that may be JSON that a program reads.
    """
    from mergegate.cli.out import put

    (out / FILE).unlink(missing_ok=True)
    if changes is None:
        return
    places = (replace(place, path=changes.git.from_top(place.path)) for place in _places(policy, told, changes))
    found = annotate(verdict, tuple(places))
    if found:
        put(out / FILE, for_check(found))
    if aloud:
        sys.stderr.write(commands(found))


def _places(policy: Policy, told: Told, changes: Changes) -> Iterator[Place]:
    """Where what changes stands: changes of the models' inputs, cards, and what the policy asks of changed data."""
    for change in told.changes[:_MOST]:
        models = tuple(reach.model for reach in told.reaches if reach.stages.intersection(change.stages))
        path, line = _where(change, changes)
        tables = [name for name, table in policy.data.tables.items() if _holds(change.what, table.path)]
        if line and (models or tables):
            yield Place(path, line, _what(change), models, tables[0] if tables else "")
    yield from _cards(policy, changes)
    yield from _asked(policy, told, changes)


def _where(change: Change, changes: Changes) -> tuple[str, int]:
    """The file and line of a change at head; line 0 where it has none."""
    if change.kind is Kind.PARAMS:
        path, _, key = change.what.partition(":")
        return path, line_of_key(_text(changes, path), key.split("."))
    if change.kind is Kind.STAGE:
        file, _, stage = change.what.split(": ")[0].rpartition(":")
        path = file or "dvc.yaml"
        return path, line_of_key(_text(changes, path), ("stages", stage))
    path = f"{change.what}.dvc" if change.kind is Kind.DATA and changes.touches(f"{change.what}.dvc") else change.what
    if change.kind is Kind.LIBRARIES:
        path = next((name for _, name in changes.files if kind_of(name) is Kind.LIBRARIES), path)
    return (path, _first(changes, path)) if changes.touches(path) else (path, 0)


def _text(changes: Changes, path: str) -> bytes:
    """Head's file; empty where it has none, or a link in its place: a verdict is not lost for want of a line."""
    try:
        return changes.git.show(changes.head.sha, path) or b""
    except UseError:
        return b""


def _first(changes: Changes, path: str) -> int:
    start = changes.git.merge_base(changes.base.sha, changes.head.sha) or changes.base.sha
    return first_changed_line(changes.git, start, changes.head.sha, path)


def _what(change: Change) -> str:
    """`params.yaml:train.C 1.0 → 0.001`, `src/tokens.py changed`."""
    values = " → ".join(part for part in (change.before, change.after) if part)
    return f"{change.what} {values}".strip()


def _holds(changed: str, table: str) -> bool:
    """Whether a changed file or folder is the table or has it in it."""
    return table == changed or table.startswith(f"{changed.removesuffix('.dvc')}/")


def _cards(policy: Policy, changes: Changes) -> Iterator[Place]:
    for name, model in sorted(policy.models.items()):
        if model.criteria is None:
            continue
        for path in (model.criteria.card, *model.criteria.generated):
            line = _first(changes, path) if changes.touches(path) else 0
            if line:
                yield Place(path, line, f"{path} changed", (name,), card=True)


def _asked(policy: Policy, told: Told, changes: Changes) -> Iterator[Place]:
    """The lines of the policy that ask something of a table whose data changes."""
    content = _text(changes, POLICY_FILE)
    for name, table in sorted(policy.data.tables.items()):
        changed = any(_holds(change.what, table.path) for change in told.changes)
        line = line_of_key(content, ("data", "tables", name)) if content and changed else 0
        if line:
            yield Place(POLICY_FILE, line, f"what the policy asks of {name}", table=name)
