"""Rows without labels, and pairs that must be answered alike: through `mergegate check`, on a real repository."""

from __future__ import annotations

import re
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.scenes.asked import make_asked
from tests.scenes.repo import Repo

pytestmark = pytest.mark.slow
ASKED = """\
    shadow: {table: shadow.csv, max_rate: 0.10}
    invariances: {table: pairs.csv, max_rate: 0.02}
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Main is beyond its limit in politeness already, and flips no case."""
    return make_asked(tmp_path_factory.mktemp("scene"), ASKED, polite=2)


def judged(repo: Repo, code: int, **params: int) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """What is said of the shadow rows, and of each kind of pair."""
    repo.params(**params)
    repo.write(notes__md=str(params))
    repo.commit("change")
    assert repo.gate("run").code == 0
    done = repo.gate("check", "--base", "origin/main")
    assert done.code == code, done.out + done.err
    found = repo.verdict()["findings"]
    kinds = {one["slice"]["value"]: one for one in found if one["rule"] == "MG602"}
    return [one for one in found if one["rule"] == "MG601"], kinds


def test_what_stays_within_its_limits_merges_and_what_was_broken_may_be_mended_in_part(repo: Repo) -> None:
    (rate, shift), kinds = judged(repo, 0, moved=4, polite=1)
    assert (rate["state"], rate["blocks"]) == ("held", False)
    assert rate["said"].startswith("16 of 1,000 shadow rows in 500 groups (1.60%) are answered otherwise")
    assert len(rate["examples"]) == 17
    assert ["answers", "<b>off</b>", "0", "16"] in shift["examples"]
    assert "<b>" not in repo.report()
    assert {kind: (one["state"], one["blocks"]) for kind, one in kinds.items()} == {
        "case": ("held", False), "politeness": ("held", False),
    }  # fmt: skip
    assert "broken before, and better now: it was 0.1000" in kinds["politeness"]["said"]


def test_what_is_beyond_its_limit_blocks_with_a_sample_here_and_all_rows_in_the_page(
    repo: Repo, snapshot: SnapshotAssertion
) -> None:
    found, kinds = judged(repo, 1, moved=50, case=3, polite=1)
    rate = found[0]
    assert (rate["state"], rate["blocks"]) == ("regressed", True)
    assert len(rate["examples"]) == 21
    page = (repo.root / "report/report.html").read_text()
    assert len(set(re.findall(r'[">](s\d+)["<]', page))) == 200
    assert "Where there are more than are listed here" in page
    assert (kinds["case"]["state"], kinds["case"]["blocks"]) == ("regressed", True)
    assert "newly broken: it was 0.0000" in kinds["case"]["said"]
    assert "this pull request made it worse" in kinds["case"]["said"]
    assert repo.report().split("<details><summary>What changed")[0] == snapshot


def test_rows_that_head_leaves_out_make_a_limit_unsure_and_a_broken_kind_that_grows_blocks(repo: Repo) -> None:
    found, kinds = judged(repo, 1, unanswered=100, polite=3)
    rate, left = sorted(found, key=lambda one: one["state"] == "absent")
    assert (rate["state"], left["state"], left["unsure"]) == ("held", "absent", True)
    assert "of base's 1,000 shadow rows head answered 900" in left["said"]
    assert "and this made it larger" in kinds["politeness"]["said"]


def test_a_limit_that_main_breaks_stays_told_and_a_table_that_base_never_had_decides_nothing(repo: Repo) -> None:
    (rate,), kinds = judged(repo, 0)
    assert "the tables are the same" in rate["said"]
    assert (kinds["politeness"]["state"], kinds["politeness"]["blocks"]) == ("held", False)
    assert "beyond the limit 0.02; broken before" in kinds["politeness"]["said"]
    assert "**for information** MG602" in repo.report()
    repo.write(gate__yaml=(repo.root / "gate.yaml").read_text().replace("shadow.csv", "other.csv"))
    repo.commit("a table that nobody writes")
    assert repo.gate("check", "--base", repo.git("rev-parse", "HEAD")).code == 1
    found = repo.verdict()
    assert [one["subject"] for one in found["findings"] if one["rule"] == "MG002"] == ["other.csv"]
    assert found["bootstrap"] is False
    assert any(one["what"] == "other.csv" for one in found["absent"])
