"""The most that any one-sided test of its level can catch, computed exactly: the bar for the test over all rows."""

from __future__ import annotations

import numpy as np
from scipy import stats

from mergegate.stats.discordant import mid_p


def power_over_ceiling(rows: int, differ: float, drop: float, level: float) -> tuple[float, float]:
    """Power of mid-p McNemar, and of the uniformly most powerful (randomised) sign test, both at `level`."""
    count = np.arange(*(int(value) for value in stats.binom.interval(1 - 1e-10, rows, differ)))
    weight = stats.binom.pmf(count, rows, differ)
    gain_share = (1 - drop / differ) / 2
    critical = stats.binom.ppf(level, count, 0.5).astype(int)
    below = stats.binom.cdf(critical - 1, count, 0.5)
    chance = (level - below) / stats.binom.pmf(critical, count, 0.5)
    most = stats.binom.cdf(critical - 1, count, gain_share) + chance * stats.binom.pmf(critical, count, gain_share)
    rejects = np.array(
        [mid_p(int(gains), int(all_ - gains)) <= level for gains, all_ in zip(critical, count, strict=True)]
    )
    ours = stats.binom.cdf(np.where(rejects, critical, critical - 1), count, gain_share)
    return float(weight @ ours), float(weight @ most)
