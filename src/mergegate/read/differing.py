"""Counts the rows on which two tables of predictions of the same model differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mergegate.errors import TableError

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.facts import ModelPolicy


def differing_predictions(again: Path, claimed: Path, model: ModelPolicy) -> tuple[int, int]:
    """(rows in `again`, rows whose claimed prediction is another, missing or doubled). Ids are compared as text."""
    import duckdb

    with duckdb.connect(config={"autoinstall_known_extensions": "false", "threads": "2"}) as db:
        db.execute("SET memory_limit = '1GB'")
        try:
            tables = [_rows(path, model) for path in (again, claimed)]
            row = db.execute(
                f"""
                WITH again AS ({tables[0]}), claimed AS ({tables[1]}), both_sides AS (
                  SELECT again.id AS a, count(claimed.id) AS c,
                         bool_and(claimed.answer IS NOT DISTINCT FROM again.answer) AS same
                  FROM again LEFT JOIN claimed ON claimed.id = again.id GROUP BY again.id)
                SELECT count(*), count(*) FILTER (WHERE c <> 1 OR same IS NOT TRUE) FROM both_sides
                """,  # noqa: S608 - `_rows` quotes names and paths
            ).fetchone()
        except duckdb.Error as error:
            raise TableError(
                f"the claimed predictions cannot be read: {str(error).splitlines()[0]}", where=str(claimed)
            ) from None
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _rows(path: Path, model: ModelPolicy) -> str:
    reader = "read_parquet" if path.suffix == ".parquet" else "read_csv_auto"
    literal = str(path).replace("'", "''")
    return (
        f"SELECT {_quoted(model.id)}::VARCHAR AS id, {_quoted(model.prediction)}::VARCHAR AS answer "  # noqa: S608
        f"FROM {reader}('{literal}')"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
