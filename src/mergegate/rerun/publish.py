"""`mergegate run --push`: publishes all that this revision names, then asks the remote for each piece."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError
from mergegate.read.dvccache import object_key
from mergegate.read.dvcfail import disk_words
from mergegate.read.dvchash import md5_of
from mergegate.read.dvcmeta import load_project
from mergegate.read.dvctree import WorkTree
from mergegate.read.objects import Objects, project_outputs
from mergegate.rerun.runcache import entry_folder, entry_key, entry_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mergegate.read.dvcproject import Content, Project, Stage
    from mergegate.read.dvcremote import Remote

_AT_ONCE = 16
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class _Piece:
    """One file of the remote: an object, or an entry of the run cache."""

    key: str
    source: Path
    name: str
    md5: str = ""
    """The md5 that its bytes must have; empty for an entry of the run cache, which carries its own name."""
    size: int = 0
    """The bytes that the metadata says; 0 where it does not."""


@dataclass
class _Parcel:
    """What goes to one remote. Listings and entries go last, so that what they name is there before them."""

    remote: Remote
    objects: dict[str, _Piece] = field(default_factory=dict)
    listings: dict[str, _Piece] = field(default_factory=dict)
    entries: dict[str, _Piece] = field(default_factory=dict)
    lacking: list[str] = field(default_factory=list)


def publish(root: Path) -> int:
    """Sends every object that the working tree's `dvc.lock` and `.dvc` files name; returns how many were sent.

    Nothing is taken from an index: each piece is asked for, sent if absent, and asked for again, and what was sent is
    read back and hashed. Raises `SurroundingsError` with the list where one is not there in the end.
    """
    with disk_words(str(root)):
        return _publish(root)


def _publish(root: Path) -> int:
    objects = Objects(root)
    project = load_project(WorkTree(root))
    sent = 0
    for parcel in _parcels(project, objects):
        for pieces in (parcel.objects, parcel.listings, parcel.entries):
            sent += _send(parcel, list(pieces.values()))
        _raise_if_lacking(parcel)
    return sent


def _parcels(project: Project, objects: Objects) -> Iterable[_Parcel]:
    parcels: dict[str, _Parcel] = {}

    def parcel_of(name: str | None) -> _Parcel:
        return parcels.setdefault(name or "", _Parcel(objects.remote(name)))

    unpushed = {out.path for stage in project.stages for out in stage.outs if not out.push}
    unpushed |= {item.out.path for item in project.tracked if not item.out.push}
    for out in project_outputs(project).values():
        if out.path not in unpushed:
            _add(parcel_of(out.remote), objects, out.content, out.path, required=out.cached)
    for stage in project.stages:
        _add_entry(parcel_of(None), objects, stage)
    return parcels.values()


def _add(parcel: _Parcel, objects: Objects, content: Content, name: str, *, required: bool) -> None:
    """An output in git (`required` false) is sent only so that the run cache can restore its stage."""
    source = objects.cache.path(content)
    if not required and not objects.cache.has(content):
        return
    pieces = parcel.listings if content.is_dir else parcel.objects
    pieces[object_key(content)] = _Piece(
        object_key(content), source, name, content.md5.removesuffix(".dir"), 0 if content.is_dir else content.size
    )
    if content.is_dir:
        listing = objects.listing(content, name=name)
        for inner, file in (listing or {}).items():
            key = object_key(file)
            parcel.objects[key] = _Piece(key, objects.cache.path(file), f"{name}/{inner}", file.md5)


def _add_entry(parcel: _Parcel, objects: Objects, stage: Stage) -> None:
    """The entry of the run that `dvc.lock` records, if this cache holds it: both say the same in the same words."""
    if stage.lock is None or parcel.remote.where.startswith(("http://", "https://")):
        return
    key, name = entry_key(stage.lock), entry_name(stage.lock)
    if key is None or name is None:
        return
    source = objects.cache.base / entry_folder(key) / name
    if source.is_file():
        parcel.entries[name] = _Piece(f"{entry_folder(key)}/{name}", source, f"the run of {stage.address}")


def _send(parcel: _Parcel, pieces: list[_Piece]) -> int:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        results = list(pool.map(lambda piece: _send_one(parcel.remote, piece), pieces))
    parcel.lacking += [said for said, _ in results if said]
    return sum(sent for _, sent in results)


def _send_one(remote: Remote, piece: _Piece) -> tuple[str, bool]:
    """(what is wrong, whether it was sent)."""
    there = remote.size(piece.key)
    here = piece.source.stat().st_size if piece.source.is_file() else None
    if here is None:
        if there is None:
            return f"{piece.name} ({piece.key}): neither here nor there", False
        wrong = piece.size and there != piece.size
        return (f"{piece.name} ({piece.key}): {there} bytes, not {piece.size}" if wrong else ""), False
    if there == here:
        return "", False
    if piece.md5 and md5_of(piece.source) != piece.md5:
        return f"{piece.name} ({piece.source}): the cache holds a wrong object", False
    said = _put(remote, piece, here)
    # What arrived wrong has the right size, and the next publish would take it for sent: so it is sent again now.
    return (said and _put(remote, piece, here)), True


def _put(remote: Remote, piece: _Piece, size: int) -> str:
    remote.put(piece.source, piece.key)
    return _audit(remote, piece, size)


def _audit(remote: Remote, piece: _Piece, size: int) -> str:
    found = remote.size(piece.key)
    if found != size:
        return f"{piece.name} ({piece.key}): {'absent' if found is None else f'{found} bytes'}, not {size} bytes"
    with tempfile.TemporaryDirectory(prefix="mergegate-") as folder:
        back = Path(folder) / "back"
        if not remote.get(piece.key, back) or md5_of(back) != md5_of(piece.source):
            return f"{piece.name} ({piece.key}): what was sent is not what is read back"
    return ""


def _raise_if_lacking(parcel: _Parcel) -> None:
    if not parcel.lacking:
        return
    shown = "".join(f"\n    {said}" for said in sorted(parcel.lacking)[:_SHOWN])
    more = f"\n    and {len(parcel.lacking) - _SHOWN} more" if len(parcel.lacking) > _SHOWN else ""
    raise SurroundingsError(
        f"the remote is not complete, {len(parcel.lacking)} pieces are missing or wrong:{shown}{more}",
        where=parcel.remote.where,
        do="run it again; for what is neither here nor there, run the stage again or `dvc push` where it was made",
    )
