# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
"""Joins base's answers on unlabelled rows with head's, and counts where they deviate, out of core."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.facts.shadow import ShadowRows
from mergegate.read.codes import class_coding, group_code, slice_coding
from mergegate.read.columns import clipped
from mergegate.read.duck import database
from mergegate.read.join import Columns, join
from mergegate.read.losses import answer_of, check_numbers
from mergegate.read.opening import open_table
from mergegate.read.reduce import Rows, changes
from mergegate.read.shift import score_shift

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.facts.answerpolicy import ShadowPolicy
    from mergegate.facts.policy import ModelPolicy
    from mergegate.read.codes import Coding
    from mergegate.read.columns import Table
    from mergegate.read.duck import Connection

MOST_DEVIATIONS = 100_000
"""Rows that the HTML report can list; of more, those with the smallest hashes of their ids, which is at random."""
MOST_MOVES = 10


@dataclass(frozen=True, slots=True)
class _Sides:
    """Base's table and head's, and what the join is told of them."""

    base: Table
    head: Table
    columns: Columns
    classes: Coding | None
    """None where answers are numbers."""
    tolerance: float

    def source(self, column: str) -> Table | None:
        """Whose column counts: base's, where it has it."""
        return next((table for table in (self.base, self.head) if table.has(column)), None)

    @property
    def changed(self) -> str:
        """SQL over the joined rows: head answers otherwise."""
        return "b <> h" if self.classes else f"abs(h - b) > {self.tolerance!r}"


def read_shadow(base: Path, head: Path, model: ModelPolicy, policy: ShadowPolicy) -> ShadowRows:
    """Every row that both tables have, by id. Slices and groups are base's where it has them: head only answers.

    Columns that the policy names for the holdout and that these tables lack are left out and named. Raises
    `TableError` for a table that cannot be evidence.
    """
    files = {"base": base, "head": head}
    with database(files) as (connection, links):
        before = _open(connection, links["base"], base, "base", model, policy)
        after = _open(connection, links["head"], head, "head", model, policy)
        sides = _answers(connection, before, after, model, policy)
        rows, lacking = _context(connection, sides, model)
        joined = join(connection, before, after, None, sides.columns, min_coverage=-1.0)
        score = model.score if model.score and model.score not in lacking else None
        if not joined.n:
            return ShadowRows(0, joined.only_base, joined.only_head, (), (), lacking=lacking)
        slices, counts = changes(rows, sides.changed, model.min_slice)
        return ShadowRows(
            joined.n, joined.only_base, joined.only_head, slices, counts,
            classes=_classes(connection, sides), moves=_moves(connection, sides),
            scores=score_shift(connection, "pb", "ph") if score or sides.classes is None else None,
            deviations=_deviations(rows, sides, policy), lacking=lacking,
        )  # fmt: skip


def _open(connection: Connection, link: str, path: Path, side: str, model: ModelPolicy, policy: ShadowPolicy) -> Table:
    wanted = [(model.id, "the id"), (answer_of(model), "the prediction")]
    names = [*model.slices, *filter(None, (model.group, model.score)), policy.text]
    return open_table(connection, link, path, side, wanted, [(name, "what rows have in common") for name in names])


def _answers(connection: Connection, base: Table, head: Table, model: ModelPolicy, policy: ShadowPolicy) -> _Sides:
    """What both sides answer: codes of classes, or numbers."""
    columns, name = Columns(kept={"b": "b", "h": "h"}), answer_of(model)
    if model.task != "classification":
        for table in (base, head):
            check_numbers(connection, table, name, "the answer")
        columns.base.update(b=base.number(name), pb=base.number(name))
        columns.head.update(h=head.number(name), ph=head.number(name))
        columns.kept.update(pb="pb", ph="ph")
        return _Sides(base, head, columns, None, policy.tolerance)
    coding = class_coding(connection, [(base, name), (head, name)])
    columns.base["b"], columns.head["h"] = coding.code(base.text(name)), coding.code(head.text(name))
    return _Sides(base, head, columns, coding, 0.0)


