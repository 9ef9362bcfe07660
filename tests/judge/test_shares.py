"""What can block by chance shares one alpha: whatever a policy asks for, the shares add up to it."""

from __future__ import annotations

from typing import Any

import pytest

from mergegate.facts import Policy
from mergegate.judge.levels import APART, apart_alpha, apart_level, comparison_alpha
from tests.judge.factory import policy

PARTS: dict[str, dict[str, Any]] = {
    "target": {"target": {"from": 0.8}},
    "shadow": {"shadow": {"table": "s.csv", "max_rate": 0.1}},
    "invariances": {"invariances": {"table": "p.csv"}},
    "limits": {"limits": [{"metric": "false_negative_rate", "max": 0.5}]},
    "worst_conjunction": {"worst_conjunction": {}, "slices": ["language"]},
}


@pytest.mark.parametrize("asked", [(), ("shadow",), ("limits", "target"), tuple(PARTS)])
def test_the_shares_of_all_kinds_that_are_asked_for_add_up_to_alpha(asked: tuple[str, ...]) -> None:
    made = policy(**{key: value for kind in asked for key, value in PARTS[kind].items()})
    assert comparison_alpha(made) + sum(apart_alpha(made, kind) for kind in asked) == pytest.approx(made.alpha)
    assert set(APART) >= set(PARTS)


def test_several_models_share_what_one_kind_has() -> None:
    one = policy(**PARTS["shadow"])
    two = Policy.model_validate(
        {
            **one.model_dump(by_alias=True),
            "models": {name: one.model_dump(by_alias=True)["models"]["m"] for name in "ab"},
        }
    )
    assert 2 * apart_level(two, "shadow") == pytest.approx(apart_level(one, "shadow"))
    assert comparison_alpha(two) == pytest.approx(comparison_alpha(one))


def test_unlabelled_rows_without_a_limit_cost_nothing() -> None:
    assert comparison_alpha(policy(shadow={"table": "s.csv"})) == policy().alpha
