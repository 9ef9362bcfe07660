"""The text of the proposed `gate.yaml`: every guess is marked as one."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from mergegate.adopt.answers import name_of
from mergegate.adopt.direction import UNKNOWN
from mergegate.adopt.lines import BY_LIBRARY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.adoption import Again, AnswerTable, Number, Survey

_PLAIN = re.compile(r"[A-Za-z_][\w./-]*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_TOP = """\
# What this team accepts. Proposed by `mergegate init`: look at every GUESSED, then delete the word.
# The gate judges a pull request with this file as it is on the default branch; docs/policy.md explains each field.
version: 1
alpha: 0.05       # the chance that a pull request that made nothing worse is blocked, over all tests
unsure: merge     # what "cannot tell" does to the required check: merge or block
"""
_METRICS = """\
# Numbers of metrics files, as there are no predictions to compare row by row. The pull request's own run writes
# them, and they have no interval: nobody can tell noise from change by them. Below is what would.
"""
_QUIZ = """\
    # A few questions with known answers, answered by a stage as the rows above are, whose table has a column must_pass:
    # quiz: {table: quiz.csv}
"""
_JUDGE_S_OWN = """\
    # The judge answers again, with main's code and the pull request's model, and believes no other answers:
"""
_RUNS_CODE = """\
    # would have the judge answer again, with main's code and the pull request's model. Not proposed: loading such a
    # file may run what its maker put there. Store the model as ONNX, safetensors, JSON or arrays instead.
"""
_NOT_AGAIN = """\
    # These answers are the pull request's word, until a stage that reads the model writes them, so that the judge can:
    # reevaluate: {stage: NAME, model: FILE}
"""


def gate_text(found: Survey, fallback: str) -> str:
    """The policy, as YAML."""
    parts = [_TOP]
    taken: set[str] = set()
    if found.tables:
        parts.append("models:\n")
        parts += [line for table in found.tables for line in _model(name_of(table.path, taken, fallback), table)]
    judged, rest = found.judged, [one for one in found.numbers if one.why_not == UNKNOWN]
    if judged:
        parts.append(_METRICS)
        parts.append("metrics:\n")
        parts += [_number(one) for one in judged]
        parts += [_unknown(one) for one in rest[:10]]
        parts += list(_rows_would())
    return "".join(parts)


def _model(name: str, table: AnswerTable) -> Iterator[str]:
    yield f"  {quoted(name)}:\n"
    for field, value in table.fields.items():
        why = table.guesses.get(field)
        if field == "holdout":
            why = f"{table.rows:,} rows, each with its answer"
        comment = f"  # {' '.join(why.split())}" if why else ""
        if field == "metrics":
            yield f"    metrics:{comment}\n"
            assert isinstance(value, list)  # noqa: S101 - made by `answers`
            yield from (f"      - {{name: {one['name']}, margin: {one['margin']:g}}}\n" for one in value)
        elif isinstance(value, list):
            yield f"    {field}: [{', '.join(quoted(one) for one in value)}]{comment}\n"
        else:
            yield f"    {field}: {quoted(str(value))}{comment}\n"
    if "score" in table.guesses:
        yield f"    # {table.guesses['score']}\n"
    yield from _again(table.again)
    yield _QUIZ


def _again(found: Again | None) -> Iterator[str]:
    """The stage that the judge runs itself: real where that is safe, else what it would be, and why it is not."""
    if found is None:
        yield _NOT_AGAIN
        return
    rows = f", rows: {quoted(found.rows)}" if found.rows else ""
    entry = f"reevaluate: {{stage: {quoted(found.stage)}, model: {quoted(found.model)}{rows}}}"
    if found.runs_code:
        yield f"    # {entry}\n{_RUNS_CODE}"
    else:
        yield f"{_JUDGE_S_OWN}    {entry}  # GUESSED\n"


def _number(one: Number) -> str:
    better = one.better or "higher"
    guess = "GUESSED" if one.better else "GUESSED, and the name says nothing"
    fields = f"file: {quoted(one.file)}, key: {quoted(one.key)}, better: {better}, tolerance: {one.tolerance:g}"
    return f"  - {{{fields}}}  # {guess}; it is {one.value:.4g}\n"


def _unknown(one: Number) -> str:
    fields = f"file: {quoted(one.file)}, key: {quoted(one.key)}, better: ?, tolerance: {one.tolerance:g}"
    return f"  # - {{{fields}}}  # it is {one.value:.4g}; which way is better?\n"


def _rows_would() -> Iterator[str]:
    yield "# What would tell noise from change: one row for each held-out example, written by a stage.\n"
    for name, lines in BY_LIBRARY.values():
        yield f"#   {name}:\n"
        yield from (f"#     {line}\n" for line in lines)
    yield "# Then call `mergegate init` again: it shows what to put here instead.\n"


def quoted(text: str) -> str:
    """`text` as a YAML scalar that stays text, inside braces, too."""
    return (
        text
        if _PLAIN.fullmatch(text) and text.lower() not in _WORDS
        else json.dumps(text, ensure_ascii=not text.isprintable())
    )
