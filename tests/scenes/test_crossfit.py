"""A lender with few held-out rows: how far the card lies below its ceiling is told on cross-fitted rows, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.scenes.criteria_repo import CARD, CROSS, make_lender

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scenes.repo import Repo

pytestmark = pytest.mark.slow
HELD_OUT, CROSSED = "gap to the ceiling", "gap to the ceiling, cross-fitted"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return make_lender(tmp_path_factory.mktemp("lender"), crossfit=True)


def gaps(repo: Repo) -> dict[str, dict[str, Any]]:
    """What MG706 says, by its subject."""
    return {one["subject"]: one for one in repo.verdict()["findings"] if one["rule"] == "MG706"}


def handed(repo: Repo, evidence: Path, message: str) -> dict[str, Any]:
    """The verdict of the judge, who stands on main, on what is in the working tree."""
    base, head = repo.git("rev-parse", "origin/main"), repo.commit(message)
    assert repo.gate("run", "--base", base, "--evidence", str(evidence)).code == 0
    repo.git("checkout", "-qf", base)
    done = repo.gate("check", "--base", base, "--head", head, "--evidence", str(evidence))
    assert done.code in {0, 1, 3}, done.err
    return repo.verdict()


def test_what_held_out_rows_cannot_tell_cross_fitted_rows_prove_and_either_blocks(repo: Repo) -> None:
    repo.write(card__py=CARD.replace("debt-to-income ratio", "debts to income"))
    assert repo.gate("run").code == 0
    assert repo.gate("check", "--base", "origin/main").code == 0
    found = gaps(repo)
    assert (found[CROSSED]["state"], found[HELD_OUT]["state"]) == ("held", "held")
    assert "0.0255 to 0.0786 below) on 1,000 rows; the limit is 0.075" in found[HELD_OUT]["said"]
    assert "0.0368 to 0.0728 below) on 2,000 rows; the limit is 0.075" in found[CROSSED]["said"]
    repo.params(points="[20, 0, 0, 0]", cutoff=518)
    assert repo.gate("run").code == 0
    assert repo.gate("check", "--base", "origin/main").code == 1
    assert {subject: one["blocks"] for subject, one in gaps(repo).items()} == {HELD_OUT: True, CROSSED: True}


def test_the_judge_makes_the_cross_fit_again_and_believes_none_of_code_that_the_pull_request_changes(
    repo: Repo, tmp_path: Path
) -> None:
    repo.params(points="[20, 0, 0, 0]", cutoff=518)
    handed(repo, tmp_path / "evidence", "points that tell less")
    said = gaps(repo)[CROSSED]
    assert said["blocks"]
    assert "0.1344 below it" in said["said"]
    assert "on 2,000 rows" in said["said"]
    repo.git("checkout", "-q", "topic")
    repo.write(cross__py=CROSS.replace("points, 1 /", "debts < 38, -1 /"))
    verdict = handed(repo, tmp_path / "flattering", "a cross-fit that flatters")
    assert list(gaps(repo)) == [HELD_OUT]
    assert [one["why"] for one in verdict["absent"] if one["what"] == "crossfit.csv"] == [
        "the pull request changes cross.py: the gap to the ceiling was judged on the held-out rows alone"
    ]
