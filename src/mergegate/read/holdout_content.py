"""What makes two rows the same: their columns, and their text without regard to case, punctuation and spaces."""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

from typing import TYPE_CHECKING

from mergegate.facts.holdout import Leak
from mergegate.read.columns import clipped

if TYPE_CHECKING:
    from mergegate.facts.holdout import Examples
    from mergegate.facts.splitpolicy import HoldoutPolicy
    from mergegate.read.columns import Table
    from mergegate.read.holdout import Opened

SIDES = ("head_train", "head_rows", "base_train", "base_rows")
MOST = 20
"""Rows that are shown."""


def contents_of(policy: HoldoutPolicy) -> list[str]:
    """The columns that make two rows the same, the text first."""
    return list(dict.fromkeys([*([policy.text] if policy.text else []), *policy.content]))


def plain(sql: str) -> str:
    """SQL: a text in small letters, with one space for everything that is neither letter, mark nor number.

    A text of nothing else stays as it is, so that `?` and `!` are two texts.
    """
    small = f"lower(nfc_normalize({sql}))"
    words = f"trim(regexp_replace({small}, '[^\\pL\\pM\\pN]+', ' ', 'g'))"
    return f"CASE WHEN {words} = '' THEN {small} ELSE {words} END"


def content_hash(table: Table, policy: HoldoutPolicy) -> str:
    """SQL: 64 bits of what makes a row of `table` the same as another."""
    parts = [plain(table.text(name)) if name == policy.text else table.text(name) for name in contents_of(policy)]
    return f"hash({', '.join(parts)})"


def make_contents(found: Opened) -> None:
    """The temporary table `contents`: how often each content `k` stands in each of the `SIDES`."""
    counted = []
    for side, table in found.tables.items():
        counts = ", ".join(f"{'count(*)' if side == other else '0'} AS {other}" for other in SIDES)
        counted.append(f"SELECT {content_hash(table, found.policy)} AS k, {counts} FROM {table.relation} GROUP BY 1")
    sums = ", ".join(f"sum({side}) AS {side}" for side in SIDES)
    found.connection.execute(
        f"CREATE TEMP TABLE contents AS SELECT k, {sums} FROM ({' UNION ALL '.join(counted)}) GROUP BY k"
    )


def content_leak(found: Opened) -> Leak:
    """Contents that head trains on and that head, or base, holds out."""
    before = "base_train > 0 AND base_rows > 0"
    leaked = f"head_train > 0 AND (head_rows > 0{'' if found.fresh else ' OR base_rows > 0'})"
    query = (
        f"SELECT count(*), count(*) FILTER (NOT ({before})), coalesce(sum(head_train), 0) FROM contents WHERE {leaked}"
    )
    count, new, rows = found.connection.execute(query).fetchall()[0]
    shown = f"SELECT k, head_rows > 0 FROM contents WHERE {leaked} ORDER BY {before}, k LIMIT {MOST}"
    keys = found.connection.execute(shown).fetchall() if count else []
    return Leak("content", int(count), int(new), int(rows), _examples(found, keys))


def _examples(found: Opened, keys: list[tuple[int, bool]]) -> Examples:
    """A row of each of these contents: what it says, and the ids that it has in training and in the holdout."""
    if not keys:
        return ()
    trained = _rows_of(found, "head_train", [key for key, _ in keys])
    held = _rows_of(found, "head_rows", [key for key, own in keys if own])
    if "base_rows" in found.tables:
        held |= _rows_of(found, "base_rows", [key for key, own in keys if not own])
    rows = [(trained[key][0], held[key][0], *trained[key][1:]) for key, _ in keys]
    return (("in training", "in the holdout", *contents_of(found.policy)), *rows)


def _rows_of(found: Opened, side: str, keys: list[int]) -> dict[int, tuple[str, ...]]:
    """By content: the smallest id that has it, and its columns as they stand in that row."""
    table = found.tables[side]
    cells = ", ".join(
        f"arg_min(coalesce({table.text(name)}, ''), coalesce({table.id_text}, ''))"
        for name in contents_of(found.policy)
    )
    key = content_hash(table, found.policy)
    query = (
        f"SELECT {key} AS k, min(coalesce({table.id_text}, '')), {cells} FROM {table.relation} "
        f"WHERE {key} IN (SELECT unnest(?::UBIGINT[])) GROUP BY 1"
    )
    rows = found.connection.execute(query, [keys]).fetchall()
    return {row[0]: tuple(clipped(str(cell)) for cell in row[1:]) for row in rows}
