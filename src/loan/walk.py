"""One denied real applicant, from data to reason, for docs/auditability.md: `python -m loan.walk` writes it anew.

Everything in it is read from the committed card and from the data; a test compares the page with what this makes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loan import card_file, collect, portfolio, reasons
from loan.card import bin_of, digest
from loan.score import Scorer

if TYPE_CHECKING:
    from loan.card import Bin, Card, Rule
    from loan.portfolio import Applicant
    from loan.score import Decision

PAGE = Path("docs/auditability.md")
BEGIN, END = "<!-- walk: begin, written by python -m loan.walk -->\n", "<!-- walk: end -->\n"


def applicants() -> list[Applicant]:
    """Every real applicant, as collected."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "applications.csv"
        path.write_bytes(collect.collect())
        return list(portfolio.read(path))


def chosen(card: Card, everybody: list[Applicant]) -> tuple[Applicant, Decision]:
    """Of those denied by the card and in truth, with three reasons or more: the nearest to the cut-off, then by id."""
    scorer = Scorer.of(card)
    decided = [(each, scorer.decide(portfolio.values(each, card))) for each in everybody]
    denied = [
        (each, said)
        for each, said in decided
        if said.decision == card.decides.no and each.cells[card.decides.column] == "0" and len(said.reasons) >= 3
    ]
    return min(denied, key=lambda pair: (card.cutoff - (pair[1].points or 0), pair[0].id))


def _range(at: Bin) -> str:
    if at.value is not None:
        return {"0": "no", "1": "yes"}.get(at.value, at.value)
    ends = [f"from {at.low}" if at.low is not None else "", f"below {at.below}" if at.below is not None else ""]
    return ", ".join(filter(None, ends))


def _line(rule: Rule, card: Card, row: dict[str, Any]) -> str:
    value = row[rule.feature]
    worth = Scorer.of(card).words_of(rule, value)
    unit = card.input(rule.feature).unit
    given, at = "not given", "missing"
    if value is not None:
        at = _range(bin_of(rule, value))
        given = value if isinstance(value, str) else f"{reasons.shown(value)}{f' {unit}' if unit else ''}"
    return f"| `{rule.feature}` | {rule.title} | {given} | {at} | {worth.points:+d} | {worth.lost or ''} |"


def _otherwise(card: Card, row: dict[str, Any], cause: str) -> str:
    """What the card says where one reason alone falls away."""
    rule = next(each for each in card.rules if each.feature == cause)
    said = Scorer.of(card).decide(row | {cause: rule.reference})
    return f"| {rule.title} | {_range(bin_of(rule, rule.reference))} | {said.points} | {said.decision} |"


def walk(card: Card, everybody: list[Applicant]) -> str:
    """The walk in Markdown, from the application to the letter."""
    who, said = chosen(card, everybody)
    row = portfolio.values(who, card)
    worth = [Scorer.of(card).words_of(rule, row[rule.feature]).points for rule in card.rules]
    short = card.cutoff - (said.points or 0)
    sum_ = " ".join(f"{'+' if each >= 0 else '−'} {abs(each)}" for each in worth if each)
    lines = [
        f"**The application.** `{who.id}` is row {who.row} of `data/loan/applications.csv`; row 1 follows the header.",
        "These are the columns that the card asks for; it looks at no other.",
        "",
        "| column | in words | in the application | lies in | points | lost against the reference |",
        "| --- | --- | --- | --- | --- | --- |",
        *(_line(rule, card, row) for rule in card.rules),
        "",
        f"**The sum.** Everybody begins with {card.start} points: {card.start} {sum_} = **{said.points}**.",
        f"The cut-off is {card.cutoff}: {said.points} is {short} too few, so the answer is **{said.decision}**.",
        "",
        "**The reasons**, as the applicant gets them, the costliest first:",
        "",
        *(f"{place}. {reason}" for place, reason in enumerate(said.reasons, 1)),
        "",
        "**What would have changed it.** The same application, with one of these at its reference:",
        "",
        "| instead | lies in | points | answer |",
        "| --- | --- | --- | --- |",
        *(_otherwise(card, row, cause) for cause in said.causes),
        "",
        f"The card is `{digest(card)[:19]}…`; the head of each file in `criteria/generated/` says the same in full.",
        "",
    ]
    return "\n".join(lines)


def page(text: str, inner: str) -> str:
    """The page with the walk in its place."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{inner}\n{END}{rest.split(END)[1]}"


def main() -> None:
    """Write the walk into the page."""
    made = page(PAGE.read_text(encoding="utf-8"), walk(card_file.read(), applicants()))
    PAGE.write_text(made, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
