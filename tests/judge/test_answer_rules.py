"""Rules on answers beside the metrics: unlabelled rows, pairs, absolute limits, conjunctions, and what changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mergegate.facts import Comparison, Discordant, Finding, Slice, State, Verdict
from mergegate.facts.answerpolicy import BrokenBefore, LimitPolicy
from mergegate.facts.conjunction import Conjunction
from mergegate.facts.discrepancy import Discrepancies, Moved
from mergegate.facts.invariance import Invariances, KindCheck, PairRows
from mergegate.facts.joint import CountTable
from mergegate.facts.limits import LimitCell, LimitCheck, Rate
from mergegate.facts.shadow import ScoreShift, Shadow, ShadowRows
from mergegate.judge.limit import broken_blocks, holm_levels, said_before, within
from mergegate.stats.rate import CLUSTERED, INDEPENDENT, lower, method_of, upper
from tests.judge.factory import comparison, joint, policy, verdict

SAME = comparison(Discordant(10, 10, 10_000))


def told(found: Verdict, rule: str) -> list[Finding]:
    return [finding for finding in found.findings if finding.rule == rule]


# Limits on shares, as all these rules hold them.


@pytest.mark.parametrize(
    ("before", "after", "what", "identical", "blocks"),
    [
        (None, 0.5, "inform", False, True),
        (0.1, 0.5, "inform", False, True),
        (0.2, 0.5, "inform", False, False),
        (0.2, 0.1, "block", True, True),
        (0.2, 0.19, "unless_better", False, False),
        (0.2, 0.2, "unless_better", False, True),
        (0.2, 0.3, "unless_better", True, False),
    ],
)
def test_what_base_broke_blocks_as_the_policy_says_and_what_is_new_always(
    before: float | None, after: float, what: BrokenBefore, identical: bool, blocks: bool
) -> None:
    assert broken_blocks(before, after, 0.1, what, identical=identical) is blocks


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, 0.3, "base has nothing to compare it with"),
        (0.1, 0.3, "newly broken: it was 0.1000"),
        (0.4, 0.3, "broken before, and better now: it was 0.4000"),
        (0.3, 0.3, "broken before: it was 0.3000"),
        (0.2, 0.3, "broken before: it was 0.2000, and this made it larger"),
    ],
)
def test_a_share_beyond_its_limit_is_told_beside_what_it_was(before: float | None, after: float, said: str) -> None:
    assert said_before(before, after, 0.1) == said


def test_a_share_is_held_where_its_upper_bound_reaches_no_further_than_the_limit() -> None:
    rate = Rate(1, 100)
    bound = upper(rate, 0.05)
    assert within(rate, bound, 0.05) is State.HELD
    assert within(rate, bound - 1e-9, 0.05) is State.CANNOT_TELL
    assert (method_of(rate), method_of(replace(rate, groups=3))) == (INDEPENDENT, CLUSTERED)


def test_a_familys_levels_are_holms_and_none_has_none() -> None:
    assert holm_levels([0.9, 0.001], 0.05) == pytest.approx([0.05, 0.025])
    assert holm_levels([], 0.05) == []


# Shadow rows.

ZERO = CountTable(np.zeros(1, np.int32), np.zeros(1, np.int32), np.zeros(1, np.int32), np.array([1]), 1)
DEVIATIONS = (("id", "text"), *((str(number), "x") for number in range(30)))


def shadow(hits: int, n: int = 1000, *, coverage: float = 1.0, identical: bool = False, **rows: Any) -> Shadow:
    facts = {"only_base": 0, "only_head": 0, "deviations": DEVIATIONS[: 1 + hits], **rows}
    made = ShadowRows(n=n, slices=(Slice(),), counts=(ZERO,), **facts)
    by_slice = (
        (Slice("l", "de"), Rate(hits, 500)),
        (Slice("l", "nl"), Rate(0, 500)),
        (Slice("k", "x"), Rate(hits, 900)),
    )
    return Shadow("m", made, Rate(hits, n), by_slice, coverage, identical)


def shaded(one: Shadow, **asked: Any) -> Verdict:
    return verdict(SAME, policy_=policy(shadow={"table": "s.csv", **asked}), shadow=one)


@pytest.mark.parametrize(
    ("hits", "limit", "state", "blocks"),
    [
        (10, None, State.HELD, False),
        (10, 0.05, State.HELD, False),
        (45, 0.05, State.CANNOT_TELL, False),
        (120, 0.05, State.REGRESSED, True),
    ],
)
def test_unlabelled_rows_that_are_answered_otherwise(
    hits: int, limit: float | None, state: State, blocks: bool
) -> None:
    [found, _] = told(shaded(shadow(hits), max_rate=limit), "MG601")
    level = 0.05 * 0.05
    rate = Rate(hits, 1000)
    accepted = f"the policy accepts {limit:.2%}" if limit else "the policy sets no limit"
    assert found.said == (
        f"{hits} of 1,000 shadow rows ({hits / 1000:.2%}) are answered otherwise, {lower(rate, level):.2%} to "
        f"{upper(rate, level):.2%} at 99.50%; {accepted}"
    )
    assert (found.model, found.subject, found.state, found.blocks, found.better) == (
        "m", "shadow deviations", state, blocks, "lower",
    )  # fmt: skip
    assert found.do == ("read the deviations: what do they have in common?" if blocks else "")


def test_few_deviations_are_all_listed_and_of_many_twenty_and_the_rest_in_full() -> None:
    [few, _] = told(shaded(shadow(20)), "MG601")
    assert (few.examples, few.full) == (DEVIATIONS[:21], ())
    [many, _] = told(shaded(shadow(21)), "MG601")
    assert (many.examples, many.full) == (DEVIATIONS[:21], DEVIATIONS[:22])


def test_groups_and_columns_that_lack_are_named() -> None:
    one = shadow(10, lacking=("group", "score"))
    grouped = replace(one, rate=Rate(10, 1000, 2.0, 30.0, 1200))
    [found, _] = told(shaded(grouped), "MG601")
    assert "10 of 1,000 shadow rows in 1,200 groups (1.00%)" in found.said
    assert found.said.endswith("; the policy sets no limit; the table lacks group, score")


def test_the_same_tables_answer_as_before() -> None:
    [found] = told(shaded(shadow(0, identical=True), max_rate=0.0), "MG601")
    assert found.said == "all 1,000 shadow rows are answered as before: the tables are the same"
    assert found.state is State.HELD


def test_what_moved_is_told_the_biggest_first() -> None:
    classes = (("a", 10, 10), ("b", 1000, 998), ("c", 5, 9), ("d", 9, 5), ("e", 7, 8))
    scores = ScoreShift((0.51234, 0.6), ((0.1, 0.2), (0.5, 0.6), (0.9, 0.95)), 0.1234)
    one = shadow(9, classes=classes, moves=(("b", "c", 2), ("d", "c", 1)), scores=scores)
    [_, found] = told(shaded(one), "MG601")
    assert (found.subject, found.state, found.informs) == ("shadow shift", State.HELD, True)
    assert found.said == (
        "most moved c 5 → 9, d 9 → 5, b 1,000 → 998; "
        "mean score 0.5123 → 0.6, largest gap of the distributions 0.123; most in l=de (1.8%), k=x (1.0%)"
    )
    assert found.examples == (
        ("what", "which", "before", "now"),
        ("answers", "c", "5", "9"), ("answers", "d", "9", "5"), ("answers", "b", "1,000", "998"),
        ("answers", "e", "7", "8"),
        ("changed", "b → c", "", "2"), ("changed", "d → c", "", "1"),
        ("where", "l=de", "500 rows", "9 changed (1.80%)"), ("where", "k=x", "900 rows", "9 changed (1.00%)"),
        ("score", "mean", "0.5123", "0.6"), ("score", "5% quantile", "0.1", "0.2"),
        ("score", "50% quantile", "0.5", "0.6"), ("score", "95% quantile", "0.9", "0.95"),
    )  # fmt: skip


def test_where_only_slices_moved_nothing_else_is_told() -> None:
    [_, found] = told(shaded(shadow(9)), "MG601")
    assert found.said == "most in l=de (1.8%), k=x (1.0%)"
    bare = replace(shadow(9, classes=(("a", 1, 2),)), by_slice=())
    assert told(shaded(bare), "MG601")[1].said == "most moved a 1 → 2"


@pytest.mark.parametrize(("limit", "unsure"), [(None, False), (0.1, True)])
def test_rows_that_head_leaves_out_are_no_deviations_but_told(limit: float | None, unsure: bool) -> None:
    one = shadow(0, 900, coverage=0.9, only_base=1100, only_head=12)
    found = told(shaded(one, max_rate=limit), "MG601")[-1]
    assert (found.subject, found.state, found.unsure) == ("shadow rows", State.ABSENT, unsure)
    assert found.said == ("of base's 2,000 shadow rows head answered 900 (12 are new): only those can be compared")
    assert found.do == "keep the rows, or see that an owner of the data knows why they went"
    [none] = told(shaded(shadow(0, 0, only_base=5), max_rate=limit), "MG601")
    assert none.subject == "shadow rows"


def test_a_model_without_shadow_rows_or_whose_policy_asks_for_none_is_passed_over() -> None:
    assert told(verdict(SAME, shadow=shadow(5)), "MG601") == []
    assert told(verdict(SAME, policy_=policy(shadow={"table": "s.csv"})), "MG601") == []


# Pairs.


def pairs(*kinds: KindCheck, coverage: float = 1.0, identical: bool = False, **rows: Any) -> Invariances:
    made = PairRows(tuple(kind.kind for kind in kinds), (ZERO,) * len(kinds), **rows)
    return Invariances("m", made, kinds, coverage, identical)


def paired(one: Invariances, **asked: Any) -> list[Finding]:
    table = {"table": "p.csv", **asked}
    return told(verdict(SAME, policy_=policy(invariances=table), invariances=one), "MG602")


def test_a_kind_of_pair_that_flips_too_often_blocks_and_says_whose_work_it_is() -> None:
    rows = (("kind", "text"), ("case", "please"))
    worse = KindCheck("case", Rate(5, 1000), Rate(300, 1000), 0.01, Discordant(2, 297, 1000))
    [found] = paired(pairs(worse, examples=(*rows, ("room", "hall"))))
    level = 0.05 * 0.05
    assert found.said == (
        "300 of 1,000 pairs that differ only in case are answered differently (0.3000): "
        f"at least {lower(Rate(300, 1000), level):.4f} at the level 0.0025, beyond the limit 0.01; "
        "newly broken: it was 0.0050; this pull request made it worse, as the same pairs show"
    )
    assert (found.model, found.subject, found.slice) == ("m", "flip rate", Slice("kind", "case"))
    assert (found.state, found.blocks, found.do) == (State.REGRESSED, True, "look at the pairs of the kind case")
    assert (found.before, found.after, found.better, found.examples) == (0.005, 0.3, "lower", rows)


def test_kinds_within_their_limit_or_not_proven_beyond_it_do_not_block() -> None:
    held = KindCheck("case", Rate(200, 1000), Rate(1, 1000), 0.05, Discordant(199, 0, 1000))
    few = KindCheck("room", None, Rate(2, 20), 0.05)
    still = KindCheck("stop", Rate(20, 1000), Rate(21, 1000), 0.05, Discordant(9, 10, 1000))
    found = paired(pairs(held, few, still, examples=(("kind",), ("case",))))
    assert [one.said for one in found] == [
        (
            "1 of 1,000 pairs that differ only in case are answered differently (0.0010), within the limit 0.05; "
            "this pull request made it better, as the same pairs show"
        ),
        (
            "2 of 20 pairs that differ only in room are answered differently (0.1000): above the limit 0.05, "
            "but 20 rows do not prove it"
        ),
        "21 of 1,000 pairs that differ only in stop are answered differently (0.0210), within the limit 0.05",
    ]
    assert [(one.state, one.blocks, one.do) for one in found] == [
        (State.HELD, False, ""), (State.CANNOT_TELL, False, ""), (State.HELD, False, ""),
    ]  # fmt: skip
    assert [len(one.examples) for one in found] == [2, 0, 0]


def test_the_same_answers_as_before_break_nothing_anew() -> None:
    broken = KindCheck("case", Rate(300, 1000), Rate(300, 1000), 0.01, Discordant(0, 0, 1000))
    [found] = paired(pairs(broken, identical=True))
    assert found.said.endswith("broken before: it was 0.3000; the answers are the same as base's")
    assert (found.blocks, found.state, found.informs) == (False, State.HELD, True)
    assert paired(pairs(broken, identical=True), broken_before="block")[0].blocks


@pytest.mark.parametrize(("coverage", "kinds"), [(0.5, True), (1.0, False)])
def test_pairs_that_head_leaves_out_make_the_verdict_unsure(coverage: float, kinds: bool) -> None:
    some = (KindCheck("case", None, Rate(0, 1000), 0.01),) if kinds else ()
    found = paired(pairs(*some, coverage=coverage, unanswered=1000, new=7))[-1]
    assert (found.subject, found.state, found.unsure) == ("pairs", State.ABSENT, True)
    answered = 1000 if kinds else 0
    assert found.said == (
        f"of base's {answered + 1000:,} pairs head answered {answered:,} (7 are new): only those can be judged"
    )
    assert found.do == "keep the pairs, or see that an owner of the data knows why they went"


def test_pairs_that_the_policy_does_not_ask_for_are_not_judged() -> None:
    kind = KindCheck("case", None, Rate(900, 1000), 0.01)
    assert told(verdict(SAME, invariances=pairs(kind)), "MG602") == []


# Absolute limits.


def limited(*cells: LimitCell, overall: LimitCell | None = None, small: int = 0, **asked: Any) -> list[Finding]:
    of = LimitPolicy.model_validate({"metric": "false_positive_rate", **asked})
    whole = overall or LimitCell("", Rate(50, 5000), Rate(60, 5000))
    check = LimitCheck("m", of, whole, cells, small)
    return told(verdict(SAME, limits=(check,)), "MG304")


def test_a_class_that_newly_breaks_its_limit_blocks() -> None:
    cell = LimitCell("Gala", Rate(10, 200), Rate(100, 200), "Fuji (90), Elstar (10)")
    [found, whole] = limited(cell, LimitCell("Fuji", None, Rate(1, 2000)), max=0.1, small=3)
    assert found.said == (
        "false_positive_rate of Gala is 0.5000 (100 of 200 rows): "
        f"at least {lower(Rate(100, 200), 0.0025):.4f} at the level 0.0025, beyond the limit 0.1; "
        "newly broken: it was 0.0500; mostly Fuji (90), Elstar (10)"
    )
    assert (found.model, found.subject, found.slice) == ("m", "false_positive_rate", Slice("class", "Gala"))
    assert (found.state, found.blocks, found.do) == (State.REGRESSED, True, "look at what it is mistaken for")
    assert (found.before, found.after, found.better) == (0.05, 0.5, "lower")
    assert (whole.subject, whole.state, whole.model) == ("false_positive_rate per class", State.HELD, "m")
    assert whole.said == (
        "false_positive_rate per class, at most 0.1: 1 limits are proven to be broken among 2 values; "
        "3 more have too few rows to be judged; over all rows it is 0.0120"
    )


def test_a_class_above_its_limit_by_few_rows_is_told_and_does_not_block() -> None:
    [known, new, whole] = limited(
        LimitCell("Gala", Rate(1, 10), Rate(2, 10)), LimitCell("Fuji", None, Rate(3, 10)), max=0.1
    )
    assert known.said == (
        "false_positive_rate of Gala is 0.2000 (2 of 10 rows): above the limit 0.1, but 10 rows do not prove it; "
        "it was 0.1000"
    )
    assert (known.state, known.blocks, known.do, known.before) == (State.CANNOT_TELL, False, "", 0.1)
    assert new.said.endswith("above the limit 0.1, but 10 rows do not prove it")
    assert new.before is None
    assert "0 limits are proven to be broken among 2 values; over all rows" in whole.said


def test_a_multiple_of_the_share_over_all_rows_is_a_limit_on_each_side_of_its_own() -> None:
    """Base's share was twice its own overall share, which is within three times; head's is five times."""
    cell = LimitCell("de", Rate(40, 400), Rate(240, 400))
    overall = LimitCell("", Rate(500, 10_000), Rate(1200, 10_000))
    [found, whole] = limited(cell, overall=overall, vs_overall=3.0, per="language", metric="error_rate")
    assert "beyond the limit 0.36, 3 times the share over all rows; newly broken: it was 0.1000" in found.said
    assert (found.slice, found.blocks) == (Slice("language", "de"), True)
    assert "at most 3 times the overall share: 1 limits" in whole.said
    [found, _] = limited(cell, overall=replace(overall, before=None), vs_overall=3.0, per="l", metric="error_rate")
    assert "newly broken" in found.said


def test_both_limits_are_held_apart() -> None:
    cell = LimitCell("de", None, Rate(300, 400))
    overall = LimitCell("", None, Rate(500, 10_000))
    *found, whole = limited(cell, overall=overall, max=0.1, vs_overall=4.0)
    assert [one.state for one in found] == [State.REGRESSED, State.REGRESSED]
    assert "base has nothing to compare it with" in found[0].said
    assert "at most 0.1 and at most 4 times the overall share: 2 limits are proven" in whole.said


def test_a_class_within_its_limit_is_not_named() -> None:
    assert [one.subject for one in limited(LimitCell("a", None, Rate(1, 10)), max=0.1)] == [
        "false_positive_rate per class"
    ]


# The worst conjunction.


def searched(found: Comparison | None, **parts: Any) -> list[Finding]:
    values = ("de", "light") if found else ("", "")
    one = joint(conjunction=Conjunction(1234, ("l", "d"), values, 1050, 2000))
    asked = policy(slices=["l", "d"], worst_conjunction={"margin": 0.02})
    return told(verdict(*parts.pop("given", (SAME,)), policy_=asked, joint_=one, conjunction=found, **parts), "MG305")


def test_the_worst_conjunction_blocks_where_the_other_half_of_the_rows_says_so() -> None:
    tested = comparison(Discordant(2, 200, 500), after=0.504, margin=0.02, at=Slice("l and d", "de and light"))
    [found] = searched(tested)
    assert found.blocks
    assert found.do == "look at the rows with de and light that were right before and are wrong now"
    assert found.said == (
        "accuracy on l and d=de and light went from 0.9000 to 0.5040: worse by more than the accepted 0.02; the worst "
        "of 1,234 conjunctions on one half of the rows (1,050 net losses in 2,000 rows there), tested on the other"
    )
    assert found.change is not None
    assert found.change.confidence == pytest.approx(1 - 2 * 0.05 * 0.05)


def test_a_search_that_finds_nothing_says_so_and_one_of_the_same_predictions_is_none() -> None:
    [found] = searched(None)
    assert (found.subject, found.state) == ("worst conjunction", State.HELD)
    assert found.said == "none of 1,234 conjunctions got worse on the half of the rows that was searched"
    assert searched(None, identical=True) == []
    assert searched(None, given=()) == []
    assert told(verdict(SAME), "MG305") == []


# What changed.


def test_what_changed_is_told_and_judged_by_nobody() -> None:
    classes = (Moved("a", 1200, 3, 5, 6), Moved("b", 40, 3, 5, 6), Moved("c", 0, 9, 5, 6), Moved("d", 1, 0, 0, 1))
    found = Discrepancies("m", 12_345, Moved("all", 1234, 567, 2000, 3000), classes, (), (Moved("a as b", 7, 0, 1, 8),))
    [one] = told(verdict(SAME, discrepancies=found), "MG306")
    assert (one.model, one.subject, one.state, one.informs) == ("m", "discrepancies", State.HELD, True)
    assert one.said == (
        "1,234 of 12,345 rows are newly wrong and 567 newly right; most newly wrong by class: a (1,200), b (40)"
    )
    assert one.examples == (
        ("what", "which", "newly wrong", "newly right", "wrong before", "wrong now"),
        ("", "all", "1,234", "567", "2,000", "3,000"),
        ("class", "a", "1,200", "3", "5", "6"), ("class", "b", "40", "3", "5", "6"),
        ("class", "c", "0", "9", "5", "6"), ("class", "d", "1", "0", "0", "1"),
        ("confusion", "a as b", "7", "0", "1", "8"),
    )  # fmt: skip
    sliced = replace(found, classes=(), slices=(Moved("l=de", 3, 0, 1, 4),))
    [one] = told(verdict(SAME, discrepancies=sliced), "MG306")
    assert one.said.endswith("newly right; most newly wrong by slice: l=de (3)")
    assert told(verdict(SAME), "MG306") == []
