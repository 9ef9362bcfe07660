"""The history of merges: how often a holdout has decided one, and one line more after a merge."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from mergegate.facts import TableFile
from mergegate.facts.history import HISTORY_FILE, Reuse
from mergegate.read.history import holdout_digest, parse_history
from mergegate.stats.reuse import renew_after, wear

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from mergegate.facts import Evidence, Policy, Revision, Verdict
    from mergegate.facts.waiver import Waiver
    from mergegate.read.git import Git


def reuse_of(git: Git, base: Revision, policy: Policy, evidence: tuple[Evidence, Evidence]) -> dict[str, Reuse]:
    """By model whose predictions changed: how many merges the holdout of base has decided; empty without a history."""
    content = git.show(base.sha, HISTORY_FILE)
    if content is None:
        return {}
    merges = parse_history(content, f"{HISTORY_FILE} at {base.sha[:12]}")
    limit = renew_after(policy.alpha)
    found = {}
    for name, digest in _digests(policy, evidence).items():
        count = sum(merge.holdouts.get(name) == digest for merge in merges)
        found[name] = Reuse(count, limit, wear(count, policy.alpha))
    return found


def record(git: Git, policy: Policy, evidence: tuple[Evidence, Evidence], verdict: Verdict, day: dt.date) -> str | None:
    """Write the merge that HEAD is, against the base it was judged by, as one more line; the line, None if none is due.

    A merge that changed no predictions used no holdout, and a commit is written down once only.
    """
    path = git.root / HISTORY_FILE
    before = path.read_bytes() if path.is_file() else b""
    digests = _digests(policy, evidence)
    if not (digests or verdict.waiver) or any(merge.sha == verdict.head.sha for merge in parse_history(before)):
        print(f"· nothing to write down in {HISTORY_FILE}", file=sys.stderr)
        return None
    line = json.dumps(_line(digests, verdict, day), ensure_ascii=False, separators=(", ", ": "))
    path.parent.mkdir(parents=True, exist_ok=True)
    gap = b"" if not before or before.endswith(b"\n") else b"\n"
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(before + gap + line.encode() + b"\n")
    part.replace(path)
    print(f"· written down in {HISTORY_FILE}", file=sys.stderr)
    return line


def _digests(policy: Policy, evidence: tuple[Evidence, Evidence]) -> dict[str, str]:
    """The holdout of each model whose predictions changed."""
    found = {}
    for name, model in sorted(policy.models.items()):
        before, after = (side.tables[model.holdout] for side in evidence)
        if isinstance(before, TableFile) and isinstance(after, TableFile) and before.md5 != after.md5:
            found[name] = holdout_digest(before.path, model)
    return found


def _line(digests: Mapping[str, str], verdict: Verdict, day: dt.date) -> dict[str, object]:
    return {
        "date": f"{day:%Y-%m-%d}",
        "sha": verdict.head.sha,
        "base": verdict.base.sha,
        "decision": str(verdict.decision),
        "judged": verdict.question,
        **({"waiver": _waiver(verdict.waiver)} if verdict.waiver else {}),
        "models": {name: {"holdout": digest, "metrics": _metrics(name, verdict)} for name, digest in digests.items()},
    }


def _waiver(waiver: Waiver) -> dict[str, object]:
    """Who accepted what, and why: the version's record keeps it when the pull request is long forgotten."""
    return {
        "by": waiver.by,
        "reason": waiver.reason,
        "covers": list(waiver.covers),
        "head": waiver.head,
        "at": waiver.at,
        "where": waiver.where,
    }


def _metrics(name: str, verdict: Verdict) -> dict[str, object]:
    return {
        one.subject: {
            "before": _short(one.before),
            "after": _short(one.after),
            "low": _short(one.change.low),
            "high": _short(one.change.high),
            "state": str(one.state),
        }
        for one in verdict.findings
        if one.rule == "MG301" and one.model == name and one.change is not None
    }


def _short(value: float | None) -> float | None:
    return None if value is None or value in {float("inf"), float("-inf")} else float(f"{value:.6g}")
