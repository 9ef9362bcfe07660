"""Templates of generated code: what is the same for every card, with holes for what is not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_HOLE = re.compile(r"@([A-Z_]+)@")


def filled(template: Path, holes: Mapping[str, str]) -> str:
    """The template with each `@HOLE@` filled; what fills a hole is not looked at again. KeyError: a hole is unknown."""
    return _HOLE.sub(lambda hole: holes[hole.group(1)], template.read_text(encoding="utf-8"))
