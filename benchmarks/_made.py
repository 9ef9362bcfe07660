"""Where, when and with what a measurement was made: what each file of metrics/benchmarks says of itself."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def today() -> str:
    """The day, by UTC."""
    return dt.datetime.now(dt.UTC).date().isoformat()


def versions(*libraries: str) -> dict[str, str]:
    """Of each library, the installed one."""
    return {name: version(name) for name in libraries}


def cores(of_them: str = "") -> str:
    """The machine in a few words; `of_them` says how many of its cores were used, where not all."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores{of_them}"


def made(*libraries: str, of_them: str = "") -> dict[str, str]:
    """For what no load can change: day, machine, Python, libraries."""
    return {
        "date": today(),
        "machine": cores(of_them),
        "python": platform.python_version(),
        **versions(*libraries),
    }


def machine(load_before: float) -> dict[str, Any]:
    """For timings: what they were taken on, and how busy that was before they began."""
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "load_before": round(load_before, 2),
    }


def tell(found: Mapping[str, Any], out: Path | None) -> None:
    """Print what was found as JSON, and write it where somebody asked for a file."""
    text = json.dumps(found, indent=2) + "\n"
    if out:
        out.write_text(text, encoding="utf-8", newline="\n")
    sys.stdout.write(text)
