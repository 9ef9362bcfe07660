"""Whatever is wrong with a table is said in one screen: what, where, and what to do. It never becomes a number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.read.table_files import policy, rows_of, write

from mergegate.errors import Exit, TableError, UseError
from mergegate.read.tables import pair

if TYPE_CHECKING:
    from pathlib import Path

    from tests.read.table_files import Row


def good(n: int = 10) -> list[Row]:
    return rows_of(
        {
            "id": [f"r{index}" for index in range(n)],
            "label": ["a", "b"] * (n // 2),
            "prediction": ["a", "b"] * (n // 2),
            "score": [0.25] * n,
            "group": ["g", "g", "h", "h", "i"] * (n // 5),
            "kind": ["k"] * n,
        }
    )


def changed(**cells: Any) -> list[Row]:
    """The good table with other values in its fourth row."""
    rows = good()
    rows[3] |= cells
    return rows


@dataclass(frozen=True)
class Case:
    rows: list[Row]
    words: tuple[str, ...]
    policy: dict[str, Any] = field(default_factory=dict)
    side: str = "head"


SCORED = {"score": "score", "metrics": ({"name": "log_loss"},)}
CASES = {
    "duplicate id": Case(changed(id="r0"), ("1 ids stand more than once: `r0`", "column `id`", "unique")),
    "duplicate id of base": Case(changed(id="r0"), ("1 ids stand more than once: `r0`", "base's"), side="base"),
    "six duplicate ids": Case(
        [row | {"id": f"d{index // 2}"} for index, row in enumerate(good(20))][:12] + good(20)[12:],
        ("6 ids stand more than once: `d0`, `d1`, `d2`, `d3`, `d4`",),
    ),
    "missing id": Case(changed(id=None), ("1 of 10 ids are empty", "give every row an id")),
    "missing prediction": Case(
        changed(prediction=None), ("column `prediction`", "empty in 1 of 10 rows", "`r3`", "write a value")
    ),
    "empty text as a prediction": Case(changed(prediction=""), ("empty in 1 of 10 rows", "`r3`")),
    "missing label": Case(changed(label=None), ("column `label`", "empty in 1 of 10 rows", "`r3`")),
    "missing group": Case(changed(group=None), ("column `group`", "`r3`"), {"group": "group"}),
    "no such column": Case(
        [{("Predicton" if key == "prediction" else key): row[key] for key in row} for row in good()],
        ("no column `prediction` (the prediction)", "did you mean `Predicton`?"),
    ),
    "no such slice": Case(good(), ("no column `region` (a slice)",), {"slices": ("region",)}),
    "score is missing": Case(changed(score=None), ("1 of 10 values are no finite number", "`r3`", "NaN"), SCORED),
    "score is NaN": Case(changed(score=float("nan")), ("1 of 10 values are no finite number", "`r3`"), SCORED),
    "score is infinite": Case(changed(score=float("inf")), ("no finite number", "`r3`"), SCORED),
    "score is minus infinite": Case(changed(score=float("-inf")), ("no finite number", "`r3`"), SCORED),
    "probability of 1.2": Case(changed(score=1.2), ("outside of [0, 1]", "`r3`", "not logits"), SCORED),
    "negative probability": Case(changed(score=-0.1), ("outside of [0, 1]", "`r3`"), SCORED),
    "base's score is NaN": Case(changed(score=float("nan")), ("base's table", "`r3`"), SCORED, side="base"),
    "too few of base's ids": Case(
        good()[:8], ("head answered 8 of base's 10 ids (80.0%)", "99.0%", "`r8`, `r9`", "min_coverage")
    ),
    "no id in common": Case(
        [row | {"id": f"x{index}"} for index, row in enumerate(good())],
        ("no id in common", "base has `r0`", "head has `x0`"),
        {"min_coverage": 0},
    ),
    "no rows": Case([], ("head's table", "is empty", "wrote no row")),
    "positive class that never occurs": Case(
        good(), ("positive class `yes`", "nowhere", "`a`, `b`"), {"positive": "yes"}
    ),
    "ids as a slice": Case(
        rows_of({key: [f"{key}{index}" for index in range(300)] for key in good()[0]}),
        ("more than 200 different values", "`id`", "ranges"),
        {"slices": ("id",)},
        side="both",
    ),
    "numbers as classes": Case(
        rows_of({key: [index / 7 for index in range(20_100)] for key in good()[0]}),
        ("more than 20,000 different values", "task: regression"),
        side="both",
    ),
    "text in a regression": Case(
        [row | {"label": 1.0, "prediction": "about two"} for row in good()],
        ("10 of 10 values are no finite number", "the answer"),
        {"task": "regression", "metrics": ({"name": "mae"},)},
        side="both",
    ),
}


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_named_with_its_place_and_its_remedy(tmp_path: Path, name: str, suffix: str) -> None:
    case = CASES[name]
    paths = {}
    for side in ("base", "head"):
        rows = case.rows if case.side in {side, "both"} else good(max(10, len(case.rows)))
        paths[side] = tmp_path / f"{side}.{suffix}"
        if rows:
            write(paths[side], rows)
        elif suffix == "csv":
            paths[side].write_text(",".join(good()[0]) + "\n", encoding="utf-8")
        else:
            pq.write_table(pa.table({key: pa.array([], pa.string()) for key in good()[0]}), paths[side])
    with pytest.raises(TableError) as raised:
        pair(paths["base"], paths["head"], policy(**case.policy))
    said = str(raised.value)
    for words in case.words:
        assert words in said
    assert raised.value.where
    assert raised.value.do
    assert raised.value.code is Exit.USE
    assert len(said) < 1500


def table_error(base: Path, head: Path, **parts: Any) -> str:
    with pytest.raises(TableError) as raised:
        pair(base, head, policy(**parts))
    return str(raised.value)


@pytest.fixture
def fine(tmp_path: Path) -> Path:
    return write(tmp_path / "fine.parquet", good())


def test_a_file_that_is_not_there(tmp_path: Path, fine: Path) -> None:
    said = table_error(fine, tmp_path / "nowhere.parquet")
    assert "is not there" in said
    assert "dvc pull" in said


def test_a_folder(tmp_path: Path, fine: Path) -> None:
    assert "is a folder" in table_error(fine, tmp_path)


def test_a_file_that_only_claims_to_be_parquet(tmp_path: Path, fine: Path) -> None:
    path = tmp_path / "claims.parquet"
    path.write_text("id,label,prediction\n1,a,a\n", encoding="utf-8")
    assert "is not a Parquet file" in table_error(fine, path)


def test_the_pointer_that_dvc_leaves_in_git(tmp_path: Path, fine: Path) -> None:
    path = tmp_path / "pointer.parquet"
    path.write_text("outs:\n- md5: 0123\n  path: pointer.parquet\n", encoding="utf-8")
    assert "dvc pull" in table_error(fine, path)


def test_a_truncated_parquet_file(tmp_path: Path, fine: Path) -> None:
    path = tmp_path / "half.parquet"
    path.write_bytes(fine.read_bytes()[:-100])
    said = table_error(fine, path)
    assert "cannot be read" in said
    assert "write it again" in said


def test_damaged_bytes_inside_a_parquet_file(tmp_path: Path, fine: Path) -> None:
    content = bytearray(fine.read_bytes())
    content[4:200] = b"\xff" * 196
    path = tmp_path / "damaged.parquet"
    path.write_bytes(content)
    assert "cannot be read" in table_error(fine, path)


def test_an_empty_file(tmp_path: Path, fine: Path) -> None:
    path = tmp_path / "nothing.csv"
    path.write_bytes(b"")
    assert "is empty" in table_error(fine, path)


def test_a_csv_with_semicolons(tmp_path: Path, fine: Path) -> None:
    path = tmp_path / "semicolons.csv"
    path.write_text("id;label;prediction\n1;a;a\n", encoding="utf-8")
    assert "separate the columns with commas" in table_error(fine, path)


def test_a_csv_with_a_torn_row(tmp_path: Path, fine: Path) -> None:
    path = tmp_path / "torn.csv"
    path.write_text("id,label,prediction\nr0,a,a\nr1,a\n", encoding="utf-8")
    said = table_error(fine, path)
    assert "cannot be read" in said
    assert "line" in said.lower()


def test_a_csv_that_is_not_utf8(tmp_path: Path, fine: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("id,label,prediction\nr0,ä,ä\n".encode("latin-1"))
    assert "UTF-8" in table_error(fine, path)


def test_a_csv_with_a_byte_order_mark_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "bom.csv"
    path.write_text("id,label,prediction\nr0,a,a\n", encoding="utf-8-sig")
    assert pair(path, path, policy()).n == 1


def test_windows_line_ends_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "crlf.csv"
    path.write_bytes(b"id,label,prediction\r\nr0,a,a\r\nr1,b,b\r\n")
    joint = pair(path, path, policy())
    assert joint.classes == ("a", "b")


def test_a_column_that_stands_twice(tmp_path: Path, fine: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text("id,label,prediction,label\nr0,a,a,b\n", encoding="utf-8")
    assert "has the column `label` 2 times" in table_error(fine, path)
    twice = tmp_path / "twice.parquet"
    arrays = [pa.array(["r0"])] + [pa.array(["a"])] * 3
    pq.write_table(pa.Table.from_arrays(arrays, names=["id", "label", "prediction", "label"]), twice)
    assert "has the column `label` 2 times" in table_error(fine, twice)


def test_a_column_of_lists(tmp_path: Path, fine: Path) -> None:
    path = tmp_path / "lists.parquet"
    columns = {"id": ["r0"], "other": [{"x": 1, "y": [2]}], "label": ["a"], "prediction": [["a"]]}
    pq.write_table(pa.table(columns), path)
    said = table_error(fine, path)
    assert "`prediction`" in said
    assert "not one value per row" in said


def test_an_id_that_stands_in_every_row_is_named_and_fills_no_disk(tmp_path: Path) -> None:
    n = 200_000
    columns = {"id": ["same"] * n, "label": ["a"] * n, "prediction": ["a"] * n}
    pq.write_table(pa.table(columns), tmp_path / "same.parquet")
    said = table_error(tmp_path / "same.parquet", tmp_path / "same.parquet")
    assert "1 ids stand more than once: `same`" in said


def test_duplicates_that_no_id_of_the_other_side_meets(tmp_path: Path) -> None:
    base = write(tmp_path / "base.parquet", [*good(), good()[0] | {"id": "alone"}])
    head = write(tmp_path / "head.parquet", good() + [good()[0] | {"id": "twin"}] * 2)
    assert "`twin`" in table_error(base, head, min_coverage=0.5)
    assert "`twin`" in table_error(head, base, min_coverage=0.5)


def test_a_duplicate_that_the_number_of_rows_hides(tmp_path: Path) -> None:
    """Base has a, a, b and head a, b, c: three rows each, and the join has three, too."""
    rows = good()
    base = write(tmp_path / "base.parquet", [rows[0] | {"id": key} for key in "aab"])
    head = write(tmp_path / "head.parquet", [rows[0] | {"id": key} for key in "abc"])
    assert "1 ids stand more than once: `a`" in table_error(base, head, min_coverage=0)


def test_rows_without_a_label_in_the_table_of_labels(tmp_path: Path, fine: Path) -> None:
    labels = write(tmp_path / "labels.csv", good()[:-1])
    with pytest.raises(TableError, match="1 rows that both models answered have no label") as raised:
        pair(fine, fine, policy(), labels=labels)
    assert "`r9`" in str(raised.value)


def test_duplicates_in_the_table_of_labels(tmp_path: Path, fine: Path) -> None:
    labels = write(tmp_path / "labels.csv", good() + good()[:1])
    with pytest.raises(TableError, match="1 ids stand more than once: `r0`"):
        pair(fine, fine, policy(), labels=labels)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"metrics": ({"name": "brier"},)}, "names no column of scores"),
        ({"metrics": ({"name": "auc"},), "score": "score"}, "which label is the positive one"),
        ({"task": "regression", "metrics": ({"name": "pinball"},)}, "needs a quantile"),
    ],
)
def test_a_policy_that_leaves_out_what_a_metric_needs(fine: Path, parts: dict[str, Any], words: str) -> None:
    with pytest.raises(UseError, match=words):
        pair(fine, fine, policy(**parts))


def test_numbers_too_large_to_be_squared(tmp_path: Path) -> None:
    rows = rows_of({"id": [1, 2], "label": [1e200, -1e200], "prediction": [0.0, 0.0]})
    path = write(tmp_path / "t.parquet", rows)
    said = table_error(path, path, task="regression", metrics=({"name": "rmse"},))
    assert "too large to be squared" in said
