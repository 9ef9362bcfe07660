"""How hypothesis searches where each run has to be like the one before, and which files begin."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "mutation", derandomize=True, database=None, deadline=None, print_blob=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)  # fmt: skip
if settings.get_current_profile_name() == "default":  # and not the one that hypothesis has for CI
    settings.register_profile("untimed", deadline=None)
    settings.load_profile("untimed")

HERE = Path(__file__).parent
LONGEST = (
    "workflows/test_scenes.py",
    "bypass/test_corpus.py",
    "rerun/test_faults.py",
    "read/test_spark.py",
    "workflows/test_circle.py",
    "scenes/test_check.py",
    "scenes/test_noise.py",
    "scenes/test_data.py",
    "rerun/test_killed.py",
    "benchmarks/test_planted_faults.py",
    "release/test_release.py",
    "rerun/test_agreement.py",
    "report/test_browser.py",
    "workflows/test_machine.py",
    "docs/test_commands.py",
    "benchmarks/test_replay.py",
)
"""What takes half a minute or more, longest first: begun last, it would keep one core busy while the other waits."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first. A test needs no other, so the order changes nothing but when the last one ends."""
    rank = {HERE / name: at for at, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))
