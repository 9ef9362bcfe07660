"""Looks through texts for what breaks them: wrong decoding, control characters, blanks, repeats, contradictions."""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

from typing import TYPE_CHECKING

from mergegate.facts.data import TextFault
from mergegate.read.columns import clipped
from mergegate.read.dataopen import LONGEST, has, value
from mergegate.read.join import ids_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.read.columns import Table
    from mergegate.read.dataopen import Both

EXAMPLES = 3
_CP1252 = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_NEXT = f"[\\x{{0080}}-\\x{{00BF}}{_CP1252}]"
"""A byte that goes on with a character of UTF-8, read as Latin-1 or as Windows-1252."""
_BROKEN = {
    "wrongly decoded": "\\x{FFFD}"
    f"|[ÃÂ]{_NEXT}"  # the Latin letters with accents, and signs such as a hard space
    f"|â[\\x{{0080}}€]{_NEXT}|â[\\x{{0082}}‚]¬|ï»¿|ð[\\x{{009F}}Ÿ]{_NEXT}"  # quotation marks, euro, BOM, emoji
    f"|(?:[ÐÑ]{_NEXT}){{2}}|(?:[ÎÏ]{_NEXT}){{2}}|(?:[ØÙ]{_NEXT}){{2}}"  # Cyrillic, Greek, Arabic
    f"|(?:ã[\\x{{0080}}-\\x{{0083}}€‚ƒ]{_NEXT}){{2}}",  # Japanese
    "with control characters": "[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F\\x{0080}-\\x{009F}\\x{FEFF}"
    "\\x{202A}-\\x{202E}\\x{2066}-\\x{2069}\\x{FFFE}\\x{FFFF}]",
}
_CONTENT = "[\\p{L}\\p{N}\\p{S}]"
"""A letter, a digit or a sign: what a text needs two of, to be more than nearly empty; ideographs say enough alone."""
_ENOUGH = f"{_CONTENT}.*{_CONTENT}|[\\p{{Han}}\\p{{Hiragana}}\\p{{Katakana}}\\p{{Hangul}}\\p{{So}}]"


def text_faults(both: Both) -> tuple[TextFault, ...]:
    """Every kind of broken text, per text column, on both sides; and empty cells of every column, where they rose."""
    found: list[TextFault] = []
    for column in both.policy.text:
        if has(both.head, column):
            found += _broken(both, column)
            found.append(_repeated(both, column))
    if has(both.head, both.policy.label) and both.policy.text:
        found.append(_contradicting(both))
    return (*found, *_emptier(both))


def _rows(both: Both) -> tuple[int, int]:
    return (both.base.rows if both.base else 0, both.head.rows)


def _broken(both: Both, column: str) -> Iterator[TextFault]:
    tests = {kind: f"coalesce(regexp_matches({{}}, '{pattern}'), false)" for kind, pattern in _BROKEN.items()}
    tests["blank or nearly so"] = f"NOT regexp_matches(coalesce({{}}, ''), '(?s){_ENOUGH}')"
    for kind, test in tests.items():
        before, after = (_matching(both, side, column, test) for side in (both.base, both.head))
        shown = _examples(both, column, test) if after else ()
        yield TextFault(kind, column, before, after, _rows(both), both.policy.texts.max_broken, shown)


def _text(table: Table, column: str) -> str:
    return f"CAST({table.text(column)} AS VARCHAR)"


def _matching(both: Both, table: Table | None, column: str, test: str) -> int:
    if table is None or not has(table, column):
        return 0
    condition = test.replace("{}", _text(table, column))
    return value(both.connection, f"SELECT count(*) FILTER ({condition}) FROM {table.relation}")


def _examples(both: Both, column: str, test: str) -> tuple[tuple[str, str], ...]:
    """A few of head's rows, by the hash of their ids."""
    head = both.head
    text = _text(head, column)
    row = f"hash({head.id_text})" if head.id else "0::UBIGINT"
    found = both.connection.execute(
        f"SELECT {row} AS k, {text} AS t FROM {head.relation} WHERE {test.replace('{}', text)} "
        f"ORDER BY k, t LIMIT {EXAMPLES}"
    ).fetchall()
    ids = ids_of(both.connection, head, [row[0] for row in found]) if head.id else {}
    return tuple((clipped(ids.get(key) or "", LONGEST), clipped(text or "", LONGEST)) for key, text in found)


def _repeated(both: Both, column: str) -> TextFault:
    """Rows whose text, but for case and spaces, another row has already: all but one of each."""
    counts = []
    for table in (both.base, both.head):
        if table is None or not has(table, column):
            counts.append(0)
            continue
        plain = f"hash(lower(trim({_text(table, column)})))"
        query = f"SELECT count({_text(table, column)}) - count(DISTINCT {plain}) FILTER "
        counts.append(value(both.connection, query + f"({_text(table, column)} IS NOT NULL) FROM {table.relation}"))
    return TextFault("repeated", column, counts[0], counts[1], _rows(both), both.policy.texts.max_repeated)


def _contradicting(both: Both) -> TextFault:
    """Rows that differ from another in nothing but id, group and label."""
    policy, counts = both.policy, []
    columns = both.shared(without=(policy.id, policy.group, policy.label))
    for table in (both.base, both.head):
        if table is None or not columns or not has(table, policy.label) or policy.label is None:
            counts.append(0)
            continue
        same = ", ".join(f"coalesce('v' || {both.text(table, name)}, '')" for name in columns)
        query = f"SELECT hash({same}) AS h, hash({table.text(policy.label)}) AS l FROM {table.relation}"
        clash = "SELECT count(*) AS n FROM same GROUP BY h HAVING min(l) <> max(l)"
        counts.append(value(both.connection, f"WITH same AS ({query}), clash AS ({clash}) SELECT sum(n) FROM clash"))
    label = policy.label or ""
    return TextFault("contradicting", label, counts[0], counts[1], _rows(both), policy.texts.max_contradicting)


def _emptier(both: Both) -> Iterator[TextFault]:
    """Columns of which a larger share of cells is empty than on base."""
    if both.base is None:
        return
    columns = [name for name in both.shared() if name not in both.policy.text]
    if not columns or not both.base.rows or not both.head.rows:
        return
    counts = []
    for table in (both.base, both.head):
        cells = ", ".join(f"count(*) - count(nullif({_text(table, name)}, ''))" for name in columns)
        counts.append(both.connection.execute(f"SELECT {cells} FROM {table.relation}").fetchall()[0])
    for name, before, after in zip(columns, *counts, strict=True):
        if after / both.head.rows > before / both.base.rows:
            yield TextFault("empty", name, before, after, _rows(both), both.policy.texts.max_empty_rise)
