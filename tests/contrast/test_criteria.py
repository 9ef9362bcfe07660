"""Two cards on the same people: who flips and why, what tells a group, and what the card loses without it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.read.test_card import GOOD, parsed

from mergegate.contrast.criteria import People, Side, compare_criteria
from mergegate.facts.applicants import Answers, Applicants
from mergegate.facts.card import Card
from mergegate.facts.criteria import CriteriaExam
from mergegate.facts.criteriapolicy import CriteriaPolicy

CARD = parsed(GOOD).card
POLICY = CriteriaPolicy(card="c.yaml", rows="r.csv", min_rows=3)


def changed(was: str, now: str) -> Card:
    assert was in GOOD
    return parsed(GOOD.replace(was, now)).card


def people(n: int = 600, *, grouped: bool = False) -> Applicants:
    """Debts decide who should be approved; `far` is where most of the group live, and `few` are but five."""
    rng = np.random.default_rng(1)
    obrat = rng.normal(36, 6, n)
    group = rng.random(n) < 0.3
    term = np.where(rng.random(n) < np.where(group, 0.9, 0.2), "30", "15").astype(object)
    obrat[:3] = np.nan
    term[3] = None
    return Applicants(
        ids=np.array([f"a{number}" for number in range(n)], dtype=object),
        positive=np.nan_to_num(obrat, nan=40) + rng.normal(0, 4, n) < 38,
        numbers={"obrat": obrat},
        texts={"married": rng.choice(np.array(["0", "1"], dtype=object), n), "term": term},
        audit={"group": group.astype(np.int8), "few": (np.arange(n) < 5).astype(np.int8), "none": np.zeros(n, np.int8)},
        cluster=(np.arange(n) // 2).astype(np.int32) if grouped else None,
        clusters=n // 2 if grouped else 0,
    )


def compared(
    head: Card, base: Card | None = CARD, rows: Applicants | None = None, answers: Answers | None = None
) -> CriteriaExam:
    rows = rows or people()
    before = Side(base, rows, answers, rows) if base else None
    exam = CriteriaExam("c.yaml", base=base, head=head)
    return compare_criteria(exam, POLICY, People(rows, rows), before, Side(head, rows, answers, rows))


def test_who_flips_is_listed_with_what_the_two_cards_see_differently() -> None:
    head = changed("cutoff: 520", "cutoff: 515")
    found = compared(changed("{is: 1, points: 4, rows: 9}", "{is: 1, points: -9, rows: 9}"))
    assert found.flips is not None
    assert (found.flips.to_deny > 10, found.flips.to_approve, found.flips.refused) == (True, 0, 0)
    row = found.flips.rows[1]
    assert row[2:4] == ("approve", "deny")
    assert row[5] == "married 1: −9 points instead of +4"
    looser = compared(changed("start: 500", "start: 512"))
    assert looser.flips is not None
    assert looser.flips.to_approve > 10
    assert looser.flips.rows[1][5].endswith("begins with 512 points instead of 500")
    assert compared(CARD).flips == compared(parsed(GOOD).card).flips
    moved = compared(head)
    assert moved.flips is not None
    assert all(row[5].endswith("needs 515 points instead of 520") for row in moved.flips.rows[1:])
    counts = {one.name: one for one in moved.flips.groups}
    assert counts["group = 1"].to_approve + counts["group = 0"].to_approve == moved.flips.to_approve


def test_a_value_that_is_newly_refused_and_a_rule_that_is_gone_are_reasons() -> None:
    refused = compared(changed("missing: -12", "missing: refuse"))
    assert refused.flips is not None
    assert (refused.flips.refused, {row[5] for row in refused.flips.rows[1:]}) == (3, {"debts missing is refused"})
    assert {row[3] for row in refused.flips.rows[1:]} == {"refused"}
    gone = CARD.model_copy(update={"rules": CARD.rules[1:]})
    found = compared(gone).flips
    assert found is not None
    assert any("debts no longer counts (+20 points)" in row[5] for row in found.rows[1:])


def test_a_stand_in_is_found_and_what_the_card_loses_without_it_is_computed() -> None:
    found = {one.name: one for one in compared(CARD, base=CARD.model_copy(update={"rules": CARD.rules[:1]})).proxies}
    group = found["group"]
    assert group.together is not None
    assert (group.alone[0].feature, group.alone[0].new, group.alone[0].auc.value > 0.8) == ("term", True, True)
    assert group.together.before == pytest.approx(0.5, abs=0.06)
    assert group.together.new
    assert group.without is not None
    assert group.without.auc[0] - group.without.auc[1] == pytest.approx(-group.without.change.value)
    assert abs(group.without.accuracy[0] - group.without.accuracy[1]) < 0.05
    assert (found["few"].together, found["few"].alone, found["few"].without) == (None, (), None)
    known = {one.feature: one.new for one in compared(CARD).leaks}
    assert known == {"obrat": False, "married": False, "term": False}


def test_groups_are_compared_with_all_others_and_one_without_people_is_left_out() -> None:
    found = compared(changed("below: 40, points: 5", "below: 40, points: 18"))
    assert [one.name for one in found.groups] == ["few", "group"]
    group = found.groups[1]
    assert group.ratio is not None
    assert group.ratios[1] is not None
    assert group.ratio.after == pytest.approx(group.ratios[1].value)
    assert group.ratios[1].low < group.ratios[1].value < group.ratios[1].high
    assert group.approved[0].value / group.approved[1].value == pytest.approx(group.ratio.after)
    assert group.denials is not None
    assert group.denials.after < group.denials.before
    new = compared(CARD, base=None).groups[1]
    assert (new.ratio, new.denials, new.ratios[0], new.denied[0], new.points[0]) == (None, None, None, None, None)
    together = compared(CARD, rows=people(grouped=True))
    assert together.groups[1].ratio is not None
    assert together.groups[1].ratio.groups == 300
    assert together.leaks[0].n == 1_200


def test_bins_are_counted_in_the_training_rows_and_those_that_lost_them_are_named() -> None:
    rows = people()
    found = compared(CARD, rows=rows)
    obrat = rows.numbers["obrat"]
    counts = [int((obrat < 33).sum()), int(((obrat >= 33) & (obrat < 40)).sum()), int((obrat >= 40).sum())]
    assert [one.rows for one in found.cover[:3]] == [one.before for one in found.cover[:3]] == counts
    assert [(one.bin, one.said) for one in found.cover[:2]] == [("below 33 %", 7), ("33 to below 40 %", 6)]
    few = Applicants(rows.ids, rows.positive, {"obrat": np.full(600, 35.0)}, rows.texts, rows.audit)
    exam = compare_criteria(
        CriteriaExam("c.yaml", base=CARD, head=CARD), POLICY, People(rows, None),
        Side(CARD, rows, None, rows), Side(CARD, rows, None, few),
    )  # fmt: skip
    assert exam.lost == (f"debts below 33 %: {counts[0]} → 0", f"debts 40 % or more: {counts[2]} → 0")
    bare = compare_criteria(
        CriteriaExam("c.yaml", head=CARD), POLICY, People(rows, None), None, Side(CARD, rows, None, None)
    )
    assert (bare.cover, bare.lost, bare.decided, bare.gap) == ((), (), None, None)


def test_predictions_are_held_against_the_card_and_the_ceiling_against_its_points() -> None:
    rows = people()
    scored = compared(CARD).groups
    assert scored
    noise = np.random.default_rng(2).normal(0, 0.01, rows.n)
    ceiling = 1 - np.nan_to_num(rows.numbers["obrat"], nan=40.0) / 100 + noise
    ceiling[10] = np.nan
    said = Answers(rows.ids, np.full(rows.n, "approve", dtype=object), ceiling)
    found = compared(CARD, answers=said)
    assert found.decided is not None
    assert found.decided.rows == 600
    assert 0 < found.decided.differing < 600
    assert found.decided.examples[1][1:] == ("deny", "approve")
    assert found.gap is not None
    assert (found.gap.n, found.gap.before > found.gap.after) == (599, True)
    assert found.gap_before == found.gap.after - found.gap.before
    short = Answers(np.append(rows.ids[1:], "zz"), np.full(rows.n, "approve", dtype=object), None)
    lacking = compared(CARD, answers=short)
    assert lacking.gap is None
    assert lacking.decided is not None
    assert {row[2] for row in lacking.decided.examples[1:]} >= {"none", "approve"}
    assert lacking.decided.differing == found.decided.differing + 1
    strangers = Answers(np.array(["x"], dtype=object), np.array(["deny"], dtype=object), np.array([0.5]))
    assert compared(CARD, answers=strangers).gap is None


def test_a_refused_row_may_not_be_approved_and_stands_below_all_others() -> None:
    rows, head = people(), changed("missing: -12", "missing: refuse")
    said = np.full(rows.n, "refused", dtype=object)
    found = compared(head, answers=Answers(rows.ids, said, None)).decided
    assert found is not None
    assert found.differing == 597
    said[:3] = "approve"
    worse = compared(head, answers=Answers(rows.ids, said, None)).decided
    assert worse is not None
    assert worse.differing == 600
