"""docs/auditability.md follows one real applicant, and every number in it is the committed card's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from loan import card_file, collect, walk

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "auditability.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_walk_is_what_the_committed_card_says_of_the_real_applicant() -> None:
    made = walk.walk(card_file.read(ROOT / "criteria" / "loan.yaml"), walk.applicants())
    assert walk.page(TEXT, made) == TEXT, "write it anew: PYTHONPATH=src python -m loan.walk"


def test_the_walk_adds_up_for_a_reader_with_a_pencil() -> None:
    card = card_file.read(ROOT / "criteria" / "loan.yaml")
    points = [int(cell) for cell in re.findall(r"^\| `\w+` .*\| ([+-]\d+) \|", TEXT, re.MULTILINE)]
    said = re.search(r"= \*\*(\d+)\*\*\.", TEXT)
    assert said
    assert card.start + sum(points) == int(said.group(1)) < card.cutoff
    assert len(points) == len(card.rules)


@pytest.mark.slow
def test_the_commands_of_the_page_give_the_reasons_of_the_page(tmp_path: Path) -> None:
    script = re.search(r"python - <<'EOT'\n(.*?)EOT\n", TEXT, re.DOTALL)
    assert script
    (tmp_path / "data" / "loan").mkdir(parents=True)
    (tmp_path / "data" / "loan" / "applications.csv").write_bytes(collect.collect())
    (tmp_path / "criteria").symlink_to(ROOT / "criteria")
    command = [sys.executable, "-I", "-B", "-c", script.group(1)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=True)
    reasons = re.findall(r"^\d\. (.*)$", TEXT, re.MULTILINE)
    who = re.search(r"`(app-\w+)` is row", TEXT)
    assert who
    points = re.search(r"= \*\*(\d+)\*\*\.", TEXT)
    assert points
    assert "\n  ".join([who.group(1), points.group(1), *reasons]) in done.stdout
