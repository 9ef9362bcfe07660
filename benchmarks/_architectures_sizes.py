"""How much has to be there: the files of a version, and the installed libraries behind it."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks._architectures_world import ROOT
from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterable

SERVED = ("models/intent/model.npz", "criteria/loan.yaml", "criteria/generated/loan.py")
"""What decides, of both models."""


def closure(wanted: Iterable[str]) -> dict[str, Distribution]:
    """The installed distributions that these requirements pull in, by name; what is not installed here is left out."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement(text) for text in wanted]
    while waiting:
        one = waiting.pop()
        name = re.sub(r"[-_.]+", "-", one.name).lower()
        if (one.marker and not one.marker.evaluate({"extra": ""})) or name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue
        for text in found[name].requires or ():
            needed = Requirement(text)
            extras = [extra for extra in one.extras if needed.marker and needed.marker.evaluate({"extra": extra})]
            if extras:
                needed.marker = None
            waiting.append(needed)
    return found


def megabytes(found: dict[str, Distribution]) -> float:
    """Of their installed files."""
    paths = {str(each.locate_file(file)) for each in found.values() for file in each.files or ()}
    return sum(_size(path) for path in paths) / 1e6


def _size(path: str) -> int:
    file = Path(path)
    return file.stat().st_size if file.is_file() else 0


def sizes(clone: Path) -> dict[str, float]:
    """Megabytes: libraries of either architecture, data and outputs that CI holds, files that a service brings."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    gate = closure(project["dependencies"])
    pipelines = closure([*project["dependencies"], *extras["pipelines"], *extras["data"]])
    service = closure([*project["dependencies"], *extras["service"], "pyarrow"])
    held = sum(
        file.stat().st_size for name in ("data", "work", "models", "predictions") for file in files(clone / name)
    )
    return {
        "libraries_gate_mb": round(megabytes(gate), 1),
        "libraries_ci_mb": round(megabytes(pipelines), 1),
        "libraries_service_mb": round(megabytes(service), 1),
        "data_and_outputs_mb": round(held / 1e6, 1),
        "served_files_mb": round(sum((clone / name).stat().st_size for name in SERVED) / 1e6, 2),
    }


def files(folder: Path) -> list[Path]:
    """The files below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]
