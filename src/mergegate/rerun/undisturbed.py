"""What holds around a run: nobody else runs in the folder, and a polite kill lets the stages end first."""

from __future__ import annotations

import contextlib
import fcntl
import signal
import threading
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType


@contextlib.contextmanager
def alone(root: Path) -> Iterator[None]:
    """One run at a time; the kernel drops the lock when the process ends, however it ends."""
    path = root / ".dvc" / "tmp" / "mergegate" / "run.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SurroundingsError(
                "another `mergegate run` is at work in this folder", where=str(root), do="wait until it has ended"
            ) from None
        yield


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Lets a polite kill unwind, so that the stages are stopped, and then ends as that signal would."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    got: list[int] = []

    def raise_(number: int, _: FrameType | None) -> None:
        got.append(number)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, raise_) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if got:
            signal.raise_signal(got[0])
