"""Shares a difference among the changes that made it: the Shapley value.

L. S. Shapley, "A value for n-person games", 1953: the mean, over every order in which the changes could have been
made, of what each adds when its turn comes. The parts sum up to the whole, and what adds nothing gets nothing.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def subsets(names: Sequence[str]) -> Iterator[frozenset[str]]:
    """Every subset, the smallest first."""
    for size in range(len(names) + 1):
        yield from (frozenset(some) for some in itertools.combinations(sorted(names), size))


def shapley(names: Sequence[str], values: Mapping[frozenset[str], float]) -> dict[str, float]:
    """By name: its part of `values[all] - values[none]`; `values` has every subset of `names`."""
    return {name: _part(name, names, values) for name in names}


def _part(name: str, names: Sequence[str], values: Mapping[frozenset[str], float]) -> float:
    others = [one for one in names if one != name]
    return sum(_weight(len(some), len(names)) * (values[some | {name}] - values[some]) for some in subsets(others))


def _weight(size: int, count: int) -> float:
    return math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
