"""The published schema tells the truth: what fits it is answered, what does not is refused, all as it says."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, get_args

import pytest
from benchmarks._service_hostile import PATHS
from benchmarks._service_tried import schemathesis_cases

from intent.collect import LANGUAGES
from service.asked import Language

if TYPE_CHECKING:
    from benchmarks._service_process import Process


@pytest.mark.slow
def test_schemathesis_finds_no_promise_of_the_schema_broken(running: Process) -> None:
    statuses = Counter(status for _, _, status, _ in schemathesis_cases(running, 64, seed=1))
    assert set(statuses) == {200, 422}
    assert min(statuses.values()) >= 3 * len(PATHS)


def test_the_languages_are_those_that_the_models_are_trained_on() -> None:
    assert get_args(Language) == LANGUAGES
