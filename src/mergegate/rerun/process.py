"""Runs a stage's commands so that nothing outlives it: not its children, not when this process is killed.

A guard process leads the process group of each command and waits on a pipe from here. When this process ends, however
it ends, the pipe closes and the guard kills the group.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_GUARD = "read -r ended || kill -KILL 0"
_TAIL = 20
_GRACE = 5.0
_SAMPLE = 0.1


@dataclass
class Finished:
    """How a stage's commands ended."""

    code: int
    """Exit code of the last command that ran; negative for a signal."""
    seconds: float
    peak_bytes: int
    command: str
    """The command that ended it."""
    tail: tuple[str, ...]
    """The last lines of its output."""
    timed_out: bool = False


@dataclass
class Running:
    """A stage whose commands run on a thread of their own. `stop` ends it with all its children."""

    commands: Sequence[str]
    folder: Path
    env: Mapping[str, str]
    log: Path
    on_line: Callable[[str], None] | None = None
    deadline: float | None = None
    """Seconds for all commands together."""
    finished: Finished | None = None
    error: OSError | None = None
    _stopped: bool = False
    _group: int = 0
    _tail: deque[str] = field(default_factory=lambda: deque(maxlen=_TAIL))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None

    def start(self, done: Callable[[], None]) -> None:
        """Starts the commands; calls `done` from the thread when they have ended."""

        def work() -> None:
            try:
                self.finished = self._run_all()
            except OSError as error:
                self.error = error
            finally:
                done()

        self._thread = threading.Thread(target=work, daemon=True, name="mergegate-stage")
        self._thread.start()

    def stop(self) -> None:
        """Asks the group to end, then makes it."""
        self._stopped = True
        with self._lock:
            group = self._group
        if group:
            _signal_group(group, signal.SIGTERM)
            if self._thread is not None:
                self._thread.join(_GRACE)
            _signal_group(group, signal.SIGKILL)
        if self._thread is not None:
            self._thread.join(_GRACE)

    def _run_all(self) -> Finished:
        begun = time.monotonic()
        peak = 0
        code, command, late = 0, "", False
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            for command in self.commands:
                if self._stopped:
                    break
                left = None if self.deadline is None else self.deadline - (time.monotonic() - begun)
                code, used, late = self._run_one(command, log, left)
                peak = max(peak, used)
                if code:
                    break
        return Finished(code, time.monotonic() - begun, peak, command, tuple(self._tail), late)

    def _run_one(self, command: str, log: object, left: float | None) -> tuple[int, int, bool]:
        guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        try:
            with self._lock:
                self._group = guard.pid
            child = subprocess.Popen(
                [*shell(), command],
                cwd=self.folder,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                process_group=guard.pid,
            )
            return self._watch(child, guard.pid, log, left)
        finally:
            with self._lock:
                self._group = 0
            _signal_group(guard.pid, signal.SIGKILL)  # the guard too, and whatever the command left behind
            guard.wait()
            if guard.stdin is not None:
                guard.stdin.close()

    def _watch(
        self, child: subprocess.Popen[bytes], group: int, log: object, left: float | None
    ) -> tuple[int, int, bool]:
        reader = threading.Thread(target=self._read, args=(child, log), daemon=True, name="mergegate-output")
        reader.start()
        meter = _Meter(child.pid, group)
        end = None if left is None else time.monotonic() + left
        late = False
        wait = 0.005
        while True:
            try:
                code = child.wait(wait)
                break
            except subprocess.TimeoutExpired:
                wait = min(_SAMPLE, wait * 2)
                meter.sample()
            if end is not None and time.monotonic() > end:
                late = True
                _signal_group(group, signal.SIGKILL)
        _signal_group(group, signal.SIGKILL)
        reader.join(_GRACE)
        return code, meter.peak, late

    def _read(self, child: subprocess.Popen[bytes], log: object) -> None:
        stream = child.stdout
        if stream is None:
            return
        with stream:
            for raw in stream:
                with contextlib.suppress(OSError, ValueError):
                    log.write(raw)  # type: ignore[attr-defined]
                    log.flush()  # type: ignore[attr-defined]
                line = raw.decode("utf-8", "replace").rstrip("\n")
                self._tail.append(line)
                if self.on_line is not None:
                    self.on_line(line)


class _Meter:
    """The largest memory of a process and its descendants, sampled: the kernel's own figure counts the parent's."""

    def __init__(self, pid: int, group: int) -> None:
        self.pid = pid
        self.group = group
        self.peak = 0
        self.sample()

    def sample(self) -> None:
        """Takes a reading; a process that has ended meanwhile counts for nothing."""
        now = highest = 0
        for pid in _family(self.pid):
            resident, high = _memory(pid)
            now += resident
            highest = max(highest, high)
        self.peak = max(self.peak, now, highest)


def _family(pid: int) -> list[int]:
    found, queue = [], [pid]
    while queue:
        at = queue.pop()
        found.append(at)
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{at}/task").iterdir():
                queue += [int(child) for child in (task / "children").read_text().split()]
    return found


def _memory(pid: int) -> tuple[int, int]:
    """(resident now, high-water mark) in bytes; zeros where the system does not tell."""
    values = {"VmRSS": 0, "VmHWM": 0}
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            name, _, rest = line.partition(":")
            if name in values:
                values[name] = int(rest.split()[0]) * 1024
    return values["VmRSS"], values["VmHWM"]


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def shell() -> list[str]:
    """The shell that DVC would use, told to read no settings of the user."""
    chosen = os.environ.get("SHELL") or "/bin/sh"
    options = {"bash": ["--noprofile", "--norc"], "zsh": ["--no-rcs"]}.get(Path(chosen).name, [])
    return [chosen, *options, "-c"]


def commands_of(cmd: str | Sequence[str]) -> tuple[str, ...]:
    """The commands of a stage, one after the other: a list as it is, a text line by line, as DVC takes it."""
    return tuple(cmd.splitlines()) if isinstance(cmd, str) else tuple(str(part) for part in cmd)
