"""The card as one SQL query over a table `applicants`: DuckDB's dialect, and PostgreSQL's through sqlglot.

The query is a row of plain projections, each made from the one before, and nothing of it crosses rows: typed values,
the points of each rule and their sum, then for denials alone the four largest losses and their words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loan import reasons
from loan.card import bin_of, digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loan.card import Bin, Card, Input, Rule

WIDE = 16
"""A loss is ranked as loss * WIDE + (WIDE - 1 - its place in the card), so that no two are equal."""
PLACES = ("first loss", "second loss", "third loss", "fourth loss")
_TYPES = {"number": "DOUBLE", "flag": "DOUBLE", "category": "VARCHAR"}


def text(value: str) -> str:
    """A standard string literal: the single quote alone is special, and doubled."""
    return "'" + value.replace("'", "''") + "'"


def number(value: float) -> str:
    """A literal that is a DOUBLE where it has a fraction: a decimal would be rounded twice on its way there."""
    shown = repr(value)
    return shown if isinstance(value, int) or "e" in shown else f"{shown}e0"


def _name(feature: str, what: str = "") -> str:
    """A quoted name of a column; the columns between have a space, which no feature has."""
    return f'"{feature} {what}"' if what else f'"{feature}"'


def _select(name: str, columns: Iterable[str], source: str) -> str:
    listed = ",\n".join(f"    {column}" for column in columns)
    return f"{name} AS (\n  SELECT\n{listed}\n  FROM {source}\n)"


def _case(branches: list[tuple[str, str]], otherwise: str | None = None, indent: str = "") -> str:
    """A CASE, one branch in a line where there is an `indent`."""
    whens = [f"WHEN {test} THEN {worth}" for test, worth in branches] + ([f"ELSE {otherwise}"] if otherwise else [])
    if not indent:
        return f"CASE {' '.join(whens)} END"
    return "\n".join(["CASE", *(f"{indent}  {when}" for when in whens), f"{indent}END"])


def _typed(rule: Rule, known: Input) -> list[str]:
    raw = f"applicants.{_name(rule.feature)}"
    cast = f"TRY_CAST({raw} AS {_TYPES[known.kind]}) AS {_name(rule.feature)}"
    return [cast, f"{raw} IS NOT NULL AS {_name(rule.feature, 'given')}"]


def _within(known: Input) -> str:
    name = _name(known.name)
    if known.kind == "number":
        return f"{name} BETWEEN {number(known.min or 0)} AND {number(known.max or 0)}"
    values = ("0", "1") if known.kind == "flag" else tuple(text(each) for each in known.allowed)
    return f"{name} IN ({', '.join(values)})"


def _right(rule: Rule, known: Input) -> str:
    """True within the contract; FALSE or NULL out of it."""
    return _within(known) if rule.missing is None else f"({_within(known)} OR NOT {_name(rule.feature, 'given')})"


def _fault(rule: Rule, known: Input) -> str:
    said = text(f"{rule.feature}: {reasons.contract(known)}")
    needed = text(f"{rule.feature}: {reasons.NOT_GIVEN}")
    given = [] if rule.missing is not None else [(f"NOT {_name(rule.feature, 'given')}", needed)]
    return _case([*given, (_right(rule, known), "NULL")], said)


def _refused(card: Card) -> str:
    faults = ",\n      ".join(_fault(rule, card.input(rule.feature)) for rule in card.rules)
    return (
        f"CASE\n    WHEN \"all points\" IS NULL THEN CONCAT_WS(\n      '; ',\n      {faults}\n    )\n  END AS refused"
    )


def _test(entry: Bin, known: Input) -> str:
    name = _name(known.name)
    if entry.value is not None:
        return f"{name} = {text(entry.value) if known.kind == 'category' else entry.value}"
    return f"{name} < {number(entry.below)}" if entry.below is not None else f"{name} IS NOT NULL"


def _points(rule: Rule, known: Input) -> str:
    """The points of one rule; NULL where the value is out of the contract."""
    name, last = _name(rule.feature), rule.bins[-1]
    branches = [(_test(entry, known), f"{entry.points}") for entry in rule.bins]
    if known.kind == "number":
        branches[0:0] = [(f"{name} < {number(known.min or 0)}", "NULL")]
        branches[-1] = (f"{name} <= {number(known.max or 0)}", f"{last.points}")
    if rule.missing is not None:
        branches.append((f"NOT {_name(rule.feature, 'given')}", f"{rule.missing}"))
    return f"{_case(branches, None, '    ')} AS {_name(rule.feature, 'points')}"


def _sum(card: Card) -> str:
    return " + ".join([f"{card.start}", *(_name(rule.feature, "points") for rule in card.rules)])


def _loss(rule: Rule, place: int) -> str:
    """The points lost against the reference, times WIDE, plus what makes the earlier of two equal losses the larger."""
    nothing = bin_of(rule, rule.reference).points * WIDE + WIDE - 1 - place
    return f"{nothing} - {WIDE} * {_name(rule.feature, 'points')} AS {_name(rule.feature, 'loss')}"


def _place(card: Card, index: int) -> str:
    """The largest loss, or the largest that is smaller than the one before; WIDE where nothing more is lost."""
    losses = [_name(rule.feature, "loss") for rule in card.rules]
    if index:
        losses = [_case([(f'{loss} < "{PLACES[index - 1]}"', loss)], f"{WIDE}") for loss in losses]
    largest = f"GREATEST({', '.join([*losses, f'{WIDE}'])})"
    return f'CASE WHEN "all points" < {card.cutoff} THEN {largest} END AS "{PLACES[index]}"'


def _shown(rule: Rule) -> str:
    """A number with the shortest digits that give it back."""
    name = _name(rule.feature)
    under, above = (text(said) for said in reasons.NEARLY)
    branches = [
        (f"{name} = TRUNC({name})", f"CAST(CAST({name} AS BIGINT) AS VARCHAR)"),
        (f"ABS({name}) < 0.0001e0", f"CASE WHEN {name} > 0 THEN {above} ELSE {under} END"),
    ]
    return _case(branches, f"CAST({name} AS VARCHAR)")


def _words(rule: Rule, known: Input) -> str:
    """The reason of one rule, where it is among the four; a bin that loses nothing cannot be met there."""
    missing = reasons.of_missing(rule, known)
    losing = [(entry, words) for entry in rule.bins if (words := reasons.of_bin(rule, entry, known)).lost]
    said = _case([(_test(entry, known), text(words.parts[-1])) for entry, words in losing]) if losing else "NULL"
    if losing and known.kind == "number":
        said = f"{text(losing[0][1].parts[0])} || {_shown(rule)} || {said}"
    if missing and missing.lost:
        said = _case([(f"{_name(rule.feature)} IS NULL", text(missing.parts[0]))], said)
    ranks = f'{_name(rule.feature, "loss")} >= "{PLACES[-1]}"'
    return f"CASE WHEN {ranks} THEN {said} END AS {_name(rule.feature, 'words')}"


def _reason(card: Card, place: str) -> str:
    whens = [f"WHEN {_name(rule.feature, 'loss')} THEN {_name(rule.feature, 'words')}" for rule in card.rules]
    return f'CASE "{place}" {" ".join(whens)} END'


def generate(card: Card) -> str:
    """The query's text: `id`, `points`, `decision`, `reasons` ("; " between them) and `refused` of each applicant."""
    rules = [(rule, card.input(rule.feature)) for rule in card.rules]
    steps = [
        _select("typed", ["applicants.id AS id", *(each for pair in rules for each in _typed(*pair))], "applicants"),
        _select("valued", ["*", *(_points(*pair) for pair in rules)], "typed"),
        _select("summed", ["*", f'{_sum(card)} AS "all points"'], "valued"),
        _select("ranked_0", ["*", *(_loss(rule, place) for place, rule in enumerate(card.rules))], "summed"),
        *(
            _select(f"ranked_{index + 1}", ["*", _place(card, index)], f"ranked_{index}")
            for index in range(len(PLACES))
        ),
        _select("worded", ["*", *(_words(*pair) for pair in rules)], f"ranked_{len(PLACES)}"),
    ]
    return f"{_head(card)}WITH {', '.join(steps)}\n{_answer(card)}"


