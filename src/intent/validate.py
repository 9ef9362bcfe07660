"""The stage `validate`: the data is what the later stages take it for, or it goes no further."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandera.pandas as pa

from intent import tables
from intent.faults import StageError, run_stage

if TYPE_CHECKING:
    import pandas as pd

UTTERANCES = Path("data/intent/utterances.csv")
QUIZ = Path("data/intent/quiz.csv")
METRICS = Path("metrics/intent/validate.json")
LANGUAGES = ("de", "en", "es", "fr", "nl")
_SHOWN = 5


def _context() -> dict[str, pa.Column]:
    """The columns that both tables have."""
    return {
        "language": pa.Column(str, pa.Check.isin(LANGUAGES)),
        "area": pa.Column(str, pa.Check.str_matches(r"^[a-z][a-z_]*$")),
        "domain": pa.Column(str, pa.Check.str_matches(r"^[a-z][a-z_]*$")),
        "utterance": pa.Column(str, [pa.Check.str_length(1, 200), pa.Check.str_matches(r"^\S(.*\S)?$")]),
        "intent": pa.Column(str, pa.Check.str_matches(r"^Hass[A-Za-z]+$")),
    }


def utterances_schema() -> pa.DataFrameSchema:
    """Types, allowed values and uniqueness of `utterances.csv`."""
    own = {
        "id": pa.Column(str, pa.Check.str_matches(r"^[a-z]{2}-[0-9a-f]{12}$"), unique=True),
        "group": pa.Column(str, pa.Check.str_matches(r"^[a-z]{2}/Hass[A-Za-z]+/\S+$")),
    }
    return pa.DataFrameSchema(own | _context(), strict=True)


def quiz_schema() -> pa.DataFrameSchema:
    """Types, allowed values and uniqueness of `quiz.csv`."""
    own = {
        "id": pa.Column(str, pa.Check.str_matches(r"^q-[a-z]{2}-\d{2,}$"), unique=True),
        "must_pass": pa.Column(str, pa.Check.isin(["true", "false"])),
    }
    return pa.DataFrameSchema(own | _context(), strict=True, unique=["language", "area", "domain", "utterance"])


def check(frame: pd.DataFrame, schema: pa.DataFrameSchema, path: Path) -> None:
    """Raise a StageError that names the first few values that break the schema."""
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
        shown = [
            f"column {case.column}, row {case.index}: {case.failure_case!r} fails {case.check}"
            for case in cases.head(_SHOWN).itertuples()
        ]
        raise StageError(
            f"{len(cases):,} values are not as they should be:\n  " + "\n  ".join(shown),
            where=path,
            do="mend the values, or change the schema in src/intent/validate.py in the same pull request",
        ) from None


def check_groups(frame: pd.DataFrame) -> None:
    """Raise where a group has two intents or two languages: it could not be one template block."""
    mixed = frame.groupby("group")[["language", "intent"]].nunique().max(axis=1)
    if (mixed > 1).any():
        raise StageError(
            f"a group has more than one language or intent: {mixed.idxmax()}",
            where=UTTERANCES,
            do="give each its own group",
        )


def facts(utterances: pd.DataFrame, quiz: pd.DataFrame) -> dict[str, Any]:
    """What a reader of the pull request sees of the data."""
    rows = utterances["language"].value_counts().sort_index()
    return {
        "rows": len(utterances),
        "groups": int(utterances["group"].nunique()),
        "intents": int(utterances["intent"].nunique()),
        "rows_by_language": {str(name): int(count) for name, count in rows.items()},
        "quiz_items": len(quiz),
        "quiz_intents": int(quiz["intent"].nunique()),
    }


def main() -> None:
    """Read both tables, write the facts; fail with the first few faults."""
    utterances, quiz = tables.read_csv(UTTERANCES, tables.UTTERANCES), tables.read_csv(QUIZ, tables.QUIZ)
    check(utterances, utterances_schema(), UTTERANCES)
    check(quiz, quiz_schema(), QUIZ)
    check_groups(utterances)
    unknown = sorted(set(quiz["intent"]) - set(utterances["intent"]))
    if unknown:
        raise StageError(
            f"the quiz asks for intents that nobody teaches: {', '.join(unknown)}", where=QUIZ, do="mend the quiz"
        )
    found = facts(utterances, quiz)
    tables.write_json(found, METRICS)
    print(f"· {found['rows']:,} utterances, {found['groups']:,} groups, {found['quiz_items']} quiz items: sound")


if __name__ == "__main__":
    run_stage(main)
