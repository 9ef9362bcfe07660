"""The verdict in a terminal."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len
from syrupy.assertion import SnapshotAssertion
from tests.report import verdicts

from mergegate.report.terminal import terminal


@pytest.mark.parametrize("scene", [name for name in verdicts.ALL if name != "many"])
def test_the_whole_text(scene: str, snapshot: SnapshotAssertion) -> None:
    assert terminal(verdicts.ALL[scene](), width=100, colour=False) == snapshot


@pytest.mark.parametrize("scene", verdicts.SCENES)
@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(scene: str, width: int) -> None:
    lines = terminal(verdicts.ALL[scene](), width=width, colour=False).splitlines()
    assert max(cell_len(line) for line in lines) <= width


@pytest.mark.parametrize("scene", verdicts.SCENES)
def test_the_only_control_sequences_are_our_colours(scene: str) -> None:
    plain = terminal(verdicts.ALL[scene](), width=80, colour=False)
    coloured = terminal(verdicts.ALL[scene](), width=80, colour=True)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", plain)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured).split() == plain.split()


def test_the_surroundings_do_not_change_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    before = terminal(verdicts.blocked(), width=80, colour=True)
    for name, value in {"NO_COLOR": "1", "COLUMNS": "33", "TERM": "dumb", "FORCE_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    assert terminal(verdicts.blocked(), width=80, colour=True) == before


def test_a_crowd_of_findings_stays_a_screenful() -> None:
    text = terminal(verdicts.many(), width=100, colour=False)
    assert "2,488 more moved: see report.html" in text
    assert len(text.splitlines()) < 60
