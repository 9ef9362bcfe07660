"""Where a revision has a file: tracked by DVC alone or in a folder, an output of a stage, or in git; and its bytes."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError
from mergegate.read.dvccache import parse_listing
from mergegate.read.dvchash import md5_of
from mergegate.read.dvcproject import Content

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mergegate.read.dvctree import Files
    from mergegate.read.objects import Objects, Out


@dataclass(frozen=True, slots=True)
class Place:
    """Where one revision has one file."""

    path: str
    """Relative to the root, with slashes."""
    out: Out | None = None
    """What DVC tracks there: the file, or a folder above it; None for a file that lies in git alone."""
    within: str = ""
    """The file's path inside the folder `out`; empty where `out` is the file."""
    data: bytes | None = None
    """The bytes, where they lie in git."""

    @property
    def made(self) -> str:
        """The stage that makes it; empty for what a person committed or `dvc add` tracks."""
        return self.out.stage if self.out else ""

    def same_as(self, other: Place) -> bool:
        """Whether the metadata alone shows that both are the same bytes."""
        if self.data is not None or other.data is not None:
            return self.data == other.data
        both = self.out, other.out
        return bool(both[0] and both[1] and both[0].md5 == both[1].md5 and self.within == other.within)


def place_of(path: str, outputs: Mapping[str, Out], files: Files) -> Place | None:
    """Where the revision with these outputs and files has `path`; None where it has not."""
    out, within = outputs.get(path), ""
    if out is None:
        above = [name for name, one in outputs.items() if one.md5.endswith(".dir") and path.startswith(f"{name}/")]
        if above:
            folder = max(above, key=len)
            out, within = outputs[folder], path[len(folder) + 1 :]
    if out is not None and out.cached:
        return Place(path, out, within)
    data = files.read(path)
    return None if data is None else Place(path, out, within, data)


def content_of(place: Place, objects: Objects, *, listing: Path | None = None) -> Content | None:
    """The file by hash; None where the folder's listing is nowhere or does not name it.

    `listing` is a file that claims to be the folder's listing: it is believed only where its hash is the folder's.
    """
    if place.data is not None:
        return Content(hashlib.md5(place.data, usedforsecurity=False).hexdigest(), len(place.data))
    assert place.out is not None  # noqa: S101 - a place has bytes or an output
    if not place.within:
        return place.out.content
    if listing is not None:
        return parse_listing(listing.read_bytes(), place.out.content, str(listing)).get(place.within)
    found = objects.listing(place.out.content, remote=place.out.remote, name=place.out.path)
    return None if found is None else found.get(place.within)


def file_of(place: Place, content: Content, objects: Objects) -> Path | None:
    """The verified bytes on this disk, brought if need be; None where they are nowhere."""
    if place.data is not None:
        return _kept(objects.root, place, content)
    return objects.get(content, remote=place.out.remote if place.out else None, name=place.path)


def _kept(root: Path, place: Place, content: Content) -> Path:
    """A file with bytes out of git, kept between commands and believed by its hash only."""
    folder = root / ".dvc" / "tmp" / "mergegate" / "git"
    target = folder / f"{content.md5}{Path(place.path).suffix}"
    try:
        if target.is_file() and md5_of(target) == content.md5:
            return target
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(place.data or b"")
        return Path(file.name).replace(target)
    except OSError as error:
        raise SurroundingsError(
            f"cannot keep {place.path}: {error.strerror}", where=str(target), do="make room on that disk"
        ) from None
