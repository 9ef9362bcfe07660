"""Trains the same recipe again with other seeds, each in a scratch clone; the working tree is never touched."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from mergegate.errors import SurroundingsError, UseError
from mergegate.read.dvcmeta import load_project
from mergegate.read.dvcproject import inside
from mergegate.read.dvctree import GitTree
from mergegate.rerun.child import failure, run_until, share_settings, taken
from mergegate.rerun.graph import build_graph
from mergegate.rerun.process import Running
from mergegate.rerun.scratch import clone, make_removable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mergegate.read.dvcproject import Stage


@dataclass(frozen=True, slots=True)
class SeedRuns:
    """What is to be trained again."""

    sha: str
    """The commit whose recipe it is."""
    table: str
    """The output to make with each seed: the table of predictions."""
    param: str
    """`params.yaml:train.seed`: the file and the key of the seed."""
    seeds: tuple[int, ...]
    jobs: int = 1
    """How many seeds at once."""


@dataclass(frozen=True, slots=True)
class SeedRun:
    """What one seed gave."""

    seed: int
    table: Path
    md5: str


@contextmanager
def trained_with(root: Path, wanted: SeedRuns, say: Callable[[str], None]) -> Iterator[tuple[SeedRun, ...]]:
    """Makes the table once for each seed and hands the copies out until the block ends.

    Every run goes through the project's own cache and run cache, so that the same call again trains nothing. Of the
    stages only those run that the table needs and the seed reaches. `say` gets one line of text at a time, from
    several threads. Raises `UseError` where no such stage reads the param.
    """
    root = root.resolve()
    _check_param(root, wanted)
    with tempfile.TemporaryDirectory(prefix="mergegate-noise-") as scratch, _Fleet(Path(scratch)) as fleet:
        with ThreadPoolExecutor(max(1, wanted.jobs)) as pool:
            asked = [pool.submit(fleet.train, root, wanted, seed, say) for seed in wanted.seeds]
            try:
                done = tuple(future.result() for future in asked)
            except BaseException:
                for future in asked:
                    future.cancel()
                fleet.stop()
                raise
        yield done


class _Fleet:
    """The runs that are at work, so that a failure of one, or an interruption, ends all."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self._running: list[Running] = []
        self._lock = threading.Lock()
        self._stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for one in running:
            one.stop()

    def train(self, root: Path, wanted: SeedRuns, seed: int, say: Callable[[str], None]) -> SeedRun:
        top = self.scratch / f"seed-{seed}"
        here = clone(root, wanted.sha, top)
        try:
            share_settings(root, here)
            _set_param(here, wanted.param, seed)
            self._run(here, wanted.table, seed, say)
            kept = self.scratch / f"{seed}{Path(wanted.table).suffix}"
            return SeedRun(seed, kept, taken(here, wanted.table, kept))
        finally:
            make_removable(top)
            shutil.rmtree(top, ignore_errors=True)

    def _run(self, here: Path, table: str, seed: int, say: Callable[[str], None]) -> None:
        ended = threading.Event()
        running = Running(
            commands=[run_until(table)],
            folder=here,
            env={**os.environ, "DVC_NO_ANALYTICS": "1"},
            log=self.scratch / f"seed-{seed}.log",
            on_line=lambda line: say(f"seed {seed}: {line[2:]}") if line.startswith("· ") else None,
        )
        with self._lock:
            if self._stopped:
                raise SurroundingsError("the training with other seeds was stopped", do="run the command again")
            self._running.append(running)
        running.start(ended.set)
        ended.wait()
        finished = running.finished
        if finished is None or finished.code:
            raise failure(running, f"with seed {seed}")


def _check_param(root: Path, wanted: SeedRuns) -> None:
    graph = build_graph(load_project(GitTree(root, wanted.sha)))
    needed = graph.needed_for(wanted.table)
    file, _, key = wanted.param.partition(":")
    if not any(_reads(stage, file, key) for stage in graph.stages if stage.address in needed):
        raise UseError(
            f"no stage that {wanted.table} needs has {wanted.param} among its params",
            where=f"dvc.yaml at {wanted.sha[:12]}",
            do="name the param that the training stage takes its seed from: `--param params.yaml:train.seed`",
        )


def _reads(stage: Stage, file: str, key: str) -> bool:
    for name, keys in stage.params.items():
        if inside(stage.folder, name) == file:
            return not keys or any(key == one or key.startswith(f"{one}.") for one in keys)
    return False


def _set_param(here: Path, param: str, seed: int) -> None:
    """Writes the seed into the clone's params file and changes nothing else in it."""
    file, _, key = param.partition(":")
    path = here / file
    if path.suffix == ".json":
        tree = json.loads(path.read_text("utf-8"))
        _put(tree, key.split("."), seed, param)
        path.write_text(json.dumps(tree, indent=2) + "\n", "utf-8")
        return
    if path.suffix not in {".yaml", ".yml"}:
        raise UseError(f"{file} is neither YAML nor JSON", where=param, do="keep the seed in params.yaml")
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 10_000
    tree = yaml.load(path.read_text("utf-8"))
    _put(tree, key.split("."), seed, param)
    with path.open("w", encoding="utf-8") as stream:
        yaml.dump(tree, stream)


def _put(tree: Any, keys: Sequence[str], seed: int, param: str) -> None:
    at = tree
    for key in keys[:-1]:
        at = at.get(key) if isinstance(at, dict) else None
    now = at.get(keys[-1]) if isinstance(at, dict) else None
    if not isinstance(now, int) or isinstance(now, bool):
        raise UseError(
            f"{param} is {'nowhere' if now is None else repr(now)}, not a whole number",
            where=param,
            do="name the param that holds the seed of the training",
        )
    at[keys[-1]] = seed
