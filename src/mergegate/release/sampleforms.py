"""Samples of JSON lines and of Parquet: the same groups and the same masks as of CSV, in the form of the input.

A group and a masked value are taken as text, so that 7 in one table and "7" in another are one group, get one mask,
and still join. What is not masked stays as it is: JSON lines are not read into columns, whose types would have to be
guessed, and Parquet keeps its types but for masked columns, which become text.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mergegate.errors import TableError
from mergegate.release.sample import Groups, demand_columns, hiders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mergegate.release.sample import Hide, Sampled, Sampling


def jsonl(source: Path, part: Path, sampling: Sampling) -> Sampled:
    """JSON lines; a name that no line has is refused at the end, with nothing written."""
    groups, masked = Groups(sampling), hiders(sampling)
    names: dict[str, None] = {}
    with part.open("w", newline="", encoding="utf-8", errors="surrogatepass") as stream:
        for row in _objects(source):
            names.update(dict.fromkeys(row))
            if groups.take(_text(row.get(sampling.group)) or ""):
                told = {name: _hidden(value, masked[name]) if name in masked else value for name, value in row.items()}
                left = {name: value for name, value in told.items() if masked.get(name, _hidden) is not None}
                stream.write(json.dumps(left, ensure_ascii=False) + "\n")
    demand_columns(list(names), sampling, str(source))
    return groups.counted([name for name in names if masked.get(name, _hidden) is not None])


def _objects(source: Path) -> Iterator[dict[str, Any]]:
    try:
        with source.open(newline="\n", encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield _object(line, number)
    except (ValueError, RecursionError) as error:
        said = str(error)[:200]
        raise TableError(
            f"the table cannot be read: {said}", where=str(source), do="write a JSON object a line"
        ) from None


def _object(line: str, number: int) -> dict[str, Any]:
    row = json.loads(line, object_pairs_hook=_once)
    if not isinstance(row, dict):
        raise ValueError(f"line {number} is no object")  # noqa: TRY004 - told as a TableError, like broken JSON
    return row


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two values of one name: a reader that takes the other one would see what was to be masked."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return dict(pairs)


def _text(value: Any) -> str | None:
    """A value as a CSV would have it; None for nothing."""
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _hidden(value: Any, hide: Hide | None) -> str | None:
    text = _text(value)
    return None if text is None or hide is None else hide(text)


def parquet(source: Path, part: Path, sampling: Sampling) -> Sampled:
    """Parquet, by DuckDB, in the order of its rows."""
    import duckdb

    masked, groups = hiders(sampling), Groups(sampling)
    with duckdb.connect(":memory:", config={"threads": 1, "python_enable_replacements": False}) as connection:
        try:
            read = f"read_parquet({_quoted(str(source.resolve()), chr(39))}, hive_partitioning = false)"
            found = connection.execute(f"DESCRIBE SELECT * FROM {read}").fetchall()  # noqa: S608 - quoted here
            header = [str(row[0]) for row in found]
            demand_columns(header, sampling, str(source))
            left = [name for name in header if masked.get(name, _hidden) is not None]
            cells = [_cell(connection, number, name, masked.get(name)) for number, name in enumerate(left)]
            connection.create_function("taken", groups.take, ["VARCHAR"], "BOOLEAN", side_effects=True)
            group = f"coalesce(CAST({_quoted(sampling.group)} AS VARCHAR), '')" if sampling.group else "''"
            query = f"SELECT {', '.join(cells) or 'NULL'} FROM {read} WHERE taken({group})"  # noqa: S608 - quoted here
            connection.execute(f"COPY ({query}) TO {_quoted(str(part), chr(39))} (FORMAT parquet, COMPRESSION zstd)")
        except duckdb.Error as error:
            said = str(error).splitlines()[0][:200]
            raise TableError(f"the table cannot be read: {said}", where=str(source), do="write it again") from None
    return groups.counted(left)


def _cell(connection: Any, number: int, name: str, hide: Hide | None) -> str:
    """The SQL of a column that is kept: as it is, or as text through its mask."""
    if hide is None:
        return _quoted(name)
    connection.create_function(f"hide{number}", hide, ["VARCHAR"], "VARCHAR")
    return f"hide{number}(CAST({_quoted(name)} AS VARCHAR)) AS {_quoted(name)}"


def _quoted(text: str, sign: str = '"') -> str:
    return f"{sign}{text.replace(sign, sign * 2)}{sign}"
