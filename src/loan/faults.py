"""How a stage fails: in plain words, with what, where and what to do, and a non-zero exit."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class StageError(Exception):
    """Data, params or a model file that a stage cannot work with."""

    def __init__(self, what: str, *, where: object = "", do: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.do = what, str(where), do

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.do:
            lines.append(f"  do:    {self.do}")
        return "\n".join(lines)


def run_stage(stage: Callable[[], None]) -> None:
    """Call `stage`; where it raises a StageError, say it on stderr and exit 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # no terminal is too plain to be told
    try:
        stage()
    except StageError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
