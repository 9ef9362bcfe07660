"""What the HTML report draws: specifications, their figures, pictures in the page, and the graph of the stages."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from tests.report import verdicts

from mergegate.cli.out import write
from mergegate.cli.pictures import VERSION, draw
from mergegate.facts import Action, Plan, StagePlan
from mergegate.facts.pictures import Pictures
from mergegate.report import dag, specs, vega
from mergegate.report.html import html

NAMES = ["forest", "target-1", "confusion-1", "data-1", "power-1"]


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    return draw(specs.specifications(verdicts.pictured()))


def test_each_specification_is_vega_lite_with_its_data_in_it(snapshot: SnapshotAssertion) -> None:
    found = specs.specifications(verdicts.pictured())
    assert list(found) == NAMES
    for specification in found.values():
        assert specification["$schema"] == f"https://vega.github.io/schema/vega-lite/{VERSION[:2]}.json"
        assert "url" not in json.dumps(specification).replace("$schema", "")
    assert found == snapshot


def test_there_is_no_picture_where_there_is_nothing_to_draw() -> None:
    verdict = dataclasses.replace(verdicts.pictured(), pictures=Pictures(), findings=())
    assert specs.specifications(verdict) == {}


@pytest.mark.slow
def test_vega_draws_every_specification_and_the_page_has_it_byte_for_byte(
    drawn: dict[str, str], snapshot: SnapshotAssertion
) -> None:
    """The golden pictures: room for texts is given, so that the fonts of a machine move nothing."""
    assert list(drawn) == NAMES
    assert {name: vega.inlined(svg, name) for name, svg in drawn.items()} == snapshot


@pytest.mark.slow
def test_another_process_draws_the_same_bytes(drawn: dict[str, str]) -> None:
    code = (
        "import hashlib, sys; sys.path.insert(0, '.'); from tests.report import verdicts; from mergegate.report import "
        "specs; from mergegate.cli.pictures import draw; d = draw(specs.specifications(verdicts.pictured())); "
        "sys.stdout.write(repr(d))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"TZ": "Asia/Tokyo"}
    )
    assert done.stdout == repr(drawn)


def test_a_page_without_pictures_has_their_figures_and_says_how_to_draw_them() -> None:
    text = html(verdicts.pictured())
    assert "mergegate check --plots" in text
    assert text.count("<details open>") == 4
    assert "<td>HassTurnOn</td><td>HassTurnOff</td><td>3</td><td>60</td><td>+57</td>" in text


@pytest.mark.slow
def test_a_page_with_pictures_folds_their_figures(drawn: dict[str, str]) -> None:
    text = html(verdicts.pictured(), drawn)
    assert "mergegate check --plots" not in text
    assert "<details open>" not in text
    assert text.count('<svg class="vega" role="img"') == 4


def test_only_shapes_and_texts_of_a_picture_come_into_the_page() -> None:
    foreign = (
        '<svg xmlns="http://www.w3.org/2000/svg" onload="x()" viewBox="0 0 9 9"><script>x()</script><style>*{}</style>'
        '<a href="javascript:x()"><text>a</text></a><g><text fill="url(#x)" style="x" x="1">&lt;b&gt;</text></g>'
        '<rect fill="#0969da" width="2"/><image href="x"/><foreignObject><b>x</b></foreignObject></svg>'
    )
    assert vega.inlined(foreign, '"><b>') == (
        '<svg class="vega" role="img" aria-label="&quot;&gt;&lt;b&gt;" viewBox="0 0 9 9">'
        '<g><text x="1">&lt;b&gt;</text></g><rect fill="#0969da" width="2"></rect></svg>'
    )


@pytest.mark.parametrize("text", ["", "<svg", "<html/>", "<svg/>"])
def test_what_is_no_svg_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no SVG"):
        vega.inlined(text, "x")


def test_a_stage_stands_behind_all_that_it_reads() -> None:
    verdict = verdicts.blocked()
    drawing = dag.drawing(verdict.plan, verdict.run)
    assert drawing is not None
    places = {box.name: box.x for box in drawing.boxes}
    assert places["validate"] < places["split"] < places["train"] < places["predict"] < places["evaluate"]
    assert len(drawing.edges) == 6
    assert {box.name: (box.said, box.kind) for box in drawing.boxes}["train"] == ("ran in 21 s", "ran")
    assert len({(box.x, box.y) for box in drawing.boxes}) == len(drawing.boxes)
    assert all(box.x + dag.WIDE <= drawing.width for box in drawing.boxes)


def test_a_plan_that_names_itself_or_a_later_stage_is_drawn_all_the_same() -> None:
    stages = (StagePlan("a", Action.RUN, upstream=("a", "b", "gone")), StagePlan("b", Action.FROZEN, upstream=("a",)))
    drawing = dag.drawing(Plan("x", "y", stages), None)
    assert drawing is not None
    assert len(drawing.edges) == 1


def test_too_many_stages_are_not_drawn() -> None:
    assert dag.drawing(Plan("x", "y", tuple(StagePlan(f"s{n}", Action.RUN) for n in range(61))), None) is None
    assert dag.drawing(None, None) is None


def test_the_page_draws_the_stages() -> None:
    assert len(re.findall(r'<text class="stage"', html(verdicts.blocked()))) == 6


@pytest.mark.slow
def test_the_files_beside_a_report_are_its_own_and_pictures_come_where_they_are_asked_for(tmp_path: Path) -> None:
    write(verdicts.pictured(), tmp_path, plots=True)
    assert sorted(path.name for path in (tmp_path / "plots").iterdir()) == sorted(f"{name}.vl.json" for name in NAMES)
    assert '<svg class="vega"' in (tmp_path / "report.html").read_text(encoding="utf-8")
    write(verdicts.merged(), tmp_path)
    assert [path.name for path in (tmp_path / "plots").iterdir()] == ["forest.vl.json"]
    specification = json.loads((tmp_path / "plots" / "forest.vl.json").read_text(encoding="utf-8"))
    assert specification == specs.specifications(verdicts.merged())["forest"]


@pytest.mark.slow
def test_a_check_without_pictures_does_not_load_what_draws_them(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.report import verdicts; from mergegate.cli.out import write; "
        "write(verdicts.pictured(), Path(sys.argv[1])); print('vl_convert' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"
