"""The four ways to decide, run side by side: the card, the generated Python, DuckDB, and Node."""

from __future__ import annotations

import base64
import itertools
import json
import math
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import coverage
import duckdb
import numpy as np
import pyarrow as pa

from loan import card_file, generate_javascript, generate_python, generate_sql
from loan.score import Scorer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loan.card import Card, Input, Rule

EXAMPLE = Path(__file__).parent / "example.yaml"
Row = dict[str, Any]
Answer = tuple[int | None, str | None, str, str]
"""Points, decision, reasons and refusals, the last two joined by "; "."""

_DRIVER = """
import { createInterface } from "node:readline";
const special = { NaN: NaN, Infinity: Infinity, "-Infinity": -Infinity };
const revived = (key, value) => (value?.$ === undefined ? value : special[value.$]);
for await (const line of createInterface({ input: process.stdin })) {
  const { source, rows } = JSON.parse(line, revived);
  const { decide } = await import("data:text/javascript;base64," + source);
  const answers = rows.map(decide).map((each) => [
    each.points, each.decision, each.reasons.join("; "), each.refused.map((pair) => pair.join(": ")).join("; "),
  ]);
  process.stdout.write(JSON.stringify(answers) + "\\n");
}
"""


def example() -> Card:
    """The hand-written card: numbers with falling, rising and free points, a flag, and a category."""
    return card_file.read(EXAMPLE)


def module(source: str, name: str = "generated") -> ModuleType:
    """The generated Python, imported."""
    made = ModuleType(name)
    exec(compile(source, f"{name}.py", "exec"), made.__dict__)  # noqa: S102 - what is tested
    return made


def by_card(card: Card, rows: Iterable[Row]) -> list[Answer]:
    decide = Scorer.of(card).decide
    return [
        (each.points, each.decision, "; ".join(each.reasons), "; ".join(f"{r.field}: {r.reason}" for r in each.refused))
        for each in map(decide, rows)
    ]


def by_python(card: Card, rows: Iterable[Row]) -> list[Answer]:
    decide = module(generate_python.generate(card)).decide
    return [
        (points, decision, "; ".join(reasons), "; ".join(f"{field}: {reason}" for field, reason in refused))
        for points, decision, reasons, refused in map(decide, rows)
    ]


def _arrow(known: Input, rows: Sequence[Row]) -> pa.Array:
    kind = pa.string() if known.kind == "category" else pa.float64()
    return pa.array([row[known.name] for row in rows], kind)


def by_duckdb(card: Card, rows: Sequence[Row]) -> list[Answer]:
    """Of typed columns: numbers and flags as DOUBLE, categories as VARCHAR."""
    columns = {known.name: _arrow(known, rows) for known in card.inputs}
    return query(generate_sql.generate(card), pa.table({"id": pa.array(range(len(rows)))} | columns))


def query(sql: str, table: pa.Table) -> list[Answer]:
    with duckdb.connect() as connection:
        connection.register("applicants", table)
        found = connection.execute(f"SELECT * FROM ({sql}) ORDER BY id").fetchall()  # noqa: S608
    return [(points, decision, reasons, refused or "") for _, points, decision, reasons, refused in found]


def _plain(value: object) -> object:
    """A value as JSON can carry it."""
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return {"$": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}


@dataclass
class Node:
    """A Node process that answers for one card after another."""

    process: subprocess.Popen[str]

    @classmethod
    def start(cls, folder: Path) -> Node:
        (folder / "driver.mjs").write_text(_DRIVER, encoding="utf-8")
        pipe = subprocess.PIPE
        command = ["node", str(folder / "driver.mjs")]
        return cls(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8"))

    def decide(self, card: Card, rows: Iterable[Row]) -> list[Answer]:
        source = base64.b64encode(generate_javascript.generate(card).encode()).decode()
        plain = [{key: _plain(value) for key, value in row.items()} for row in rows]
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"source": source, "rows": plain}) + "\n")
        self.process.stdin.flush()
        return [(*each,) for each in json.loads(self.process.stdout.readline())]

    def stop(self) -> None:
        self.process.communicate(timeout=30)


