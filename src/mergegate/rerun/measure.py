"""Runs base's stage with two models in turn, on this machine, and says what each took."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from mergegate.facts.cost import Side, Spent
from mergegate.rerun.reevaluate import reevaluate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mergegate.rerun.process import Finished

RUNS = 3
"""How often each is run: the least of them is told, as whatever else a machine does only adds."""


def side_by_side(root: Path, base_sha: str, stage: str, replace: Mapping[str, Path], out: str) -> Side:
    """What `stage` takes as base defines it, with base's own files and with those of `replace` in their place.

    `replace` and `out` as in `reevaluate`, which does the work, in a scratch clone and without secrets. The two are
    run in turn, so that a machine that gets slower gets slower for both. Raises what `reevaluate` raises.
    """
    base, head = list[Spent](), list[Spent]()
    for _ in range(RUNS):
        for files, spent in (({}, base), (replace, head)):
            spent.append(_once(root, base_sha, stage, files, out))
    return Side(stage, _least(base), _least(head), RUNS)


def _once(root: Path, base_sha: str, stage: str, replace: Mapping[str, Path], out: str) -> Spent:
    ended: list[Finished] = []
    made = reevaluate(root, base_sha, stage, replace, out, on_finished=ended.append)
    shutil.rmtree(made.parent)
    return Spent(ended[-1].seconds, ended[-1].peak_bytes)


def _least(spent: list[Spent]) -> Spent:
    return Spent(min(one.seconds for one in spent), min(one.peak_bytes for one in spent))
