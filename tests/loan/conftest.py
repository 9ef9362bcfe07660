"""One Node process for all tests of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.loan import small

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[small.Node]:
    started = small.Node.start(tmp_path_factory.mktemp("node"))
    yield started
    started.stop()
