"""Numbers are written as a reader wants them, and rounding never lies."""

from __future__ import annotations

import math

import pytest
from tests.report.verdicts import finding

from mergegate.facts import Estimate, Finding
from mergegate.report import numbers
from mergegate.report.plot import text_plot


def moved(value: float, low: float, high: float, **changes: object) -> Finding:
    return finding(change=Estimate(value, low, high, 7512, "m", groups=401), **changes)


def test_a_share_changes_in_points() -> None:
    fallen = moved(-0.0417, -0.0512, -0.0330)
    assert numbers.change(fallen) == "−4.2 points"
    assert numbers.interval(fallen) == "95 % −5.1 to −3.3"
    assert numbers.limit(fallen) == "limit −0.5"
    assert numbers.rows(fallen) == "7,512 rows in 401 groups"


def test_a_loss_changes_in_its_own_unit_and_its_limit_lies_above() -> None:
    risen = moved(0.061, 0.052, 0.070, subject="log_loss", better="lower", before=0.31, after=0.37, margin=0.01)
    assert numbers.change(risen) == "+0.061"
    assert numbers.limit(risen) == "limit +0.01"


def test_a_rate_where_lower_is_better_changes_in_points() -> None:
    risen = moved(0.02, 0.01, 0.03, subject="false_positive_rate", better="lower", before=0.05, after=0.07)
    assert numbers.change(risen) == "+2.0 points"
    assert numbers.limit(risen) == "limit +0.5"


def test_an_end_that_lies_beyond_the_limit_is_not_written_as_the_limit() -> None:
    assert numbers.interval(moved(-0.02, -0.03, -0.00501)) == "95 % −3.000 to −0.501"
    assert numbers.interval(moved(-0.02, -0.03, -0.005)) == "95 % −3.0 to −0.5"


def test_small_changes_get_the_digits_that_their_interval_deserves() -> None:
    assert numbers.change(moved(0.00012, 0.00008, 0.00016)) == "+0.012 points"


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (0.9131, 0.8714, "0.913 → 0.871"),
        (0.91311, 0.91342, "0.9131 → 0.9134"),
        (0.9, 0.9, "0.900 → 0.900"),
        (78, 74, "78 → 74"),
        (1234.5678, 1250.0, "1,234.6 → 1,250"),
        (None, 0.5, "none → 0.500"),
        (None, None, ""),
        (math.nan, math.inf, "not a number → ∞"),
        (1e-9, 2e-9, "1e−09 → 2e−09"),
    ],
)
def test_values_before_and_after(before: float | None, after: float | None, shown: str) -> None:
    assert numbers.pair(before, after) == shown


def test_an_interval_without_an_end_says_so() -> None:
    assert numbers.interval(moved(-0.02, -math.inf, -0.01)) == "95 % −∞ to −1.0"
    assert text_plot(moved(-0.02, -math.inf, -0.01)) == ""


@pytest.mark.parametrize(
    ("confidence", "shown"),
    [(0.9, "90 %"), (0.95, "95 %"), (0.9823, "98 %"), (0.99, "99 %"), (0.9989, "99.8 %"), (0.99979, "99.97 %")],
)
def test_other_levels_are_named_as_finely_as_a_reader_can_use_and_never_too_high(confidence: float, shown: str) -> None:
    told = numbers.interval(finding(change=Estimate(0.1, 0.0, 0.2, 5, "m", confidence=confidence)))
    assert told.startswith(f"{shown} ")


def test_no_change_has_no_sign() -> None:
    assert numbers.change(moved(-0.0, 0.0, 0.0)) == "0.0 points"


@pytest.mark.parametrize(
    ("value", "low", "high", "drawn"),
    [
        (-0.0417, -0.0512, -0.0330, "━━━●━━───────┆┼"),
        (0.06, 0.021, 0.099, "┆┼──━━━━━●━━━━━"),
        (-0.12, -0.144, -0.096, "━━●━━━───────┆┼"),
        (0.0, -0.001, 0.001, "┆────────━━━●━━"),
        (0.0, 0.0, 0.0, "┆─────────────●"),
    ],
)
def test_the_plot_shows_the_interval_the_limit_and_zero(value: float, low: float, high: float, drawn: str) -> None:
    assert text_plot(moved(value, low, high)) == drawn


def test_the_plot_of_a_loss_is_turned_so_that_right_is_better() -> None:
    risen = moved(0.06, 0.05, 0.07, subject="log_loss", better="lower", before=0.3, after=0.36, margin=0.01)
    assert text_plot(risen) == "━━●━━───────┆─┼"


def test_a_limit_under_the_dot_is_moved_to_its_side() -> None:
    drawn = text_plot(moved(-0.0051, -0.0142, 0.0040))
    assert drawn.index("●") + 1 == drawn.index("┆")
    assert drawn.index("┆") < drawn.index("┼")


def test_nothing_is_drawn_without_an_interval() -> None:
    assert text_plot(finding(change=None)) == ""
    assert text_plot(finding(change=Estimate(0.0, 0.0, 0.0, 5, "m"), margin=0.0)) == ""
