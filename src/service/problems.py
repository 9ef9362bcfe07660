"""How a request is refused: a status, a code for programs and a sentence for people, never what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field of a request."""

    path: str
    """Where it is: `items[3].utterance`; empty for the whole. Only names of our own, never a key that was sent."""
    message: str


class RefusedError(Exception):
    """A request that gets no answer, and why. `code` is for programs: `invalid`, `too_large`, `busy` ..."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        faults: tuple[Fault, ...] = (),
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.faults, self.headers = status, code, message, faults, headers

    def body(self) -> bytes:
        """The problem as JSON."""
        said: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.faults:
            said["fields"] = [{"path": fault.path, "message": fault.message} for fault in self.faults]
        return orjson.dumps(said)

    def response(self) -> Response:
        """The problem as an answer."""
        return Response(self.body(), self.status, dict(self.headers), "application/json")


def invalid(message: str, faults: Iterable[Fault] = ()) -> RefusedError:
    """The request was read, and cannot be answered."""
    return RefusedError(422, "invalid", message, tuple(faults))


def unavailable(code: str, message: str, seconds: int = 1) -> RefusedError:
    """Not now: the same request may be answered in `seconds`."""
    return RefusedError(503, code, message, headers={"Retry-After": str(seconds)})
