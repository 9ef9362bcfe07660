"""Absolute limits, the worst conjunction and what changed: through `mergegate check`, on a real repository."""

from __future__ import annotations

from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.scenes.repo import GATE, PREDICT, Repo, make_repo

pytestmark = pytest.mark.slow
LIMITS = """\
    limits: [{metric: error_rate, per: language, max: 0.3}, {metric: false_negative_rate, max: 0.5, vs_overall: 3}]
    worst_conjunction: {margin: 0.02}
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Main answers two of three French rows wrongly."""
    repo = make_repo(tmp_path_factory.mktemp("scene"), policy=GATE + LIMITS)
    repo.params(broken="fr")
    repo.run()
    repo.commit("French is broken")
    return repo


def judged(repo: Repo, code: int, **params: str | int) -> dict[str, dict[str, Any]]:
    """What is said by rule and slice."""
    repo.params(**params)
    repo.commit("change")
    assert repo.gate("run").code == 0
    done = repo.gate("check", "--base", "origin/main")
    assert done.code == code, done.out + done.err
    return {
        f"{one['rule']} {one['slice']['value'] if one['slice'] else one['subject']}": one
        for one in repo.verdict()["findings"]
    }


def test_a_language_that_newly_breaks_its_limit_blocks_and_so_does_its_conjunction(
    repo: Repo, snapshot: SnapshotAssertion
) -> None:
    found = judged(repo, 1, broken="nl")
    assert found["MG304 nl"]["blocks"] is True
    assert "newly broken: it was 0.2000" in found["MG304 nl"]["said"]
    assert "MG304 fr" not in found
    [conjunction] = [one for key, one in found.items() if key.startswith("MG305")]
    assert (conjunction["state"], conjunction["blocks"]) == ("regressed", True)
    assert conjunction["slice"]["value"].startswith("nl × ")
    assert found["MG306 discrepancies"]["said"].startswith("268 of 2,000 rows are newly wrong and 333 newly right")
    assert repo.report().split("<details><summary>What changed")[0] == snapshot


def test_what_main_breaks_already_is_told_and_may_be_mended_in_part(repo: Repo) -> None:
    repo.write(predict__py=PREDICT.replace("number % 3", "number % 6 < 3"))
    found = judged(repo, 0, wrong=1)
    assert (found["MG304 fr"]["state"], found["MG304 fr"]["blocks"]) == ("held", False)
    assert "broken before, and better now" in found["MG304 fr"]["said"]
    assert found["MG305 worst conjunction"]["said"].startswith("none of 8 conjunctions got worse")
    assert found["MG304 false_negative_rate per class"]["state"] == "held"
