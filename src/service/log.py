"""What the service says while it runs: a line of JSON for each event. Never anything that was sent to it."""

from __future__ import annotations

import datetime as dt
import sys

import orjson


def log(event: str, **facts: object) -> None:
    """Write one event to the standard output."""
    at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    sys.stdout.write(orjson.dumps({"at": at, "event": event, **facts}).decode() + "\n")
    sys.stdout.flush()
