"""The bytes of a small file of the repository as it is now: on disk, at HEAD, or in DVC's cache on this machine."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.read.dvcmeta import load_project
from mergegate.read.dvctree import WorkTree
from mergegate.read.objects import Objects, project_outputs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mergegate.read.dvcproject import Project
    from mergegate.read.git import Git
    from mergegate.read.objects import Out


MOST_FILES = 2_000
"""Files of one folder that are looked at: a folder of images has millions."""


@dataclass(frozen=True, slots=True)
class Now:
    """The repository as it lies here; nothing is brought from a remote."""

    git: Git
    project: Project
    outputs: Mapping[str, Out]

    @classmethod
    def of(cls, git: Git) -> Now:
        """Reads DVC's metadata; raises `UseError` for the first file that is wrong."""
        project = load_project(WorkTree(git.root))
        return cls(git, project, project_outputs(project))

    def file(self, path: str) -> Path | None:
        """A file on disk, or its object in the cache; None where this machine has neither."""
        here = self.git.root / path
        if here.is_file() and not here.is_symlink():
            return here
        out = self.outputs.get(path)
        if out is not None and out.cached:
            return Objects(self.git.root).cache.verified(out.content)
        return here if here.is_file() else None

    def read(self, path: str) -> bytes | None:
        """The same, as bytes; also of what is in git and not checked out."""
        found = self.file(path)
        return found.read_bytes() if found is not None else self.git.show(self.git.resolve("HEAD").sha, path)

    def lacking(self, path: str) -> str:
        """The output that DVC keeps and that would hold `path`, which is not here; empty where there is none."""
        holding = [name for name in self.outputs if path == name or path.startswith(f"{name}/")]
        return max(holding, key=len, default="")

    def below(self, folder: str) -> list[str]:
        """Files of a folder that lies here, in the order of their paths; at most `MOST_FILES`."""
        root, found = self.git.root, list[str]()
        for place, folders, names in os.walk(root / folder):
            folders.sort()
            found += [Path(place, name).relative_to(root).as_posix() for name in sorted(names)]
            if len(found) >= MOST_FILES:
                break
        return found[:MOST_FILES]

    def pipeline_of(self, path: str) -> str:
        """The folder of the `dvc.yaml` that a file belongs to: the deepest that holds it."""
        folders = {posixpath.dirname(stage.file) for stage in self.project.stages}
        fitting = [folder for folder in folders if not folder or path.startswith(f"{folder}/")]
        return max(fitting, key=len, default="")
