"""Random cards: any number of rules, any edges, any points, and texts that try to leave their quotes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from loan.card import Bin, Card, Decides, Input, Rule, bin_of

QUOTES = ("'", '"', "\\", "`", '"""', "\n", "\r", "\u2028", "\x7f")
"""What ends a string or a line somewhere."""
FORMATS = ("*/", "/*", "--", "</script>", "${x}", "{x}", "%s", "@CALLS@", "#", "é", "𝒳", "猫")
"""What ends a comment or an element, or is filled in somewhere."""
odd = st.text(st.characters(exclude_characters="\0", max_codepoint=0x17F), max_size=3)
pieces = st.sampled_from([*QUOTES, *FORMATS, "a", "B", " ", "1"]) | odd
texts = st.lists(pieces, min_size=1, max_size=6).map("".join).filter(bool)
numbers = st.one_of(
    st.integers(-1000, 1000),
    st.floats(-1000, 1000, allow_nan=False).filter(lambda each: not each.is_integer()),
    st.floats(-1e-3, 1e-3, allow_nan=False).filter(lambda each: not each.is_integer() and abs(each) > 1e-300),
    st.sampled_from([0.1 + 0.2, 33.3, 1e14 + 0.5, -1e14 - 0.5, 10**15, -(10**15), 1e-5, 0.0001]),
)
points = st.integers(-300, 300)


@st.composite
def _number(draw: st.DrawFn, name: str) -> tuple[Input, Rule]:
    low, *edges, high = sorted(draw(st.lists(numbers, min_size=3, max_size=7, unique=True)))
    worth = draw(st.lists(points, min_size=len(edges) + 1, max_size=len(edges) + 1))
    way = draw(st.sampled_from(["falling", "rising", "free"]))
    worth = {"falling": sorted(worth, reverse=True), "rising": sorted(worth), "free": worth}[way]
    bins = tuple(
        Bin(each, 1, start, end) for each, start, end in zip(worth, [None, *edges], [*edges, None], strict=True)
    )
    reference = draw(st.sampled_from([low, *edges, high]))
    known = Input(name, "number", low, high, draw(st.just("") | texts))
    return known, Rule(name, draw(texts), way, reference, draw(st.none() | points), bins)  # type: ignore[arg-type]


@st.composite
def _listed(draw: st.DrawFn, name: str) -> tuple[Input, Rule]:
    allowed = tuple(draw(st.just(["0", "1"]) | st.lists(texts, min_size=2, max_size=5, unique=True)))
    flag = allowed == ("0", "1")
    bins = tuple(Bin(draw(points), 1, value=each) for each in allowed)
    reference: Any = draw(st.sampled_from([0, 1] if flag else allowed))
    known = Input(name, "flag") if flag else Input(name, "category", allowed=allowed)
    return known, Rule(name, draw(texts), "free", reference, draw(st.none() | points), bins)


@st.composite
def cards(draw: st.DrawFn) -> Card:
    """A card that holds everything that a file's card holds, but whose texts are not printable."""
    pairs = [draw(_number(f"Class_{index}") | _listed(f"None_{index}")) for index in range(draw(st.integers(1, 12)))]
    inputs, rules = zip(*pairs, strict=True)
    start = draw(points)
    best = start + sum(bin_of(rule, rule.reference).points for rule in rules)
    yes, no = draw(st.lists(texts, min_size=2, max_size=2, unique=True))
    return Card("random", Decides("approve", yes, no), start, best - draw(st.integers(0, 200)), inputs, rules)
