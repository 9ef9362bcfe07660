"""Stores of objects: each failure in words, and nothing waits for ever."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError  # type: ignore[import-untyped]

from mergegate.errors import SurroundingsError, UseError
from mergegate.read.deadline import chosen_deadline, within_deadline
from mergegate.read.dvccache import load_config
from mergegate.read.dvcremote import FolderRemote, open_remote

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_folder_gives_what_it_has_and_says_what_it_has_not(tmp_path: Path) -> None:
    store = FolderRemote(tmp_path / "store")
    (tmp_path / "file").write_text("hello")
    assert store.size("a/b") is None
    assert not store.get("a/b", tmp_path / "back")
    assert store.names("a") == []
    store.put(tmp_path / "file", "a/b")
    assert store.size("a/b") == 5
    assert store.get("a/b", tmp_path / "back")
    assert (tmp_path / "back").read_text() == "hello"
    assert store.names("a") == ["b"]
    assert [path.name for path in store.base.rglob("*")] == ["a", "b"]


def test_a_folder_that_is_a_file_is_a_failure_of_the_surroundings(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("no folder")
    with pytest.raises(SurroundingsError, match="the remote failed"):
        FolderRemote(tmp_path / "store").put(tmp_path / "store", "a")


def test_a_full_disk_here_is_not_laid_to_the_remote(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("hello")
    with pytest.raises(SurroundingsError, match="the disk failed: no space left on device") as caught:
        FolderRemote(tmp_path).get("a", Path("/dev/full"))
    assert caught.value.where == "/dev/full"
    assert "make room" in caught.value.do


def test_what_makes_progress_is_waited_for_and_what_does_not_is_given_up() -> None:
    def slow(beat: Callable[[], None]) -> str:
        for _ in range(10):
            time.sleep(0.05)
            beat()
        return "done"

    assert within_deadline(slow, "reading", "there", 0.2) == "done"
    stop = threading.Event()
    with pytest.raises(SurroundingsError, match=r"reading: no progress for 0 s"):
        within_deadline(lambda _: stop.wait(30), "reading", "there", 0.1)
    stop.set()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError("no"), "refused"),
        (ConnectionError("gone"), "gone"),
        (ValueError(""), "ValueError"),
        (ReadTimeoutError(endpoint_url="http://there"), "Read timeout on endpoint URL"),
        (ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject"), "refused"),
    ],
)
def test_whatever_a_cloud_raises_becomes_words(error: Exception, said: str) -> None:
    def fail(_: Callable[[], None]) -> None:
        raise error

    with pytest.raises(SurroundingsError, match=said) as caught:
        within_deadline(fail, "reading x", "s3://there", 5)
    assert caught.value.where == "s3://there"
    assert caught.value.do


def test_an_error_that_already_has_words_keeps_them() -> None:
    def fail(_: Callable[[], None]) -> None:
        raise UseError("mine", do="this")

    with pytest.raises(UseError, match="mine"):
        within_deadline(fail, "reading x", "there", 5)


@pytest.mark.parametrize("said", ["soon", "0", "-1", "nan", "inf"])
def test_a_deadline_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("MERGEGATE_DEADLINE", said)
    with pytest.raises(UseError, match="MERGEGATE_DEADLINE"):
        chosen_deadline()


def config(root: Path, text: str, local: str = "") -> Path:
    (root / ".dvc").mkdir()
    (root / ".dvc/config").write_text(text)
    if local:
        (root / ".dvc/config.local").write_text(local)
    return root


@pytest.mark.parametrize("url", ["../store", "store/../../store", "{tmp}/store", "file://{tmp}/store"])
def test_a_folder_is_found_as_dvc_finds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    from dvc.config import Config

    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "none"))
    root = config(tmp_path, f"[core]\n    remote = Here\n['remote \"here\"']\n    url = {url.format(tmp=tmp_path)}\n")
    ours = open_remote(load_config(root))
    theirs = str(Config(str(root / ".dvc"))["remote"]["here"]["url"]).removeprefix("file://")
    assert isinstance(ours, FolderRemote)
    assert str(ours.base) == theirs


def test_local_settings_go_before_shared_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "none"))
    shared = "[core]\n    remote = a\n['remote \"a\"']\n    url = x\n[cache]\n    dir = shared-cache\n"
    root = config(tmp_path, shared, "['remote \"a\"']\n    url = y\n")
    found = load_config(root)
    assert open_remote(found).where == str(tmp_path / ".dvc/y")
    assert found.folder("cache", "dir") == tmp_path / ".dvc/shared-cache"


def test_no_remote_and_an_unknown_one_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "none"))
    root = config(tmp_path, "[core]\n    analytics = false\n")
    with pytest.raises(UseError, match="no default remote"):
        open_remote(load_config(root))
    with pytest.raises(UseError, match="no remote 'other'"):
        open_remote(load_config(root), "other")
    (root / ".dvc/config").write_text("[core\n")
    with pytest.raises(UseError, match="line 1"):
        load_config(root)
