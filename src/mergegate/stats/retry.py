"""What a change that was blocked has to prove when it comes again: alpha, spent over the retries."""

from __future__ import annotations

import math


def retry_level(alpha: float, attempt: int) -> float:
    """One-sided level at which attempt 2, 3, ... has to prove that nothing got worse; their sum is `alpha`.

    Attempt k gets alpha * 6 / (pi^2 (k - 1)^2). So a change that is worse by more than the margin is cleared in *any*
    of its retries, however many, with chance at most `alpha` (the union bound; spending as Lan and DeMets, Biometrika
    70:659-663, 1983, with Euler's sum of the inverse squares).
    """
    if attempt < 2:
        raise ValueError("the first attempt has nothing to pay")
    return alpha * 6 / (math.pi * (attempt - 1)) ** 2
