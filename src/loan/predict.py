"""The stage `loan-predict`: what the card decides about the held-out applications, why, and what the ceiling says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from loan import card_file, settings, tables
from loan.card_check import CardError
from loan.columns import AUDIT
from loan.faults import StageError, run_stage
from loan.points import probability
from loan.score import Scorer

if TYPE_CHECKING:
    from loan.card import Card

CARD = Path("criteria/loan.yaml")
ROWS = Path("work/loan/holdout.parquet")
CEILING = Path("work/loan/ceiling.parquet")
PREDICTIONS = Path("predictions/loan/holdout.parquet")


def _plain(value: Any) -> Any:
    """A cell as an applicant's record has it: None where nothing is known, 1 for 1.0."""
    number = float(value)
    return None if np.isnan(number) else int(number) if number.is_integer() else number


def decided(frame: pd.DataFrame, card: Card) -> pd.DataFrame:
    """`id`, `prediction`, `points` and `reasons` (joined by `; `) of each row; a StageError where one is refused."""
    scorer, names = Scorer.of(card), [rule.feature for rule in card.rules]
    found = []
    for row in frame.to_dict("records"):
        said = scorer.decide({name: _plain(row[name]) for name in names})
        if said.refused:
            first = said.refused[0]
            raise StageError(
                f"the card decides nothing about {row['id']}: {first.field} {first.reason}",
                where=ROWS,
                do="write `missing: worst` for it in params.yaml, or widen its `min` and `max`",
            )
        found.append((row["id"], said.decision, said.points, "; ".join(said.reasons)))
    return pd.DataFrame(found, columns=["id", "prediction", "points", "reasons"])


def predictions(frame: pd.DataFrame, card: Card, ceiling: pd.DataFrame, how: settings.Points) -> pd.DataFrame:
    """The evidence: decisions with the probability that their points stand for, the ceiling's, and whom it meets."""
    table = frame[["id", "label"]].merge(decided(frame, card), on="id").merge(ceiling, on="id", validate="one_to_one")
    if len(table) != len(frame):
        raise StageError("the ceiling knows other applications", where=CEILING, do="make it again: dvc repro")
    table.insert(3, "score", probability(table["points"].to_numpy(), how).round(6))
    audit = frame[["id", *AUDIT]].astype(dict.fromkeys(AUDIT, "Int8"))
    return table.merge(audit, on="id").sort_values("id", ignore_index=True)


def main() -> None:
    """Read the card and the holdout, write the evidence."""
    try:
        card = card_file.read(CARD)
    except CardError as error:
        raise StageError(str(error), do="make the card again: dvc repro") from None
    columns = dict.fromkeys(("id", "label", *(rule.feature for rule in card.rules), *AUDIT))
    frame, ceiling = tables.read_parquet(ROWS, tuple(columns)), tables.read_parquet(CEILING, ("id", "ceiling"))
    table = predictions(frame, card, ceiling, settings.read(settings.Points))
    tables.write_parquet(table, PREDICTIONS)
    print(f"· decided {len(table):,} held-out applications, {(table['prediction'] == 'deny').sum()} denied")


if __name__ == "__main__":
    run_stage(main)
