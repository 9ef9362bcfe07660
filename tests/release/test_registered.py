"""Two files with one MD5 are told apart by the SHA-256 that was recorded at registration."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mergegate.cli.registered import demand_as_registered
from mergegate.errors import SurroundingsError
from mergegate.facts import Absent, Policy, TableFile
from mergegate.read.git import Git
from tests.read.test_releases import provenance, tag
from tests.scenes.repo import start_repo

ONE = bytes.fromhex(
    "d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f8955ad340609f4b30283e488832571415a"
    "085125e8f7cdc99fd91dbdf280373c5bd8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0"
    "e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70"
)
"""Wang, Feng, Lai and Yu: Collisions for hash functions (2004)."""
OTHER = bytes.fromhex(
    "d131dd02c5e6eec4693d9a0698aff95c2fcab50712467eab4004583eb8fb7f8955ad340609f4b30283e4888325f1415a"
    "085125e8f7cdc99fd91dbd7280373c5bd8823e3156348f5bae6dacd436c919c6dd53e23487da03fd02396306d248cda0"
    "e99f33420f577ee8ce54b67080280d1ec69821bcb6a8839396f965ab6ff72a70"
)


def test_a_file_with_the_md5_of_a_registered_one_has_to_be_that_one(tmp_path: Path) -> None:
    """A collision is refused, never judged; the file itself, other files and what is absent pass."""
    md5, same = (hashlib.md5(one, usedforsecurity=False).hexdigest() for one in (ONE, OTHER))
    assert md5 == same
    repo = start_repo(tmp_path)
    repo.write(model="one")
    told = provenance(repo.commit("main"))
    told["artefacts"][0] |= {"md5": md5, "sha256": hashlib.sha256(ONE).hexdigest(), "size": len(ONE)}
    tag(repo, "toy@v1.0.0", told)
    tag(repo, "toy@v1.1.0", "made by hand")
    policy = Policy.model_validate(
        {"version": 1, "models": {"toy": {"holdout": "h.csv", "metrics": [{"name": "accuracy"}], "release": {}}}}
    )
    files = []
    for name, content in {"one": ONE, "other": OTHER}.items():
        path = tmp_path / name
        path.write_bytes(content)
        files.append(TableFile("model.npz", path, md5, len(content)))
    another = TableFile("model.npz", tmp_path / "other", "0" * 32, 1)
    git = Git(repo.root)
    demand_as_registered(git, policy, [files[0], another, Absent("x", "gone")])
    with pytest.raises(SurroundingsError, match="is forged: it has the MD5 of a file of toy@v1"):
        demand_as_registered(git, policy, files)
