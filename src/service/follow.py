"""Follows the tags of a stage: takes what is new once it is proven, and keeps what was there where it is not."""

from __future__ import annotations

import gc
import threading
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.errors import MergegateError
from mergegate.facts import Absent
from mergegate.read.git import Git, complaint
from service import origin
from service.board import Refused
from service.log import log
from service.settings import MODELS

if TYPE_CHECKING:
    from pathlib import Path

    from service.board import Board, Version
    from service.settings import Settings
    from service.telemetry import Telemetry

_LONGEST_WAIT = 300.0
"""Seconds until a version that was refused is tried again, at the latest."""


@dataclass(slots=True)
class _Failure:
    """What was refused last, so that it is not tried, nor said, at each look."""

    key: tuple[str, ...]
    why: str
    again: float
    wait: float


class Follower:
    """A thread that looks at the tags every few seconds, or when it is told to."""

    def __init__(self, settings: Settings, board: Board, telemetry: Telemetry) -> None:
        self.settings, self.board, self.telemetry = settings, board, telemetry
        self._look_now = threading.Event()
        self._stopped = False
        self._not_fetched = ""
        """Why the tags could not be fetched last, so that it is said once."""
        self._failed: dict[str, _Failure] = {}

    def start(self) -> None:
        """Begin, on a thread of its own that ends with the process."""
        threading.Thread(target=self._run, daemon=True, name="follower").start()

    def hurry(self) -> None:
        """Look at once, also at what was refused before."""
        self._failed.clear()
        self._look_now.set()

    def stop(self) -> None:
        """Take nothing new any more."""
        self._stopped = True
        self._look_now.set()

    def _run(self) -> None:
        self.look()
        while True:
            self._look_now.wait(self.settings.poll or None)
            self._look_now.clear()
            if self._stopped:
                return
            self.look()

    def look(self) -> None:
        """One look: fetch the tags, and take what they name, model by model."""
        if self.settings.stage:
            self._fetch()
        for model in MODELS:
            key: tuple[str, ...] = ()
            try:
                target = origin.wanted(self.settings, model)
                if isinstance(target, Absent):
                    self._missing(model, target)
                    continue
                key = _key(target.version)
                if self._is_served(target.version):
                    self._failed.pop(model, None)
                    self.board.refused.pop(model, None)
                elif not self._waits(model, key):
                    self._take(model, target)
            except MergegateError as error:
                self._refuse(model, key, error)
            except Exception as error:  # noqa: BLE001 - a released file that breaks our own code must not end the following
                self._refuse(model, key, _broken(error))

    def _take(self, model: str, target: origin.Target) -> None:
        started = time.perf_counter()
        served = origin.load(self.settings.repo, target)
        before = self.board.served.get(model)
        self.board.served[model] = served
        self.board.refused.pop(model, None)
        self._failed.pop(model, None)
        self.telemetry.swaps.labels(model, "taken").inc()
        if before is None:
            gc.freeze()  # what is loaded now stays: the collector need not look at it while requests wait
        found = served.version
        log(
            "taken", model=model, version=found.version, digest=found.digest, commit=found.commit,
            before=before.version.version if before else None, golden=served.golden,
            seconds=round(time.perf_counter() - started, 3), ready=self.board.ready,
        )  # fmt: skip

    def _refuse(self, model: str, key: tuple[str, ...], error: MergegateError) -> None:
        failed = self._failed.get(model)
        known = failed is not None and (failed.key, failed.why) == (key, error.what)
        wait = min(_LONGEST_WAIT, failed.wait * 2) if known and failed else max(1.0, self.settings.poll)
        self._failed[model] = _Failure(key, error.what, time.monotonic() + wait, wait)
        if known:
            return
        version = key[0] if key else ""
        self.board.refused[model] = Refused(version, error.what, origin.now())
        self.telemetry.swaps.labels(model, "refused").inc()
        served = self.board.served.get(model)
        log(
            "refused", model=model, version=version or None, why=error.what, where=error.where, do=error.do,
            kept=served.version.version if served else None,
        )  # fmt: skip

    def _missing(self, model: str, absent: Absent) -> None:
        served = self.board.served.get(model)
        do = absent.do or "promote a version"
        self._refuse(model, (), MergegateError(absent.why, where=absent.what, do=do)) if served is None else None

    def _is_served(self, version: Version) -> bool:
        served = self.board.served.get(version.model)
        return served is not None and _key(served.version) == _key(version)

    def _waits(self, model: str, key: tuple[str, ...]) -> bool:
        failed = self._failed.get(model)
        return failed is not None and failed.key == key and time.monotonic() < failed.again

    def _fetch(self) -> None:
        """New tags of the repository that this one was cloned from. One that was changed there is not taken over."""
        why = _fetched(self.settings.repo)[:300]
        if why and why != self._not_fetched:
            log("not_fetched", why=why)
        self._not_fetched = why


def _fetched(repo: Path) -> str:
    """Why the tags could not be fetched; empty where they were, or where there is nowhere to fetch from."""
    try:
        git = Git(repo)
        if not git.line("remote"):
            return ""
        done, said = git.tried("fetch", "--no-write-fetch-head", "--tags")
    except MergegateError as error:  # no git, no answer in time, or no process left for it: the next look may have one
        return error.what
    return "" if done else complaint(said)


def _broken(error: Exception) -> MergegateError:
    """A failure that nobody foresaw, in the words of one that somebody did."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    return MergegateError(
        f"its files made the service fail ({type(error).__name__})",
        where=f"{at.filename}:{at.lineno}",
        do="promote another version, and report this as a fault of the service",
    )


def _key(version: Version) -> tuple[str, ...]:
    """What makes a version another one. A revision's digest is known only once it is loaded, and its commit tells."""
    released = version.version != origin.UNRELEASED
    return version.version, version.commit, version.digest if released else "", str(version.number), version.state
