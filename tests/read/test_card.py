"""A points card from a stranger: what is read of it, and that everything wrong with it is said."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from mergegate.read.card import CardError, ReadCard, digest_in, parse_card

GOOD = """\
version: 1
name: loan
decides: {column: approve, "yes": approve, "no": deny}
start: 500
cutoff: 520
inputs:
  obrat: {type: number, min: 0, max: 100, unit: "%"}
  married: {type: flag}
  term: {type: category, allowed: ["15", "30"]}
rules:
  - {feature: obrat, title: debts, monotone: falling, reference: 33, missing: -12,
     bins: [{below: 33, points: 20, rows: 7}, {from: 33, below: 40, points: 5, rows: 6},
            {from: 40, points: -45, rows: 1}]}
  - {feature: married, title: married, monotone: free, reference: 1, missing: refuse,
     bins: [{is: "0", points: -3, rows: 6}, {is: 1, points: 4, rows: 9}]}
  - {feature: term, title: term, monotone: free, reference: "15", missing: 0,
     bins: [{is: "15", points: 1, rows: 1}, {is: "30", points: 0, rows: 2}]}
"""


def parsed(text: str | bytes) -> ReadCard:
    return parse_card(text.encode() if isinstance(text, str) else text, "card.yaml")


def test_a_card_is_read_with_its_digest_and_another_format_keeps_it() -> None:
    card, other = parsed(GOOD), parsed(yaml.safe_dump(yaml.safe_load(GOOD)))
    assert card.card == other.card
    assert card.digest == other.digest == parsed(GOOD.replace("below: 33,", "below: 33.0,")).digest
    assert card.digest != parsed(GOOD.replace("520", "521")).digest
    assert digest_in(f"# made by hand\n# card {card.digest}\n".encode()) == card.digest
    assert digest_in(b"card sha256:12") == ""
    assert card.card.features == ("obrat", "married", "term")


WRONG: list[tuple[str, str, str]] = [
    ("version: 1", "version: 2", "version: "),
    ("start: 500", "start: 500.5", "start: "),
    ("cutoff: 520", 'cutoff: "520"', "cutoff: "),
    ("name: loan", "label: loan", "nothing has this name"),
    ("name: loan", "", "name: is missing"),
    ("below: 33, points", "below: 32, points", "obrat: each bin must start where the one before ends"),
    ("{below: 33,", "{from: 0, below: 33,", "obrat: the first bin has no `from`"),
    ("{from: 40, points", "{from: 40, below: 50, points", "the last no `below`"),
    ("{from: 33, below: 40", "{from: 33, below: .inf", "finite number"),
    ("below: 40, points: 5, rows: 6},\n            {from: 40,", "below: 33, points: 5}, {from: 33,", "must rise"),
    ("{below: 33, points: 20, rows: 7}", '{is: "33", points: 20}', "its bins need `from` and `below`, not `is`"),
    ("below: 33,", 'below: "33",', "must be a number"),
    ("below: 33,", "below: true,", "must be a number"),
    ('{is: "0", points: -3, rows: 6}', "{below: 1, points: 3}", "married is a flag: its bins need `is`"),
    ('{is: "0", points', '{is: "2", points', "married: each of its values needs exactly one bin, and not so 2, 0"),
    ('{is: "15", points: 1, rows: 1}, ', "", "term: each of its values needs exactly one bin, and not so 15"),
    ("title: term, monotone: free", "title: term, monotone: rising", "term is a category, which cannot be rising"),
    ("feature: term", "feature: other", "other has a rule and is not in `inputs`"),
    ("feature: term", "feature: 'x; DROP'", "rules.2.feature: "),
    ('"yes": approve', '"yes": deny', "one word for both"),
    ("min: 0, max: 100", "min: 100, max: 0", "`min` is larger than `max`"),
    ("{type: flag}", "{type: flag, min: 0}", "`min` and `max` are for numbers"),
    ("{type: flag}", "{type: flag, allowed: [a]}", "`allowed` is for categories"),
    ('allowed: ["15", "30"]', "unit: x", "a category needs `allowed`"),
    ("points: 20", "points: 20000000", "rules.0.bins.0.points: "),
    ("rows: 7", "rows: -7", "rules.0.bins.0.rows: "),
    ("missing: -12", "missing: never", "missing"),
    ("title: debts", 'title: ""', "title"),
    ("version: 1", "version: &v 1", "a card has no anchors"),
    ("version: 1", "version: 1\nversion: 1", "stands twice"),
    ("version: 1", "version: [1", "is not "),
]  # fmt: skip


@pytest.mark.parametrize(("was", "now", "said"), WRONG)
def test_what_is_wrong_with_a_card_is_said(was: str, now: str, said: str) -> None:
    assert was in GOOD
    with pytest.raises(CardError) as caught:
        parsed(GOOD.replace(was, now, 1))
    assert said in caught.value.what
    assert caught.value.where.startswith("card.yaml")


def test_two_rules_on_one_feature_are_one_too_many() -> None:
    tree: dict[str, Any] = yaml.safe_load(GOOD)
    tree["rules"].append(yaml.safe_load(GOOD)["rules"][0])
    with pytest.raises(CardError, match="obrat has two rules"):
        parsed(yaml.safe_dump(tree))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"- 1",
        b"x" * 200_001,
        b"[" * 5_000,
        b"!!python/object/apply:os.system ['true']",
        b"\x00",
        b"1: 2",
    ],
)
def test_what_is_no_card_at_all_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(CardError):
        parsed(content)


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(CardError) as caught:
        parsed(GOOD.replace("start: 500", "start: x").replace("cutoff: 520", "cutoff: y"))
    assert "start: " in caught.value.what
    assert "cutoff: " in caught.value.what
