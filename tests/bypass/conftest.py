"""The repository that every bypass begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bypass.world import make_world

if TYPE_CHECKING:
    from tests.scenes.repo import Repo


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Main as it is published."""
    return make_world(tmp_path_factory.mktemp("bypass"))
