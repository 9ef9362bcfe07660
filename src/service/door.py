"""The door: what is turned away before anything looks at it. Bodies by size, requests by number, all when closing."""

from __future__ import annotations

import asyncio
import time
import traceback
from typing import TYPE_CHECKING, Any

from service.log import log
from service.problems import RefusedError, unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from service.board import Board
    from service.settings import Limits
    from service.telemetry import Telemetry

BODY = "service.body"
"""Where the whole body lies in the scope of a request."""
_LINGER = 2.0
"""Seconds that the rest of a refused body is thrown away: who is still sending would else not read the answer."""
_CLOSE = {"Connection": "close"}


class _GoneError(Exception):
    """Who asked has hung up."""


class Door:
    """An ASGI application around another one."""

    def __init__(
        self, app: ASGIApp, board: Board, limits: Limits, telemetry: Telemetry, in_hand: Callable[[], int]
    ) -> None:
        self.app, self.board, self.limits, self.telemetry, self.in_hand = app, board, limits, telemetry, in_hand
        self.reading = 0
        """Requests whose body is still arriving."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] != "http":
            return
        started, status = time.perf_counter(), 0

        async def counting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            if scope["path"].startswith("/v1/") and scope["method"] == "POST":
                self._admit()
                scope[BODY] = await self._body(scope, receive)
            await self.app(scope, receive, counting)
        except _GoneError:
            return
        except RefusedError as refused:
            await _refuse(refused, receive, counting)
        except Exception as error:  # noqa: BLE001 - a fault of ours: said without what was sent, and the service goes on
            where = traceback.extract_tb(error.__traceback__)[-1]
            log("failed", error=type(error).__name__, where=f"{where.filename}:{where.lineno}")
            if not status:
                await _refuse(RefusedError(500, "failed", "the service failed; the log says where"), receive, counting)
        finally:
            self.telemetry.answered(scope["path"], status, time.perf_counter() - started)

    def _admit(self) -> None:
        if self.board.closed:
            refused = unavailable("closing", "this service is closing; ask another one, or again")
            raise RefusedError(503, refused.code, refused.message, headers={**refused.headers, **_CLOSE})
        if self.reading >= self.limits.reading or self.in_hand() - self.reading > self.limits.queue:
            raise unavailable("busy", "too many requests are in hand; come again")

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        limit = self.limits.batch_body if scope["path"].endswith("/batch") else self.limits.body
        if _announced(scope) > limit:
            raise _too_large(limit)
        self.reading += 1
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                return await _read(receive, limit)
        except TimeoutError:
            raise RefusedError(408, "slow", "the body did not arrive in time", headers=_CLOSE) from None
        finally:
            self.reading -= 1


def _too_large(limit: int) -> RefusedError:
    return RefusedError(413, "too_large", f"the body may have at most {limit} bytes", headers=_CLOSE)


def _announced(scope: Scope) -> int:
    """The Content-Length; 0 where there is none (the HTTP parser lets nothing in that is no number)."""
    return next((int(value) for name, value in scope["headers"] if name == b"content-length"), 0)


async def _read(receive: Receive, limit: int) -> bytes:
    message = await receive()
    body: Any = message.get("body", b"")
    if message.get("more_body"):
        parts, size = [body], len(body)
        while message.get("more_body") and size <= limit:
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
        body = b"".join(parts)
    if message["type"] == "http.disconnect":
        raise _GoneError
    if len(body) > limit:
        raise _too_large(limit)
    return bytes(body)


async def _refuse(refused: RefusedError, receive: Receive, send: Send) -> None:
    """Answer, and where the connection is to close, let who asked finish sending, a little while."""
    body = refused.body()
    headers = {"content-type": "application/json", "content-length": str(len(body)), **refused.headers}
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refused.status, "headers": pairs})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    if "Connection" in refused.headers:
        await _throw_away(receive)
    await send({"type": "http.response.body", "body": b""})


async def _throw_away(receive: Receive) -> None:
    try:
        async with asyncio.timeout(_LINGER):
            while (await receive()).get("more_body"):
                pass
    except TimeoutError:
        return
