"""A world with two released versions of each model, and a service that follows it: a real process, real sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from benchmarks._service_process import Process, service
from benchmarks._service_world import World, questions, small_model, two_versions

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """v1.0.0 and v1.1.0 of both models, the first in production. Tests that add tags add them for a stage or model
    of their own, or put back what they found."""
    return two_versions(tmp_path_factory.mktemp("world"), [small_model(1), small_model(2)], questions())


@pytest.fixture(scope="session")
def running(world: World) -> Iterator[Process]:
    """A ready service of v1.0.0, which nobody stops, swaps or fills."""
    with service(world.clone("quiet"), world.root / "quiet.log", "--stage", "prod", "--poll", "0") as process:
        process.wait_until_ready()
        yield process
