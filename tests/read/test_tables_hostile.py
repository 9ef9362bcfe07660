"""Tables that nobody sane writes: of other kinds, without a common language, or of numbers at the end of the floats."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest
from tests.read.table_files import policy, rows_of, write

from mergegate import Decision, Verdict, compare
from mergegate.errors import MergegateError, TableError
from mergegate.read.tables import pair

if TYPE_CHECKING:
    from pathlib import Path

CSV = "id,label,prediction\n" + "".join(f"{index},a,a\n" for index in range(40))
KINDS = {
    "rows.jsonl": (b'{"id": 1, "label": "a", "prediction": "a"}\n', "it is JSON: write it as Parquet or CSV"),
    "list.json": (b'[{"id": 1, "label": "a"}]', "it is JSON"),
    "packed.csv.gz": (gzip.compress(CSV.encode()), "unpack it"),
    "book.xlsx": (b"PK\x03\x04" + b"\0" * 40, "export it as CSV"),
    "rows.feather": (b"ARROW1\0\0" + b"\0" * 40, "write it as Parquet"),
    "tabs.tsv": (CSV.replace(",", "\t").encode(), "separate the columns with commas"),
    "torn.csv": (CSV.encode() + b"99,a\n", "Expected Number of Columns: 3 Found: 2"),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_file_of_another_kind_is_told_what_to_become(tmp_path: Path, name: str) -> None:
    content, words = KINDS[name]
    fine, other = tmp_path / "fine.csv", tmp_path / name
    fine.write_text(CSV)
    other.write_bytes(content)
    with pytest.raises(TableError) as raised:
        pair(fine, other, policy())
    assert words in str(raised.value)
    assert "mergegate-" not in str(raised.value), "our own folder is no place that a reader knows"


def test_parquet_under_the_name_of_a_csv_is_told_its_own_name(tmp_path: Path) -> None:
    path = write(tmp_path / "t.parquet", rows_of({"id": [1], "label": ["a"], "prediction": ["a"]}))
    path = path.rename(tmp_path / "t.csv")
    with pytest.raises(TableError, match=r"name it \.parquet"):
        pair(path, path, policy())


def test_a_column_with_an_endless_name_is_cut_in_the_message(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"id,label,{'x' * 10_000}\n1,a,a\n")
    with pytest.raises(TableError) as raised:
        pair(path, path, policy())
    assert len(str(raised.value)) < 500


def of_words(answers: tuple[Any, Any], rows: int) -> dict[str, list[Any]]:
    return {"id": [*range(rows)], "label": [0, 1] * (rows // 2), "prediction": [*answers] * (rows // 2)}


def test_answers_in_another_language_than_the_labels_are_no_evidence(tmp_path: Path) -> None:
    """0 and 1 as labels, true and false as answers: both models would be wrong on every row, and none got worse."""
    base = write(tmp_path / "base.parquet", rows_of(of_words((False, True), 40)))
    head = write(tmp_path / "head.parquet", rows_of(of_words((True, True), 40)))
    with pytest.raises(TableError, match="answers are `false`, `true`, the labels `0`, `1`"):
        pair(base, head, policy())
    with pytest.raises(TableError, match="write answers and labels alike"):
        pair(base, head, policy(), labels=head)


def test_a_handful_of_rows_may_be_wrong_and_head_alone_may_be_wrong_everywhere(tmp_path: Path) -> None:
    few = write(tmp_path / "few.parquet", rows_of(of_words((2, 3), 4)))
    assert pair(few, few, policy()).n == 4
    fine = write(tmp_path / "fine.parquet", rows_of(of_words((0, 1), 40)))
    lost = write(tmp_path / "lost.parquet", rows_of(of_words(("none", "none"), 40)))
    assert compare(fine, lost).decision is Decision.BLOCK


def regression(folder: Path, size: float, *, labels: float | None = None) -> tuple[Path, Path]:
    """Head's errors are about twice base's; all numbers of this size, or the labels of another."""
    places = range(60)
    of_labels = size if labels is None else labels
    columns: dict[str, list[Any]] = {"id": [*places], "label": [of_labels * (index % 7 - 3) for index in places]}
    paths = []
    for side, error in (("base", 1.0), ("head", 2.0)):
        wrong = [error * size * (1 + index % 3) for index in places]
        answers = [label + extra for label, extra in zip(columns["label"], wrong, strict=True)]
        paths.append(write(folder / f"{side}.parquet", rows_of(columns | {"prediction": answers})))
    return paths[0], paths[1]


def judged(tables: tuple[Path, Path]) -> Verdict:
    return compare(*tables, task="regression", metrics=("mae", "rmse", "r2"))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [1e-50, 1e-20, 1.0, 1e20, 1e50])
def test_the_unit_of_the_numbers_does_not_matter(tmp_path: Path, size: float) -> None:
    verdict = judged(regression(tmp_path, size))
    assert verdict.decision is Decision.BLOCK
    found = {one.subject: one for one in verdict.findings if one.rule == "MG301"}
    assert found["mae"].before == pytest.approx(2.0 * size)
    assert found["mae"].after == pytest.approx(4.0 * size)
    changes = {name: one.change for name, one in found.items()}
    plain = {one.subject: one.change for one in judged(regression(tmp_path, 1.0)).findings if one.rule == "MG301"}
    for name, unit in (("mae", size), ("rmse", size), ("r2", 1.0)):
        change, one = changes[name], plain[name]
        assert change is not None
        assert one is not None
        assert (change.low / unit, change.high / unit) == pytest.approx((one.low, one.high), rel=1e-6)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("size", "words"), [(1e-70, "too small"), (5e-324, "too small"), (1e70, "too large"), (1e300, "too large")]
)
def test_numbers_that_cannot_be_squared_are_named(tmp_path: Path, size: float, words: str) -> None:
    with pytest.raises(MergegateError, match=words):
        judged(regression(tmp_path, size))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("labels", [1e-320, 1e-200, 1e-60, 1e-30])
def test_labels_that_hardly_vary_have_no_r2_and_the_rest_is_judged(tmp_path: Path, labels: float) -> None:
    verdict = judged(regression(tmp_path, 1.0, labels=labels))
    assert verdict.decision is Decision.BLOCK
    assert [one.what for one in verdict.absent] == ["r2 of model"]
    assert "no variance to explain" in verdict.absent[0].why


@pytest.mark.parametrize("same", [1.0, 2.0])
def test_one_row_of_a_regression_is_no_silent_pass(tmp_path: Path, same: float) -> None:
    columns: dict[str, list[Any]] = {"id": [1], "label": [1.0]}
    base = write(tmp_path / "base.parquet", rows_of(columns | {"prediction": [1.5]}))
    head = write(tmp_path / "head.parquet", rows_of(columns | {"prediction": [same * 10]}))
    verdict = compare(base, head, task="regression")
    assert verdict.decision is Decision.UNSURE
    (finding,) = [one for one in verdict.findings if one.rule == "MG301"]
    assert "add rows" in finding.do
    assert "inf" not in finding.said


def test_one_row_of_a_classification_asks_for_rows_and_not_for_seeds(tmp_path: Path) -> None:
    for side, answer in (("base", "a"), ("head", "b")):
        write(tmp_path / f"{side}.csv", rows_of({"id": [1], "label": ["a"], "prediction": [answer]}))
    verdict = compare(tmp_path / "base.csv", tmp_path / "head.csv", metrics=("f1_macro", "mcc"))
    assert verdict.decision is Decision.UNSURE
    told = " ".join(one.do for one in verdict.findings)
    assert "add rows of every class" in told
    assert "seed" not in told


def test_slices_with_too_few_rows_are_told_in_sum(tmp_path: Path) -> None:
    """Documented as "shown in sum and not judged": three of four regions have 5 rows."""
    rows = 65
    columns: dict[str, list[Any]] = {"id": [*range(rows)], "label": ["a"] * rows, "prediction": ["a"] * rows}
    columns["region"] = ["north"] * 50 + ["east", "south", "west"] * 5
    path = write(tmp_path / "t.csv", rows_of(columns))
    (absent,) = compare(path, path, slices=("region",)).absent
    assert absent.what == "3 of 4 slices of model"
    assert absent.why == "they have fewer than 30 rows each: region=east, region=south, region=west"
    assert "min_slice" in absent.do


def test_a_margin_that_no_drop_can_exceed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(CSV)
    with pytest.raises(MergegateError, match=r"write 0\.02 for 2 points") as raised:
        compare(path, path, margin=2)
    assert "at least 1 item" not in str(raised.value)
    assert policy(task="regression", metrics=({"name": "mae", "margin": 2.0},)).metrics[0].margin == 2
