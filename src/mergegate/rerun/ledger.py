"""What stands, or will stand, at every path: on disk, in git, or only as a hash in DVC's metadata."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError, UseError
from mergegate.read.dvchash import Disk, folder_content
from mergegate.read.dvcproject import Content

if TYPE_CHECKING:
    from mergegate.read.objects import Objects
    from mergegate.rerun.graph import Graph, Source


@dataclass(frozen=True, slots=True)
class Unknown:
    """A content that cannot be known yet, or not from here."""

    upstream: str = ""
    """The stage that will write it; empty where there is `trouble`."""
    trouble: SurroundingsError | None = None


State = Content | Unknown | None
"""None: nothing stands there and nothing will."""


class Ledger:
    """Answers for any path; stages that run write their outcome into it with `settle`."""

    def __init__(self, graph: Graph, disk: Disk, objects: Objects) -> None:
        self.graph = graph
        self.disk = disk
        self.objects = objects
        self.edited: dict[str, str] = {}
        """Tracked paths whose bytes on disk are not those that their `.dvc` file names -> that file."""
        self._settled: dict[str, State] = {
            path: source.tracked.content for path, source in graph.sources.items() if source.tracked
        }

    def settle(self, path: str, state: State) -> None:
        """Says what an output is from now on."""
        self._settled[path] = state

    def settled(self, path: str) -> Content:
        """The content of an output that is known by now."""
        found = self._settled.get(path)
        if not isinstance(found, Content):
            raise SurroundingsError(
                f"dvc.lock does not say what {path} is", where=path, do="run the stage that makes it: `mergegate run`"
            )
        return found

    def state(self, path: str, *, legacy: bool = False) -> State:
        """What stands at a path once everything upstream of it is done."""
        owner = self.graph.owner(path)
        if owner is None:
            return self._unowned(path, legacy=legacy)
        whole = self._settled.get(owner.spec.path)
        if whole is None or isinstance(whole, Unknown):
            return whole
        if owner.tracked is not None:
            return self._tracked(path, owner, whole)
        return whole if path == owner.spec.path else self._inside(path, owner, whole)

    def on_disk_as(self, path: str, content: Content) -> bool:
        """Whether what stands on disk is this content, or a part of this folder."""
        found = self.disk.content(path, legacy=content.legacy)
        if found is None or found.md5 == content.md5:
            return True
        return found.is_dir and content.is_dir and self._is_part(path, content)

    def listing(self, content: Content, source: Source) -> dict[str, Content] | Unknown:
        """The files of a folder, or why nobody can say."""
        if self._whole_on_disk(content, source):
            return self.disk.listing(source.spec.path, legacy=content.legacy)
        try:
            found = self.objects.listing(content, remote=source.spec.remote, name=source.spec.path)
        except (SurroundingsError, UseError) as error:
            what = f"nobody can tell what is in {source.spec.path} ({content.md5}): {error.what}"
            return Unknown(trouble=SurroundingsError(what, where=error.where, do=error.do))
        if found is None:
            what = f"nobody can tell what is in {source.spec.path}: its listing {content.md5} was never published"
            return Unknown(
                trouble=SurroundingsError(what, where=source.file, do="publish it where it was made: `dvc push`")
            )
        return found

    def files(self, path: str, content: Content) -> dict[str, Content] | None:
        """What the folder `path` with this content holds, by name; None where nothing on this machine lists it.

        A folder inside an output has no listing of its own: the output's says what is in it.
        """
        owner = self.graph.owner(path)
        if owner is None or owner.spec.path == path:
            return self.objects.cache.listing(content)
        whole = self._settled.get(owner.spec.path)
        listing = self.objects.cache.listing(whole) if isinstance(whole, Content) and whole.is_dir else None
        return None if listing is None else _below(posixpath.relpath(path, owner.spec.path), listing)

    def _whole_on_disk(self, content: Content, source: Source) -> bool:
        """Whether the folder itself stands in for its listing, which the cache has lost."""
        path = source.spec.path
        if self.objects.cache.has(content) or not self.disk.exists(path):
            return False
        found = self.disk.content(path, legacy=content.legacy)
        return found is not None and found.md5 == content.md5

    def _unowned(self, path: str, *, legacy: bool) -> State:
        below = self.graph.below(path)
        return self._assembled(path, below) if below else self.disk.content(path, legacy=legacy)

    def _tracked(self, path: str, owner: Source, whole: Content) -> State:
        wanted = whole if path == owner.spec.path else self._inside(path, owner, whole)
        if not self.disk.exists(path):
            return wanted
        if isinstance(wanted, Content) and self.on_disk_as(path, wanted):
            return replace(wanted, executable=self._executable(path))
        found = self.disk.content(path, legacy=whole.legacy)
        if not isinstance(wanted, Unknown):
            self.edited[path] = owner.name
        return found

    def _executable(self, path: str) -> bool:
        found = self.disk.root / path
        return found.is_file() and bool(found.stat().st_mode & 0o111)

    def _inside(self, path: str, owner: Source, whole: Content) -> State:
        if not whole.is_dir:
            return None
        listing = self.listing(whole, owner)
        if isinstance(listing, Unknown):
            return listing
        inner = posixpath.relpath(path, owner.spec.path)
        if inner in listing:
            return listing[inner]
        below = _below(inner, listing)
        return folder_content(below, legacy=whole.legacy) if below else None

    def _is_part(self, path: str, content: Content) -> bool:
        listing = self.files(path, content)
        if listing is None:
            return False
        return all(
            name in listing and listing[name].md5 == file.md5
            for name, file in self.disk.listing(path, legacy=content.legacy).items()
        )

    def _assembled(self, path: str, below: list[Source]) -> State:
        """A folder of which some files are outputs: what is on disk, with the outputs as they will be."""
        paths = {source.spec.path for source in below}
        files: dict[str, Content] = {}
        if self.disk.exists(path):
            for name, file in self.disk.listing(path).items():
                owner = self.graph.owner(posixpath.normpath(f"{path}/{name}"))
                if owner is None or owner.spec.path not in paths:
                    files[name] = file
        for source in below:
            state = self.state(source.spec.path)
            if isinstance(state, Unknown):
                return state
            if state is None:
                continue
            inner = posixpath.relpath(source.spec.path, path)
            listing = self.listing(state, source) if state.is_dir else {"": state}
            if isinstance(listing, Unknown):
                return listing
            files |= {f"{inner}/{name}" if name else inner: file for name, file in listing.items()}
        return folder_content(files) if files else None


def _below(inner: str, listing: dict[str, Content]) -> dict[str, Content]:
    """The files of the folder `inner` of a listing, by their path relative to it."""
    return {name[len(inner) + 1 :]: file for name, file in listing.items() if name.startswith(f"{inner}/")}
