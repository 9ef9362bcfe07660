"""The simulated pull requests as real tables, for those who must be asked with files: rivals, and mergegate whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from benchmarks._pull_requests import ARMS, GAINED, LOST, RIGHT, SLICES, World
from benchmarks._rivals import peers

from mergegate import compare
from mergegate.facts import Decision

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray


def tables(world: World, rows: int, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Base's and head's predictions in one pull request: `id`, `label`, `prediction`, `group`, and two slice columns.

    The slices are of equal size, a group lies within one slice and one class, half of its rows copy its template.
    """
    group = np.arange(rows) // world.group
    part = group % SLICES
    label = _labels(world, group, part, rng)
    shift = rng.normal(0, world.seed_sigma * np.sqrt(2), 1)
    own = _outcomes(world.chances(shift)[0], part, label, rng)
    first = np.flatnonzero(np.diff(group, prepend=-1))
    copies = (rng.random(rows) < 0.5) & (world.group > 1)
    outcome = np.where(copies, own[first][group], own)
    classes = len(world.classes)
    wrong = (label + rng.integers(1, classes, rows)) % classes
    shared = pd.DataFrame({
        "id": [f"row-{number:06d}" for number in range(rows)],
        "label": [f"class {code}" for code in label],
        "group": [f"group {code}" for code in group],
        "class": [f"class {code}" for code in label],
        "part": [f"part {code}" for code in part],
    })  # fmt: skip
    return (
        shared.assign(prediction=_named(label, wrong, np.isin(outcome, [LOST, RIGHT]))),
        shared.assign(prediction=_named(label, wrong, np.isin(outcome, [GAINED, RIGHT]))),
    )


def _labels(world: World, group: NDArray[Any], part: NDArray[Any], rng: np.random.Generator) -> NDArray[np.int64]:
    """By chance, or in turns where rows come in groups."""
    if world.group > 1:
        return np.asarray(group // SLICES % len(world.classes))
    return rng.choice(len(world.classes), len(part), p=world.classes)


def _outcomes(
    chances: NDArray[np.float64], part: NDArray[Any], label: NDArray[Any], rng: np.random.Generator
) -> NDArray[np.int64]:
    """What becomes of each row, given its slice and class."""
    chance = chances[part, label]
    steps = np.cumsum(chance / chance.sum(axis=1, keepdims=True), axis=1)
    return np.asarray((rng.random(len(part))[:, None] > steps[:, :-1]).sum(axis=1))


def _named(label: NDArray[Any], wrong: NDArray[Any], right: NDArray[np.bool_]) -> list[str]:
    return [f"class {code}" for code in np.where(right, label, wrong)]


@dataclass(frozen=True, slots=True)
class Asking:
    """How many rows a pull request has, and of how many each contestant is asked."""

    rows: int
    ours: int
    evidently: int
    regressgate: int
    """About 1.5 ms for each row: 8 seconds for one decision on 5,000."""


ASKED = (Asking(500, 100, 25, 10), Asking(5_000, 100, 25, 0))


def rivals(asking: Asking, seed: int, folder: Path) -> list[dict[str, Any]]:
    """Of each arm: how often the tables are blocked by mergegate's whole engine, and failed by others' defaults."""
    result = []
    for number, (name, world) in enumerate(ARMS.items()):
        rng = np.random.default_rng([seed, asking.rows, 7, number])
        pairs = list(_written(world, asking.rows, max(asking.ours, asking.evidently), rng, folder))
        found: dict[str, Any] = {"arm": name, "rows": asking.rows, "truly_worse": world.worse}
        found["mergegate, the whole engine"] = _share([_ours(world, pair) for pair in pairs[: asking.ours]])
        for peer, times in (("evidently", asking.evidently), ("regressgate", asking.regressgate)):
            said = peers(pairs[:times], folder / "peers", [peer]) if times else None
            found[peer] = None if said is None else _share([bool(one[peer]) for one in said])
        result.append(found)
        print(found, flush=True)
    return result


def _ours(world: World, pair: tuple[Path, Path]) -> bool:
    """Whether mergegate blocks, as this artefact: it is not told how much seeds matter."""
    group: dict[str, Any] = {"group": "group"} if world.group > 1 else {}
    return compare(*pair, slices=("class", "part"), **group).decision is Decision.BLOCK


def _share(blocked: list[bool]) -> dict[str, float]:
    return {"repetitions": len(blocked), "blocked": round(float(np.mean(blocked)), 4)}


def _written(
    world: World, rows: int, repetitions: int, rng: np.random.Generator, folder: Path
) -> Iterator[tuple[Path, Path]]:
    for number in range(repetitions):
        pair = (folder / f"base-{number}.parquet", folder / f"head-{number}.parquet")
        for table, path in zip(tables(world, rows, rng), pair, strict=True):
            table.to_parquet(path)
        yield pair
