"""Files that do something by being there, of a real commit."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from mergegate.read.git import open_repository
from mergegate.read.odd import odd_files

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    ".gitattributes": "# *.py -diff\n*.csv filter=flatter\n*.py -diff\n",
    "docs/.gitattributes": "*.md text\n",
    "a/.gitattributes": "*.json linguist-generated\n",
    ".dvcignore": "data\n",
    "knobs.yaml": "a: 1\n",
}
LINKS = {"params.yaml": "knobs.yaml", "sub/dvc.lock": "../knobs.yaml", "data.dvc": "knobs.yaml", "notes": "knobs.yaml"}


def test_hidden_diffs_ignored_files_and_links_in_place_of_what_the_gate_reads_are_named(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    for name, target in LINKS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).symlink_to(target)
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc/config").write_text("[core]\n    analytics = false\n", encoding="utf-8")
    who = ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "files"]):
        subprocess.run([*who, *command], check=True)
    git = open_repository(tmp_path)
    found = odd_files(git, git.resolve("HEAD").sha, dict.fromkeys([*FILES, *LINKS], "A"))
    link = "it is a link, and what the gate reads has to be an ordinary file"
    assert {(one.path, one.what, one.blocks) for one in found} == {
        (".gitattributes", "it has git change files on the way in or out", False),
        (".gitattributes", "it keeps changes of some files from reviewers", False),
        ("a/.gitattributes", "it keeps changes of some files from reviewers", False),
        (".dvcignore", "DVC overlooks the files that it names", False),
        ("params.yaml", link, True),
        ("sub/dvc.lock", link, True),
        ("data.dvc", link, True),
    }