def _head(card: Card) -> str:
    return (
        f"-- Decides {card.decides.column} by its criteria, row by row of `applicants` (id and the inputs).\n"
        f"-- card {digest(card)}\n"
        "-- Generated from the card: change the card, never this file.\n"
        "-- Points are NULL out of the contract. A loss is the lost points * 16, plus 15 - place in the card.\n"
    )


def _answer(card: Card) -> str:
    yes, no = text(card.decides.yes), text(card.decides.no)
    approved = f'"all points" >= {card.cutoff}'
    decision = _case([(approved, yes), (f'"all points" < {card.cutoff}', no)])
    joined = ",\n      ".join(["'; '", *(_reason(card, place) for place in PLACES)])
    reasoned = f'WHEN "all points" < {card.cutoff} THEN CONCAT_WS(\n      {joined}\n    )'
    return (
        'SELECT\n  id,\n  "all points" AS points,\n'
        f"  {decision} AS decision,\n"
        f"  CASE\n    {reasoned}\n    ELSE ''\n  END AS reasons,\n"
        f"  {_refused(card)}\n"
        "FROM worded\n"
    )


def postgres(card: Card) -> str:
    """The same query for PostgreSQL 12 or later, whose columns have types: numbers, and text for categories."""
    import sqlglot
    from sqlglot import expressions

    query = sqlglot.parse_one(generate(card), read="duckdb")
    for step in query.find_all(expressions.CTE):
        # Without it, PostgreSQL writes each step into the next one's expressions, which then outgrow all memory.
        step.set("this", step.this.offset(0))
    return f"{query.sql(dialect='postgres', pretty=True)}\n"
