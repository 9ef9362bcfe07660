"""Reads the folder that an untrusted job left: fixed names, a size cap, a strict schema, no links."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from typing import TYPE_CHECKING

from mergegate.errors import UseError
from mergegate.facts import (
    Absent,
    Action,
    Evidence,
    Plan,
    Reason,
    Revision,
    RunRecord,
    StagePlan,
    StageRun,
    TableFile,
)
from mergegate.facts.handover import MANIFEST, MAX_FILES, MAX_MANIFEST_BYTES, MAX_TOTAL_BYTES, HandedFile, Handover

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_FOLDERS = {"tables", "models"}


class HandoverError(UseError):
    """The hand-over is not what the pull-request workflow writes; nothing of it was used."""

    def __init__(self, what: str, where: str) -> None:
        super().__init__(
            f"the evidence of the pull request is refused: {what}",
            where=where,
            do="run the pull-request workflow again; if it comes back, look at what the pull request does to it",
        )


def read_handover(folder: Path) -> Handover:
    """The checked manifest of `folder`; every file that it names was found, sized and hashed."""
    from pydantic import ValidationError

    listed = _walk(folder)
    manifest = folder / MANIFEST
    if MANIFEST not in listed:
        raise HandoverError(f"there is no {MANIFEST}", str(folder))
    if listed[MANIFEST] > MAX_MANIFEST_BYTES:
        raise HandoverError(f"{MANIFEST} is larger than {MAX_MANIFEST_BYTES:,} bytes", str(manifest))
    content = manifest.read_bytes()
    _check_names(content, str(manifest))
    try:
        handed = Handover.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:200]
        raise HandoverError(
            f"{MANIFEST} breaks its schema at {place or 'the top'}: {first['msg']}", str(manifest)
        ) from None
    _check_files(folder, handed, listed)
    return handed


def _check_names(content: bytes, where: str) -> None:
    """No object says a name twice: two readers may take two values of it. What is no JSON is the schema's to refuse."""

    def once(pairs: list[tuple[str, object]]) -> None:
        if len({name for name, _ in pairs}) < len(pairs):
            raise HandoverError(f"{MANIFEST} says a name twice", where)

    try:
        json.loads(content, object_pairs_hook=once)
    except (ValueError, RecursionError):
        return


def files_of(folder: Path, handed: Handover) -> dict[str, TableFile]:
    """Every file of the hand-over, by the path that it is evidence for."""
    return {file.path: TableFile(file.path, folder / file.name, file.md5, file.size) for file in handed.files}


def evidence_of(folder: Path, handed: Handover, wanted: Iterable[str]) -> Evidence:
    """The hand-over as evidence of head; a wanted table that it lacks is absent."""
    have = files_of(folder, handed)
    gone = "the pull request's run did not write it"
    tables: dict[str, TableFile | Absent] = {
        name: have.get(name) or Absent(name, gone, "see the log of the pull-request workflow") for name in wanted
    }
    return Evidence(Revision("head", handed.head), tables=tables, params=handed.params, metrics=handed.metrics)


def _walk(folder: Path) -> dict[str, int]:
    """Relative name -> size of every entry; refuses links, devices, unknown folders and too much of anything."""
    if folder.is_symlink() or not folder.is_dir():
        raise HandoverError("there is no such folder", str(folder))
    found: dict[str, int] = {}
    for place in (folder, *(folder / name for name in sorted(_FOLDERS))):
        if place.is_symlink():
            raise HandoverError("a folder in it is a link", str(place))
        if not place.is_dir():
            continue
        with os.scandir(place) as entries:
            for entry in entries:
                _take(entry, folder, place, found)
    if sum(found.values()) > MAX_TOTAL_BYTES:
        raise HandoverError(f"it is larger than {MAX_TOTAL_BYTES:,} bytes", str(folder))
    return found


def _take(entry: os.DirEntry[str], folder: Path, place: Path, found: dict[str, int]) -> None:
    status = entry.stat(follow_symlinks=False)
    if stat.S_ISDIR(status.st_mode):
        if place != folder or entry.name not in _FOLDERS:
            raise HandoverError(f"it has a folder {entry.name!r}", str(folder))
        return
    if not stat.S_ISREG(status.st_mode):
        raise HandoverError(f"{entry.name!r} is a link or no ordinary file", str(folder))
    if len(found) > MAX_FILES:
        raise HandoverError(f"it has more than {MAX_FILES} files", str(folder))
    name = entry.name if place == folder else f"{place.name}/{entry.name}"
    if place == folder and name != MANIFEST:
        raise HandoverError(f"it has a file {entry.name!r}", str(folder))
    found[name] = status.st_size


def _check_files(folder: Path, handed: Handover, listed: dict[str, int]) -> None:
    names = [file.name for file in handed.files]
    paths = [file.path for file in handed.files]
    if len(set(names)) < len(names) or len(set(paths)) < len(paths):
        raise HandoverError("it names a file twice", str(folder / MANIFEST))
    surplus = sorted(set(listed) - set(names) - {MANIFEST})
    if surplus:
        raise HandoverError(f"it has files that its manifest does not name, first {surplus[0]!r}", str(folder))
    for file in handed.files:
        _check_file(folder, file, listed)


def _check_file(folder: Path, file: HandedFile, listed: dict[str, int]) -> None:
    if file.name not in listed:
        raise HandoverError(f"{file.name} is named and not there", str(folder))
    if listed[file.name] != file.size:
        raise HandoverError(f"{file.name} has {listed[file.name]} bytes and {file.size} were named", str(folder))
    with (folder / file.name).open("rb") as stream:
        found = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if found != file.md5:
        raise HandoverError(f"{file.name} does not have the hash that was named", str(folder))


def plan_of(handed: Handover) -> Plan:
    """The plan that the untrusted job says it made; to be shown, never to be believed."""
    known = {action.value: action for action in Action}
    stages = tuple(
        StagePlan(
            name=stage.name,
            action=known.get(stage.action, Action.RUN),
            reasons=tuple(Reason(*reason) for reason in stage.reasons),
            upstream=tuple(stage.upstream),
        )
        for stage in handed.plan
    )
    return Plan(handed.base, handed.head, stages, pulls=handed.pulled, bytes=handed.pulled_bytes)


def record_of(handed: Handover) -> RunRecord:
    """What the untrusted job says it ran; to be shown, never to be believed."""
    stages = tuple(StageRun(stage.name, stage.outcome, stage.seconds, stage.peak_bytes) for stage in handed.stages)
    return RunRecord(stages, pulled=handed.pulled, pulled_bytes=handed.pulled_bytes)
