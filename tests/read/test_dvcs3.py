"""Plain S3 is read without DVC's file system, and each trouble with it is named: exit 70, never a verdict."""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.rerun.s3 import free_port

from mergegate.errors import Exit, SurroundingsError
from mergegate.read.dvccache import load_config
from mergegate.read.dvcremote import NetworkRemote, open_remote
from mergegate.read.dvcs3 import S3Remote, is_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

LISTED = """<ListBucketResult><Name>b</Name>{}</ListBucketResult>"""
ONE = "<Contents><Key>dvc/runs/ab/{}</Key><Size>1</Size><LastModified>2026-11-{:02}T00:00:00Z</LastModified></Contents>"


@contextlib.contextmanager
def answering(status: int, body: bytes = b"", *, claim: int | None = None) -> Iterator[int]:
    """The port of a server that answers everything alike; `claim` is the length that it promises."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) if claim is None else claim))
            self.send_header("Connection", "close")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - the name that http.server calls

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No AWS profile of this machine, and no patience with what is made to fail."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "DVC_GLOBAL_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


def remote(root: Path, port: int, more: str = "", deadline: float = 30) -> NetworkRemote:
    (root / ".dvc").mkdir(exist_ok=True)
    (root / ".dvc/config").write_text(
        f"[core]\n    remote = s\n['remote \"s\"']\n    url = s3://b/dvc\n    endpointurl = http://127.0.0.1:{port}\n"
        f"    access_key_id = a\n    secret_access_key = b\n{more}"
    )
    opened = open_remote(load_config(root), deadline=deadline)
    assert isinstance(opened, NetworkRemote)
    return opened


@pytest.mark.slow
def test_what_is_there_is_brought_measured_and_listed_newest_first(tmp_path: Path) -> None:
    with answering(200, b"hello") as port:
        opened = remote(tmp_path, port)
        assert isinstance(opened, S3Remote)
        assert opened.get("files/md5/ab/c", tmp_path / "back")
        assert (tmp_path / "back").read_bytes() == b"hello"
        assert opened.size("files/md5/ab/c") == 5
        with pytest.raises(SurroundingsError, match="the disk failed: no space left on device"):
            opened.get("files/md5/ab/c", Path("/dev/full"))
    with answering(200, LISTED.format(ONE.format("old", 1) + ONE.format("new", 2)).encode()) as port:
        assert remote(tmp_path, port).names("runs/ab") == ["new", "old"]
    with answering(200, LISTED.format("").encode()) as port:
        assert remote(tmp_path, port).names("runs/ab") == []


def test_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    with answering(404, b"<Error><Code>NoSuchKey</Code></Error>") as port:
        opened = remote(tmp_path, port)
        assert not opened.get("files/md5/ab/c", tmp_path / "back")
        assert opened.size("files/md5/ab/c") is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (403, b"<Error><Code>AccessDenied</Code></Error>", "refused"),
        (403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", "refused"),
        (404, b"<Error><Code>NoSuchBucket</Code></Error>", "NoSuchBucket"),
        (503, b"<Error><Code>SlowDown</Code></Error>", "SlowDown"),
        (500, b"no XML", "500"),
    ],
)
def test_an_answer_that_is_an_error_is_named(tmp_path: Path, status: int, body: bytes, said: str) -> None:
    with answering(status, body) as port, pytest.raises(SurroundingsError, match=said) as caught:
        remote(tmp_path, port).get("files/md5/ab/c", tmp_path / "back")
    assert caught.value.code is Exit.SURROUNDINGS
    assert caught.value.where == "s3://b/dvc"
    assert caught.value.do


@pytest.mark.slow
def test_a_refused_connection_a_cut_answer_and_a_hanging_server_are_named(tmp_path: Path) -> None:
    with pytest.raises(SurroundingsError, match="Could not connect"):
        remote(tmp_path, free_port()).size("files/md5/ab/c")
    with answering(200, b"half", claim=8) as port, pytest.raises(SurroundingsError, match="reading files/md5/ab/c"):
        remote(tmp_path, port).get("files/md5/ab/c", tmp_path / "back")
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        opened = remote(tmp_path, silent.getsockname()[1], deadline=1)
        with pytest.raises(SurroundingsError, match="no progress"):
            opened.size("files/md5/ab/c")


@pytest.mark.slow
def test_missing_credentials_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with answering(200) as port:
        remote(tmp_path, port)
        config = tmp_path / ".dvc/config"
        config.write_text(
            "".join(line for line in config.read_text().splitlines(keepends=True) if "access" not in line)
        )
        opened = open_remote(load_config(tmp_path))
        with pytest.raises(SurroundingsError, match=r"refused \(Unable to locate credentials\)") as caught:
            opened.size("files/md5/ab/c")
    assert "credentials" in caught.value.do


def test_a_profile_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SurroundingsError, match="nobody"):
        remote(tmp_path, 1, "    profile = nobody\n")


@pytest.mark.parametrize(
    ("settings", "plain"),
    [
        ({"url": "s3://b/dvc"}, True),
        ({"url": "s3://b"}, True),
        ({"url": "s3://b/dvc", "use_ssl": "false", "read_timeout": "5", "verify": "true"}, True),
        ({"url": "s3://b/dvc", "sse_customer_key": "x"}, False),
        ({"url": "s3://b/dvc", "credentialpath": "x"}, False),
        ({"url": "s3://b/dvc", "ssl_verify": "/etc/ca.pem"}, False),
        ({"url": "s3://b/dvc", "read_timeout": "soon"}, False),
        ({"url": "remote://other/dvc"}, False),
        ({}, False),
    ],
)
def test_settings_that_this_room_does_not_know_go_through_dvc(settings: dict[str, str], plain: bool) -> None:
    assert is_plain(settings) is plain
