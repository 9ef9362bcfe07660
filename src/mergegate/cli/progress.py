"""Says what long work is at: on a terminal alone, and gone when it is done."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """A function that names the step that begins; it says nothing unless a person looks at the standard error.

    Nothing is left on the screen afterwards. A terminal that cannot move its cursor (`TERM=dumb`) is left alone.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") in {None, "", "dumb"}:
        yield lambda _: None
        return
    from rich.console import Console

    from mergegate.report.escape import clean

    with Console(stderr=True, markup=False, emoji=False).status("") as status:
        yield lambda text: status.update(f"{clean(text)} …")
