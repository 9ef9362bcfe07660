"""A real SSH server: publish, run and the audit, as for any other remote."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.rerun.conftest import Repo, point_to
from tests.rerun.s3 import free_port

from mergegate.errors import SurroundingsError
from mergegate.read.objects import fetch_object, outputs_of
from mergegate.rerun.publish import publish
from mergegate.rerun.run import RunSettings, run

if TYPE_CHECKING:
    from collections.abc import Iterator

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(SSHD is None, reason="openssh-server is not installed")]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The options of a remote on a server of its own port and keys."""
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)], check=True)
    (tmp_path / "authorized").write_bytes((tmp_path / "user.pub").read_bytes())
    port = free_port()
    settings = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": tmp_path / "host",
        "AuthorizedKeysFile": tmp_path / "authorized",
        "PidFile": tmp_path / "pid",
        "StrictModes": "no",
        "UsePAM": "no",
        "PermitRootLogin": "yes",
        "PasswordAuthentication": "no",
        "Subsystem": "sftp internal-sftp",
    }
    (tmp_path / "sshd_config").write_text("".join(f"{key} {value}\n" for key, value in settings.items()))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    process = subprocess.Popen([str(SSHD), "-D", "-e", "-f", str(tmp_path / "sshd_config")], stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield {"port": str(port), "user": getpass.getuser(), "keyfile": str(tmp_path / "user"), "allow_agent": "false"}
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while True:
        assert process.poll() is None, "sshd ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.05)
        else:
            return


def test_ssh_publishes_runs_and_restores(made: Repo, server: dict[str, str], tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    point_to(made, f"ssh://127.0.0.1{store}", **server)
    made.commit("on SSH")
    assert publish(made.root) > 0
    assert publish(made.root) == 0
    clone = made.clone(tmp_path / "clone")
    clone.write({"train.sh": "# other\n"})
    record = run(clone.root, RunSettings(push=True))
    assert record.ran == ("train", "evaluate")
    assert record.pulled == 2
    twin = made.clone(tmp_path / "twin")
    twin.write({"train.sh": "# other\n"})
    assert run(twin.root).ran == ()
    assert (twin.root / "model.txt").read_text() == (clone.root / "model.txt").read_text()


def test_a_wrong_object_on_ssh_is_named(made: Repo, server: dict[str, str], tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    point_to(made, f"ssh://127.0.0.1{store}", **server)
    made.commit("on SSH")
    publish(made.root)
    clone = made.clone(tmp_path / "clone")
    md5 = outputs_of(clone.root, "")["sorted.txt"].md5
    (store / "files/md5" / md5[:2] / md5[2:]).write_text("poison")
    with pytest.raises(SurroundingsError, match="wrong object"):
        fetch_object(clone.root, md5)
