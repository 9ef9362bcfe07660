"""Two tables of predictions become the counts that a patient person would make by hand."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.read.table_files import (
    assert_same,
    cells,
    policy,
    reference,
    rows_of,
    write,
    write_csv,
    write_parquet,
)
from tests.tries import tries

from mergegate.facts.comparison import Slice
from mergegate.read.tables import pair

if TYPE_CHECKING:
    from pathlib import Path

    from tests.read.table_files import Row


def table(n: int, seed: int, **more: list[Any]) -> list[Row]:
    """`n` rows with three classes, two slice columns and a group of four rows."""
    draw = random.Random(seed)
    truth = random.Random(n)
    return rows_of(
        {
            "id": [f"row {index}" for index in range(n)],
            "label": [truth.choice("abc") for _ in range(n)],
            "prediction": [draw.choice("abc") for _ in range(n)],
            "language": [truth.choice(["de", "fr", "日本"]) for _ in range(n)],
            "domain": [truth.choice(["x", "y"]) for _ in range(n)],
            "group": [f"g{index // 4}" for index in range(n)],
            **more,
        }
    )


def test_counts_overall_and_in_each_slice_equal_a_count_by_hand(tmp_path: Path) -> None:
    base, head = table(200, 1), table(200, 2)
    joint = pair(
        write(tmp_path / "base.parquet", base),
        write(tmp_path / "head.parquet", head),
        policy(slices=("language", "domain")),
    )
    assert joint.n == 200
    assert joint.classes == ("a", "b", "c")
    assert [str(slice_) for slice_ in joint.slices] == [
        "all rows", "language=de", "language=fr", "language=日本", "domain=x", "domain=y",
    ]  # fmt: skip
    for slice_, counts in zip(joint.slices, joint.counts, strict=True):
        where = {} if slice_.overall else {slice_.column: slice_.value}
        assert cells(counts, joint.classes) == reference(base, head, where), slice_
        assert counts.cluster is None


@pytest.mark.slow
@settings(max_examples=tries(25, 200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_small_pair_of_tables_equals_the_plain_reference(tmp_path: Path, data: st.DataObject) -> None:
    value = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), min_size=1, max_size=3)
    values = st.sampled_from(data.draw(st.lists(value, min_size=1, max_size=4, unique=True)))
    ids = data.draw(st.lists(value, min_size=1, max_size=12, unique=True))
    row = st.fixed_dictionaries({"label": values, "prediction": values, "s": values})
    base = [{"id": key, **data.draw(row)} for key in ids]
    head = [{"id": key, **data.draw(row)} for key in data.draw(st.permutations(ids))]
    suffix = data.draw(st.sampled_from(["csv", "parquet"]))
    joint = pair(
        write(tmp_path / f"base.{suffix}", base), write(tmp_path / f"head.{suffix}", head), policy(slices=("s",))
    )
    for slice_, counts in zip(joint.slices, joint.counts, strict=True):
        where = {} if slice_.overall else {slice_.column: slice_.value}
        assert cells(counts, joint.classes) == reference(base, head, where)


def test_csv_and_parquet_give_the_same_joint_in_any_order_of_the_rows(tmp_path: Path) -> None:
    scores = [round(random.Random(index).random(), 6) for index in range(300)]
    base, head = table(300, 1, score=scores), table(300, 2, score=scores[::-1])
    metrics = [{"name": name} for name in ("accuracy", "f1_macro", "log_loss", "brier", "ece", "auc")]
    model = policy(slices=("language", "domain"), metrics=metrics, score="score", positive="a")
    first = pair(write(tmp_path / "base.parquet", base), write(tmp_path / "head.parquet", head), model)
    random.Random(3).shuffle(base)
    random.Random(4).shuffle(head)
    second = pair(write(tmp_path / "base.csv", base), write(tmp_path / "head.csv", head), model)
    assert_same(first, second)
    mixed = pair(tmp_path / "base.csv", tmp_path / "head.parquet", model)
    assert_same(first, mixed)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([0, 1, 1, 0], ["0", "1", "1", "0"]),
        ([0.0, 1.0, 1.0, 0.0], [0, 1, 1, 0]),
        (["0.0", "1.0", "1.0", "0.0"], [0, 1, 1, 0]),
        ([False, True, True, False], ["False", "True", "True", "False"]),
        ([False, True, True, False], ["false", "TRUE", "true", "FALSE"]),
    ],
    ids=["number and text", "float and whole", "text of floats", "bool and Python's text", "bool and other text"],
)
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_label_means_the_same_whatever_type_it_was_written_as(
    tmp_path: Path, left: list[Any], right: list[Any], suffix: str
) -> None:
    ids = [1, 2, 3, 4]
    base = rows_of({"id": ids, "label": left, "prediction": left})
    head = rows_of({"id": [str(key) for key in ids], "label": right, "prediction": right})
    joint = pair(write_parquet(tmp_path / "base.parquet", base), write(tmp_path / f"head.{suffix}", head), policy())
    assert len(joint.classes) == 2
    assert joint.relabelled == 0
    assert (joint.counts[0].head == joint.counts[0].label).all()
    assert (joint.counts[0].base == joint.counts[0].label).all()


@pytest.mark.parametrize("other", [["1", "2"], [1.0, 2.0], ["1.0", "2.0"]], ids=["text", "float", "text of floats"])
def test_ids_meet_as_text(tmp_path: Path, other: list[Any]) -> None:
    base = rows_of({"id": [1, 2], "label": ["a", "b"], "prediction": ["a", "b"]})
    head = rows_of({"id": other, "label": ["a", "b"], "prediction": ["a", "a"]})
    joint = pair(write(tmp_path / "base.parquet", base), write(tmp_path / "head.parquet", head), policy())
    assert joint.n == 2
    assert joint.examples[1][0] in {"2", "2.0"}


def test_a_csv_id_keeps_its_leading_zeros(tmp_path: Path) -> None:
    rows = rows_of({"id": ["007", "7"], "label": ["a", "b"], "prediction": ["a", "b"]})
    joint = pair(write(tmp_path / "base.csv", rows), write(tmp_path / "head.csv", rows), policy())
    assert joint.n == 2


def test_names_with_quotes_sql_and_other_scripts_are_only_names(tmp_path: Path) -> None:
    names = {"id": 'a"b; DROP TABLE j; --', "label": "答え", "prediction": "pre'dict", "s": "Ünï\ncode", "g": "SELECT"}
    columns = {
        names["id"]: ["1", "2", "3"],
        names["label"]: ["x'; --", '"', "ж"],
        names["prediction"]: ["x'; --", "ж", "ж"],
        names["s"]: ["a'b", 'c"d', "🙂"],
        names["g"]: ["g1", "g1", "g2"],
    }
    rows = rows_of(columns)
    model = policy(
        id=names["id"], label=names["label"], prediction=names["prediction"], slices=(names["s"],), group=names["g"]
    )
    for suffix in ("csv", "parquet"):
        folder = tmp_path / f"o'dd [{suffix}] *{{}}"
        folder.mkdir()
        joint = pair(write(folder / f"b?se.{suffix}", rows), write(folder / f"lang=de;.{suffix}", rows), model)
        assert joint.slices == (Slice(), *(Slice(names["s"], value) for value in ("a'b", 'c"d', "🙂")))
        assert joint.classes == ('"', "x'; --", "ж")
        assert joint.counts[0].clusters == 2


def test_columns_that_differ_in_case_only_are_two_columns(tmp_path: Path) -> None:
    rows = rows_of({"id": [1, 2], "LABEL": ["z", "z"], "label": ["a", "b"], "prediction": ["a", "b"]})
    joint = pair(write(tmp_path / "base.parquet", rows), write(tmp_path / "head.csv", rows), policy())
    assert joint.classes == ("a", "b")


def test_a_file_of_dvcs_cache_has_no_suffix_and_is_read_by_its_first_bytes(tmp_path: Path) -> None:
    rows = table(5, 1)
    write_parquet(tmp_path / "0a1b", rows)
    write_csv(tmp_path / "2c3d", rows)
    assert pair(tmp_path / "0a1b", tmp_path / "2c3d", policy()).n == 5


def test_rows_of_a_group_share_a_cluster_in_every_slice(tmp_path: Path) -> None:
    base, head = table(40, 1), table(40, 2)
    joint = pair(
        write(tmp_path / "b.parquet", base), write(tmp_path / "h.csv", head), policy(group="group", slices=("domain",))
    )
    assert joint.grouped
    assert joint.sampled is None
    groups = sorted({row["group"] for row in head})
    for slice_, counts in zip(joint.slices, joint.counts, strict=True):
        assert counts.clusters == len(groups)
        assert counts.cluster is not None
        for code, group in enumerate(groups):
            where = {"group": group} | ({} if slice_.overall else {slice_.column: slice_.value})
            assert int(counts.count[counts.cluster == code].sum()) == sum(reference(base, head, where).values())


def test_very_many_groups_are_merged_without_tearing_one_apart(tmp_path: Path) -> None:
    n = 10_000
    rows = rows_of(
        {
            "id": list(range(n)),
            "label": [str(index % 2) for index in range(n)],
            "prediction": [str(index // 2 % 2) for index in range(n)],
            "group": [f"g{index // 2}" for index in range(n)],
        }
    )
    joint = pair(write(tmp_path / "b.parquet", rows), write(tmp_path / "h.parquet", rows), policy(group="group"))
    counts = joint.counts[0]
    assert counts.clusters == 4096
    assert counts.cluster is not None
    assert 2500 < len(set(counts.cluster.tolist())) <= 4096
    # Both rows of a group have one prediction and different labels: a cluster with as many 0 as 1 is made of wholes.
    signed = [0] * 4096
    for cluster, label, count in zip(counts.cluster, counts.label, counts.count, strict=True):
        signed[cluster] += int(count) * (1 if label else -1)
    assert set(signed) == {0}
    assert int(counts.count.sum()) == n


def test_rows_that_one_side_lacks_are_counted_and_left_out(tmp_path: Path) -> None:
    base, head = table(100, 1), table(100, 2)
    joint = pair(
        write(tmp_path / "b.parquet", base[:-3]), write(tmp_path / "h.parquet", head[2:]), policy(min_coverage=0.9)
    )
    assert (joint.n, joint.only_base, joint.only_head) == (95, 2, 3)
    assert cells(joint.counts[0], joint.classes) == reference(base[:-3], head[2:])


def test_labels_that_differ_are_counted_and_judged_by_heads(tmp_path: Path) -> None:
    base, head = table(30, 1), table(30, 1)
    head[4]["label"] = "b" if head[4]["label"] != "b" else "c"
    joint = pair(write(tmp_path / "b.parquet", base), write(tmp_path / "h.parquet", head), policy())
    assert joint.relabelled == 1
    assert cells(joint.counts[0], joint.classes) == reference(base, head)


def test_a_table_of_labels_judges_whatever_head_says(tmp_path: Path) -> None:
    base, head, labels = table(30, 1), table(30, 2), table(30, 3)
    for row in head:
        row["label"] = row["prediction"]
        row["language"] = "de"
    joint = pair(
        write(tmp_path / "b.parquet", base),
        write(tmp_path / "h.csv", head),
        policy(slices=("language",), group="group"),
        labels=write(tmp_path / "l.parquet", labels),
    )
    assert joint.relabelled == sum(row["label"] != truth["label"] for row, truth in zip(head, labels, strict=True))
    judged = [truth | {"prediction": row["prediction"]} for row, truth in zip(head, labels, strict=True)]
    for slice_, counts in zip(joint.slices, joint.counts, strict=True):
        where = {} if slice_.overall else {slice_.column: slice_.value}
        assert cells(counts, joint.classes) == reference(base, judged, where)


def test_a_table_of_labels_alone_leaves_slices_and_groups_to_head(tmp_path: Path) -> None:
    base, head = table(30, 1), table(30, 2)
    labels = write_csv(tmp_path / "l.csv", head, ["id", "label"])
    paths = write(tmp_path / "b.parquet", base), write(tmp_path / "h.parquet", head)
    model = policy(slices=("language",), group="group")
    assert_same(pair(*paths, model, labels=labels), pair(*paths, model))


def test_predictions_alone_suffice_where_a_table_of_labels_is_given(tmp_path: Path) -> None:
    base, head = table(30, 1), table(30, 2)
    joint = pair(
        write_csv(tmp_path / "b.csv", base, ["id", "prediction"]),
        write_csv(tmp_path / "h.csv", head, ["id", "prediction"]),
        policy(slices=("language",)),
        labels=write(tmp_path / "l.csv", head),
    )
    assert joint.relabelled == 0
    assert cells(joint.counts[0], joint.classes) == reference(base, head)


def test_small_slices_are_named_and_rows_without_a_value_are_a_slice(tmp_path: Path) -> None:
    n = 50
    kinds = ["rare"] * 2 + [None] * 8 + ["often"] * 40
    rows = rows_of({"id": list(range(n)), "label": ["a"] * n, "prediction": ["a"] * n, "kind": kinds})
    for suffix in ("csv", "parquet"):
        path = write(tmp_path / f"t.{suffix}", rows)
        joint = pair(path, path, policy(slices=("kind",), min_slice=5))
        assert joint.slices == (Slice(), Slice("kind", "(none)"), Slice("kind", "often"))
        assert joint.small_slices == (Slice("kind", "rare"),)
        assert [counts.n for counts in joint.counts] == [50, 8, 40]


def test_a_slice_column_that_the_policy_names_twice_counts_once(tmp_path: Path) -> None:
    path = write(tmp_path / "t.parquet", table(20, 1))
    assert_same(pair(path, path, policy(slices=("domain", "domain"))), pair(path, path, policy(slices=("domain",))))


def test_a_slice_column_without_any_value_is_one_slice(tmp_path: Path) -> None:
    rows = rows_of({"id": [1, 2], "label": ["a", "b"], "prediction": ["a", "b"], "kind": [None, None]})
    path = write(tmp_path / "t.parquet", rows)
    assert pair(path, path, policy(slices=("kind",))).slices == (Slice(), Slice("kind", "(none)"))


def test_examples_show_the_most_confident_new_mistakes_first(tmp_path: Path) -> None:
    n = 60
    base = rows_of(
        {
            "id": list(range(n)),
            "label": ["a"] * n,
            "prediction": ["a"] * 50 + ["b"] * 10,
            "score": [0.5] * n,
            "s": ["x" * 500] * n,
        }
    )
    head = [row | {"prediction": "b", "score": row["id"] / 100} for row in base]
    joint = pair(
        write(tmp_path / "b.parquet", base), write(tmp_path / "h.csv", head), policy(score="score", slices=("s",))
    )
    header, *shown = joint.examples
    assert header == ("id", "label", "before", "now", "s")
    assert [row[0] for row in shown] == [str(index) for index in range(49, -1, -1)]
    assert shown[0][1:4] == ("a", "a", "b")
    assert len(shown[0][4]) == 200


def test_of_many_new_mistakes_five_thousand_are_listed(tmp_path: Path) -> None:
    n = 5_100
    base = rows_of({"id": list(range(n)), "label": ["a"] * n, "prediction": ["a"] * n})
    head = [row | {"prediction": "b"} for row in base]
    found = pair(write(tmp_path / "b.parquet", base), write(tmp_path / "h.parquet", head), policy()).examples
    assert len(set(found)) == 5_001


def test_examples_are_empty_where_nothing_got_worse(tmp_path: Path) -> None:
    path = write(tmp_path / "b.parquet", table(20, 1))
    assert pair(path, path, policy()).examples == ()


def test_a_row_is_enough(tmp_path: Path) -> None:
    path = write(tmp_path / "b.csv", table(1, 1))
    assert pair(path, path, policy()).n == 1


def test_ten_thousand_classes_are_fine(tmp_path: Path) -> None:
    n = 10_000
    rows = rows_of({"id": list(range(n)), "label": [f"c{index}" for index in range(n)], "prediction": ["c0"] * n})
    path = write(tmp_path / "b.parquet", rows)
    joint = pair(path, path, policy())
    assert len(joint.classes) == n
    assert joint.counts[0].n == n


def test_dictionary_encoded_text_and_time_and_decimals_are_values_like_others(tmp_path: Path) -> None:
    import datetime as dt
    from decimal import Decimal

    columns = {
        "id": pa.array([1, 2]),
        "label": pa.array(["a", "b"]).dictionary_encode(),
        "prediction": pa.array(["a", "a"]).dictionary_encode(),
        "day": pa.array([dt.date(2026, 1, 1), dt.date(2026, 1, 2)]),
        "price": pa.array([Decimal("1.00"), Decimal("2.50")]),
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    joint = pair(tmp_path / "t.parquet", tmp_path / "t.parquet", policy(slices=("day", "price")))
    assert [str(slice_) for slice_ in joint.slices[1:]] == [
        "day=2026-01-01", "day=2026-01-02", "price=1", "price=2.50",
    ]  # fmt: skip


def test_nothing_is_left_on_disk_beside_the_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    path = write(tmp_path / "b.parquet", table(20, 1))
    before = path.read_bytes()
    pair(path, path, policy())
    assert list(scratch.iterdir()) == []
    assert path.read_bytes() == before
