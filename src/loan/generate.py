"""The stage `generate_loan`: code from the card, in Python, SQL and JavaScript, each with the card's digest.

python -m loan.generate [--criteria criteria/loan.yaml] [--out criteria/generated] [--postgres]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from loan import card_file, generate_javascript, generate_python, generate_sql
from loan.card_check import CardError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loan.card import Card

OUT = Path("criteria/generated")


def sources(card: Card) -> dict[str, str]:
    """Each file's ending and its text."""
    return {
        "py": generate_python.generate(card),
        "sql": generate_sql.generate(card),
        "js": generate_javascript.generate(card),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the card, write its code; 2 where the card cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m loan.generate", description="Code from the criteria.")
    parser.add_argument("--criteria", type=Path, default=card_file.CRITERIA, help="the card (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=OUT, help="where the files go (default: %(default)s)")
    parser.add_argument("--postgres", action="store_true", help="write the query of PostgreSQL's dialect alone")
    asked = parser.parse_args(arguments)
    try:
        card = card_file.read(asked.criteria)
    except CardError as error:
        print(error, file=sys.stderr)
        return 2
    asked.out.mkdir(parents=True, exist_ok=True)
    made = {"postgres.sql": generate_sql.postgres(card)} if asked.postgres else sources(card)
    for ending, text in made.items():
        (asked.out / f"{card.name}.{ending}").write_text(text, encoding="utf-8", newline="\n")
    print(f"· wrote {card.name}.{{{','.join(made)}}}, for {len(card.rules)} rules")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
