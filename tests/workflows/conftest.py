"""A stub of GitHub for each test that asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.workflows.stub_github import GitHub

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REPOSITORY = "acme/widget"


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHub]:
    """An empty repository `acme/widget`."""
    stub = GitHub(REPOSITORY, tmp_path / "tls")
    yield stub
    stub.close()


@pytest.fixture
def api(github: GitHub) -> dict[str, str]:
    """The environment of a step that may call the stub."""
    return {
        "GITHUB_API_URL": github.api_url,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_TOKEN": "fake-token",
        "GITHUB_SHA": "5" * 40,
        "SSL_CERT_FILE": str(github.certificate),
        "NODE_EXTRA_CA_CERTS": str(github.certificate),
        "CML_REPO": f"{github.server_url}/{REPOSITORY}",
        "ITERATIVE_DO_NOT_TRACK": "1",
    }
