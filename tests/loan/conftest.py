"""A folder with the applications, in which the stages run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.loan import world as made

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with params.yaml and data/."""
    made.build(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
