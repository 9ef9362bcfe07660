"""Objects of any revision, brought one by one and believed only after hashing."""

from __future__ import annotations

import os
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError
from mergegate.read.deadline import chosen_deadline
from mergegate.read.dvccache import Cache, Config, load_config, object_key, open_cache, same_hash
from mergegate.read.dvchash import md5_of
from mergegate.read.dvcmeta import load_project
from mergegate.read.dvcproject import Content
from mergegate.read.dvcremote import Remote, open_remote
from mergegate.read.dvctree import GitTree, WorkTree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mergegate.read.dvcproject import Project


NOWHERE = "make it here, where nobody has it: `mergegate run --push`; or publish it where it was made: `dvc push`"
"""What to do about an object that neither this machine nor the remote has."""


@dataclass(frozen=True, slots=True)
class Out:
    """An output or tracked file of one revision, by hash."""

    path: str
    """Relative to the DVC root, with slashes."""
    md5: str
    """Ends in `.dir` for a folder."""
    size: int
    """Bytes; 0 where the metadata does not say."""
    cached: bool = True
    """False for a file that lies in git (`cache: false`)."""
    legacy: bool = False
    """True for a hash of DVC 2."""
    stage: str = ""
    """The stage that makes it; empty for a tracked file."""
    remote: str | None = None
    """The remote that it is bound to, where it is not the default one."""

    @property
    def content(self) -> Content:
        """The same, as an object to look for."""
        return Content(md5=self.md5, size=self.size, legacy=self.legacy)


def outputs_of(root: Path, sha: str) -> Mapping[str, Out]:
    """Every output that the metadata of a commit names, by path; an empty `sha` means the working tree."""
    return project_outputs(load_project(GitTree(root, sha) if sha else WorkTree(root)))


def project_outputs(project: Project) -> dict[str, Out]:
    """Every output with a hash that this metadata names, by path."""
    outs: dict[str, Out] = {}
    for item in project.tracked:
        content, spec = item.content, item.out
        outs[spec.path] = Out(spec.path, content.md5, content.size, spec.cache, content.legacy, remote=spec.remote)
    for stage in project.stages:
        locked = stage.locked("outs")
        for spec in stage.outs:
            found = locked.get(spec.name)
            if found is not None and spec.path:
                outs[spec.path] = Out(
                    spec.path, found.md5, found.size, spec.cache, found.legacy, stage.address, spec.remote
                )
    return outs


@dataclass
class Objects:
    """Cache first, then the remote; counts what it brought."""

    root: Path
    deadline: float = field(default_factory=chosen_deadline)
    remote_name: str | None = None
    pulled: int = 0
    pulled_bytes: int = 0
    _config: Config | None = None
    _remotes: dict[str, Remote] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def config(self) -> Config:
        """DVC's settings, read once."""
        if self._config is None:
            self._config = load_config(self.root)
        return self._config

    @property
    def cache(self) -> Cache:
        """The cache on this disk."""
        return open_cache(self.config)

    def remote(self, name: str | None = None) -> Remote:
        """A remote, opened once; by default the default one."""
        key = name or self.remote_name or ""
        with self._lock:
            if key not in self._remotes:
                self._remotes[key] = open_remote(self.config, key or None, deadline=self.deadline)
            return self._remotes[key]

    def get(self, content: Content, *, remote: str | None = None, name: str = "") -> Path | None:
        """The verified object in the cache, brought if need be; None where the remote has none either."""
        found = self.cache.verified(content)
        return found if found is not None else self._bring(content, remote, name)

    def need(self, content: Content, *, remote: str | None = None, name: str = "") -> Path:
        """The same, but an object that is nowhere is a `SurroundingsError`."""
        found = self.get(content, remote=remote, name=name)
        if found is None:
            raise SurroundingsError(
                f"{name or 'an object'} ({content.md5}) is neither in the cache nor in the remote",
                where=self.remote(remote).where,
                do=NOWHERE,
            )
        return found

    def listing(self, content: Content, *, remote: str | None = None, name: str = "") -> dict[str, Content] | None:
        """The files of a folder; None where nobody has its listing."""
        found = self.cache.listing(content)
        if found is None and self._bring(content, remote, name) is not None:
            found = self.cache.listing(content)
        return found

    def available(self, content: Content, *, remote: str | None = None) -> bool:
        """Whether cache or remote have it (not whether it is right)."""
        return self.cache.has(content) or self.remote(remote).size(object_key(content)) is not None

    def _bring(self, content: Content, remote: str | None, name: str) -> Path | None:
        target = self.cache.path(content)
        store = self.remote(remote)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, part_name = tempfile.mkstemp(prefix=".mergegate-", dir=target.parent)
            os.close(handle)
            part = Path(part_name)
            try:
                if not store.get(object_key(content), part):
                    return None
                self._check(part, content, f"{store.where}/{object_key(content)}", name)
                with self._lock:
                    self.pulled += 1
                    self.pulled_bytes += part.stat().st_size
                part.chmod(0o444)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            raise SurroundingsError(
                f"cannot write the cache: {error.strerror}", where=str(target), do="make room on that disk"
            ) from None
        return target

    @staticmethod
    def _check(part: Path, content: Content, where: str, name: str) -> None:
        found = md5_of(part)
        if same_hash(part, found, content):
            return
        size = part.stat().st_size
        cut = content.size and size < content.size and not content.is_dir
        raise SurroundingsError(
            f"the remote holds a {'truncated' if cut else 'wrong'} object for {name or content.md5}: "
            f"{size} bytes that hash to {found}, not {content.md5.removesuffix('.dir')}",
            where=where,
            do="it was not used; delete it there and publish it again from a machine that has the right one",
        )


def fetch_object(root: Path, md5: str, *, remote: str | None = None, timeout: float | None = None) -> Path:
    """The path of one verified object in DVC's cache, brought from the remote if need be.

    `md5` is 32 hex digits, with `.dir` for a folder's listing; `timeout` is in seconds without progress (60). The
    hash is computed again on every call. Raises `SurroundingsError` for an object that is wrong or nowhere.
    """
    return Objects(root, timeout or chosen_deadline(), remote).need(Content(md5=md5), remote=remote)