def values(known: Input, card: Card) -> list[Any]:
    """Each edge and both its sides, the ends of the range, each category, and none."""
    rule = next(each for each in card.rules if each.feature == known.name)
    none = [None] if rule.missing is not None else []
    if known.kind == "category":
        return [*known.allowed, *none]
    if known.kind == "flag":
        return [0, 1, *none]
    assert known.min is not None
    assert known.max is not None
    edges = [float(each.below) for each in rule.bins if each.below is not None]
    around = [float(np.nextafter(edge, way)) for edge in edges for way in (-np.inf, np.inf)]
    inside = [each for each in [*edges, *around] if known.min <= each <= known.max]
    return [*inside, float(known.min), float(known.max), *none]


def drawn(card: Card, count: int, seed: int) -> list[Row]:
    """Random applicants within the contract: numbers over the range, half of them whole; one value in 20 is missing."""
    draw = np.random.default_rng(seed)
    columns: dict[str, list[Any]] = {}
    for known in card.inputs:
        near = values(known, card)
        picked = [near[index] for index in draw.integers(0, len(near), count)]
        if known.kind == "number":
            assert known.min is not None
            assert known.max is not None
            spread = draw.uniform(known.min, known.max, count)
            whole = np.clip(np.round(spread), np.ceil(known.min), max(np.floor(known.max), np.ceil(known.min)))
            numbers = np.where((draw.random(count) < 0.5) & (whole <= known.max), whole, spread)
            picked = [
                pick if take else float(number)
                for pick, take, number in zip(picked, draw.random(count) < 0.2, numbers, strict=True)
            ]
        columns[known.name] = picked
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def every(card: Card) -> list[Row]:
    """For each column all its edges with both sides, the others at their references; and all missing paths in pairs."""
    usual = {rule.feature: rule.reference for rule in card.rules}
    rows = [usual | {known.name: each} for known in card.inputs for each in values(known, card)]
    missing = [rule.feature for rule in card.rules if rule.missing is not None]
    return [*rows, *(usual | {one: None, other: None} for one, other in itertools.combinations(missing, 2))]


def _worst(rule: Rule, known: Input) -> Any:
    """A value of the bin with the fewest points."""
    at = min(rule.bins, key=lambda each: each.points)
    if at.value is not None:
        return int(at.value) if known.kind == "flag" else at.value
    low, high = (at.low if at.low is not None else known.min), (at.below if at.below is not None else known.max)
    assert low is not None
    assert high is not None
    return (low + high) / 2


def thorough(card: Card) -> list[Row]:
    """Rows that take every path: all edges, random ones, each value refused in each way, and numbers next to zero."""
    usual: Row = {rule.feature: rule.reference for rule in card.rules}
    worst = {rule.feature: _worst(rule, card.input(rule.feature)) for rule in card.rules}
    numbers = [known.name for known in card.inputs if known.kind == "number"]
    rows = [*every(card), *drawn(card, 2_000, seed=3), {}, worst]
    near = (1e-9, -1e-9, 0.25)
    rows += [usual | {bad: worst[bad]} | {name: each} for bad in usual for name in numbers for each in near]
    wrong: tuple[Any, ...] = (None, [], float("nan"))
    return rows + [usual | {name: each} for name in usual for each in wrong]


def agree(card: Card, rows: Sequence[Row], node: Node) -> list[Answer]:
    """What the card says of each row, once all four have said the same."""
    expected = by_card(card, rows)
    for said in (by_python(card, rows), by_duckdb(card, rows), node.decide(card, rows)):
        differing = [(row, one, other) for row, one, other in zip(rows, expected, said, strict=True) if one != other]
        assert not differing, differing[:3]
    return expected


def branches_missed(path: Path, rows: Sequence[Row]) -> list[object]:
    """Lines and branches of a generated module that no row takes."""
    measured = coverage.Coverage(branch=True, data_file=None, include=[str(path)], config_file=False)
    with measured.collect():
        decide = module(path.read_text(encoding="utf-8"), str(path.with_suffix(""))).decide
        for row in rows:
            decide(row)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        measured.json_report(outfile=str(report))
        (found,) = json.loads(report.read_text(encoding="utf-8"))["files"].values()
    assert found["summary"]["num_branches"] > 20
    return [*found["missing_lines"], *found["missing_branches"]]
