"""The generated code decides as the card does: with the same points and reasons, in each language."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from loan import card_file, generate, generate_javascript, generate_python, generate_sql
from tests.loan import small
from tests.loan.cards import cards

if TYPE_CHECKING:
    from pathlib import Path

    from loan.card import Card

OUT_OF_CONTRACT = [
    -1, -0.5, 400, 101, 100.00000000000001, 1e308, -1e308, float("nan"), float("inf"), float("-inf"),
]  # fmt: skip
WRONG_KIND: list[Any] = ["47", "", "x'; DROP TABLE applicants; --", True, [], {}]


@pytest.mark.node
def test_every_edge_both_its_sides_and_every_missing_value_are_decided_alike(node: small.Node) -> None:
    card = small.example()
    answers = small.agree(card, small.every(card), node)
    assert {decision for _, decision, _, _ in answers} == {"approve", "deny"}


@pytest.mark.node
def test_20_000_random_applicants_are_decided_alike(node: small.Node) -> None:
    card = small.example()
    answers = small.agree(card, small.drawn(card, 20_000, seed=1), node)
    denied = [reasons for _, decision, reasons, _ in answers if decision == "deny"]
    assert 4_000 < len(denied) < 18_000
    assert all(denied), "a denial has a reason"
    assert {reasons.count("; ") for reasons in denied} == {0, 1, 2, 3}


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.node
@given(card=cards())
def test_random_cards_with_hostile_texts_are_decided_alike(node: small.Node, card: Card) -> None:
    small.agree(card, [*small.every(card), *small.drawn(card, 200, seed=2)], node)


@pytest.mark.parametrize("value", OUT_OF_CONTRACT, ids=repr)
@pytest.mark.node
def test_a_number_out_of_the_contract_is_refused_alike_and_the_rest_is_decided(node: small.Node, value: float) -> None:
    card = small.example()
    usual = {rule.feature: rule.reference for rule in card.rules}
    answers = small.agree(card, [usual | {"obrat": value}, usual, usual | {"cosign": value, "income": value}], node)
    assert answers[0] == (None, None, "", "obrat: must be a number from 0 to 100 %")
    assert answers[1] == (536, "approve", "", "")
    assert "cosign: must be 0 or 1" in answers[2][3]


@pytest.mark.parametrize("value", WRONG_KIND, ids=repr)
@pytest.mark.node
def test_a_value_of_another_kind_is_refused_alike(node: small.Node, value: object) -> None:
    card = small.example()
    usual = {rule.feature: rule.reference for rule in card.rules}
    rows: list[small.Row] = [usual | {"obrat": value}, usual | {"term": value}, usual]
    expected = small.by_card(card, rows)
    assert small.by_python(card, rows) == expected == node.decide(card, rows)
    assert expected[0][3] == "obrat: must be a number from 0 to 100 %"
    assert expected[1][3] == "term: must be one of 15, 30, other"


@pytest.mark.node
def test_a_missing_column_and_a_needed_value_are_refused_alike(node: small.Node) -> None:
    card = small.example()
    rows: list[small.Row] = [{}, {rule.feature: None for rule in card.rules}]
    expected = small.by_card(card, rows)
    assert small.by_python(card, rows) == expected == node.decide(card, rows)
    assert expected[0][3].count("column is missing") == 5
    assert expected[1] == (None, None, "", "income: must be given")
    assert small.by_duckdb(card, rows[1:]) == expected[1:]


def test_sql_takes_columns_of_text_and_refuses_what_is_no_number_in_them() -> None:
    columns = {
        "obrat": ["47.5", "x", "nan"],
        "income": ["6000"] * 3,
        "ratio": ["0.5"] * 3,
        "cosign": ["1", "yes", None],
    }
    table = pa.table({"id": [0, 1, 2]} | columns | {"term": ["15", "40", "15"]})
    assert small.query(generate_sql.generate(small.example()), table) == [
        (486, "deny", "debt-to-income ratio 47.5 %: our limit for these 50 points is below 40 %", ""),
        (
            None,
            None,
            "",
            "obrat: must be a number from 0 to 100 %; cosign: must be 0 or 1; term: must be one of 15, 30, other",
        ),
        (None, None, "", "obrat: must be a number from 0 to 100 %"),
    ]


def test_the_rows_of_these_tests_reach_every_branch_of_the_generated_python(tmp_path: Path) -> None:
    card = small.example()
    (tmp_path / "generated.py").write_text(generate_python.generate(card), encoding="utf-8")
    assert small.branches_missed(tmp_path / "generated.py", small.thorough(card)) == []


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(card=cards())
def test_generated_python_is_formatted_and_typed_whatever_the_card_says(
    tmp_path_factory: pytest.TempPathFactory, card: Card
) -> None:
    source = generate_python.generate(card)
    formatted = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "120", "-"],
        input=source, capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert formatted.stdout == source


def test_texts_leave_neither_a_string_nor_a_script_element() -> None:
    hostile = "'\"\\ \n */ </script> ${x} \u2028"
    assert small.module(f"said = {generate_python.text(hostile)}").said == hostile
    assert not set(generate_javascript.text(hostile)) & {"<", "\n", "\u2028"}
    assert generate_sql.text("o'clock") == "'o''clock'"


def test_each_file_carries_the_digest_and_is_made_again_the_same(tmp_path: Path) -> None:
    arguments = ["--criteria", str(small.EXAMPLE), "--out", str(tmp_path)]
    assert generate.main(arguments) == 0
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(first) == ["example.js", "example.py", "example.sql"]
    from loan.card import digest

    head = f"card {digest(card_file.read(small.EXAMPLE))}".encode()
    assert all(head in content[:400] for content in first.values())
    assert generate.main(arguments) == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first


def test_a_card_that_cannot_be_used_generates_nothing_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate.main(["--criteria", str(tmp_path / "none.yaml"), "--out", str(tmp_path / "out")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(card=cards())
def test_postgres_query_is_of_its_dialect_and_keeps_every_text_and_number(card: Card) -> None:
    import sqlglot
    from sqlglot import expressions

    ours, theirs = (
        sqlglot.parse_one(text, read=dialect)
        for text, dialect in ((generate_sql.generate(card), "duckdb"), (generate_sql.postgres(card), "postgres"))
    )

    def literals(query: Any) -> list[str]:
        return sorted(each.this for each in query.find_all(expressions.Literal))

    steps = len(list(ours.find_all(expressions.CTE)))
    assert literals(theirs) == sorted(literals(ours) + ["0"] * steps)
    assert "TRY_CAST" not in theirs.sql(dialect="postgres")


def test_postgres_query_is_written_on_demand(tmp_path: Path) -> None:
    assert generate.main(["--criteria", str(small.EXAMPLE), "--out", str(tmp_path), "--postgres"]) == 0
    text = (tmp_path / "example.postgres.sql").read_text(encoding="utf-8")
    assert "DOUBLE PRECISION" in text
    assert "card sha256:" in text
