"""What rows can show: against exact sums, SciPy's noncentral t, and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from mergegate.errors import UseError
from mergegate.facts.comparison import Basis, Discordant, Replicates, Studentised
from mergegate.stats.bounds import p_drop
from mergegate.stats.noise import with_noise
from mergegate.stats.power import MOST_ROWS, _outlook, mde, rows_needed


def caught(share: float, n: int, drop: float, level: float, margin: float = 0.0, rounds: int = 3000) -> float:
    """The share of simulated tables in which a true drop is proven to exceed the margin."""
    chances = [(share - drop) / 2, (share + drop) / 2, 1 - share]
    tables = np.random.default_rng(1).multinomial(n, chances, size=rounds)
    return float(np.mean([p_drop(Discordant(int(g), int(b), n), margin) <= level for g, b, _ in tables]))


@pytest.mark.parametrize(
    ("basis", "level", "margin"),
    [
        (Discordant(4, 4, 200), 0.05, 0.0),
        (Discordant(2, 2, 60), 0.05, 0.0),
        (Discordant(25, 24, 500), 0.0025, 0.0),
        (Discordant(250, 249, 5000), 0.05, 0.0),
        (Discordant(250, 249, 5000), 0.05, 0.01),
    ],
)
def test_a_drop_of_the_mde_is_caught_four_times_in_five(basis: Discordant, level: float, margin: float) -> None:
    """The tables' true share of differing rows is the one that the MDE supposes."""
    drop = mde(basis, level, margin=margin)
    share = max((basis.gained + basis.lost + 1) / (basis.n + 2), drop)
    assert caught(share, basis.n, drop, level, margin) == pytest.approx(0.8, abs=0.03)


def test_the_mde_is_that_of_the_textbook_where_rows_are_many() -> None:
    """(z_alpha + z_power) sqrt(psi / N): 1.1 points at N 5,000 and psi 10 %."""
    assert mde(Discordant(250, 250, 5000), 0.05) == pytest.approx(2.4865 * math.sqrt(0.1 / 5000), rel=0.01)


@pytest.mark.parametrize(("df", "level"), [(30.0, 0.45), (3.0, 0.05), (9.0, 0.0025), (40.0, 0.025), (5000.0, 0.05)])
def test_a_t_tests_mde_has_the_power_that_scipy_computes(df: float, level: float) -> None:
    shift = mde(Studentised(0.0, 0.01, df), level) / 0.01
    assert stats.nct.sf(stats.t.ppf(1 - level, df), df, shift) == pytest.approx(0.8, abs=0.001)


def test_replicates_are_as_wide_as_their_standard_deviation() -> None:
    values = np.linspace(-1, 1, 1001)
    assert mde(Replicates(0.0, values), 0.05) == pytest.approx(2.4865 * values.std(), rel=1e-3)


def test_where_nothing_can_be_shown_the_mde_is_the_limit() -> None:
    assert mde(Studentised(0.0, 0.1, 0.5, 1.0), 0.05) == 1.0
    assert mde(Studentised(0.0, math.inf, 9.0, 2.0), 0.05) == 2.0
    assert mde(Studentised(0.0, 0.0, 2.0, 1.0), 0.05) == 1.0
    assert mde(Discordant(0, 1, 3), 0.001) == 1.0


def test_a_small_error_on_no_degree_of_freedom_shows_nothing() -> None:
    assert mde(Studentised(0.0, 1e-9, 0.5, 1.0), 0.05) == 1.0


def test_rows_that_never_vary_show_what_the_sign_test_shows() -> None:
    """Five signs alike have chance 1 / 32."""
    assert mde(Studentised(0.0, 0.0, 4.0, 1.0), 1 / 32) == 0.0
    assert mde(Studentised(0.0, 0.0, 4.0, 1.0), 1 / 33) == 1.0
    assert mde(Studentised(0.0, 0.0, 3.0, 1.0), 1 / 32) == 1.0
    assert mde(Studentised(0.0, 0.0, 5000.0, 1.0), 1e-300) == 0.0


def test_rows_that_never_vary_show_the_smallest_drop() -> None:
    assert mde(Studentised(0.0, 0.0, 9.0, 1.0), 0.05, margin=0.01) == 0.01


def test_one_degree_of_freedom_at_a_tiny_level_is_answered_at_once() -> None:
    """SciPy's inverse of the noncentral t does not return here."""
    assert 0.1 < mde(Studentised(0.0, 1e-6, 1.0, 10.0), 1e-7) < 10.0


bases = st.one_of(
    st.builds(Discordant, gained=st.integers(0, 60), lost=st.integers(0, 60), n=st.integers(120, 100_000)),
    st.builds(Studentised, gain=st.just(0.0), se=st.floats(1e-4, 0.1), df=st.floats(2, 1e4), limit=st.just(1.0)),
)


