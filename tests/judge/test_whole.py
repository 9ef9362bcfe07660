"""What the rules on data, criteria, splits and trust find, whole: each field of each finding, by snapshot."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest

from mergegate.facts import Absent, Discordant, Studentised
from mergegate.facts.criteria import CardChange, Change, Decided, Flips, Generated, GroupFlips, ProxyCheck
from mergegate.facts.data import DataExam, Fault, Leak, Moved, Shift, TextFault
from mergegate.facts.exam import Reevaluation
from mergegate.facts.holdout import Leak as HeldLeak
from mergegate.facts.holdout import Near, Picked, Sizes, Transfer
from mergegate.facts.intact import ClaimedMetrics, EditedRows, Odd
from mergegate.judge.rules import RULES
from mergegate.judge.verdict import decide
from tests.judge import test_criteria_rules as cards
from tests.judge import test_intact_rules as intact
from tests.judge import test_split_rules as splits
from tests.judge.factory import exam, policy
from tests.judge.test_data import diff, judged, moved

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from mergegate.facts import Finding
    from mergegate.facts.criteria import CriteriaExam


def whole(found: Finding) -> str:
    """Every field that is not as it is by default, a line each; numbers to six digits."""
    values = {field.name: (getattr(found, field.name), field.default) for field in fields(found)}
    return "\n".join(f"{name}: {_plain(value)}" for name, (value, default) in values.items() if value != default)


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, tuple):
        return " / ".join(", ".join(map(_plain, row)) if isinstance(row, tuple) else _plain(row) for row in value)
    if hasattr(value, "__dataclass_fields__"):
        return " ".join(f"{field.name}={_plain(getattr(value, field.name))}" for field in fields(value))
    return str(value)


def _shift(value: float, *, se: float = 0.01, caution: str = "", kinds: int = 5) -> Shift:
    names = tuple((f"k{n}", 0.1 + n / 100, 0.123 + n / 50) for n in range(kinds))
    return Shift(replace(moved(value, se), caution=caution), value + 0.0123, names)


def _leak(column: str, skill: float, settles: float, *, stood: bool = False) -> Leak:
    return Leak(column, moved(skill, limit=0.8), moved(settles, limit=0.1), stood)


_BY_CLASS = (
    Moved("relabelled", True, "a", "b", 1),
    Moved("added", True, None, "a", 3),
    Moved("added", False, None, "b", 2000),
    Moved("removed", True, "b", None, 6),
    Moved("edited", False, "a", "a", 4),
)
_TEXTS = (
    TextFault("wrongly decoded", "text", 0, 1, (100, 1000), 0.0, (("7", "gr�n"), ("8", "bl�u"))),
    TextFault("wrongly decoded", "title", 3, 1200, (100, 2000), None),
    TextFault("empty", "area", 10, 60, (100, 200), 0.15),
    TextFault("empty", "city", 10, 60, (100, 200), 0.25),
    TextFault("empty", "land", 0, 0, (0, 0), None),
    TextFault("contradicting", "text", 10, 9, (100, 200), 0.001),
    TextFault("repeated", "text", 1, 1, (100, 200), None),
    TextFault("repeated", "note", 100, 131, (1000, 1000), None),
    TextFault("repeated", "name", 100, 130, (1000, 1000), None),
    TextFault("blank", "text", 0, 0, (100, 200), None),
)
TABLES = {
    "nothing": DataExam("t", "t.csv", rows=(100, 100), diff=diff()),
    "the same": DataExam("t", "t.csv", identical=True),
    "no ids": DataExam("t", "t.csv", rows=(100, 1100)),
    "new": DataExam("t", "t.csv", rows=(None, 5), no_base=Absent("t.csv", "base had none", do="see it", side="base")),
    "rows": DataExam(
        "t", "t.csv", rows=(1000, 2997),
        diff=diff(
            before=1000, after=2997, added=2003, removed=6, relabelled=1, edited=4, moved=_BY_CLASS,
            classes={"a": (600, 606), "b": (394, 2394), "c": (6, 0), "d": (0, 3)},
            columns_gone=("x",), columns_new=("y", "z"), renamed=2, repeated=(1, 0),
            examples=(("id", "was", "is"), ("1", "a", "b")),
        ),
    ),
    "faults": DataExam("t", "t.csv", rows=(100, 100), diff=diff(), faults=(
        Fault("price", "is below 0", 3, (("1", "-1"), ("2", "-2"))), Fault("", "has 5 rows, at least 10 are asked for"),
    )),
    "texts": DataExam("t", "t.csv", rows=(100, 100), diff=diff(), texts=_TEXTS),
    "sound texts": DataExam("t", "t.csv", rows=(100, 100), diff=diff(), texts=_TEXTS[-1:]),
    "drift": DataExam("t", "t.csv", rows=(100, 100), diff=diff(), uncompared=("u", "v"), shifts=(
        _shift(0.3), _shift(0.11), _shift(0.02, caution="few groups"), _shift(0.05, kinds=0),
    )),
    "leaks": DataExam("t", "t.csv", rows=(100, 100), diff=diff(), leaks=(
        _leak("typur", 0.95, 0.05), _leak("code", 0.2, 0.4), _leak("old", 1.0, 0.0, stood=True),
        _leak("near", 0.81, 0.05), _leak("fine", 0.3, 0.02), _leak("best", 0.4, 0.01),
    )),
}  # fmt: skip
ASKED = {"limits": {"removed": 0.005, "relabelled": 0.001, "added": 3.0}, "drift": {"columns": ["c"]}, "leaks": {}}


@pytest.mark.parametrize("name", TABLES)
def test_what_is_found_in_a_table(name: str, snapshot: SnapshotAssertion) -> None:
    usual, found = ([whole(one) for one in judged(table, **ASKED)] for table in (TABLES["nothing"], TABLES[name]))
    assert (found if name == "nothing" else [one for one in found if one not in usual]) == snapshot


def test_a_table_whose_leaks_and_drift_nobody_asks_for(snapshot: SnapshotAssertion) -> None:
    assert [whole(one) for one in judged(TABLES["rows"])] == snapshot


_CHANGES = tuple(CardChange(f"r{n}", "points", f"{n}", f"{n + 1}", f"r{n} gives {n + 1} points") for n in range(41))
_FLIPPED = (("id", "x"), *((f"{n}", "1") for n in range(25)))
_TOLD = cards.tells("x", 0.8)
CARDS: dict[str, CriteriaExam] = {
    "nothing": cards.BARE,
    "unreadable": cards.NONE,
    "unchanged": replace(cards.BARE, same=True, unchanged=True),
    "new": replace(cards.BARE, base=None, head=cards.card("x", "y", points=(-2, -9), way="rising")),
    "one change": replace(cards.BARE, changes=_CHANGES[:1]),
    "forty changes": replace(cards.BARE, changes=_CHANGES[:40]),
    "a direction": replace(cards.BARE, changes=(replace(_CHANGES[0], what="direction"), _CHANGES[1])),
    "the whole card": replace(cards.BARE, changes=(replace(_CHANGES[0], rule="", what="cutoff"),)),
    "flips": replace(cards.BARE, flips=Flips(
        1200, 20, 5, 0, (GroupFlips("black = 1", 1100, 20, 5), GroupFlips("black = 0", 100, 0, 0)), _FLIPPED,
    )),
    "refused": replace(cards.BARE, flips=Flips(
        100, 1, 0, 3, (GroupFlips("male = 0", 9, 1, 0),), _FLIPPED[:2], ("a", "b"),
    )),
    "gap": cards.gap(0.7, 0.01, before=-0.01),
    "gap as before": cards.gap(0.7, 0.01, before=-0.2),
    "gap of the same": cards.gap(0.7, 0.01, before=-0.1, same=True),
    "gap unsure": cards.gap(0.79, 0.05, before=-0.02),
    "above": cards.gap(0.9, 0.01),
    "thin": replace(cards.cover((0, 0, None), (19, 18, 25), (10, 10, 10), (400, 401, 400)), lost=("x b9: 30 → 2",)),
    "covered": cards.cover((20, 20, 20), (1200, 1200, None)),
    "too many rules": replace(cards.BARE, head=cards.card("x", "y")),
    "generated": replace(cards.BARE, generated=(
        Generated("a.py", ""), Generated("b.sql", "is not there"), Generated("c.js", "is older", rerun=True),
    ), stale="c.yaml"),
    "generated, not again": replace(cards.BARE, generated=(
        Generated("a.py", "", not_rerun="it could not be"), Generated("b.sql", "", rerun=True),
    ), pending="c.yaml"),
    "groups fell": cards.group(cards.change(-0.2, 0.01), Change(0.04, 0.18, Discordant(0, 20, 50), 50, "McNemar")),
    "groups still": cards.group(cards.change(0.0, 0.0), Change(0.1, 0.1, Discordant(0, 0, 50), 50, "McNemar")),
    "groups unsure": cards.group(cards.change(-0.01, 0.05), Change(0.1, 0.12, Discordant(1, 2, 50), 50, "McNemar")),
    "groups new": cards.group(None, None, alone=True),
    "proxies": cards.proxies(
        _TOLD, cards.tells("y", 0.75, 0.05), cards.tells("z", 0.9, new=False), features=("x", "y"),
    ),
    "together": cards.proxies(cards.tells("x", 0.55), together=replace(
        cards.tells("", 0.9, before=0.6), rise=Studentised(0.3, 0.01, 500.0, 1.0))),
    "audit as feature": cards.proxies(cards.tells("black", 1.0), cards.tells("x", 0.9), features=("black", "x")),
    "few people": replace(cards.BARE, proxies=(ProxyCheck("black", None, ()),)),
    "low": cards.proxies(cards.tells("x", 0.55)),
    "leaks": replace(cards.BARE, head=cards.card("typur", "x", "y"), leaks=(
        cards.tells("x", 0.99, 0.002), cards.tells("typur", 0.9), cards.tells("y", 0.6))),
    "decided": replace(cards.BARE, decided=Decided(1100, 3, (("id",), ("a",)))),
    "all decided": replace(cards.BARE, decided=Decided(1100, 0)),
}  # fmt: skip


@pytest.mark.parametrize("name", CARDS)
@pytest.mark.parametrize("strict", [True, False])
def test_what_is_found_in_a_card(name: str, strict: bool, snapshot: SnapshotAssertion) -> None:
    limits = {"max_flips": 0.02, "group_margin": 0.02} if strict else {"proxy": None, "group_margin": None}
    asked = {**cards.ASKED, "audit": ["black", "min30"], **limits}
    chosen = policy(positive="yes", criteria=asked, auditable="required" if strict else None)
    usual, found = (
        [whole(one) for one in decide(replace(exam(cards.SAME, policy_=chosen), criteria={"m": card})).findings]
        for card in (cards.BARE, CARDS[name])
    )
    assert (found if name == "nothing" else [one for one in found if one not in usual]) == snapshot


_ASTRAY = replace(splits.SIDES, wrong=7, wrong_rows=1030, newly_wrong=5, looks_like=0.2, examples=splits.SHOWN)
_NEAR = Near(
    similarity=0.8, texts=1000, of=2000, trained=3000, trained_of=9000, found=30, new=11, examples=splits.SHOWN
)
_LEAKS = (HeldLeak("group", 3, 2, 1234, splits.SHOWN), HeldLeak("content", 2, 0, 9), HeldLeak("x", 0, 0, 0))
SPLITS: dict[str, dict[str, Any]] = {
    "as asked": {},
    "astray": {"sides": _ASTRAY},
    "astray before": {"sides": replace(_ASTRAY, newly_wrong=0, looks_like=None)},
    "newly astray": {"sides": replace(_ASTRAY, newly_wrong=7)},
    "few": {"sides": replace(splits.SIDES, held=50)},
    "few before": {"sides": replace(splits.SIDES, held=50, held_before=50)},
    "unsalted": {"sides": replace(splits.SIDES, salted=False), "after": None},
    "leaks": {"leaks": _LEAKS},
    "near": {"near": _NEAR},
    "not near": {"near": replace(_NEAR, found=0, new=0, of=1000, trained_of=3000)},
    "shrank": {"after": Sizes(3030, 949)},
    "another salt": {"salts": ("s", "t"), "seen": 812},
}  # fmt: skip


@pytest.mark.parametrize("name", SPLITS)
def test_what_is_found_of_a_split(name: str, snapshot: SnapshotAssertion) -> None:
    whole_exam = replace(exam(policy_=splits.asking()), splits={"": replace(splits.SPLIT, **SPLITS[name])})
    assert [whole(one) for rule in RULES if rule.code < "MG3" for one in rule.check(whole_exam, ())] == snapshot


def test_what_is_found_of_rows_that_left_and_of_a_holdout_that_is_new(snapshot: SnapshotAssertion) -> None:
    picked = (replace(splits.PICKED, p=0.0005), replace(splits.PICKED, p=0.5), Picked("head", 0, 0, 0, 0, 1.0))
    transfer = Transfer(splits.OLD, splits.NEW, left_out=1200, why_old="the code changes")
    found = [splits.of_model("MG208", picked=picked), splits.of_model("MG303", transfer=transfer)]
    assert [whole(one) for some in found for one in some] == snapshot


INTACT: dict[str, dict[str, Any]] = {
    "nothing": {},
    "metrics": {"metrics": (
        ClaimedMetrics("m.json", (("accuracy", "0.99", "0.90"),)),
        ClaimedMetrics("n.json", why_not="base's code could not run this evidence", failed=True),
        ClaimedMetrics("o.json", why_not="the pull request changes e.py", code=("e.py",)),
        ClaimedMetrics("p.json"),
        ClaimedMetrics("q.json", (("a", "1", "2"), ("b", "1", "2"))),
        ClaimedMetrics("r.json", why_not="it is beyond what base knows", beyond=True),
    )},
    "owned metrics": {
        "metrics": (ClaimedMetrics("o.json", why_not="the pull request changes e.py", code=("e.py",)),),
        "owners": {"e.py": "@o"},
    },
    "locks": {"groundless": (("model.json", "train"),), "other": ("holdout.csv",)},
    "weakened": {"weakened": (("train", "is frozen"), ("test", "has no deps")), "owners": {"dvc.yaml": "@o"}},
    "weakened, no owner": {"weakened": (("train", "is frozen"),)},
    "odd": {"odd": (Odd("link", "it leads out", blocks=True), Odd(".env", "tools read it"))},
    "owners": {"owners": {f"{n:02}.py": "@o" for n in range(12)}},
    "edited": {"edited": (EditedRows("m", 1203, ("text", "area")), EditedRows("m", 1, ("text",)))},
}  # fmt: skip
_AGAIN = (
    Reevaluation("q.csv", done=True, rows=1030, subject="quiz"),
    Reevaluation("s.csv", done=True, rows=1030, differing=2, subject="shadow"),
    Reevaluation("t.csv", done=False, why_not="it is a pickle", subject="pairs", failed=True),
    Reevaluation("h.csv", done=False, why_not="the pull request changes a.py", code=("a.py", "b.py")),
)


@pytest.mark.parametrize("name", INTACT)
def test_what_is_found_of_a_pull_request_that_touches_its_judge(name: str, snapshot: SnapshotAssertion) -> None:
    found = intact.judged(*_AGAIN, **INTACT[name]).findings
    assert [whole(one) for one in found if one.rule.startswith("MG9")] == snapshot
