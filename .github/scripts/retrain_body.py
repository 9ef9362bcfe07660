"""Write what the pull request of a retraining says: `retrain_body.py FOLDER` reads `taken.txt` and
`report/verdict.json` there, and writes `body.md`.

The rows that changed, and what a first comparison with main came to. What decides is the gate, on the pull request.
"""
# ruff: noqa: INP001  (a folder of scripts, run by path)

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from mergegate.report.escape import prose

LONGEST = 50_000
"""Characters: GitHub takes 65,536, and CML and the job after this add a few."""
MOST_ROWS = 12
DATA_RULES = ("MG101", "MG102", "MG103", "MG104", "MG105")
WORDS = {
    "merge": "Nothing in it would block the merge.",
    "block": "**The gate would block it.** Production keeps its model until this is mended, or an owner accepts it.",
    "unsure": "The evidence cannot tell whether it got worse; the report says what would.",
}


def body(taken: str, verdict: dict[str, Any]) -> str:
    """The whole text, in Markdown; everything that the data says is escaped."""
    findings = verdict["findings"]
    lines = [
        f"A retraining on new data: {prose(taken)}.",
        "",
        f"A first comparison with main: {WORDS[verdict['decision']]}",
        *(f"- {_said(one)}" for one in findings if one["blocks"] and one["rule"] not in DATA_RULES),
        "",
        "### What changed in the data",
        "",
    ]
    for one in (one for one in findings if one["rule"] in DATA_RULES):
        lines += [f"- {'**blocks** ' if one['blocks'] else ''}{_said(one)}", *_table(one.get("examples") or [])]
    text = "\n".join(lines)
    cut = (
        text[:LONGEST].rpartition("\n")[0] + "\n\n(cut here: the report has the rest)" if len(text) > LONGEST else text
    )
    return f"{cut}\n\nThe check `mergegate` decides, and its comment says why.\n"


def _said(finding: dict[str, Any]) -> str:
    name = " ".join(part for part in (finding["model"], finding["subject"]) if part)
    return f"{finding['rule']} {prose(name)}: {prose(finding['said'])}"


def _table(rows: list[list[str]]) -> list[str]:
    if len(rows) < 2:
        return []
    header, *values = [[prose(value) for value in row] for row in rows[: MOST_ROWS + 1]]
    told = [f"  | {' | '.join(row)} |" for row in values]
    return ["", f"  | {' | '.join(header)} |", f"  |{' --- |' * len(header)}", *told, ""]


def main() -> int:
    """Write `body.md` beside what it is made of."""
    folder = Path(sys.argv[1])
    taken = (folder / "taken.txt").read_text(encoding="utf-8").strip().splitlines()[-1]
    verdict = json.loads((folder / "report" / "verdict.json").read_text(encoding="utf-8"))
    (folder / "body.md").write_text(body(taken, verdict), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
