"""`mergegate sample`: production's data to test, a part of it if need be, with what may not leave masked."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.errors import Exit, UseError
from mergegate.read.dvchash import md5_of
from mergegate.read.git import open_repository
from mergegate.read.objects import Objects
from mergegate.release.locate import locate
from mergegate.release.sample import FORMS, MASKS, Sampling, take

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """What was asked for."""

    path: str
    source: str
    sampling: Sampling
    out: Path | None = None
    json: bool = False


def parse_masks(texts: Sequence[str]) -> dict[str, str]:
    """`COLUMN=KIND` by column; raises `UseError` for anything else, or a column that is named twice."""
    found: dict[str, str] = {}
    for text in texts:
        column, _, kind = text.rpartition("=")
        if not column or kind not in MASKS:
            raise UseError(f"{text!r} is no mask", do=f"write COLUMN=KIND, with a kind of: {', '.join(MASKS)}")
        if column in found:
            raise UseError(f"the column {column!r} is masked twice", do="name it once")
        found[column] = kind
    return found


def sample(start: Path, options: SampleOptions) -> Exit:
    """Write the sample of a tracked table at a revision into the working tree, and say how much of it was taken."""
    git = open_repository(start)
    commit = git.resolve(options.source).sha
    found = locate(git.root, commit, options.path)
    if found is None or found.content.is_dir:
        what = "a folder" if found else "not tracked by DVC"
        raise UseError(
            f"{options.path} is {what} at {options.source}",
            where=str(git.root),
            do="name a table that DVC tracks there",
        )
    form = FORMS.get(Path(options.path).suffix.lower())
    if form is None:
        do = f"write the data as one of: {', '.join(FORMS)}"
        raise UseError("a sample is taken of CSV, Parquet and JSON lines", where=options.path, do=do)
    target = options.out or git.root / options.path
    if options.out is None:
        _demand_saved(git.root, options.path)
    source = Objects(git.root).need(found.content, remote=found.remote, name=options.path)
    counted = take(source, target, options.sampling, form)
    if options.json:
        print(json.dumps({**asdict(counted), "commit": commit, "path": str(target)}))
        return Exit.FINE
    groups = f", {counted.kept_groups:,} of {counted.groups:,} groups" if counted.groups else ""
    print(f"{target}: {counted.kept:,} of {counted.rows:,} rows{groups}, from {options.source} ({commit[:12]})")
    return Exit.FINE


def _demand_saved(root: Path, path: str) -> None:
    """What stands there now must be what DVC's metadata names: else it would be lost."""
    target = root / path
    if target.is_symlink() or not target.is_file():
        return
    found = locate(root, "", path)
    if found is None or md5_of(target) != found.content.md5:
        raise UseError(
            f"{path} has changes that DVC does not know",
            where=str(target),
            do="keep them first (`dvc add`), or write the sample elsewhere: --out FILE",
        )
