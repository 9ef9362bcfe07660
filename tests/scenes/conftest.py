"""The repository that a scene begins with: main has run and is published; each test works on a branch of a clone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenes.repo import Repo, make_repo

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Main as it is published; a module that wants another main has a fixture of this name."""
    return make_repo(tmp_path_factory.mktemp("scene"))


@pytest.fixture
def repo(published: Repo, tmp_path: Path) -> Repo:
    """A fresh clone, on the branch `topic`."""
    clone = published.clone(tmp_path / "clone")
    clone.git("switch", "-qc", "topic")
    return clone
