"""The plan as a graph."""

from __future__ import annotations

import re

from syrupy.assertion import SnapshotAssertion
from tests.report import verdicts

from mergegate.report.mermaid import drawable, mermaid, words


def test_the_whole_graph(snapshot: SnapshotAssertion) -> None:
    assert mermaid(verdicts.RETRAINED, verdicts.RAN) == snapshot


def test_what_became_of_a_stage_comes_from_the_run_where_there_was_one() -> None:
    train = verdicts.RETRAINED.stages[2]
    assert words(train, verdicts.RAN) == "ran in 21 s"
    assert words(train, None) == "will run"


def test_hostile_names_stay_inside_their_quotes() -> None:
    plan = verdicts.hostile().plan
    assert plan is not None
    assert drawable(plan)
    shapes = (
        r'  s\d+\["[^"`<>]*<br>[^"`<>]*"\]:::run',
        r"  s\d+ --> s\d+",
        r"  classDef [\w :-]+",
        r"  accTitle: [\w ]+",
    )
    for line in mermaid(plan).splitlines()[1:]:
        assert any(re.fullmatch(shape, line) for shape in shapes), line


def test_a_stage_that_reads_from_outside_the_plan_gets_no_edge_from_there() -> None:
    assert mermaid(verdicts.RETRAINED).count("-->") == 6
