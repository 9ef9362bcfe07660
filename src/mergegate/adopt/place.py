"""Puts the files where they belong; what is there already stays as it is."""

from __future__ import annotations

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
    """Write those that are not there, each whole or not at all; a file that came meanwhile is kept."""
    for one in placed:
        if one.fate is Fate.WRITTEN:
            _put(root / one.draft.path, one.draft)


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


def _put(path: Path, draft: Draft) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(draft.text)
        if draft.executable:
            path.chmod(0o755)
    except FileExistsError:
        return
    except OSError as error:
        raise SurroundingsError(
            f"cannot write the file: {error.strerror}", where=str(path), do="make room for it, and call init again"
        ) from None
