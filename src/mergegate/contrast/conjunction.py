"""The worst conjunction as a comparison: on the half of the rows that the search has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mergegate.contrast.scores import comparison
from mergegate.facts.comparison import Slice
from mergegate.facts.policy import MetricPolicy
from mergegate.stats.classification import paired_change
from mergegate.stats.paired import Undefined

if TYPE_CHECKING:
    from mergegate.facts.comparison import Comparison
    from mergegate.facts.joint import Joint
    from mergegate.facts.policy import ModelPolicy


def compare_conjunction(name: str, model: ModelPolicy, joint: Joint) -> Comparison | None:
    """Accuracy of the conjunction, base against head; None where none was found, or it has no row to be tested on."""
    conjunction, policy = joint.conjunction, model.worst_conjunction
    if conjunction is None or policy is None or conjunction.tested is None:
        return None
    found = paired_change("accuracy", conjunction.tested)
    if isinstance(found, Undefined):
        return None
    where = Slice(" × ".join(conjunction.columns), " × ".join(conjunction.values))
    return comparison(name, MetricPolicy(name="accuracy", margin=policy.margin), where, found)
