"""The service, or a contestant, as a process of its own: started, waited for, asked, measured and ended."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import signal
    from collections.abc import Sequence
    from pathlib import Path

    Answer = tuple[int, dict[str, str], bytes]
SECONDS = 60.0
"""For a start or an end, on a busy machine."""


@dataclass
class Process:
    """A server on a port of its own."""

    command: Sequence[str]
    log: Path
    cpu: int | None = None
    """The one core that it may use; None for any."""
    port: int = 0
    started: float = 0.0
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        pin = ["taskset", "-c", str(self.cpu)] if self.cpu is not None else []
        self.started = time.monotonic()
        with self.log.open("wb") as out:
            self._child = subprocess.Popen(
                [*pin, *self.command], stdout=out, stderr=subprocess.STDOUT, env=dict(os.environ)
            )
        self.port = int(self.wait_for_line(r'"address":"http://[^"]*:(\d+)"')[1])
        return self

    def __exit__(self, *_: object) -> None:
        if self._child is not None and self._child.poll() is None:
            self._child.kill()
            self._child.wait()

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self._child is not None
        return self._child.pid

    def wait_for_line(self, pattern: str) -> re.Match[str]:
        """The first match in the log, which is waited for."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            found = re.search(pattern, self.log.read_text(encoding="utf-8"))
            if found:
                return found
            if self._child is not None and self._child.poll() is not None:
                break
            time.sleep(0.01)
        raise RuntimeError(f"no {pattern} in the log:\n{self.log.read_text(encoding='utf-8')[-3000:]}")

    def events(self, name: str = "") -> list[dict[str, Any]]:
        """The events of the log, of one name where it is given."""
        lines = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines() if line[:1] == "{"]
        return [line for line in lines if name in {"", line["event"]}]

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Status, headers (lower case) and body of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            told = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, {"Content-Type": "application/json", **told})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def post(self, path: str, value: object) -> tuple[int, Any]:
        """Status and JSON of an answer to a JSON question."""
        status, _, body = self.ask("POST", path, json.dumps(value).encode())
        return status, json.loads(body)

    def get(self, path: str) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        status, _, body = self.ask("GET", path)
        return status, json.loads(body)

    def wait_until_ready(self) -> float:
        """Seconds from the start until `/readyz` says so."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            if self.get("/readyz")[0] == 200:
                return time.monotonic() - self.started
            time.sleep(0.02)
        raise RuntimeError(f"not ready:\n{self.log.read_text(encoding='utf-8')[-3000:]}")

    def memory(self, which: str = "VmRSS") -> float:
        """Resident memory in MB: now, or the most (`VmHWM`)."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:  # noqa: PTH123 - the kernel's, not ours
            return next(int(line.split()[1]) for line in file if line.startswith(which)) / 1024

    def signal(self, which: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self.pid, which)

    def wait(self) -> int:
        """The exit code, which is waited for."""
        assert self._child is not None
        return self._child.wait(SECONDS)


def service(repo: Path, log: Path, *options: str, cpu: int | None = None) -> Process:
    """The service on that repository."""
    return Process([sys.executable, "-m", "service", "--repo", str(repo), "--port", "0", *options], log, cpu)
