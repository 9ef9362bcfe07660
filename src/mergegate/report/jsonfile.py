"""`verdict.json`: the verdict for programs. The schema beside this file is its contract."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mergegate.facts import Absent, Finding, Note, Plan, Revision, RunRecord, Verdict
    from mergegate.facts.waiver import Waiver

SCHEMA = 1
"""The version of the contract: raised when a reader of the old one would misunderstand the new one."""


def to_json(verdict: Verdict) -> str:
    """Write the verdict as strict JSON (no NaN, ASCII only, keys and findings sorted), ending in a newline."""
    document = {
        "schema": SCHEMA,
        "decision": str(verdict.decision),
        "unsure_passes": verdict.unsure_passes,
        "bootstrap": verdict.bootstrap,
        "question": verdict.question,
        "alpha": verdict.alpha,
        "attempt": verdict.attempt,
        "base": _revision(verdict.base),
        "head": _revision(verdict.head),
        "policy": {"digest": verdict.policy_digest, "changed": verdict.policy_changed},
        "waiver": _waiver(verdict.waiver) if verdict.waiver else None,
        "findings": [_finding(finding) for finding in sorted(verdict.findings, key=_order)],
        "absent": [_absent(absent) for absent in verdict.absent],
        "notes": [_note(note) for note in verdict.notes],
        "plan": _plan(verdict.plan) if verdict.plan else None,
        "run": _run(verdict.run) if verdict.run else None,
    }
    return json.dumps(_strict(document), indent=2, sort_keys=True, allow_nan=False) + "\n"


def _order(finding: Finding) -> tuple[str, ...]:
    where = (finding.slice.column, finding.slice.value) if finding.slice else ("", "")
    return (finding.model, finding.rule, finding.subject, *where, finding.said)


def _finding(finding: Finding) -> dict[str, Any]:
    change = finding.change
    return {
        "rule": finding.rule,
        "model": finding.model,
        "subject": finding.subject,
        "slice": {"column": finding.slice.column, "value": finding.slice.value} if finding.slice else None,
        "state": str(finding.state),
        "before": finding.before,
        "after": finding.after,
        "change": {
            "value": change.value,
            "low": change.low,
            "high": change.high,
            "n": change.n,
            "groups": change.groups,
            "confidence": change.confidence,
            "method": change.method,
        }
        if change
        else None,
        "margin": finding.margin,
        "mde": finding.mde,
        "better": finding.better,
        "blocks": finding.blocks,
        "unsure": finding.unsure,
        "waived": finding.waived,
        "said": finding.said,
        "do": finding.do,
        "examples": [list(row) for row in finding.examples],
    }


def _absent(absent: Absent) -> dict[str, Any]:
    return {"what": absent.what, "why": absent.why, "do": absent.do, "bootstrap": absent.bootstrap}


def _waiver(waiver: Waiver) -> dict[str, Any]:
    return {
        "by": waiver.by, "role": waiver.role, "reason": waiver.reason, "head": waiver.head, "at": waiver.at,
        "where": waiver.where, "covers": list(waiver.covers),
    }  # fmt: skip


def _note(note: Note) -> dict[str, Any]:
    return {"title": note.title, "rows": [list(row) for row in note.rows]}


def _revision(revision: Revision) -> dict[str, Any]:
    return {"name": revision.name, "sha": revision.sha, "dirty": revision.dirty}


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "base": plan.base,
        "head": plan.head,
        "pulls": plan.pulls,
        "bytes": plan.bytes,
        "stages": [
            {
                "name": stage.name,
                "action": str(stage.action),
                "reasons": [
                    {"kind": r.kind, "name": r.name, "before": r.before, "after": r.after} for r in stage.reasons
                ],
                "upstream": list(stage.upstream),
                "pulls": stage.pulls,
                "bytes": stage.bytes,
            }
            for stage in plan.stages
        ],
    }


def _run(run: RunRecord) -> dict[str, Any]:
    return {
        "pulled": run.pulled,
        "pulled_bytes": run.pulled_bytes,
        "pushed": run.pushed,
        "stages": [
            {"name": s.name, "outcome": s.outcome, "seconds": s.seconds, "peak_bytes": s.peak_bytes} for s in run.stages
        ],
    }


def _strict(value: Any) -> Any:
    """What JSON cannot say becomes null (numbers that are not finite) or U+FFFD (halves of a character)."""
    if isinstance(value, dict):
        return _strict_object(value)
    if isinstance(value, list):
        return [_strict(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str):
        return _whole(value)
    return value


def _strict_object(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _strict(item) for key, item in value.items()}


def _whole(text: str) -> str:
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
