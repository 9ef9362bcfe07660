"""A sample takes whole groups, always the same, and what is masked cannot be guessed."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mergegate.cli.sample import parse_masks
from mergegate.errors import MergegateError, TableError, UseError
from mergegate.release.sample import KEY, REDACTED, Sampling, take

ROWS = [["id", "group", "name", "city"]] + [[f"r{n}", f"g{n // 4}", ("Ann", "Bob", "")[n % 3], "X"] for n in range(400)]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows(ROWS)
    return path


def rows_of(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def test_a_group_is_taken_whole_or_not_at_all(table: Path, tmp_path: Path) -> None:
    """The same groups each time, more of them with a larger share, others with another salt."""
    found = {}
    for name, sampling in {
        "tenth": Sampling(0.1, "group"), "third": Sampling(0.3, "group"), "other": Sampling(0.1, "group", "another"),
    }.items():  # fmt: skip
        counted = take(table, tmp_path / name, sampling)
        rows = rows_of(tmp_path / name)
        assert rows[0] == ROWS[0]
        assert all(row in ROWS for row in rows)
        groups = [row[1] for row in rows[1:]]
        assert all(groups.count(group) == 4 for group in groups)
        assert (counted.kept, counted.kept_groups) == (len(groups), len(set(groups)))
        found[name] = set(groups)
    assert 3 <= len(found["tenth"]) <= 20
    assert found["tenth"] < found["third"]
    assert found["other"] != found["tenth"]


def test_what_is_masked_can_be_joined_but_not_guessed(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same value gives the same mask under one key and column; another key, column or plain hash gives others."""
    masks = {"name": "hash", "city": "redact", "id": "drop"}
    found = []
    for key in ("k" * 32, "k" * 32, "another key of 32 bytes and more"):
        monkeypatch.setenv(KEY, key)
        take(table, tmp_path / "masked", Sampling(masks=masks))
        found.append(rows_of(tmp_path / "masked"))
    assert found[0] == found[1]
    assert found[0][0] == ["group", "name", "city"]
    assert {row[2] for row in found[0][1:]} == {REDACTED}
    names = {row[1] for row in found[0][1:]}
    assert len(names) == 3
    assert "" in names
    assert not names & {row[1] for row in found[2][1:]} - {""}
    plain = {hashlib.new(kind, b"Ann").hexdigest()[:32] for kind in ("md5", "sha1", "sha256")}
    assert not names & (plain | {"Ann", "Bob"})


