"""What the documents say is what the program does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from scripts.rule_pages import FOLDER, pages

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "tests/README.md"])


def test_the_rule_pages_are_those_of_the_rules() -> None:
    written = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    assert written == pages(), "call `make docs`"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_inside_the_repository_lead_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```|`[^`]*`", "", document.read_text("utf-8"), flags=re.DOTALL)
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    missing = [
        target for target in targets if target and "://" not in target and not (document.parent / target).exists()
    ]
    assert not missing


def test_every_mergegate_command_in_the_documents_exists() -> None:
    help_text = subprocess.run(
        [sys.executable, "-m", "mergegate", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": "src", "COLUMNS": "100"},
        cwd=ROOT,
    ).stdout
    known = set(re.findall(r"^\s*[│|]?\s*([a-z]+)\s{2,}", help_text, flags=re.MULTILINE))
    assert {"plan", "run", "check", "compare", "explain", "report"} <= known
    users = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("[!d]*.md")]
    for document in users:
        named = set(re.findall(r"`mergegate ([a-z]+)", document.read_text("utf-8")))
        assert named <= known, f"{document.name} names {named - known}"


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    [phony] = re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    listed = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    shown = listed.stdout
    assert {line.split()[1] for line in shown.splitlines() if line.strip()} == set(phony.split())
