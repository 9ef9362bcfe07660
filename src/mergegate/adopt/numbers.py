"""The numbers that a repository measures itself by: its metrics files and, where there are none, its plots."""

from __future__ import annotations

import itertools
import math
import posixpath
from typing import TYPE_CHECKING, Any

from mergegate.adopt.direction import TRAINING, UNKNOWN, better, tolerance, why_not, words
from mergegate.errors import UseError
from mergegate.facts.adoption import Number
from mergegate.read.dvcproject import inside
from mergegate.read.dvcyaml import load_yaml
from mergegate.read.metricfile import leaves, load_metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.adopt.content import Now

MOST = 30
"""Numbers that are proposed: more checks than anybody reads."""
NOT_HERE = "is not on this machine"
"""In a remark: what would be judged has to be brought first."""
_LARGEST = 2_000_000
_TEXTS = (".json", ".yaml", ".yml", ".toml")
_TABLES = (".csv", ".tsv")
_SOUNDS_LIKE = frozenset({"metric", "metrics", "score", "scores", "eval", "evaluation", "result", "results", "report"})
_CLOCKS = frozenset({"step", "epoch", "iteration", "iter", "round"})


def find_numbers(now: Now) -> tuple[tuple[Number, ...], tuple[str, ...]]:
    """The numbers, shallow ones first, and remarks on files that could not be used."""
    metrics, plots = _declared(now)
    named = metrics or _undeclared(now)
    numbers, remarks = _of_files(now, named, _scalars)
    brought = not any(NOT_HERE in one for one in remarks)
    if brought and plots and not any(not one.why_not for one in numbers):
        curves, more = _of_files(now, plots, _last_of_curve)
        numbers, remarks = numbers + curves, remarks + more
    judged = [one for one in numbers if not one.why_not]
    if not judged:
        judged = [one for one in numbers if one.why_not == TRAINING]
        numbers = [_judge_after_all(one) if one in judged else one for one in numbers]
    if len(judged) > MOST:
        remarks.append(f"{len(judged) - MOST} more numbers are left out: {MOST} are more than anybody reads")
        left = {(one.file, one.key) for one in judged[MOST:]}
        numbers = [one for one in numbers if (one.file, one.key) not in left]
    return tuple(numbers), tuple(remarks)


def _judge_after_all(one: Number) -> Number:
    return Number(one.file, one.key, one.value, one.better, one.tolerance)


def _declared(now: Now) -> tuple[list[str], list[str]]:
    """Metrics and plots files that some `dvc.yaml` names: as outputs of a stage, or at its top; folders opened."""
    found: dict[str, list[str]] = {"metrics": [], "plots": []}
    for stage in now.project.stages:
        for out in stage.outs:
            if out.kind in found and out.path:
                found[out.kind] += _opened(now, out.path)
    for path in now.project.files.metadata():
        if posixpath.basename(path) != "dvc.yaml":
            continue
        tree = load_yaml(now.project.files.read(path) or b"", path)
        for kind in found:
            for name in _names(tree.get(kind) if isinstance(tree, dict) else None):
                place = inside(posixpath.dirname(path), name)
                if place and "${" not in place:
                    found[kind] += _opened(now, place)
    return list(dict.fromkeys(found["metrics"])), list(dict.fromkeys(found["plots"]))


def _names(part: Any) -> Iterator[str]:
    """Files of a top-level `metrics` or `plots`: a list of names, or of names with settings, or a mapping of them."""
    for item in part if isinstance(part, list) else [part] if isinstance(part, dict) else []:
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            for name, settings in item.items():
                axis = settings.get("y") if isinstance(settings, dict) else None
                yield from axis if isinstance(axis, dict) else [str(name)]


def _opened(now: Now, path: str) -> list[str]:
    if not (now.git.root / path).is_dir():
        return [path]
    return [name for name in now.below(path) if name.lower().endswith((*_TEXTS, *_TABLES))]


def _undeclared(now: Now) -> list[str]:
    """Outputs that nobody called metrics, and whose names sound like it."""
    return [
        path
        for path, out in now.outputs.items()
        if path.lower().endswith(_TEXTS) and out.size < _LARGEST and _SOUNDS_LIKE & set(words(posixpath.basename(path)))
    ]


def _of_files(now: Now, files: list[str], pick: Any) -> tuple[list[Number], list[str]]:
    numbers: list[Number] = []
    remarks: list[str] = []
    lacked: set[str] = set()
    for path in files:
        content = now.read(path)
        if content is None:
            lacking = now.lacking(path)  # none: the name of a plot, or a file that no stage writes any more
            if lacking and lacking not in lacked:
                lacked.add(lacking)
                remarks.append(f"{path} {NOT_HERE}: `dvc pull {lacking}`, and call init again to have it proposed")
            continue
        try:
            tree = load_metrics(content, path) if len(content) <= _LARGEST else {}
        except UseError as error:
            remarks.append(f"{path} cannot be read: {error.what}")
            continue
        found = list(pick(path, tree))
        numbers += found
        if not found and pick is _scalars:
            remarks.append(f"{path} holds no finite number")
    return sorted(numbers, key=lambda one: one.key.count(".")), remarks


def _scalars(path: str, tree: Any) -> Iterator[Number]:
    """Every number of a metrics file."""
    for key, value in itertools.islice(leaves(tree), 300):
        if (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and math.isfinite(value)
            and 0 < len(key) <= 300
        ):
            yield _number(path, key, float(value))


def _last_of_curve(path: str, tree: Any) -> Iterator[Number]:
    """The last value of each column of a table that goes along steps; a ROC curve's last point says nothing."""
    if path.lower().endswith(_TABLES) and isinstance(tree, dict):
        clock = [name for name in tree if _CLOCKS & set(words(name))]
        if clock:
            yield from (one for one in _scalars(path, {k: v for k, v in tree.items() if k not in clock}))


def _number(path: str, key: str, value: float) -> Number:
    """A key that says nothing may have a file name that does: `loss.tsv`, column `value`."""
    said = key
    if why_not(key) == UNKNOWN:
        said = f"{posixpath.splitext(posixpath.basename(path))[0]}.{key}"
    if why_not(said) == "" and why_not(f"{posixpath.dirname(path)}.{said}") == TRAINING:
        return Number(path, key, value, better(said), tolerance(value), TRAINING)
    return Number(path, key, value, better(said), tolerance(value), why_not(said))
