"""A repository with tables of data: one in a folder that DVC tracks, one in git, one that a stage writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.scenes.repo import GATE, Repo, make_repo

TABLES = """\
data:
  tables:
    phrases:
      path: data/toy/rows.csv
      label: label
      group: group
      text: [text]
      model: toy
      columns:
        id: {pattern: "r[0-9]+"}
        group: {}
        text: {min: 1, max: 80}
        language: {allowed: [de, en, nl, fr]}
        label: {allowed: ["on", "off"]}
        amount: {type: number, min: 0, max: 1000}
      strict: true
      min_rows: 1000
      min_rows_per_class: 100
      limits: {removed: 0.1, relabelled: 0.05}
      drift: {max_shift: 0.1}
      texts: {max_broken: 0.001, max_contradicting: 0.01}
      leaks: {}
    names:
      path: names.csv
      id: name
    answers:
      path: holdout.csv
      label: label
"""
LANGUAGES = ("de", "en", "nl", "fr")
HEADER = "id,label,group,language,text,amount"


def lines(count: int = 2_000) -> list[str]:
    """The rows of main's table, without the header."""
    return [
        f"r{n},{'on' if n % 2 else 'off'},g{n // 5},{LANGUAGES[n // 5 % 4]},please do the thing {n},{n % 97}"
        for n in range(count)
    ]


def dvc(repo: Repo, *args: str) -> None:
    """Call DVC, as a person would."""
    subprocess.run([sys.executable, "-m", "dvc", "-q", *args], cwd=repo.root, check=True)


def put(repo: Repo, rows: list[str], *, header: str = HEADER) -> None:
    """Write the table and have DVC track its folder."""
    folder = repo.root / "data" / "toy"
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / "rows.csv"
    table.unlink(missing_ok=True)
    table.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    dvc(repo, "add", "data")


def make_data_repo(folder: Path) -> Repo:
    """Main has run, its data is tracked and published."""
    repo = make_repo(folder, policy=GATE + TABLES)
    (repo.root / "data" / "toy").mkdir(parents=True)
    (repo.root / "data" / "toy" / "notes.txt").write_text("beside the table\n")
    put(repo, lines())
    repo.write(names__csv="name\nAda\nGrace\n")
    repo.commit("data")
    dvc(repo, "push")
    return repo
