"""A small real HTTP service that serves what `test` points to, in the form that promotions ask for."""

from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from mergegate.facts.release import Standing
from mergegate.read.releases import in_stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def serving(root: Path, answer: str = "on") -> Iterator[str]:
    """The address of a service that gives `answer` to every question, in the name of the version in test."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send({"toy": self._which()})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._send({"intent": answer, **self._which()})

        def _which(self) -> dict[str, Any]:
            found = in_stage(root, "toy", "test")
            assert isinstance(found, Standing)
            return {"version": found.release.version, "digest": found.release.digest}

        def _send(self, told: dict[str, Any]) -> None:
            body = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
