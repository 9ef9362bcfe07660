"""The line that a change stands on."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.scenes.repo import start_repo

from mergegate.read.git import Git
from mergegate.read.lines import first_changed_line, line_of_key

PARAMS = b"""# knobs
train:
  C: 1.0   # strength
  "odd.key": 2
  layers: [3, 4,
    5]
same: &anchor
  C: 7
other: *anchor
"""


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("train", 2),
        ("train.C", 3),
        ("train.layers.2", 6),
        ("same.C", 8),
        ("other.C", 8),
        ("train.gone", 0),
        ("gone", 0),
        ("train.layers.9", 0),
        ("train.layers.x", 0),
    ],
)
def test_a_key_is_found_by_the_names_on_the_way_to_it(keys: str, line: int) -> None:
    assert line_of_key(PARAMS, keys.split(".")) == line


def test_json_is_read_too() -> None:
    assert line_of_key(b'{\n "a": {\n  "b": 1}}', ["a", "b"]) == 3


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a: [", b"[" * 5_000, b"a: 1\na: 2", b"- x", b"a: " * 400_000])
def test_what_cannot_be_read_has_no_line(content: bytes) -> None:
    assert line_of_key(content, ["a", "b"]) == 0


def test_the_first_changed_line_is_head_s(tmp_path: Path) -> None:
    repo = start_repo(tmp_path)
    name = ":(glob)** odd"  # a name that git would take for a pattern
    (repo.root / name).write_text("".join(f"{number}\n" for number in range(20)))
    (repo.root / ".gitattributes").write_text("* diff=evil\n")
    repo.git("config", "diff.evil.command", "touch ran")
    repo.git("config", "diff.evil.textconv", "touch ran;")
    base = repo.commit("base")
    (repo.root / name).write_text("".join(f"{number}\n" for number in [*range(9), 99, *range(9, 20)]))
    added = repo.commit("a line more")
    (repo.root / name).write_text("".join(f"{number}\n" for number in range(20) if number != 5))
    removed = repo.commit("a line less")
    git = Git(repo.root)
    assert first_changed_line(git, base, added, name) == 10
    assert first_changed_line(git, base, removed, name) == 5
    assert first_changed_line(git, base, base, name) == 1
    assert first_changed_line(git, base, added, "gone") == 0
    assert not (repo.root / "ran").exists()
