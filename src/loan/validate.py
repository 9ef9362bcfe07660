"""The stage `loan-validate`: the applications are what the later stages take them for, or they go no further."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandera.pandas as pa

from loan import tables
from loan.columns import ID
from loan.faults import StageError, run_stage

if TYPE_CHECKING:
    import pandas as pd

DATA = Path("data/loan/applications.csv")
METRICS = Path("metrics/loan/validate.json")
RANGES: dict[str, tuple[float, float]] = {
    "occ": (1, 3), "loanamt": (1, 10_000), "action": (1, 3), "msa": (0, 99_999), "appinc": (0, 10_000),
    "typur": (0, 9), "unit": (1, 4), "dep": (0, 20), "emp": (0, 60), "yjob": (0, 60), "atotinc": (0, 1e6),
    "cototinc": (0, 1e6), "hexp": (0, 1e5), "price": (1, 10_000), "other": (0, 10_000), "liq": (0, 99_999),
    "rep": (0, 50), "lines": (0, 500), "mortg": (1, 4), "cons": (1, 6), "hrat": (0, 100), "obrat": (0, 100),
    "term": (1, 600), "apr": (1, 10_000), "prop": (1, 3), "review": (0, 100), "netw": (-1e5, 1e6), "unem": (0, 100),
    "loanprc": (0, 5),
}  # fmt: skip
"""Smallest and largest value of each number; every other column is 0 or 1."""
MAY_BE_EMPTY = (
    "unit",
    "married",
    "dep",
    "liq",
    "rep",
    "gdlin",
    "lines",
    "term",
    "review",
    "min30",
    "male",
    "multi",
    "thick",
)
_SHOWN = 5


def schema() -> pa.DataFrameSchema:
    """Ranges and uniqueness of `applications.csv`."""
    numbers = {
        name: pa.Column(
            float,
            pa.Check.in_range(*RANGES[name]) if name in RANGES else pa.Check.isin([0.0, 1.0]),
            nullable=name in MAY_BE_EMPTY,
        )
        for name in tables.APPLICATIONS
        if name != ID
    }
    return pa.DataFrameSchema({ID: pa.Column(str, pa.Check.str_matches(r"^app-[0-9a-f]{12}$"))} | numbers, strict=True)


def check(frame: pd.DataFrame) -> None:
    """Raise a StageError that names the first few values that break the schema."""
    try:
        schema().validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
        ids = frame[ID].to_dict()
        shown = [
            f"{case.column} of {ids.get(case.index, 'the table')}: {case.failure_case!r} fails {case.check}"
            for case in cases.head(_SHOWN).itertuples()
        ]
        raise StageError(
            f"{len(cases):,} values are not as they should be:\n  " + "\n  ".join(shown),
            where=DATA,
            do="mend the values, or change the schema in src/loan/validate.py in the same pull request",
        ) from None
    contradicting = frame[
        (frame["approve"] + frame["reject"] != 1) | ((frame["action"] == 3) != (frame["reject"] == 1))
    ]
    if len(contradicting):
        raise StageError(
            f"{len(contradicting)} applications are approved and denied at once, {contradicting[ID].iloc[0]} the first",
            where=DATA,
            do="mend `approve`, `reject` and `action`",
        )


def facts(frame: pd.DataFrame) -> dict[str, Any]:
    """What a reader of the pull request sees of the data."""
    return {
        "rows": len(frame),
        "approved": int(frame["approve"].sum()),
        "denied": int(frame["reject"].sum()),
        "empty": {str(name): int(count) for name, count in frame.isna().sum().items() if count},
    }


def main() -> None:
    """Read the applications, write the facts; fail with the first few faults."""
    frame = tables.read_csv(DATA)
    check(frame)
    found = facts(frame)
    tables.write_json(found, METRICS)
    print(f"· {found['rows']:,} applications, {found['denied']:,} denied: sound")


if __name__ == "__main__":
    run_stage(main)