@given(bases, st.sampled_from([0.05, 0.01, 0.001]), st.sampled_from([0.0, 0.005]))
@settings(max_examples=60, deadline=None)
def test_as_many_rows_as_needed_have_that_mde(basis: Basis, level: float, margin: float) -> None:
    drop = 0.05
    rows = rows_needed(basis, 1000, drop, level, margin=margin)
    scale = rows / 1000
    if isinstance(basis, Studentised):
        more: Basis = Studentised(0.0, basis.se / math.sqrt(scale), basis.df * scale, 1.0)
        assert mde(more, level, margin=margin) <= drop * 1.001
    else:
        assert rows >= 1


def test_rows_needed_are_those_that_catch_the_drop_four_times_in_five() -> None:
    basis = Discordant(40, 39, 1000)
    rows = rows_needed(basis, 1000, 0.03, 0.05)
    assert caught(80 / 1002, rows, 0.03, 0.05) == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize("basis", [Discordant(40, 39, 1000), Studentised(0.0, 0.012, 150.0, 1.0)])
def test_rows_needed_are_the_fewest_that_do(basis: Basis) -> None:
    rows = rows_needed(basis, 1000, 0.03, 0.01, margin=0.005)
    assert 100 < rows < 10_000
    assert _outlook(basis).scaled(rows / 1000).proves(0.03, 0.01, 0.8, 0.005)
    assert not _outlook(basis).scaled((rows - 1) / 1000).proves(0.03, 0.01, 0.8, 0.005)


def test_one_row_is_enough_to_ask() -> None:
    assert rows_needed(Discordant(0, 1, 1), 1, 0.5, 0.05) > 1


@pytest.mark.parametrize("margin", [0.1, 0.3])
def test_the_mde_beyond_a_margin_is_that_of_the_score_test(margin: float) -> None:
    """The error at the margin decides when it is rejected, the error at the drop how often it is."""
    n, share = 1000, 501 / 1002

    def excess(drop: float) -> float:
        differ = max(share, drop)
        at_margin, at_drop = math.sqrt((differ - margin**2) / n), math.sqrt((differ - drop**2) / n)
        return float((drop - margin + stats.norm.ppf(0.05) * at_margin) / at_drop - stats.norm.ppf(0.8))

    expected = optimize.brentq(excess, margin, 0.6)
    assert mde(Discordant(300, 200, n), 0.05, margin=margin) == pytest.approx(expected, rel=2e-3)


def test_more_rows_are_needed_for_a_smaller_drop() -> None:
    basis = Discordant(20, 20, 500)
    assert rows_needed(basis, 500, 0.01, 0.05) > 3 * rows_needed(basis, 500, 0.02, 0.05)


def test_training_noise_does_not_shrink_with_rows() -> None:
    """2 points of spread from training: more rows show a drop of 6 points sooner or later, one of 4 never."""
    basis = with_noise(Discordant(40, 40, 1000), 0.02 / math.sqrt(2), 100)
    assert basis.fixed == pytest.approx(0.02)
    assert 100 < rows_needed(basis, 1000, 0.06, 0.05) < 3000
    assert rows_needed(basis, 1000, 0.04, 0.05) == MOST_ROWS


def test_rows_needed_beside_noise_are_those_of_the_formula() -> None:
    """The rows' part of the variance has to shrink until (z_alpha + z_power) standard errors are the drop."""
    basis = Studentised(0.0, 0.05, 1e6, 1.0, fixed=0.03)
    z = stats.norm.ppf(0.95) + stats.norm.ppf(0.8)
    expected = 1000 * (0.05**2 - 0.03**2) / ((0.1 / z) ** 2 - 0.03**2)
    assert rows_needed(basis, 1000, 0.1, 0.05) == pytest.approx(expected, rel=1e-3)
    plain = Studentised(0.0, 0.05, 1e6, 1.0)
    assert rows_needed(plain, 1000, 0.1, 0.05) == pytest.approx(1000 * (0.05 * z / 0.1) ** 2, rel=1e-3)


def test_a_drop_that_no_number_of_rows_would_show_is_answered_with_the_most() -> None:
    assert rows_needed(Studentised(0.0, math.inf, 9.0, 1.0), 10, 0.01, 0.05) == MOST_ROWS


@pytest.mark.parametrize(("n", "drop", "margin"), [(10, 0.0, 0.0), (10, 0.01, 0.01), (0, 0.1, 0.0)])
def test_asking_for_what_cannot_be_shown_is_refused(n: int, drop: float, margin: float) -> None:
    with pytest.raises(UseError) as refused:
        rows_needed(Discordant(1, 1, 10), n, drop, 0.05, margin=margin)
    assert refused.value.what == f"no number of rows proves a drop of {drop:g} to exceed a margin of {margin:g}"
    assert refused.value.do == "ask for a drop that is larger than the margin"
