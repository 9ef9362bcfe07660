"""What the tests of the pipeline share: a folder with the applications, and one Node process for a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.loan import small
from tests.loan import world as made

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with params.yaml and data/."""
    made.build(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[small.Node]:
    started = small.Node.start(tmp_path_factory.mktemp("node"))
    yield started
    started.stop()
