"""Reads the files of a working tree that say who runs what with which rights: workflows, DVC's settings, owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError, UseError
from mergegate.facts.lint import TextFile
from mergegate.read.owners import PLACES

if TYPE_CHECKING:
    from pathlib import Path

PATTERNS = (
    ".github/workflows/*.yml",
    ".github/workflows/*.yaml",
    ".github/actions/**/action.yml",
    ".github/actions/**/action.yaml",
    "action.yml",
    "rulesets/*.json",
    ".github/rulesets/*.json",
    ".dvc/config",
    *PLACES,
)
NAMED = ("gate.yaml", "dvc.yaml", "params.yaml", ".dvc/config", ".gitattributes", ".gitmodules")
"""Files of which it matters whether they are there, whatever they hold."""
LARGEST = 1_000_000
"""Bytes of one file; a workflow may have 512 KB on GitHub."""


def read_settings(root: Path) -> tuple[TextFile, ...]:
    """The files in the order of their paths; raises UseError where `root` is no folder or a file cannot be text.

    Links are not followed: what they lead to is not what the repository holds.
    """
    if not root.is_dir():
        raise UseError("there is no such folder", where=str(root), do="name the root of a repository")
    found = {path for pattern in PATTERNS for path in root.glob(pattern)}
    inside = sorted(path for path in found if path.is_file() and not _through_a_link(path, root))
    read = {name: TextFile(name, "") for name in NAMED if (root / name).is_file()}
    read |= {name: TextFile(name, _text(path, name)) for path in inside for name in [path.relative_to(root).as_posix()]}
    return tuple(read[name] for name in sorted(read))


def _through_a_link(path: Path, root: Path) -> bool:
    return any(step.is_symlink() for step in (path, *path.parents) if step.is_relative_to(root) and step != root)


def _text(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise UseError(f"the file has more than {LARGEST:,} bytes", where=name, do="shorten it")
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UseError(f"the file is not UTF-8 (byte {error.start})", where=name, do="save it as UTF-8") from None
    except OSError as error:
        raise SurroundingsError(f"cannot read the file: {error.strerror}", where=name) from None
