"""How much a holdout still proves after it has decided several merges, each of which the next builds on."""

from __future__ import annotations

import math

OUTCOMES = 3
"""What a decision tells whoever builds on it: merged as better, merged as no worse, not merged."""
WORN = 2.0
"""The factor at which a holdout is to be renewed: its promise is half as sharp as on the first day."""


def wear(decisions: int, alpha: float) -> float:
    """How many times wider the promise of a holdout is after so many decisions than on the first day; 1 at none.

    The promise is the distance within which, with chance 1 - alpha, the holdout's value of *every* model that could
    have come up by now lies from the truth. What comes next can depend on the holdout only through the decisions so
    far, so there are at most 3^k such models: Hoeffding's bound over all of them is
    sqrt((k ln 3 + ln(2 / alpha)) / (2 n)), against sqrt(ln(2 / alpha) / (2 n)) at k = 0; the rows cancel. This is the
    description-length bound of Dwork, Feldman, Hardt, Pitassi, Reingold, Roth ("Generalization in adaptive data
    analysis and holdout reuse", NeurIPS 2015), as Blum and Hardt ("The Ladder", ICML 2015) use it for leader boards.
    """
    return math.sqrt(1 + decisions * math.log(OUTCOMES) / math.log(2 / alpha))


def renew_after(alpha: float) -> int:
    """The number of decisions at which `wear` reaches `WORN`: 11 at an alpha of 0.05."""
    return math.ceil((WORN**2 - 1) * math.log(2 / alpha) / math.log(OUTCOMES))
