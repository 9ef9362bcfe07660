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


def threats() -> list[list[str]]:
    """The rows of the threat model: threat, defence, proof, what remains."""
    text = (ROOT / "SECURITY.md").read_text("utf-8").partition("| threat |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]


@pytest.mark.parametrize("row", threats(), ids=lambda row: row[0][:50])
def test_each_threat_links_to_a_test_that_is_there_or_says_that_nothing_proves_it(row: list[str]) -> None:
    assert len(row) == 4
    proof, remains = row[2], row[3]
    links = re.findall(r"\[([^\]]+)\]\(([^)]+)\)", proof)
    assert links or (proof == "nothing" and remains)
    for name, path in links:
        assert path.startswith("tests/")
        source = (ROOT / path).read_text("utf-8")
        wanted = f"def {name}(" if name.startswith("test_") and not name.endswith(".py") else "def test_"
        assert wanted in source, f"{path} has no {name}"


def test_the_threat_model_is_a_table_of_some_length() -> None:
    assert len(threats()) >= 15


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
        if document.name == "policy-reference.md":
            continue  # made from the policy, whose words may name what comes next
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
