"""Gives up on what makes no progress, and says what a remote failed with in words."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, TypeVar

from mergegate.errors import MergegateError, SurroundingsError, UseError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
DEADLINE = 60.0
"""Seconds without progress after which a network operation is given up, unless MERGEGATE_DEADLINE says otherwise."""
_NO_KEYS = frozenset({"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"})
_REFUSALS = frozenset({"403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"})


def chosen_deadline() -> float:
    """Seconds without progress, from MERGEGATE_DEADLINE or the default; raises `UseError` for no positive number."""
    said = os.environ.get("MERGEGATE_DEADLINE", "")
    try:
        seconds = float(said or DEADLINE)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise UseError(f"MERGEGATE_DEADLINE is {said!r}", where="the environment", do="set it to seconds, such as 60")
    return seconds


def within_deadline(act: Callable[[Callable[[], None]], T], what: str, where: str, deadline: float) -> T:
    """Runs `act(beat)` on its own thread; raises `SurroundingsError` after `deadline` seconds without a beat.

    A thread cannot be stopped, so a hanging one is a daemon: it ends with the process.
    """
    last = [time.monotonic()]
    done = threading.Event()
    result: list[T] = []
    failure: list[BaseException] = []

    def beat() -> None:
        """Says that something arrived."""
        last[0] = time.monotonic()

    def work() -> None:
        """Acts, and leaves what came of it."""
        try:
            result.append(act(beat))
        except BaseException as error:  # noqa: BLE001 - carried to the waiting thread, where it is raised
            failure.append(error)
        finally:
            done.set()

    threading.Thread(target=work, daemon=True, name="mergegate-remote").start()
    while not done.wait(max(0.0, min(deadline, last[0] + deadline - time.monotonic()))):
        if time.monotonic() - last[0] >= deadline:
            raise SurroundingsError(
                f"{what}: no progress for {deadline:.0f} s",
                where=where,
                do="see whether the remote is up and reachable from here, then run the command again",
            )
    if failure:
        raise _in_words(failure[0], what, where) from failure[0]
    return result[0]


def _in_words(error: BaseException, what: str, where: str) -> BaseException:
    if isinstance(error, MergegateError) or not isinstance(error, Exception):
        return error
    said = (str(error).strip().splitlines() or [type(error).__name__])[0]
    response = getattr(error, "response", None)  # botocore's errors of the connection have one that is None
    code = str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""
    if isinstance(error, PermissionError) or code in _REFUSALS or type(error).__name__ in _NO_KEYS:
        return SurroundingsError(
            f"{what}: refused ({said})",
            where=where,
            do="give this job credentials that may do that, or use a job that has",
        )
    return SurroundingsError(
        f"{what}: {said}", where=where, do="see whether the remote is up and its address right, then run it again"
    )
