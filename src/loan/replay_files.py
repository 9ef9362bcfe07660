"""The decisions of a replay as a CSV, one row per applicant."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loan.replay_facts import Replay


def _cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def decisions(done: Replay) -> str:
    """`row`, `id`, then points, decision, reasons and refusals of each version."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    versions = ("", "_2")[: len(done.cards)]
    named = ("points", "decision", "reasons", "refused")
    writer.writerow(["row", "id", *(f"{name}{version}" for version in versions for name in named)])
    for who, answers in done.rows:
        cells: list[object] = [who.row, who.id]
        for each in answers:
            refused = "; ".join(f"{refusal.field}: {refusal.reason}" for refusal in each.refused)
            cells += ["" if each.points is None else each.points, each.decision or "", "; ".join(each.reasons), refused]
        writer.writerow(map(_cell, cells))
    return out.getvalue()
