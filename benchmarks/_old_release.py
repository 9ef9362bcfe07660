"""The data of an earlier release of the intents, for a model that is really stale."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks._planted import OLD_RELEASE, OLD_ROWS

if TYPE_CHECKING:
    from pathlib import Path

_COLLECT = """
import sys
from pathlib import Path
from intent import collect
Path(sys.argv[1]).write_bytes(collect.as_csv(collect.collect()))
"""


def collect_old(folder: Path, clone: Path) -> bool:
    """Collect the utterances of the old release beside `clone`; False where that release cannot be had."""
    rows = clone / OLD_ROWS
    if not rows.is_file():
        package = _unpacked(folder / "old")
        if package is None:
            return False
        rows.parent.mkdir(exist_ok=True)
        env = {**os.environ, "PYTHONPATH": f"{package}{os.pathsep}{clone / 'src'}"}
        subprocess.run([sys.executable, "-c", _COLLECT, str(rows)], env=env, check=True, capture_output=True)
    return True


def _unpacked(folder: Path) -> Path | None:
    """The release in a folder of its own, never in the project's environment."""
    target, uv = folder / OLD_RELEASE, shutil.which("uv")
    if uv is not None and not target.is_dir():
        package = f"home-assistant-intents=={OLD_RELEASE}"
        subprocess.run([uv, "pip", "install", "--quiet", "--no-deps", "--target", str(target), package], check=False)
    return target if target.is_dir() else None
