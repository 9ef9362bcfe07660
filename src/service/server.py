"""The process: listens, follows, and leaves without losing an answer."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import TYPE_CHECKING

import uvicorn

from service import app
from service.board import Board
from service.door import Door
from service.follow import Follower
from service.log import log
from service.sample import Sampler
from service.telemetry import Telemetry
from service.wire import BoundedProtocol, EventHandler

if TYPE_CHECKING:
    import socket
    from types import FrameType

    from service.settings import Settings

_KEEP_ALIVE = 75
"""Seconds that an idle connection is kept: longer than the clients' own, so that they close it, and none races us."""


class Server(uvicorn.Server):
    """uvicorn, with a follower beside it and a slower good-bye."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.board = settings, Board()
        logging.getLogger("uvicorn").addHandler(EventHandler())
        telemetry = Telemetry(self.board, self._in_hand)
        self.follower = Follower(settings, self.board, telemetry)
        how = settings.sampling
        sampler = Sampler(how, lambda why: log("sampling_stopped", why=why)) if how else None
        door = Door(app.make(self.board, telemetry, sampler), self.board, settings.limits, telemetry, self._in_hand)
        super().__init__(
            uvicorn.Config(
                door, host=settings.host, port=settings.port, http=BoundedProtocol, ws="none", lifespan="off",
                log_config=None, access_log=False, server_header=False, timeout_keep_alive=_KEEP_ALIVE,
                timeout_graceful_shutdown=int(settings.drain),
            )
        )  # fmt: skip

    def _in_hand(self) -> int:
        return len(self.server_state.tasks)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, say where, and begin to follow: `/livez` answers before the first version is ready."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        log("listening", address=f"http://{f'[{host}]' if ':' in host else host}:{port}", stage=self.settings.stage)
        self._loop.add_signal_handler(signal.SIGHUP, self.follower.hurry)
        self.follower.start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - as uvicorn calls it
        """The first signal: not ready, then closed, then gone. The second: gone."""
        if self.board.draining or not self.started:
            self.should_exit = self.force_exit = True
            return
        self.board.draining = True
        self.follower.stop()
        self._loop.call_soon_threadsafe(self._drain, signal.Signals(sig).name)

    def _drain(self, name: str) -> None:
        log("draining", signal=name, in_hand=self._in_hand())
        self._loop.call_later(self.settings.notice, self._close)

    def _close(self) -> None:
        self.board.closed = True
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Wait for the answers under way, and say that all is done."""
        await super().shutdown(sockets)
        log("stopped", unanswered=self._in_hand())
