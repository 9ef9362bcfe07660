"""A portfolio of one's own through the criteria of any version, or through two and where they differ.

    python -m loan.replay [--criteria criteria/loan.yaml] portfolio.csv [--rev REV [--rev REV2]] [--json] [--out DIR]

Exit code: 0 every row was decided; 4 some were refused, and the others decided; 2 wrong use.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from loan import card_file, portfolio, replay_files, replay_plot, replay_table
from loan.card_check import CardError
from loan.columns import AUDIT
from loan.faults import StageError
from loan.replay_facts import Replay, decided, facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loan.card import Card

DECIDED, WRONG_USE, REFUSED = 0, 2, 4


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        said = "git knows no such file at that revision"
        raise StageError(said, where=arguments[-1], do="name a revision that has these criteria: git log") from None
    return done.stdout.decode("utf-8", errors="replace")


def card_at(path: Path, rev: str) -> Card:
    """The criteria of a revision; StageError where git has none there, CardError where they cannot be used."""
    folder = path.resolve().parent
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}").strip()
    return card_file.parse(_git(folder, "cat-file", "blob", f"{commit}:./{path.name}"), f"{path} at {rev}")


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m loan.replay",
        description="A portfolio of your own through the criteria of any version.",
        epilog="Exit code: 0 every row was decided; 4 some were refused, the others decided; 2 wrong use.",
    )
    parser.add_argument("portfolio", type=Path, help="a CSV with a header, one row per applicant")
    parser.add_argument("--criteria", type=Path, default=card_file.CRITERIA, help="the card (default: %(default)s)")
    parser.add_argument("--rev", action="append", default=[], help="its version at this git revision; twice: compared")
    parser.add_argument(
        "--groups", default="", help="columns of 0 and 1 to count by, with commas (default: the audit's)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--out", type=Path, help="a folder for replay.json, decisions.csv and replay.svg")
    asked = parser.parse_args(arguments)
    if len(asked.rev) > 2:
        parser.error("at most two --rev")
    return asked


def _replay(asked: argparse.Namespace) -> Replay:
    cards = {rev: card_at(asked.criteria, rev) for rev in asked.rev} or {"now": card_file.read(asked.criteria)}
    groups = tuple(filter(None, asked.groups.split(","))) or AUDIT
    return decided(cards, portfolio.read(asked.portfolio), groups)


def main(arguments: Sequence[str] | None = None) -> int:
    """Decide, say so, write what was asked for."""
    asked = _asked(arguments)
    try:
        done = _replay(asked)
    except (CardError, StageError) as error:
        print(error, file=sys.stderr)
        return WRONG_USE
    said = facts(done)
    print(json.dumps(said, indent=2, ensure_ascii=False) if asked.json else replay_table.text(said), end="\n")
    if asked.out:
        asked.out.mkdir(parents=True, exist_ok=True)
        whole = json.dumps(said, indent=2, ensure_ascii=False) + "\n"
        (asked.out / "replay.json").write_text(whole, encoding="utf-8", newline="\n")
        (asked.out / "replay.svg").write_text(replay_plot.svg(said), encoding="utf-8", newline="\n")
        (asked.out / "decisions.csv").write_text(replay_files.decisions(done), encoding="utf-8", newline="")
    return REFUSED if said["refused"]["rows"] else DECIDED


if __name__ == "__main__":
    raise SystemExit(main())
