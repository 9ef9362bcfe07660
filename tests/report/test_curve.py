"""A calibration as a table, as JSON, as Vega-Lite and as a picture."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from mergegate.facts.calibration import Calibration, Rate, Rows
from mergegate.report.curve import svg, table, tree, vega_lite

ALIKE = Rate("", "", 0.0, 40, 1000, 0.03, 0.054)
POWER = (
    Rate("intent", "all rows", 0.01, 60, 100, 0.5, 0.69),
    Rate("intent", "all rows", 0.02, 100, 100, 0.96, 1.0),
    Rate("intent", "größe=<b>", 0.1, 20, 100, 0.13, 0.29),
)
FOUND = Calibration(
    0.05, 0.005, 1, (Rows("intent", 7587, 7587, 390, 46, None, "this artefact"),), ALIKE, POWER
)  # fmt: skip


def test_the_table_says_what_was_simulated_and_how_often_it_was_blocked() -> None:
    text = table(FOUND)
    assert "intent: 7,587 rows, 390 groups, 46 checks, the disagreement of base and head; judged: this artefact" in text
    assert "nothing got worse: 4.0% (95 % 3.0% to 5.4%) of 1,000 pull requests blocked; alpha is 5.00%" in text
    assert "(of which checks apart from these keep 0.50%)" in text
    assert "   1.00 pt  60.0% (95 % 50.0% to 69.0%)  intent all rows" in text


def test_a_part_of_many_independent_rows_is_told_so() -> None:
    part = Calibration(0.05, 0.0, 1, (Rows("m", 20_000, 90_000, None, 3, 0.05, "this recipe"),), ALIKE, ())
    assert "m: 20,000 of 90,000 rows, independent rows, 3 checks, 5.0% of the rows made to differ" in table(part)
    assert "targets" not in table(part)


def test_the_json_holds_every_number_strictly() -> None:
    told = json.loads(json.dumps(tree(FOUND), allow_nan=False))
    assert told["false_blocks"] == {"rate": 0.04, "low": 0.03, "high": 0.054, "blocked": 40, "runs": 1000}
    assert [(one["where"], one["drop"], one["rate"]) for one in told["power"]][2] == ("größe=<b>", 0.1, 0.2)


def test_each_line_begins_at_the_rate_without_a_drop() -> None:
    values = vega_lite(FOUND)["data"]["values"]
    assert [(one["line"], one["drop"], one["rate"]) for one in values] == [
        ("intent all rows", 0.0, 0.04),
        ("intent all rows", 1.0, 0.6),
        ("intent all rows", 2.0, 1.0),
        ("intent größe=<b>", 0.0, 0.04),
        ("intent größe=<b>", 10.0, 0.2),
    ]


@pytest.mark.parametrize("found", [FOUND, Calibration(0.05, 0.0, 1, (), ALIKE, ())])
def test_the_picture_is_xml_with_every_point_inside(found: Calibration) -> None:
    root = ET.fromstring(svg(found))  # noqa: S314 - our own
    wide, high = (float(part) for part in root.attrib["viewBox"].split()[2:])
    circles = root.findall(".//{*}circle")
    assert len(circles) == (5 if found.power else 1)
    assert all(0 <= float(one.attrib["cx"]) <= wide and 0 <= float(one.attrib["cy"]) <= high for one in circles)
    assert "script" not in svg(found)
