"""Reads head's split and base's: which side each group is on, and what stands on both sides."""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mergegate.errors import TableError
from mergegate.facts.holdout import Near, Sizes, SplitExam
from mergegate.read.columns import ids_where
from mergegate.read.duck import database
from mergegate.read.holdout_content import content_hash, content_leak, contents_of, make_contents
from mergegate.read.holdout_keys import read_keys
from mergegate.read.opening import open_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import duckdb

    from mergegate.facts.splitpolicy import HoldoutPolicy
    from mergegate.read.columns import Table


@dataclass(frozen=True, slots=True)
class SplitFiles:
    """Where the tables of one revision's split lie, and how it salts its groups."""

    train: Path
    rows: Path
    salt: str | None = None
    """None where the policy names no salt."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The tables of both splits in one database, by `head_train`, `head_rows`, `base_train`, `base_rows`."""

    connection: duckdb.DuckDBPyConnection
    tables: Mapping[str, Table]
    policy: HoldoutPolicy
    fresh: bool
    """True where base's holdout does not bind head: base has none, or the salt was changed."""


def read_split(name: str, policy: HoldoutPolicy, head: SplitFiles, base: SplitFiles | None) -> SplitExam:
    """Everything that the rules ask of head's split; raises `TableError` for a table that is no evidence."""
    salts = (base.salt, head.salt) if base and base.salt is not None and head.salt is not None else None
    reset = salts if salts and salts[0] != salts[1] else None
    with opened(policy, head, base, fresh=base is None or reset is not None) as found:
        sides, groups = read_keys(found, head.salt, base.salt if base else None)
        leaks = [groups]
        if contents_of(policy):
            leaks.append(content_leak(found))
        exam = SplitExam(
            name=name,
            salts=reset,
            before=_sizes(found, "base"),
            after=_sizes(found, "head"),
            sides=sides,
            leaks=tuple(leaks),
            seen=_seen(found),
        )
        return replace(exam, near=_near(found)) if policy.text else exam


@contextmanager
def opened(policy: HoldoutPolicy, head: SplitFiles, base: SplitFiles | None, *, fresh: bool) -> Iterator[Opened]:
    """A database with the two or four tables of the splits."""
    files = {"head_train": head.train, "head_rows": head.rows}
    files |= {"base_train": base.train, "base_rows": base.rows} if base else {}
    wanted = [(policy.id, "the id"), (policy.key, "the group")]
    wanted += [(column, "the content") for column in contents_of(policy)]
    with database(files) as (connection, links):
        tables = {side: open_table(connection, links[side], path, side, wanted) for side, path in files.items()}
        for table in tables.values():
            _demand_keys(connection, table, policy)
        found = Opened(connection, tables, policy, fresh)
        if contents_of(policy):
            make_contents(found)
        yield found


def _demand_keys(connection: duckdb.DuckDBPyConnection, table: Table, policy: HoldoutPolicy) -> None:
    """Every row has a group, or nobody knows its side."""
    empty, _ = ids_where(connection, table, f"coalesce({table.text(policy.key)}, '') = ''")
    if empty:
        raise TableError(
            f"{empty:,} rows have no group",
            where=f"{table.shown}, column `{policy.key}`",
            do="give each row its group; a row that belongs to nothing is a group of its own",
        )


def _sizes(found: Opened, side: str) -> Sizes | None:
    train, rows = found.tables.get(f"{side}_train"), found.tables.get(f"{side}_rows")
    return Sizes(train.rows, rows.rows) if train and rows else None


def _near(found: Opened) -> Near:
    from mergegate.read.holdout_near import read_near

    return read_near(found)


def _seen(found: Opened) -> int:
    """Rows of head's holdout that base's model was trained on, by group or content."""
    if "base_train" not in found.tables:
        return 0
    (count,) = found.connection.execute(
        f"SELECT count(*) FROM {found.tables['head_rows'].relation} WHERE {seen_where(found)}"
    ).fetchall()[0]
    return int(count)


def seen_where(found: Opened) -> str:
    """SQL over head's held-out rows: true where base trains on the group or, where asked for, the content."""
    head, base, policy = found.tables["head_rows"], found.tables["base_train"], found.policy
    same = f"{head.text(policy.key)} IN (SELECT {base.text(policy.key)} FROM {base.relation})"
    if contents_of(policy):
        same += f" OR {content_hash(head, policy)} IN (SELECT k FROM contents WHERE base_train > 0)"
    return same
