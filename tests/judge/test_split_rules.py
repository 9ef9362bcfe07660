"""What the rules say of the split into training and held-out rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mergegate.facts import Discordant, Finding, Policy, State, Studentised
from mergegate.facts.holdout import Leak, Near, Picked, Sides, Sizes, SplitExam, Transfer
from mergegate.judge.rules import RULES
from tests.judge.factory import comparison, exam, policy

SIDES = Sides(groups=400, held=100, salted=True, groups_before=400, held_before=100)
SHOWN = (("a", "b"), ("1", "2"))
SPLIT = SplitExam("", before=Sizes(3000, 1000), after=Sizes(3000, 1000), sides=SIDES)


def asking() -> Policy:
    whole = policy().model_dump(by_alias=True)
    whole["data"]["holdout"] |= {
        "train": "t.csv",
        "rows": "r.csv",
        "text": "text",
        "salt": "params.yaml:salt",
        "max_near": 0.01,
    }
    return Policy.model_validate(whole)


def told(code: str, split: SplitExam) -> list[Finding]:
    whole = replace(exam(policy_=asking()), splits={"": split})
    return [found for rule in RULES if rule.code == code for found in rule.check(whole, ())]


def one(code: str, **changes: Any) -> Finding:
    [found] = told(code, replace(SPLIT, **changes))
    return found


def test_a_policy_that_asks_for_no_split_is_told_nothing() -> None:
    codes = {"MG204", "MG205", "MG206", "MG207", "MG209"}
    assert [found for rule in RULES if rule.code in codes for found in rule.check(exam(), ())] == []


def test_an_unchanged_split_is_told_once() -> None:
    same = SplitExam("")
    [found] = told("MG204", same)
    assert (found.state, found.said) == (State.HELD, "training and holdout rows are base's own")
    assert [told(code, same) for code in ("MG205", "MG206", "MG207", "MG209")] == [[], [], [], []]


def test_every_group_on_its_side_holds() -> None:
    found = one("MG204")
    assert (found.state, found.blocks, found.do) == (State.HELD, False, "")
    assert found.said == (
        "100 of 400 groups (25.0%) are held out, 25.0% of the rows, each on the side that its own key gives it"
    )
    unsalted = one("MG204", sides=replace(SIDES, salted=False), after=None)
    assert unsalted.said == "100 of 400 groups (25.0%) are held out"


def test_groups_that_went_astray_block_and_old_strays_do_not() -> None:
    astray = replace(SIDES, wrong=7, wrong_rows=30, newly_wrong=5, looks_like=0.2, examples=SHOWN)
    found = one("MG204", sides=astray)
    assert (found.state, found.blocks, found.examples) == (State.REGRESSED, True, SHOWN)
    assert found.said == (
        "7 of 400 groups have rows on the wrong side (30 rows), 2 of them on base, too; "
        "all sides would be right with a share of 0.2, not 0.25"
    )
    assert found.do == "split with mergegate.split: key `group`, salt from params.yaml:salt, a share of 0.25"
    old = one("MG204", sides=replace(astray, newly_wrong=0, looks_like=None))
    assert (old.state, old.blocks) == (State.CANNOT_TELL, False)
    assert old.said == "7 of 400 groups have rows on the wrong side (30 rows), 7 of them on base, too"
    new = one("MG204", sides=replace(astray, newly_wrong=7, looks_like=None))
    assert new.said == "7 of 400 groups have rows on the wrong side (30 rows)"


def test_a_share_beyond_chance_blocks_unless_base_had_it() -> None:
    few = replace(SIDES, held=50)
    found = one("MG204", sides=few)
    assert (found.state, found.blocks) == (State.REGRESSED, True)
    assert found.said == (
        "50 of 400 groups (12.5%) are held out, 25.0% of the rows: chance does not make that of a share of 0.25"
    )
    assert found.do == "see whether keys were renamed, and by which share the pipeline splits"
    old = one("MG204", sides=replace(few, held_before=50))
    assert (old.state, old.blocks) == (State.CANNOT_TELL, False)


def test_a_new_leak_blocks_and_an_old_one_is_told() -> None:
    groups, contents = Leak("group", 3, 2, 1234, SHOWN), Leak("content", 0, 0, 0)
    first, second = told("MG205", replace(SPLIT, leaks=(groups, contents)))
    assert (first.state, first.blocks, first.examples) == (State.REGRESSED, True, SHOWN)
    assert first.subject == "holdout in training by group"
    assert first.said == "3 held-out groups are also in training (1,234 training rows), 1 of them on base, too"
    assert first.do == "take them out of training"
    assert (second.state, second.blocks, second.do) == (State.HELD, False, "")
    assert second.said == "no held-out content is in training"
    old = one("MG205", leaks=(Leak("content", 2, 0, 9),))
    assert (old.state, old.blocks) == (State.CANNOT_TELL, False)
    assert old.said == "2 held-out contents are also in training (9 training rows), 2 of them on base, too"
    new = one("MG205", leaks=(Leak("content", 2, 2, 9),))
    assert new.said == "2 held-out contents are also in training (9 training rows)"


def test_near_duplicates_block_beyond_what_the_policy_accepts() -> None:
    near = Near(similarity=0.8, texts=1000, of=1000, trained=3000, trained_of=3000, found=30, new=11, examples=SHOWN)
    found = one("MG206", near=near)
    assert (found.state, found.blocks, found.examples) == (State.REGRESSED, True, SHOWN)
    assert found.said == (
        "30 of 1,000 held-out texts have a near-duplicate in training (similarity 0.8 or more), "
        "11 of them new (1.10%, accepted 1.00%)"
    )
    assert found.do == "put texts that are nearly the same into one group"
    some = one("MG206", near=replace(near, new=10, of=2000, trained_of=9000))
    assert (some.state, some.blocks, some.do) == (State.HELD, False, "")
    assert some.said.endswith("; looked at a sample: 1,000 of 2,000 held-out texts, 3,000 of 9,000 training texts")
    assert one("MG206", near=replace(near, texts=0, found=0, new=0)).state is State.HELD


@pytest.mark.parametrize(("held", "state"), [(950, State.HELD), (949, State.REGRESSED), (2000, State.HELD)])
def test_a_holdout_that_shrank_blocks(held: int, state: State) -> None:
    found = one("MG207", after=Sizes(3030, held))
    assert (found.state, found.blocks) == (state, state is State.REGRESSED)
    assert f"from 1,000 to {held:,} rows ({held / 1000 - 1:+.1%}), training from 3,000 to 3,030 (+1.0%)" in found.said
    assert bool(found.do) == found.blocks


def test_without_a_holdout_on_base_nothing_can_have_shrunk() -> None:
    assert told("MG207", replace(SPLIT, before=None)) == told("MG207", replace(SPLIT, after=None)) == []


def test_another_salt_blocks_until_an_owner_accepts_it() -> None:
    found = one("MG209", salts=("s", "t"), seen=812)
    assert (found.state, found.blocks) == (State.REGRESSED, True)
    assert found.said == (
        "the salt of the split went from `s` to `t`: base's model was trained on 812 of 1,000 rows of the new holdout"
    )
    assert "an owner of the data accepts" in " ".join(found.do.split())
    bare = SplitExam("", salts=("s", "t"))
    assert [one.said for one in told("MG209", bare)] == ["the salt of the split went from `s` to `t`"]
    assert told("MG207", replace(SPLIT, salts=("s", "t"))) == []


def of_model(code: str, **model: Any) -> list[Finding]:
    return [found for rule in RULES if rule.code == code for found in rule.check(exam(**model), ())]


PICKED = Picked("base's model", removed=40, wrong=20, rows=1000, wrong_rows=100, p=0.0004, groups=12, examples=SHOWN)


def test_rows_that_were_picked_block_at_a_level_that_both_tests_share() -> None:
    assert of_model("MG208") == []
    [alone] = of_model("MG208", picked=(replace(PICKED, p=0.001),))
    assert (alone.state, alone.blocks, alone.examples) == (State.REGRESSED, True, SHOWN)
    assert alone.subject == "rows that left, by base's model"
    assert alone.said == (
        "base's model has 20 of the 40 rows wrong that left the holdout in 12 groups (50.0%), against 10.0% of all "
        "1,000: chance does that in 0.001 of cases"
    )
    assert alone.do == "put the rows back, or have an owner of the data accept that they went"
    first, second = of_model("MG208", picked=(replace(PICKED, p=0.0005), replace(PICKED, p=0.001, groups=1)))
    assert (first.blocks, second.blocks) == (True, False)
    assert (second.state, second.do, second.examples) == (State.HELD, "", ())
    assert second.said.endswith("in 1 group (50.0%), against 10.0% of all 1,000: no more than chance allows")
    [free] = of_model("MG208", picked=(Picked("base's model", 0, 0, 0, 0, 1.0),))
    assert free.said.startswith("base's model has 0 of the 0 rows wrong that left the holdout (0.0%), against 0.0%")


OLD = comparison(Discordant(30, 10, 1000), before=0.9, after=0.92)
NEW = comparison(Discordant(40, 10, 500), before=0.88, after=0.94)


def test_what_the_model_changed_is_told_from_what_the_data_changed() -> None:
    assert of_model("MG303") == []
    [found] = of_model("MG303", transfer=Transfer(OLD, NEW))
    assert (found.state, found.blocks, found.unsure) == (State.IMPROVED, False, False)
    assert found.subject == "accuracy, old and new holdout"
    assert found.said == (
        "on the new holdout accuracy is 0.9400, where base had 0.9000 on the old one: "
        "-2.0 points of that is the data's and +6.0 points the model's"
    )
    assert found.examples == (
        ("accuracy", "old holdout (1,000 rows)", "new holdout (500 rows)"),
        ("base's model", "0.9000", "0.8800"),
        ("this model", "0.9200", "0.9400"),
        ("changed by the model", "+2.0 points", "+6.0 points"),
    )


def test_a_worse_model_on_the_new_holdout_informs_and_does_not_block() -> None:
    worse = comparison(Discordant(1, 60, 500), before=0.94, after=0.822)
    [found] = of_model("MG303", transfer=Transfer(OLD, worse, left_out=1200, why_old="the code changes"))
    assert (found.state, found.blocks) == (State.REGRESSED, False)
    assert found.said.endswith(
        "; 1,200 new rows that base's model was trained on are left out"
        "; on the old holdout the rows that both have were compared: the code changes"
    )
    assert found.examples[0][1] == "the 1,000 rows that both have"


def test_a_base_that_cannot_read_the_new_rows_is_said() -> None:
    [found] = of_model("MG303", transfer=Transfer(OLD, OLD, why_new="no such column"))
    assert found.state is State.ABSENT
    assert found.said == (
        "base's model did not answer the new holdout, so the rows that both have are judged: no such column"
    )
    assert found.examples[0][2] == "the 1,000 rows that both have"


def test_a_metric_that_is_no_share_is_told_in_its_own_unit() -> None:
    number = comparison(Studentised(gain=0.5, se=0.1, df=50), before=12.5, after=13.0)
    [found] = of_model("MG303", transfer=Transfer(number, number))
    assert found.examples[-1] == ("changed by the model", "+0.5000", "+0.5000")
