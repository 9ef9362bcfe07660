"""Is a share of groups what chance makes of it?"""

from __future__ import annotations

from mergegate.stats.special import bdtr


def chance_of_share(held: int, groups: int, share: float) -> float:
    """Two-sided exact binomial p-value, in (0, 1]: twice the smaller tail, for `held` of `groups` at a true `share`.

    Each group falls on its side by its own hash, so the number held out is binomial. 1 without groups.
    """
    if not groups:
        return 1.0
    below = float(bdtr(held, groups, share))
    above = 1.0 if held == 0 else 1.0 - float(bdtr(held - 1, groups, share))
    return min(1.0, 2 * min(below, above))
