"""What differs between two cards, in sentences that a person without the YAML understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mergegate.contrast.cardwords import bin_words, bins_words, missing_words, plain, signed, unit_of
from mergegate.facts.criteria import CardChange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.card import Card, CardRule, Input


def diff(base: Card, head: Card) -> tuple[CardChange, ...]:
    """Everything that decides otherwise: cut-offs first, then points, rules, inputs. Training rows are no change."""
    found = [*_whole(base, head), *_rules(base, head), *_inputs(base, head)]
    order = ("cut-off for approval", "cut-off", "bins", "rule", "points", "start")
    return tuple(sorted(found, key=lambda one: order.index(one.what) if one.what in order else len(order)))


def _whole(base: Card, head: Card) -> Iterator[CardChange]:
    if base.cutoff != head.cutoff:
        said = f"the cut-off for approval moved from {base.cutoff} to {head.cutoff} points"
        yield CardChange("", "cut-off for approval", str(base.cutoff), str(head.cutoff), said)
    if base.start != head.start:
        said = f"everybody begins with {head.start} points instead of {base.start}"
        yield CardChange("", "start", str(base.start), str(head.start), said)
    if base.decides != head.decides:
        was, now = (f"{card.decides.column}: {card.decides.yes} or {card.decides.no}" for card in (base, head))
        yield CardChange("", "decision", was, now, f"what is decided is now called “{now}”, not “{was}”")


def _rules(base: Card, head: Card) -> Iterator[CardChange]:
    for rule in base.rules:
        if head.rule(rule.feature) is None:
            said = f"the rule on {_name(rule)} is gone"
            yield CardChange(rule.title, "rule", bins_words(base, rule), "none", said)
    for rule in head.rules:
        before = base.rule(rule.feature)
        if before is None:
            bins = bins_words(head, rule)
            yield CardChange(rule.title, "rule", "none", bins, f"a rule on {_name(rule)} is new ({bins})")
        else:
            yield from _rule(base, before, head, rule)


def _name(rule: CardRule) -> str:
    return rule.title if rule.title == rule.feature else f"{rule.title} ({rule.feature})"


def _rule(base: Card, before: CardRule, head: Card, after: CardRule) -> Iterator[CardChange]:
    title = after.title
    if [(one.start, one.value) for one in before.bins] != [(one.start, one.value) for one in after.bins]:
        yield from _moved(base, before, head, after)
    if len(before.bins) == len(after.bins):
        yield from _points(before, head, after)
    if before.missing != after.missing:
        words = missing_words(before), missing_words(after)
        yield CardChange(title, "missing", *words, f"a missing {title} counts {words[1]} instead of {words[0]}")
    if before.monotone != after.monotone:
        said = f"the direction that {title} must have went from {before.monotone} to {after.monotone}"
        yield CardChange(title, "direction", before.monotone, after.monotone, said)
    if before.reference != after.reference:
        values = before.reference or "none", after.reference or "none"
        said = f"reasons compare {title} with {values[1]} instead of {values[0]}"
        yield CardChange(title, "reference", *values, said)
    if before.title != after.title:
        yield CardChange(title, "title", before.title, after.title, f"{before.title} is now called {after.title}")


def _moved(base: Card, before: CardRule, head: Card, after: CardRule) -> Iterator[CardChange]:
    """Each cut-off that moved where there are as many as before; all bins anew where there are not."""
    title = after.title
    same_kind = len(before.edges) == len(after.edges) == len(after.bins) - 1 == len(before.bins) - 1
    if same_kind and after.edges:
        unit = unit_of(head, after)
        for old, new in zip(before.edges, after.edges, strict=True):
            if old != new:
                said = f"the cut-off of {title} moved from {plain(old)} to {plain(new)}{unit}"
                yield CardChange(title, "cut-off", f"{plain(old)}{unit}", f"{plain(new)}{unit}", said)
        return
    bins = bins_words(base, before), bins_words(head, after)
    gone, added = (_edges(one, other, card) for one, other, card in ((before, after, base), (after, before, head)))
    parts = [f"{'cut-off' if len(which) == 1 else 'cut-offs'} {', '.join(which)} {how}"
             for which, how in ((gone, "gone"), (added, "new")) if which]  # fmt: skip
    said = f"{title} has {len(after.bins)} bins instead of {len(before.bins)}"
    yield CardChange(title, "bins", *bins, f"{said} ({'; '.join(parts)})" if parts else said)


def _edges(one: CardRule, other: CardRule, card: Card) -> list[str]:
    return [f"{plain(edge)}{unit_of(card, one)}" for edge in one.edges if edge not in other.edges]


def _points(before: CardRule, head: Card, after: CardRule) -> Iterator[CardChange]:
    unit = unit_of(head, after)
    for old, new in zip(before.bins, after.bins, strict=True):
        if old.points != new.points:
            where = bin_words(new, unit)
            said = f"{after.title} of {where} gives {signed(new.points)} points instead of {signed(old.points)}"
            yield CardChange(f"{after.title}: {where}", "points", signed(old.points), signed(new.points), said)


def _inputs(base: Card, head: Card) -> Iterator[CardChange]:
    for name in sorted({*base.inputs, *head.inputs}):
        before, after = (_input(card.inputs.get(name)) for card in (base, head))
        if before != after:
            said = f"the input {name} may be {after}; it was {before}"
            yield CardChange("", "input", f"{name}: {before}", f"{name}: {after}", said)


def _input(given: Input | None) -> str:
    if given is None:
        return "none"
    if given.type == "number":
        low = "any" if given.min is None else plain(given.min)
        high = "any" if given.max is None else plain(given.max)
        return f"a number from {low} to {high}{f' {given.unit}' if given.unit else ''}"
    return "a flag" if given.type == "flag" else f"one of {', '.join(given.allowed[:20])}"
