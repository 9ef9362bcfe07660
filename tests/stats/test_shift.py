"""How far a distribution moved: right on the average, rarely sure of luck, sure of what is planted."""

from __future__ import annotations

import numpy as np
import pytest

from mergegate.facts.data import Cells
from mergegate.stats.bounds import bounds
from mergegate.stats.shift import shifted

KINDS = 12
PINNED = (-0.07384711580285741, 0.034956655906686625, 10.428780384221913, 0.13425698009705322, 31)


def drawn(
    rng: np.random.Generator,
    shares: tuple[np.ndarray, np.ndarray],
    *,
    clusters: int = 400,
    size: int = 5,
    kept: float = 0.0,
) -> Cells:
    """Two tables: rows of a cluster copy each other half of the time; `kept` clusters of base stand in head, too."""
    cells: dict[tuple[int, int], list[int]] = {}
    for side, share in enumerate(shares):
        for cluster in range(clusters):
            if side and cluster < kept * clusters:
                continue
            first = rng.choice(KINDS, p=share)
            for _ in range(size):
                kind = first if rng.random() < 0.5 else rng.choice(KINDS, p=share)
                at = cluster if cluster < kept * clusters else cluster + side * clusters
                cells.setdefault((at, kind), [0, 0])[side] += 1
    for (cluster, _), count in cells.items():
        if cluster < kept * clusters:
            count[1] = count[0]
    keys = np.array(list(cells), np.int64)
    counts = np.array(list(cells.values()), np.int64)
    names = tuple(map(str, range(KINDS)))
    return Cells("c", keys[:, 0], keys[:, 1], counts[:, 0], counts[:, 1], names, 2 * clusters, grouped=True)


def test_identical_tables_have_no_distance() -> None:
    even = np.full(KINDS, 1 / KINDS)
    found = shifted(drawn(np.random.default_rng(1), (even, even), kept=1.0))
    assert (found.distance, found.basis.gain, found.basis.se) == (0.0, 0.0, 0.0)


def test_the_distance_is_the_total_variation() -> None:
    one = np.array([0, 1, 2, 3], np.int64)
    cells = Cells(
        "c", one, one % 2, np.array([30, 10, 30, 10]), np.array([10, 30, 30, 10]), ("a", "b"), 4, grouped=True
    )
    found = shifted(cells)
    assert found.before.tolist() == [0.75, 0.25]
    assert found.distance == pytest.approx(0.25)


@pytest.mark.slow
def test_it_is_rarely_sure_of_more_than_there_is() -> None:
    """Grouped rows: nothing moved, or just as far as the limit; the bound lies beyond in about 5 % or less."""
    rng = np.random.default_rng(20_261_122)
    even = np.full(KINDS, 1 / KINDS)
    tilted = even + np.where(np.arange(KINDS) % 2, 0.1, -0.1) * 2 / KINDS
    for head, limit in ((even, 0.0), (tilted, 0.1)):
        beyond = sum(
            -bounds(shifted(drawn(rng, (even, head), clusters=120)).basis, 0.05)[1] > limit for _ in range(200)
        )
        assert beyond <= 20


def test_a_planted_shift_is_found() -> None:
    rng = np.random.default_rng(7)
    even = np.full(KINDS, 1 / KINDS)
    tilted = np.where(np.arange(KINDS) < 3, 2.0, 2 / 3) / KINDS
    found = shifted(drawn(rng, (even, tilted)))
    assert -bounds(found.basis, 0.001)[1] > 0.1
    assert found.distance == pytest.approx(0.25, abs=0.06)


@pytest.mark.parametrize("clusters", [1, 2, 3])
def test_a_few_clusters_are_never_sure(clusters: int) -> None:
    code = np.arange(clusters, dtype=np.int64)
    rows = np.full(clusters, 100)
    cells = Cells("c", np.r_[code, code], np.r_[code * 0, code * 0 + 1], np.r_[rows, rows * 0], np.r_[rows * 0, rows],
                  ("a", "b"), 8, grouped=True)  # fmt: skip
    assert -bounds(shifted(cells).basis, 0.01)[1] <= 0


def test_a_small_case_to_the_last_digit() -> None:
    """Worked out once and looked at: uneven clusters, some of them on one side alone or empty."""
    rng = np.random.default_rng(5)
    cluster, kind = rng.integers(0, 31, 400), rng.integers(0, 5, 400)
    base, head = rng.integers(0, 4, 400), rng.integers(0, 3, 400) + (kind == 2)
    found = shifted(Cells("c", cluster, kind, base, head, tuple("abcde"), 40, grouped=True))
    assert found.basis.limit == 1.0
    got = (found.basis.gain, found.basis.se, found.basis.df, found.distance, found.clusters)
    assert got == pytest.approx(PINNED, rel=1e-9)
    assert (found.before.sum(), found.after.sum()) == pytest.approx((1.0, 1.0))


def test_with_a_side_that_no_half_can_teach_nothing_is_sure() -> None:
    """All of head's rows lie in odd clusters: neither half can learn and judge."""
    cells = Cells("c", np.arange(4), np.array([0, 1, 0, 1]), np.full(4, 9), np.array([0, 9, 0, 9]), ("a", "b"), 4,
                  grouped=True)  # fmt: skip
    found = shifted(cells)
    assert (found.basis.gain, found.basis.se, found.basis.df) == (0.0, np.inf, 0.0)
