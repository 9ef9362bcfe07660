"""The HTTP protocol of uvicorn, with a limit on what comes before and between bodies: it has none of its own."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.log import log

if TYPE_CHECKING:
    import asyncio

HEAD_BYTES = 65_536
"""Of the head of a request. A byte more closes the connection, or one endless header would fill the memory."""
FRAME_BYTES = 2_000_000
"""Of what frames a chunked body and follows it."""
HEAD_SECONDS = 20.0
"""For the head of a request to arrive, from its first byte, or from the connection on."""


_LARGE = "The head of the request is too large."
_UPGRADE = "A request with a body cannot ask for an upgrade here: leave the header Upgrade out, and speak HTTP/1.1."


class BoundedProtocol(HttpToolsProtocol):
    """One connection, whose requests have heads of a bounded size that arrive in a bounded time."""

    _loose = 0
    """Bytes since the last head was complete that belong to no body."""
    _limit = HEAD_BYTES
    _timer: asyncio.TimerHandle | None = None
    _why = ""
    """Why the request is no HTTP that is read here, in words."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody connected."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Somebody hung up."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes of whatever kind."""
        self._loose += len(data)
        super().data_received(data)
        if self._loose > self._limit and not self.transport.is_closing():
            self.send_400_response(_LARGE)

    def on_message_begin(self) -> None:
        """The first byte of a head."""
        super().on_message_begin()
        if self._timer is None:
            self._wait_for_head()

    def on_headers_complete(self) -> None:
        """The last byte of a head."""
        self._stop_waiting()
        if self._loose > HEAD_BYTES or self.parser.should_upgrade():
            self._refuse_head()
        self._loose, self._limit = 0, FRAME_BYTES
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a body: that is limited elsewhere."""
        self._loose -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The end of a request."""
        self._loose, self._limit = 0, HEAD_BYTES
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Say it, or why it was, and hang up."""
        super().send_400_response(self._why or msg)

    def _refuse_head(self) -> None:
        """Raise for a head that came in one piece and is too large, or that wants another protocol after a body.

        httptools does not read the body of a request with `Upgrade`: it would be taken for the next request.
        """
        names = {name for name, _ in self.headers}
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > HEAD_BYTES:
            self._why = _LARGE
        elif self.parser.should_upgrade() and names & {b"content-length", b"transfer-encoding"}:
            self._why = _UPGRADE
        if self._why:
            raise ValueError(self._why)

    def _wait_for_head(self) -> None:
        self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class EventHandler(logging.Handler):
    """uvicorn's own errors (a port that is taken) as events; its warnings on each broken request are dropped."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it, where it is an error."""
        if record.levelno >= logging.ERROR:
            log("server_error", message=record.getMessage()[:300])