def test_masking_by_hash_needs_a_key_that_cannot_be_guessed(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one, or with a short one, nothing is written."""
    for key in ("", "short"):
        monkeypatch.setenv(KEY, key)
        with pytest.raises(UseError, match="needs a key of at least 16 bytes"):
            take(table, tmp_path / "out.csv", Sampling(masks={"name": "hash"}))
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


@pytest.mark.parametrize(
    ("content", "sampling", "said"),
    [
        (b"", Sampling(), "no column at all"),
        (b"a,b\n1,2\n", Sampling(0.5, "c"), "no column c"),
        (b"a,b\n1,2\n", Sampling(masks={"x": "drop"}), "no column x"),
        (b"a,b\n1\n", Sampling(), "row 1 has 1 cells"),
        (b"a,b\n\xff,2\n", Sampling(), "cannot be read"),
        (b'a,b\n"1,2\n', Sampling(), "cannot be read"),
        (b"a,b\n1,2\n", Sampling(0.5), "by whole groups"),
        (b"a,b\n1,2\n", Sampling(0.0, "a"), "must lie above 0"),
        (b"a,b\n1,2\n", Sampling(float("nan"), "a"), "must lie above 0"),
    ],
)
def test_what_cannot_be_sampled_is_refused(tmp_path: Path, content: bytes, sampling: Sampling, said: str) -> None:
    """No header, unknown columns, broken rows, no group, a share of nothing: in words, and nothing is left behind."""
    source = tmp_path / "source.csv"
    source.write_bytes(content)
    with pytest.raises((TableError, UseError), match=said):
        take(source, tmp_path / "out.csv", sampling)
    assert [path.name for path in tmp_path.iterdir()] == ["source.csv"]


def test_masks_are_named_by_column_and_kind() -> None:
    """A column may hold an equals sign; an unknown kind and a column that stands twice are refused."""
    assert parse_masks(["a=b=hash", "c=drop"]) == {"a=b": "hash", "c": "drop"}
    for wrong in (["a"], ["a=sha1"], ["=drop"], ["a=drop", "a=hash"]):
        with pytest.raises(UseError):
            parse_masks(wrong)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=5), min_size=2, max_size=2), max_size=8)
)
@example([["", "\r"], ["\r\n", "a\rb"]])
def test_cells_of_any_text_come_through_as_they_are(tmp_path: Path, cells: list[list[str]]) -> None:
    """Quotes, commas, line ends within cells: what is not masked is the same afterwards, or the table is refused."""
    source, target = tmp_path / "s.csv", tmp_path / "t.csv"
    with source.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *cells])
    try:
        take(source, target, Sampling())
    except MergegateError:
        return
    assert rows_of(target) == [["a", "b"], *cells]


def written(folder: Path, form: str) -> Path:
    """The same rows in another form: numbers as numbers, empty cells as nothing."""
    path = folder / f"table.{form}"
    rows = [
        {"id": number, "group": number // 4, 'na"me': ("Ann", "Bob", None)[number % 3], "when": "2026-01-01"}
        for number in range(400)
    ]
    if form == "jsonl":
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    else:
        feed = folder / "feed.json"
        feed.write_text(json.dumps(rows))
        duckdb.execute(f"COPY (FROM '{feed}') TO '{path}' (FORMAT parquet)")
    return path


def read_back(path: Path, form: str) -> list[dict[str, Any]]:
    if form == "jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    found = duckdb.execute(f"FROM read_parquet('{path}')")
    return [dict(zip([each[0] for each in found.description], row, strict=True)) for row in found.fetchall()]


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_parquet_and_json_lines_are_sampled_by_the_same_groups_and_masks_as_csv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """In their own form and order, with the types of what is not masked; nothing stays nothing."""
    monkeypatch.setenv(KEY, "k" * 32)
    plain = tmp_path / "plain.csv"
    lines = "".join(f"{number},{number // 4},{('Ann', 'Bob', '')[number % 3]}\n" for number in range(400))
    plain.write_text(f'id,group,"na""me"\n{lines}')
    sampling = Sampling(0.2, "group", masks={'na"me': "hash"})
    as_csv = take(plain, tmp_path / "out.csv", sampling)
    told = take(written(tmp_path, form), tmp_path / "out", sampling, form)
    header, *rows = rows_of(tmp_path / "out.csv")
    found = read_back(tmp_path / "out", form)
    assert (told.rows, told.kept, told.groups, told.kept_groups) == (400, as_csv.kept, 100, as_csv.kept_groups)
    assert told.columns == (*header, "when")
    assert [[str(row["id"]), str(row["group"]), row['na"me'] or ""] for row in found] == rows
    assert {type(row["id"]) for row in found} == {int}
    assert {row['na"me'] for row in found} >= {None}
    dropped = Sampling(masks={"id": "drop", "when": "redact", "group": "hash"})
    assert take(written(tmp_path, form), tmp_path / "out", dropped, form).columns == ("group", 'na"me', "when")
    assert {row["when"] for row in read_back(tmp_path / "out", form)} == {REDACTED}


@pytest.mark.parametrize(
    ("form", "content", "said"),
    [
        ("jsonl", b'{"a": 1}\n[1]\n', "line 2 is no object"),
        ("jsonl", b'{"a": 1, "a": 2}\n', "a name stands twice"),
        ("jsonl", b'{"b": 1}\n', "no column a"),
        ("jsonl", b"\xff\n", "cannot be read"),
        ("jsonl", b"[" * 100_000, "cannot be read"),
        ("parquet", b"PAR1", "cannot be read"),
        ("parquet", b"a,b\n1,2\n", "cannot be read"),
    ],
)
def test_what_is_no_table_of_its_form_is_refused(tmp_path: Path, form: str, content: bytes, said: str) -> None:
    """And nothing is left behind."""
    (tmp_path / "source").write_bytes(content)
    with pytest.raises(TableError, match=said):
        take(tmp_path / "source", tmp_path / "out", Sampling(masks={"a": "drop"}), form)
    assert [path.name for path in tmp_path.iterdir()] == ["source"]
