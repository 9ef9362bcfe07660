"""Runs pipelines that are base's but for some kinds of change, which they take from head; each in a scratch clone."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.rerun.child import failure, run_until, share_settings, taken
from mergegate.rerun.process import Running
from mergegate.rerun.scratch import clone, make_removable, overlay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Mix = frozenset[str]
"""The kinds of change that are taken from head."""


@dataclass(frozen=True, slots=True)
class Mixing:
    """What is to be mixed."""

    base: str
    head: str
    """Two commits of the same repository."""
    files: Mapping[str, tuple[tuple[str, str], ...]]
    """By kind: (status letter, path) of what makes it up."""
    always: tuple[tuple[str, str], ...]
    """What every mix takes from head, as there is but one environment: the locks of the libraries."""
    table: str
    """The output to make with each mix: the table of predictions."""
    seconds: float
    """What all mixes together may take."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """What came of it."""

    tables: Mapping[Mix, Path]
    would_take: float = 0.0
    """Where the time was not enough: about how many seconds all would take; then there are not all tables."""


@contextmanager
def mixed(root: Path, wanted: Mixing, mixes: Sequence[Mix], say: Callable[[str], None]) -> Iterator[Mixed]:
    """Makes the table once for each mix, in this order, and hands the copies out until the block ends.

    Every run goes through the project's own cache and run cache, so that the same call again runs nothing, and a mix
    shares every stage that it has in common with another. It stops as soon as the time for what is left, were it to
    take as long as the longest so far, exceeds what there is. Raises `UseError` for a mix that does not run.
    """
    root, begun, longest = root.resolve(), time.monotonic(), 0.0
    with tempfile.TemporaryDirectory(prefix="mergegate-mixed-") as folder:
        tables: dict[Mix, Path] = {}
        for number, mix in enumerate(mixes):
            spent = time.monotonic() - begun
            needed = spent + longest * (len(mixes) - number)
            if needed > wanted.seconds:
                yield Mixed(tables, would_take=needed)
                return
            to = Path(folder) / f"{number}{Path(wanted.table).suffix}"
            if not _make(root, wanted, mix, to, deadline=wanted.seconds - spent, say=say):
                longest = time.monotonic() - begun - spent
                yield Mixed(tables, would_take=spent + longest * (len(mixes) - number))
                return
            longest = max(longest, time.monotonic() - begun - spent)
            tables[mix] = to
        yield Mixed(tables)


def _make(root: Path, wanted: Mixing, mix: Mix, to: Path, *, deadline: float, say: Callable[[str], None]) -> bool:
    """Whether the mix was done in time; its table is then a copy at `to`."""
    name = f"base with head's {' and '.join(sorted(mix))}" if mix else "base with these libraries"
    top = to.parent / f"{to.stem}-clone"
    here = clone(root, wanted.base, top)
    try:
        overlay(here, wanted.head, [*wanted.always, *(file for kind in sorted(mix) for file in wanted.files[kind])])
        share_settings(root, here)
        running = _run(here, wanted.table, to.with_suffix(".log"), deadline, lambda line: say(f"{name}: {line}"))
        finished = running.finished
        if finished is not None and finished.timed_out:
            return False
        if finished is None or finished.code:
            raise failure(running, name)
        taken(here, wanted.table, to)
        return True
    finally:
        make_removable(top)
        shutil.rmtree(top, ignore_errors=True)


def _run(here: Path, table: str, log: Path, deadline: float, say: Callable[[str], None]) -> Running:
    ended = threading.Event()
    running = Running(
        commands=[run_until(table)],
        folder=here,
        env={**os.environ, "DVC_NO_ANALYTICS": "1"},
        log=log,
        deadline=deadline,
        on_line=lambda line: say(line[2:]) if line.startswith("· ") else None,
    )
    try:
        running.start(ended.set)
        ended.wait()
    finally:
        running.stop()
    return running
