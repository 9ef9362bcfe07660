"""A real S3 server (seaweedfs) with roles, and a proxy before it that counts, delays and breaks requests."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from typing import Any

BUCKET = "dvc"
WRITER = {"access_key_id": "writer", "secret_access_key": "writer-secret"}
READER = {"access_key_id": "reader", "secret_access_key": "reader-secret"}


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def seaweed(folder: Path) -> Iterator[int]:
    """The port of a server with one bucket, a role that may write and one that may only read."""
    folder.mkdir(parents=True, exist_ok=True)
    roles = {
        "identities": [
            _identity("writer", WRITER, ["Admin", "Read", "Write", "List", "Tagging"]),
            _identity("reader", READER, [f"Read:{BUCKET}", f"List:{BUCKET}"]),
        ]
    }
    (folder / "s3.json").write_text(json.dumps(roles))
    for _ in range(5):  # a port that was free may be taken by the time the server asks for it
        server, port = _started(folder)
        try:
            if _make_bucket(port, server):
                yield port
                return
        finally:
            server.send_signal(signal.SIGKILL)  # asked politely it takes half a minute
            server.wait()
    raise AssertionError((folder / "log").read_text()[-2000:])


def _started(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    ports = {name: free_port() for name in ("s3.port", "master.port", "volume.port", "filer.port")}
    grpc = {f"{name}.grpc": free_port() for name in ports}
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [
                str(Path(sys.executable).with_name("weed")), "server", f"-dir={folder}", "-s3",
                f"-s3.config={folder / 's3.json'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-volume.max=20",
                "-master.volumeSizeLimitMB=64", "-s3.port.iceberg=0", "-s3.port.lance=0",
                *(f"-{name}={port}" for name, port in {**ports, **grpc}.items()),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )  # fmt: skip
    return server, ports["s3.port"]


def _identity(name: str, keys: dict[str, str], actions: list[str]) -> dict[str, object]:
    credentials = [{"accessKey": keys["access_key_id"], "secretKey": keys["secret_access_key"]}]
    return {"name": name, "credentials": credentials, "actions": actions}


def _make_bucket(port: int, server: subprocess.Popen[bytes]) -> bool:
    """Waits until the server takes a bucket and an object; False where it has ended instead."""
    import s3fs  # type: ignore[import-untyped]
    from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]

    end = time.monotonic() + 60
    while server.poll() is None:
        try:
            fs = s3fs.S3FileSystem(
                key=WRITER["access_key_id"],
                secret=WRITER["secret_access_key"],
                endpoint_url=f"http://127.0.0.1:{port}",
                config_kwargs={"retries": {"max_attempts": 1}, "connect_timeout": 2, "read_timeout": 10},
                skip_instance_cache=True,
            )
            if not fs.exists(BUCKET):
                fs.mkdir(BUCKET)
            fs.pipe_file(f"{BUCKET}/ready", b"")
        except (OSError, BotoCoreError):
            assert time.monotonic() < end, "seaweedfs did not start"
            time.sleep(0.2)
        else:
            return True
    return False


@dataclass
class Proxy:
    """Forwards HTTP/1.1, request by request. `fault(n, method, path)` names what goes wrong with the n-th."""

    target: int
    port: int = 0
    delay: float = 0.0
    """Seconds added to each request."""
    fault: Callable[[int, str, str], str] = lambda *_: ""
    """One of `503`, `403`, `hang`, `short`, `corrupt`, or empty."""
    seen: list[tuple[str, str]] = field(default_factory=list)
    sent: int = 0
    """Bytes that went to the client."""

    def reset(self) -> None:
        self.seen, self.sent = [], 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target, limit=2**24)
        with contextlib.suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError, _OverError):
            while True:
                await self._one(reader, writer, up_reader, up_writer)
        for each in (writer, up_writer):
            each.close()

    async def _one(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        up_reader: asyncio.StreamReader,
        up_writer: asyncio.StreamWriter,
    ) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        headers = _headers(head)
        if headers.pop("expect", ""):
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            head = b"\r\n".join(line for line in head.split(b"\r\n") if not line.lower().startswith(b"expect:"))
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.seen.append((method, path))
        kind = self.fault(len(self.seen), method, path)
        await asyncio.sleep(3600 if kind == "hang" else self.delay)
        if kind in {"503", "403"}:
            await self._refuse(writer, kind, method)
            return
        if kind == "corrupt" and method == "PUT":
            body = body[:-1] + bytes([body[-1] ^ 1]) if body else body
        up_writer.write(head + body)
        await self._answer(writer, up_reader, method, kind)

    async def _refuse(self, writer: asyncio.StreamWriter, kind: str, method: str) -> None:
        code = "SlowDown" if kind == "503" else "AccessDenied"
        text = b"" if method == "HEAD" else f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
        writer.write(f"HTTP/1.1 {kind} No\r\nContent-Length: {len(text)}\r\n\r\n".encode() + text)
        await writer.drain()

    async def _answer(self, writer: asyncio.StreamWriter, up: asyncio.StreamReader, method: str, kind: str) -> None:
        head = await up.readuntil(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        headers = _headers(head)
        if method == "HEAD" or status in {204, 304}:
            body = b""
        elif "chunked" in headers.get("transfer-encoding", ""):
            body = await _chunks(up)
        else:
            body = await up.readexactly(int(headers.get("content-length", 0)))
        self.sent += len(head) + len(body)
        if kind == "corrupt" and method == "GET" and body:
            body = body[:-1] + bytes([body[-1] ^ 1])
        if kind == "short" and method == "GET":
            writer.write(head + body[: len(body) // 2])
            await writer.drain()
            raise _OverError
        writer.write(head + body)
        await writer.drain()


class _OverError(Exception):
    """The connection is to be cut."""


async def _chunks(up: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        size = await up.readuntil(b"\r\n")
        body += size + await up.readexactly(int(size, 16) + 2)
        if int(size, 16) == 0:
            return body


def _headers(head: bytes) -> dict[str, str]:
    lines = (line.decode("latin-1").partition(":") for line in head.split(b"\r\n")[1:] if line)
    return {name.strip().lower(): value.strip() for name, _, value in lines}


@contextlib.contextmanager
def proxy(target: int) -> Iterator[Proxy]:
    """A proxy on a thread of its own."""
    made = Proxy(target)
    loop = asyncio.new_event_loop()

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(10)

    async def begin() -> asyncio.Server:
        return await asyncio.start_server(made.serve, "127.0.0.1", 0, limit=2**24)

    async def stop() -> None:
        server.close()
        for task in asyncio.all_tasks(loop):
            if task is not asyncio.current_task():
                task.cancel()

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = run(begin())
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        run(stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