def _context(connection: Connection, sides: _Sides, model: ModelPolicy) -> tuple[Rows, tuple[str, ...]]:
    """Slices, group and scores, as far as the tables have them; and the names of those that they lack."""
    columns, lacking = sides.columns, []
    known: list[str] = []
    codings: list[Coding] = []
    for name in dict.fromkeys(model.slices):
        table = sides.source(name)
        if table is None:
            lacking.append(name)
            continue
        coding = slice_coding(connection, table, name, f"slice_code_{len(known)}")
        _put(sides, table)[f"s{len(known)}"] = coding.code(table.text(name))
        columns.kept[f"s{len(known)}"] = f"s{len(known)}"
        known.append(name)
        codings.append(coding)
    clusters = _group(connection, sides, model, lacking)
    if model.score and model.task == "classification":
        if sides.base.has(model.score) and sides.head.has(model.score):
            for name, table, side in (("pb", sides.base, columns.base), ("ph", sides.head, columns.head)):
                check_numbers(connection, table, model.score, "the score", probability=True)
                side[name] = table.number(model.score)
                columns.kept[name] = name
        else:
            lacking.append(model.score)
    return Rows(connection, "j", tuple(known), tuple(codings), clusters), tuple(lacking)


def _group(connection: Connection, sides: _Sides, model: ModelPolicy, lacking: list[str]) -> int:
    table = sides.source(model.group) if model.group else None
    if model.group is None:
        return 0
    if table is None:
        lacking.append(model.group)
        return 0
    _put(sides, table)["g"], clusters = group_code(connection, table, model.group)
    sides.columns.kept["g"] = "g"
    return clusters


def _put(sides: _Sides, table: Table) -> dict[str, str]:
    return sides.columns.base if table is sides.base else sides.columns.head


def _classes(connection: Connection, sides: _Sides) -> tuple[tuple[str, int, int], ...]:
    """How often each class is answered, before and after."""
    if sides.classes is None:
        return ()
    before, after = (dict(connection.execute(f"SELECT {side}, count(*) FROM j GROUP BY 1").fetchall()) for side in "bh")
    names = sides.classes.values
    return tuple((names[code], before.get(code, 0), after.get(code, 0)) for code in sorted({*before, *after}))


def _moves(connection: Connection, sides: _Sides) -> tuple[tuple[str, str, int], ...]:
    if sides.classes is None:
        return ()
    found = connection.execute(
        f"SELECT b, h, count(*) FROM j WHERE b <> h GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT {MOST_MOVES}"
    ).fetchall()
    names = sides.classes.values
    return tuple((names[before], names[after], count) for before, after, count in found)


def _deviations(rows: Rows, sides: _Sides, policy: ShadowPolicy) -> tuple[tuple[str, ...], ...]:
    """The rows that head answers otherwise, in the order of the hashes of their ids."""
    scored = "pb" in sides.columns.kept and sides.classes is not None
    cells = ["b", "h", *(["pb", "ph"] if scored else []), *(f"s{index}" for index in range(len(rows.columns)))]
    found = rows.connection.execute(
        f"SELECT k, {', '.join(cells)} FROM j WHERE {sides.changed} ORDER BY k LIMIT {MOST_DEVIATIONS}"
    ).fetchall()
    if not found:
        return ()
    known = _texts(rows.connection, sides, policy.text, [row[0] for row in found])
    shown = [policy.text] if sides.source(policy.text) else []
    header = ("id", *shown, "before", "now", *(["score before", "score now"] if scored else []), *rows.columns)
    return (header, *(_cells(known[row[0]], row[1:], rows, sides) for row in found))


def _texts(connection: Connection, sides: _Sides, text: str, hashes: list[int]) -> dict[int, tuple[str, ...]]:
    """The id and, where a table has it, the text behind values of `k`."""
    table = sides.source(text) or sides.base
    shown = [f"coalesce(CAST({table.text(text)} AS VARCHAR), '')"] if table.has(text) else []
    query = f"SELECT {', '.join([f'hash({table.id_text})', table.id_text, *shown])} FROM {table.relation} "
    query += f"WHERE hash({table.id_text}) IN (SELECT unnest(?::UBIGINT[]))"
    return {row[0]: row[1:] for row in connection.execute(query, [hashes]).fetchall()}


def _cells(known: tuple[str, ...], row: tuple[object, ...], rows: Rows, sides: _Sides) -> tuple[str, ...]:
    sliced = len(rows.columns)
    answers, scores = row[:2], row[2 : len(row) - sliced]
    names = sides.classes.values if sides.classes else None
    said = [names[int(str(code))] if names else f"{code:.6g}" for code in answers]
    values = [
        coding.values[int(str(code))] for code, coding in zip(row[len(row) - sliced :], rows.codings, strict=True)
    ]
    cells = (*known, *said, *(f"{score:.4g}" for score in scores), *values)
    return tuple(clipped(text) for text in cells)
