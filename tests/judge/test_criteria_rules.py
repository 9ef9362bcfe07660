"""What the rules say of a points card: each judged, told or silent, and the level that they share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mergegate.facts import Discordant, Finding, State, Studentised
from mergegate.facts.card import Card
from mergegate.facts.criteria import (
    BinCover,
    CardChange,
    Change,
    CriteriaExam,
    Decided,
    Flips,
    Generated,
    GroupCheck,
    GroupFlips,
    Known,
    ProxyCheck,
    Told,
    Without,
)
from mergegate.facts.limits import Rate
from mergegate.judge.criteria import levels_of
from mergegate.judge.levels import share_alpha, would_block
from mergegate.judge.verdict import decide
from tests.judge.factory import comparison, exam, policy

SAME = comparison(Discordant(10, 10, 10_000))
ASKED = {"card": "c.yaml", "rows": "r.csv", "audit": ["black"], "leaks": ["typur"], "max_rules": 1}


def card(*features: str, points: tuple[int, ...] = (20, 5), way: str = "falling") -> Card:
    rules = [
        {"feature": name, "title": f"the {name}", "monotone": way, "reference": 1, "missing": 0,
         "bins": [{"below": 30, "points": points[0]}, {"from": 30, "points": points[1]}]}
        for name in features
    ]  # fmt: skip
    return Card.model_validate(
        {"version": 1, "name": "c", "decides": {"column": "a", "yes": "yes", "no": "no"}, "start": 0, "cutoff": 5,
         "inputs": {name: {"type": "number"} for name in features}, "rules": rules}
    )  # fmt: skip


def told(rule: str, found: CriteriaExam, *, auditable: bool = False, **asked: Any) -> list[Finding]:
    criteria = {**ASKED, **asked}
    chosen = policy(positive="yes", criteria=criteria, auditable="required" if auditable else None)
    judged = decide(replace(exam(SAME, policy_=chosen), criteria={"m": found}))
    return [one for one in judged.findings if one.rule == rule]


def only(rule: str, found: CriteriaExam, **asked: Any) -> Finding:
    [one] = told(rule, found, **asked)
    return one


BARE = CriteriaExam("c.yaml", head=card("x"), base=card("x"))
NONE = CriteriaExam("c.yaml", problem="there is no such file")


def test_a_change_is_told_in_sentences_and_many_are_counted() -> None:
    changes = tuple(CardChange("x", "points", "1", str(n), f"x gives {n} points") for n in range(5))
    found = only("MG703", replace(BARE, changes=changes))
    assert found.said == "x gives 0 points; x gives 1 points; x gives 2 points; and 2 more changes"
    assert (found.informs, found.state, len(found.examples), found.full) == (True, State.HELD, 6, ())
    many = only("MG703", replace(BARE, changes=changes * 20))
    assert (len(many.examples), len(many.full)) == (40, 101)
    assert only("MG703", replace(BARE, changes=(replace(changes[0], rule=""),))).examples[1][0] == "the whole card"
    assert only("MG703", BARE).said == "the card decides as base's does: 1 rule, approved at 5 points"
    new = only("MG703", replace(BARE, base=None, head=card("x", "y", points=(-2, -9))))
    assert new.said == "the card is new: 2 rules, approved at 5 points"
    assert new.examples[1] == ("the x", "2", "falling", "−9 to −2")


def test_a_card_that_cannot_be_read_blocks_and_what_needs_one_is_silent() -> None:
    found = only("MG704", NONE)
    assert (found.said, found.blocks) == ("c.yaml cannot be judged: there is no such file", True)
    assert all(not told(f"MG{number}", NONE) for number in (703, 705, 706, 707, 708, 709, 710, 711, 712, 713, 714, 715))
    assert only("MG715", NONE, auditable=True).said.startswith("there is no card that can be judged")
    assert not told("MG704", BARE)


def flipped(to_deny: int, to_approve: int, **facts: Any) -> CriteriaExam:
    rows = (("id",), *(("a",),) * (to_deny + to_approve)) if to_deny + to_approve else ()
    groups = (GroupFlips("black = 1", 10, to_deny, to_approve), GroupFlips("black = 0", 0, 0, 0))
    return replace(BARE, flips=Flips(100, to_deny, to_approve, 0, groups, rows, **facts))


def test_flips_are_counted_and_block_beyond_their_limit() -> None:
    every, groups = told("MG705", flipped(4, 1), max_flips=0.05)
    assert (every.blocks, every.informs, every.state) == (False, False, State.HELD)
    assert every.said == (
        "5 of 100 applicants (5.00%) are decided otherwise: 4 no longer approved, 1 newly approved; the limit is 5.00%"
    )
    assert groups.said == "of 10 with black = 1, 4 (40.0%) are no longer approved and 1 newly"
    assert groups.examples[1:] == (("black = 1", "10", "4 (40.0%)", "1 (10.0%)"),)
    assert told("MG705", flipped(4, 2), max_flips=0.05)[0].blocks
    assert told("MG705", flipped(40, 2))[0].informs
    assert [one.said for one in told("MG705", flipped(0, 0))] == ["0 of 100 applicants (0.00%) are decided otherwise"]
    many = told("MG705", flipped(30, 0))[0]
    assert (len(many.examples), len(many.full)) == (21, 31)


def test_rows_that_are_newly_refused_and_borrowed_features_are_said() -> None:
    flips = Flips(100, 0, 0, 3, (), (("id",), *(("a",),) * 3), ("tract",))
    (found,) = told("MG705", replace(BARE, flips=flips))
    assert found.said.startswith("3 of 100 applicants (3.00%) are decided otherwise: 0 no longer approved, 0 newly")
    assert found.said.endswith("3 are newly refused, undecided; base's rows have no tract: head's own were taken")


def gap(card_auc: float, se: float, before: float | None = 0.0, *, same: bool = False) -> CriteriaExam:
    change = Change(0.8, card_auc, Studentised(card_auc - 0.8, se, 1000.0, 1.0), 500, "DeLong")
    return replace(BARE, gap=change, gap_before=before, same=same)


def test_what_one_kind_of_rows_proves_of_the_gap_lets_the_other_inform_and_either_kind_blocks() -> None:
    held, unclear, beyond = (gap(auc, se).gap for auc, se in ((0.80, 0.001), (0.79, 0.05), (0.70, 0.01)))
    for first, second in ((unclear, held), (held, unclear)):
        found = told("MG706", replace(BARE, gap=first, crossed=second, crossed_before=-0.01))
        assert [(one.state, one.informs) for one in found] == [(State.HELD, one is unclear) for one in (first, second)]
    assert [one.subject for one in found] == ["gap to the ceiling", "gap to the ceiling, cross-fitted"]
    for first, second in ((unclear, beyond), (held, beyond), (beyond, held), (None, beyond)):
        found = told("MG706", replace(BARE, gap=first, crossed=second))
        assert [one.blocks for one in found] == [one is beyond for one in (first, second) if one]
    found = told("MG706", replace(BARE, gap=unclear, crossed=unclear))
    assert {(one.state, one.informs) for one in found} == {(State.CANNOT_TELL, False)}


def test_a_gap_that_is_proven_beyond_its_limit_blocks_unless_base_had_it_already() -> None:
    assert (only("MG706", gap(0.79, 0.001)).state, only("MG706", gap(0.79, 0.001)).blocks) == (State.HELD, False)
    new = only("MG706", gap(0.70, 0.01, before=-0.01))
    assert (new.state, new.blocks, new.informs) == (State.REGRESSED, True, False)
    assert "0.1000 below it" in new.said
    assert new.said.endswith("the limit is 0.02; newly broken: it was 0.0100")
    better = only("MG706", gap(0.70, 0.01, before=-0.2))
    assert (better.state, better.blocks, better.informs) == (State.HELD, False, True)
    assert only("MG706", gap(0.70, 0.01, before=None)).blocks
    assert only("MG706", gap(0.70, 0.01, before=-0.1, same=True)).informs
    unsure = only("MG706", gap(0.79, 0.05, before=-0.02))
    assert (unsure.state, unsure.blocks, unsure.unsure) == (State.CANNOT_TELL, False, False)
    assert unsure.said.endswith("; it was 0.0200 on base")
    assert only("MG706", gap(0.81, 0.001)).said.startswith(
        "the card's AUC is 0.8100 and the ceiling's 0.8000: 0.0100 above"
    )
    assert (only("MG706", gap(0.79, 0.05, same=True)).state, only("MG706", gap(0.79, 0.05, same=True)).informs) == (
        State.HELD, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("way", "points", "wrong"),
    [("falling", (5, 20), True), ("falling", (5, 5), False), ("rising", (5, 4), True), ("rising", (4, 5), False),
     ("free", (4, 5), False)],
)  # fmt: skip
def test_points_that_run_against_what_is_declared_block(way: str, points: tuple[int, int], wrong: bool) -> None:
    found = only("MG707", replace(BARE, head=card("x", way=way, points=points)))
    assert found.blocks is wrong
    if wrong:
        assert found.said == f"the x is declared {way}, and its points are {points[0]}, {points[1]}"


def test_a_declaration_that_changes_is_told_and_leaves_the_verdict_open() -> None:
    change = CardChange("the x", "direction", "falling", "free", "the direction of x went from falling to free")
    found = told("MG707", replace(BARE, changes=(change, replace(change, what="points"))))
    assert [(one.subject, one.unsure) for one in found] == [("directions", False), ("direction of the x", True)]


def cover(*bins: tuple[int, int, int | None]) -> CriteriaExam:
    return replace(BARE, cover=tuple(BinCover("x", "x", f"b{n}", *one) for n, one in enumerate(bins)))


def test_a_bin_with_too_few_rows_blocks_unless_it_had_no_more_before() -> None:
    assert only("MG708", cover((20, 20, 20))).said == "every bin of 1 is covered, the thinnest by 20 rows"
    new = only("MG708", cover((19, 19, None), (50, 50, 50)))
    assert (new.blocks, new.said) == (True, "fewer than 20 training rows: x b0 (19 rows)")
    assert only("MG708", cover((19, 19, 25))).blocks
    old = only("MG708", cover((19, 19, 19)))
    assert (old.blocks, old.informs, old.state) == (False, True, State.HELD)
    many = only("MG708", cover(*[(0, 0, None)] * 5))
    assert many.said == "fewer than 20 training rows: x b0 (0 rows), x b1 (0 rows), x b2 (0 rows) and 2 more"
    odd = only("MG708", replace(cover((30, 31, 30)), lost=("x b9: 30 → 2",)))
    assert odd.said == "lost their rows: x b9: 30 → 2; the card says otherwise of 1 bins"
    assert odd.examples[1] == ("x", "b0", "30", "31")
    assert not told("MG708", BARE)


def test_more_rules_than_allowed_block_unless_base_had_as_many() -> None:
    two = replace(BARE, head=card("x", "y"))
    assert only("MG709", two).blocks
    assert only("MG709", replace(two, base=None)).blocks
    known = only("MG709", replace(two, base=card("x", "z")))
    assert (known.blocks, known.informs, known.said) == (False, True, "2 rules; the limit is 1")
    assert only("MG709", BARE).said == "1 rule; the limit is 1"


def test_generated_code_that_is_not_the_cards_blocks_and_a_generator_that_could_not_judge_is_told() -> None:
    fine = Generated("a.py", "")
    one = only("MG710", replace(BARE, generated=(fine,)))
    assert (one.said, one.blocks) == ("the generated file carries the card's digest", False)
    two = only("MG710", replace(BARE, generated=(replace(fine, rerun=True), replace(fine, rerun=True))))
    assert two.said == "all 2 generated files carry the card's digest; base's generator makes the same bytes"
    wrong = only("MG710", replace(BARE, generated=(Generated("a.py", "is not there"),), stale="c.yaml"))
    assert (wrong.said, wrong.blocks) == (
        "a.py is not there; c.yaml: what is committed is not what the pipeline makes",
        True,
    )
    (_, absent) = told("MG710", replace(BARE, generated=(replace(fine, not_rerun="it could not be"),)))
    assert (absent.state, absent.said) == (
        State.ABSENT, "base's generator was not run on head's card: it could not be",
    )  # fmt: skip
    later = only("MG710", replace(BARE, generated=(fine,), pending="c.yaml"))
    assert (later.said, later.blocks) == (
        "the generated file carries the card's digest; main will commit c.yaml as the pipeline makes it", False,
    )  # fmt: skip
    assert not told("MG710", BARE)


def group(ratio: Change | None, denials: Change | None, *, alone: bool = False) -> CriteriaExam:
    known = Known(0.8, 0.7, 0.9)
    return replace(
        BARE,
        groups=(
            GroupCheck(
                "black", (Rate(60, 100), Rate(300, 400)), ratio, (None if alone else known, known), denials,
                (None if alone else Rate(2, 50), Rate(9, 50)), (None, (1.0, 3.0)), (("the x", -2.0),),
            ),
        ),
    )  # fmt: skip


def change(gain: float, se: float) -> Change:
    return Change(0.8, 0.8 + gain, Studentised(gain, se, 500.0), 500, "delta method")


def test_a_ratio_that_is_proven_to_fall_blocks_and_so_do_false_denials_that_rise() -> None:
    fell = group(change(-0.2, 0.01), Change(0.04, 0.18, Discordant(0, 20, 50), 50, "mid-p McNemar"))
    ratio, denials = only("MG711", fell), only("MG712", fell)
    assert (ratio.blocks, denials.blocks) == (True, True)
    assert ratio.change is not None
    assert denials.change is not None
    assert ratio.change.high < 0 < denials.change.low
    assert "approved are 60.0% (" in ratio.said
    assert ratio.said.endswith("approval ratio 0.800 (95 % 0.700 to 0.900); it was 0.800 (95 % 0.700 to 0.900)")
    assert denials.said.startswith("of those of black = 1 who should be approved, 18.0% (")
    assert ratio.do.startswith(ratio.said)
    rose = group(change(0.2, 0.01), Change(0.18, 0.04, Discordant(20, 0, 50), 50, "mid-p McNemar"))
    assert [only(rule, rose).state for rule in ("MG711", "MG712")] == [State.IMPROVED, State.IMPROVED]


def test_a_margin_is_kept_and_without_one_nothing_blocks() -> None:
    fell = group(change(-0.2, 0.01), None)
    assert not only("MG711", fell, group_margin=0.3).blocks
    free = only("MG711", fell, group_margin=None)
    assert (free.blocks, free.informs, free.state) == (False, True, State.HELD)


def test_where_nobody_of_a_group_is_decided_otherwise_nothing_is_estimated() -> None:
    still = group(change(0.0, 0.0), Change(0.1, 0.1, Discordant(0, 0, 50), 50, "mid-p McNemar"))
    for rule in ("MG711", "MG712"):
        found = only(rule, still)
        assert found.change is not None
        assert (found.state, found.change.method) == (State.HELD, "identical decisions")
    moved = group(change(0.0, 0.05), None)
    assert only("MG711", moved).state is State.CANNOT_TELL


def test_without_base_a_group_is_told_and_one_of_which_nobody_should_be_approved_is_not_counted() -> None:
    new = group(None, None, alone=True)
    ratio, denials = only("MG711", new), only("MG712", new)
    assert (ratio.informs, denials.informs) == (True, True)
    assert "it was" not in ratio.said + denials.said
    nobody = replace(new, groups=(replace(new.groups[0], denied=(None, None), ratios=(None, None)),))
    assert "no approval ratio" in only("MG711", nobody).said
    assert not told("MG712", nobody)


def tells(feature: str, auc: float, se: float = 0.01, *, new: bool = True, before: float | None = None) -> Told:
    basis = Studentised(auc - 0.5, se, 500.0, 1.0)
    return Told(feature, Known(auc, auc - 2 * se, auc + 2 * se), basis, new, before, n=500)


def proxies(*alone: Told, together: Told | None = None, features: tuple[str, ...] = ("x",)) -> CriteriaExam:
    less = Without("x", (0.8, 0.7), Known(-0.1, -0.12, -0.08), (0.9, 0.85))
    together = together or tells("", 0.6, new=False, before=0.55)
    return replace(BARE, head=card(*features), proxies=(ProxyCheck("black", together, alone, less if alone else None),))


def test_a_stand_in_that_is_new_and_proven_blocks_and_one_that_is_not_is_told() -> None:
    found = only("MG713", proxies(tells("x", 0.8)))
    assert found.blocks
    assert found.said.startswith("new and beyond the limit 0.7: x (AUC 0.800 (95 % 0.780 to 0.820)); all features")
    assert "tell black with an AUC of 0.600 (95 % 0.580 to 0.620), 0.550 on base; alone x does best" in found.said
    assert found.do == "leave x out"
    assert found.said.endswith(
        "; without x the card's AUC goes from 0.800 to 0.700 (95 % −0.120 to −0.080), its accuracy from 0.900 to 0.850"
    )
    for one in (tells("x", 0.8, new=False), tells("x", 0.75, 0.05)):
        mild = only("MG713", proxies(one))
        assert (mild.blocks, mild.informs) == (False, True)
        assert mild.said.startswith("above the limit 0.7, on base already or not proven: x (AUC 0.")
    low = only("MG713", proxies(tells("x", 0.6)))
    assert (low.blocks, low.informs, low.state) == (False, False, State.HELD)
    assert only("MG713", proxies(tells("x", 0.9)), proxy=None).blocks is False
    assert only("MG713", proxies(together=tells("", 0.9))).said.startswith(
        "new and beyond the limit 0.7: all features together tell black with an AUC of 0.900"
    )


def test_all_features_together_block_where_base_told_as_much_only_if_they_are_proven_to_tell_more() -> None:
    told_before = tells("", 0.9, before=0.88)
    less, more = (replace(told_before, rise=Studentised(0.02, se, 500.0, 1.0)) for se in (0.02, 0.002))
    assert [only("MG713", proxies(together=one)).blocks for one in (less, more)] == [False, True]
    assert only("MG713", proxies(together=replace(less, before=0.65))).blocks
    assert only("MG713", proxies(together=more)).do == "leave what is new out"
    assert only("MG713", proxies(tells("y", 0.6), tells("z", 0.55), together=more)).do == "leave y out"


def test_the_table_says_what_a_features_points_do_to_the_group() -> None:
    found = replace(group(None, None), proxies=proxies(tells("x", 0.6), tells("y", 0.5)).proxies)
    assert [row[-1] for row in only("MG713", found).examples[1:]] == ["−2.0", "−2.0", ""]
    assert [row[-1] for row in only("MG713", proxies(tells("x", 0.6))).examples[1:]] == ["", ""]


def test_an_audit_column_as_a_feature_blocks_by_its_name_however_little_it_tells() -> None:
    found = proxies(tells("black", 1.0), features=("black", "x"))
    named, by_number = told("MG713", found)
    assert (named.blocks, named.said) == (True, "black is for audit alone, and the card has a rule on it")
    assert not by_number.blocks
    other = replace(found, proxies=(*found.proxies, replace(found.proxies[0], name="min30")))
    assert told("MG713", other, audit=["black", "min30"])[0].said.endswith(
        "; alone it also tells min30 with an AUC of 1.000 (95 % 0.980 to 1.020)"
    )


def test_too_few_people_of_a_group_are_said_to_be_so() -> None:
    found = only("MG713", replace(BARE, proxies=(ProxyCheck("black", None, ()),)))
    assert found.said.startswith("too few people are known to be in black")
    assert (found.informs, found.examples) == (True, ())


def test_a_leak_blocks_by_name_and_by_what_it_tells() -> None:
    both = replace(BARE, head=card("typur", "x"), leaks=(tells("x", 0.99, 0.002), tells("typur", 0.9)))
    found = only("MG714", both)
    assert found.blocks
    assert found.said.startswith(
        "typur (AUC 0.900 (95 % 0.880 to 0.920)) is known only after the decision; x (AUC 0.990"
    )
    assert found.said.endswith("tells the label too well to be known before it")
    assert found.do == "leave typur, x out of the card"
    assert only("MG714", replace(BARE, head=card("typur"))).said == "typur is known only after the decision"
    known = only("MG714", replace(BARE, leaks=(tells("x", 0.99, 0.002, new=False),)))
    assert (known.blocks, known.state) == (False, State.HELD)
    assert "alone x (AUC 0.990" in known.said
    assert only("MG714", BARE).said == "no feature is known only after the decision"


def test_a_card_above_its_ceiling_leaves_the_verdict_open() -> None:
    leaks, above = told("MG714", gap(0.9, 0.01))
    assert (leaks.state, above.state, above.unsure) == (State.HELD, State.CANNOT_TELL, True)
    assert above.said.startswith("the card's AUC of 0.9000 is proven to lie above its ceiling's, 0.8000")
    assert len(told("MG714", gap(0.81, 0.01))) == len(told("MG714", gap(0.9, 0.01, same=True))) == 1


def test_predictions_that_are_not_the_cards_are_refused_where_it_is_required() -> None:
    wrong = replace(BARE, decided=Decided(100, 3, (("id",), ("a",))))
    found = only("MG715", wrong, auditable=True)
    assert (found.blocks, found.said) == (True, "3 of 100 predictions are not what the card decides")
    assert not told("MG715", wrong)
    right = only("MG715", replace(BARE, decided=Decided(100, 0)), auditable=True)
    assert (right.blocks, right.said) == (False, "all 100 predictions are the card's decisions")
    assert not told("MG715", BARE, auditable=True)


def test_all_that_may_block_shares_a_tenth_of_alpha_by_holm() -> None:
    found = replace(
        gap(0.70, 0.01), groups=group(change(-0.2, 0.01), change(0.0, 0.1)).groups,
        proxies=proxies(tells("x", 0.8), tells("black", 1.0), tells("old", 0.9, new=False)).proxies,
        leaks=(tells("x", 0.7), tells("old", 0.7, new=False)),
    )  # fmt: skip
    chosen = policy(positive="yes", criteria=ASKED)
    asked = chosen.models["m"].criteria
    assert asked is not None
    levels = levels_of(exam(SAME, policy_=chosen), found, asked)
    assert set(levels) == {
        ("gap",),
        ("above",),
        ("ratio", "black"),
        ("denials", "black"),
        ("proxy", "black", "x"),
        ("leak", "x"),
    }
    assert min(level for _, level in levels.values()) == pytest.approx(0.005 / 6)
    assert levels_of(exam(SAME, policy_=chosen), BARE, asked) == {}


def test_criteria_of_which_nothing_changed_are_one_line_and_leave_their_share_to_the_comparisons() -> None:
    chosen = policy(positive="yes", criteria=ASKED, auditable="required")
    judged = {
        unchanged: replace(exam(SAME, policy_=chosen), criteria={"m": replace(BARE, same=True, unchanged=unchanged)})
        for unchanged in (True, False)
    }
    found = [one for one in decide(judged[True]).findings if one.rule in CODES]
    assert [(one.rule, one.state, one.informs, one.blocks) for one in found] == [("MG703", State.HELD, False, False)]
    assert "all base's own" in found[0].said
    level = {unchanged: share_alpha(one)[0].level for unchanged, one in judged.items()}
    assert level[False] == pytest.approx(0.9 * level[True])
    assert level[True] == pytest.approx(chosen.alpha)
    assert would_block(judged[True]) is would_block(judged[False]) is False


CODES = {f"MG7{number:02d}" for number in range(3, 16)}
