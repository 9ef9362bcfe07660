"""Puts the files where they belong; what is there already stays as it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError
from mergegate.facts.adoption import Draft, Fate, Placed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def compare(root: Path, wanted: Iterable[Draft]) -> tuple[Placed, ...]:
    """What would become of each file."""
    return tuple(_fate(root, draft) for draft in wanted)


def put(root: Path, placed: Iterable[Placed]) -> None:
    """Write those that are not there, all or none; a file that came meanwhile is kept."""
    done: list[Path] = []
    try:
        for one in placed:
            if one.fate is Fate.WRITTEN and _put(root / one.draft.path, one.draft):
                done.append(root / one.draft.path)  # noqa: PERF401 - what is done is known when one fails
    except SurroundingsError:
        for path in done:
            path.unlink(missing_ok=True)
        raise


def demand_room(root: Path, placed: Iterable[Placed]) -> None:
    """Raises `SurroundingsError` where a file could not be written, or only outside of the repository, by a link."""
    for one in placed:
        if one.fate is Fate.WRITTEN:
            _demand_room(root, one.draft)


def _demand_room(root: Path, draft: Draft) -> None:
    folder = (root / draft.path).parent
    while not os.path.lexists(folder):
        folder = folder.parent
    why = ""
    if not folder.is_dir():
        why = f"{folder.name} is no folder"
    elif not os.access(folder, os.W_OK | os.X_OK):
        why = f"nobody may write into {folder}"
    elif not _is_git_s(draft) and not folder.resolve().is_relative_to(root.resolve()):
        why = f"{folder.name} leads out of the repository"
    if why:
        raise SurroundingsError(
            f"cannot write {draft.path}: {why}", where=str(folder), do="make room for it, and call init again"
        )


def _is_git_s(draft: Draft) -> bool:
    """A hook lies where git keeps it: for a second working tree that is elsewhere."""
    return draft.path.endswith("hooks/pre-push")


def _fate(root: Path, draft: Draft) -> Placed:
    path = root / draft.path
    if not path.exists() and not path.is_symlink():
        return Placed(draft, Fate.WRITTEN)
    try:
        theirs = path.read_text("utf-8", "replace") if path.is_file() else ""
    except OSError as error:
        raise SurroundingsError(f"cannot read the file: {error.strerror}", where=str(path)) from None
    if theirs == draft.text:
        return Placed(draft, Fate.THERE)
    have = {_bare(line) for line in theirs.splitlines()}
    missing = [line for line in draft.text.splitlines() if _bare(line) and _bare(line) not in have]
    return Placed(draft, Fate.YOURS if missing else Fate.THERE, tuple(missing))


def _bare(line: str) -> str:
    """A line without its comment, however it is indented."""
    return " ".join(line.partition("#")[0].split()) if not line.startswith("#!") else ""


def _put(path: Path, draft: Draft) -> bool:
    """Whether the file was written; it was not where there is one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_room(path, error) from None
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(draft.text)
        if draft.executable:
            path.chmod(0o755)
    except FileExistsError:
        return False
    except OSError as error:
        raise _no_room(path, error) from None
    return True


def _no_room(path: Path, error: OSError) -> SurroundingsError:
    return SurroundingsError(
        f"cannot write the file: {error.strerror}", where=str(path), do="make room for it, and call init again"
    )
