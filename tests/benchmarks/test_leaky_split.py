"""A random split of the real pipeline's rows looks better, and the gate catches it."""

from __future__ import annotations

from dataclasses import astuple, fields

import pandas as pd
import pytest
from benchmarks.leaky_split import measure, own_policy
from tests.intent import small

from intent import collect, settings


@pytest.mark.slow
def test_a_random_split_is_caught_by_the_sides_and_by_the_leak_and_the_honest_one_is_not() -> None:
    names = [field.name for field in fields(collect.Row)]
    frame = pd.DataFrame([astuple(row) for row in small.rows()], columns=names).drop_duplicates("utterance")
    kinds = {"words": settings.Features(words_up_to=1, chars_up_to=0, bits=12)}
    found = {one.split: one for one in measure(frame.reset_index(drop=True), own_policy(), kinds)}
    assert not any(rule.startswith(("MG204", "MG205")) for rule in found["by group"].blocks)
    for name in ("by row", "shuffled"):
        assert "MG204 split" in found[name].blocks
        assert "MG205 holdout in training by group" in found[name].blocks
        assert found[name].groups_on_both_sides > 20
    assert all(0 <= one.accuracy["words"] <= 1 for one in found.values())
