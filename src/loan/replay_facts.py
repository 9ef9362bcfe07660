"""What a replay found: decisions by version, reasons, groups, refusals, and the rows that two versions part over."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING, Any

from loan.card import digest
from loan.portfolio import WHOLE_ROW, Applicant, values
from loan.score import Decision, Refusal, Scorer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from loan.card import Card

Z95 = 1.959963984540054
BARS = 24
"""Of the histogram of points."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Each row with what each version decided, in the order of the versions."""

    cards: Mapping[str, Card]
    rows: list[tuple[Applicant, tuple[Decision, ...]]]
    groups: tuple[str, ...]
    """Columns that the file has, and that hold 0 or 1 wherever they hold anything."""


def _is_flag(cell: str) -> bool:
    return cell in {"", "0", "1", "0.0", "1.0"}


def decided(cards: Mapping[str, Card], applicants: Iterable[Applicant], groups: tuple[str, ...]) -> Replay:
    """Every applicant through every version."""
    scorers = [Scorer.of(card) for card in cards.values()]
    rows, flags = [], set(groups)
    for applicant in applicants:
        if applicant.fault:
            whole = Decision(None, None, refused=(Refusal(WHOLE_ROW, applicant.fault),))
            rows.append((applicant, (whole,) * len(scorers)))
            continue
        flags -= {name for name in flags if not _is_flag(applicant.cells.get(name, "?"))}
        rows.append((applicant, tuple(scorer.decide(values(applicant, scorer.card)) for scorer in scorers)))
    return Replay(cards, rows, tuple(name for name in groups if name in flags))


def wilson(count: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); (0, 1) of nothing."""
    if not of:
        return 0.0, 1.0
    share, spread = count / of, Z95 * Z95 / of
    middle, half = share + spread / 2, Z95 * sqrt(share * (1 - share) / of + spread / (4 * of))
    return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))


def _share(answers: list[Decision], yes: str) -> dict[str, Any]:
    done = [each for each in answers if each.decision is not None]
    approved = sum(each.decision == yes for each in done)
    low, high = wilson(approved, len(done))
    ratio = round(approved / len(done), 4) if done else None
    return {"decided": len(done), "approved": approved, "ratio": ratio, "low": round(low, 4), "high": round(high, 4)}


def _of_groups(done: Replay, at: int, yes: str) -> list[dict[str, Any]]:
    found = []
    for name in done.groups:
        for value in ("1", "0"):
            answers = [each[at] for who, each in done.rows if who.cells.get(name, "")[:1] == value]
            found.append({"group": name, "value": int(value), **_share(answers, yes)})
    return found


def _histogram(points: list[int]) -> list[dict[str, int]]:
    """Bars of equal width, each from its first point to below the next one's."""
    if not points:
        return []
    width = (max(points) - min(points)) // BARS + 1
    counts = Counter((each - min(points)) // width for each in points)
    start = min(points)
    return [{"from": start + bar * width, "rows": counts[bar]} for bar in range(max(counts) + 1)] + [
        {"from": start + (max(counts) + 1) * width, "rows": 0}
    ]


def _version(done: Replay, at: int, name: str, card: Card) -> dict[str, Any]:
    answers = [each[at] for _, each in done.rows]
    titles = {rule.feature: rule.title for rule in card.rules}
    causes = Counter(cause for each in answers for cause in each.causes)
    order = sorted(causes, key=lambda cause: (-causes[cause], list(titles).index(cause)))
    return {
        "version": name,
        "card": digest(card),
        "cutoff": card.cutoff,
        **_share(answers, card.decides.yes),
        "reasons": [{"feature": cause, "title": titles[cause], "denials": causes[cause]} for cause in order],
        "groups": _of_groups(done, at, card.decides.yes),
        "points": _histogram([each.points for each in answers if each.points is not None]),
    }


def _refused(done: Replay) -> dict[str, Any]:
    """Each refusal once, with what stood there, even where both versions refuse it."""
    listed = []
    for who, answers in done.rows:
        for refusal in dict.fromkeys(each for answer in answers for each in answer.refused):
            found = who.cells.get(refusal.field)
            cell = None if found is None else found[:60]
            entry = {"row": who.row, "id": who.id, "field": refusal.field, "reason": refusal.reason, "found": cell}
            listed.append(entry)
    return {"rows": len({entry["row"] for entry in listed}), "list": listed}


def _moved(done: Replay, who: Applicant) -> list[dict[str, Any]]:
    """The rules that give a row other points in the second version."""
    given = []
    for card in done.cards.values():
        scorer, row = Scorer.of(card), values(who, card)
        given.append({rule.feature: scorer.words_of(rule, row[rule.feature]).points for rule in card.rules})
    before, after = given
    names = [*before, *(name for name in after if name not in before)]
    return [
        {"feature": name, "before": before.get(name, 0), "after": after.get(name, 0)}
        for name in names
        if before.get(name, 0) != after.get(name, 0)
    ]


def _differ(done: Replay) -> dict[str, Any] | None:
    if len(done.cards) < 2:
        return None
    listed, other_points = [], 0
    for who, answers in done.rows:
        for before, after in pairwise(answers):
            both = not (before.refused or after.refused)
            other_points += both and before.points != after.points
            if before.decision == after.decision:
                continue
            entry = {"row": who.row, "id": who.id, "before": before.decision, "after": after.decision}
            entry |= {"points": [before.points, after.points], "moved": _moved(done, who) if both else []}
            listed.append(entry | {"reasons": list(after.reasons or before.reasons)})
    kinds = Counter(f"{each['before'] or 'refused'} to {each['after'] or 'refused'}" for each in listed)
    return {"decisions": len(listed), "points": other_points, "kinds": dict(sorted(kinds.items())), "list": listed}


def facts(done: Replay) -> dict[str, Any]:
    """All of it, as plain values: what the table, the plot and the JSON show."""
    return {
        "rows": len(done.rows),
        "versions": [_version(done, at, name, card) for at, (name, card) in enumerate(done.cards.items())],
        "differ": _differ(done),
        "refused": _refused(done),
    }
