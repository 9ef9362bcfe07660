"""The committed criteria and the code beside them: one card, in four languages, for everybody who ever applied."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loan import card_file, collect, generate, portfolio
from tests.loan import small

if TYPE_CHECKING:
    from loan.card import Card

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "criteria" / "generated"


@pytest.fixture(scope="module")
def card() -> Card:
    return card_file.read(ROOT / "criteria" / "loan.yaml")


@pytest.fixture(scope="module")
def real(card: Card, tmp_path_factory: pytest.TempPathFactory) -> list[small.Row]:
    """Every real applicant."""
    path = tmp_path_factory.mktemp("real") / "applications.csv"
    path.write_bytes(collect.collect())
    return [portfolio.values(applicant, card) for applicant in portfolio.read(path)]


def test_the_committed_code_is_what_the_committed_card_generates(card: Card) -> None:
    for ending, text in generate.sources(card).items():
        assert (GENERATED / f"loan.{ending}").read_text(encoding="utf-8") == text


def test_the_committed_card_is_written_in_the_one_way(card: Card) -> None:
    assert (ROOT / "criteria" / "loan.yaml").read_text(encoding="utf-8") == card_file.dump(card)


@pytest.mark.node
def test_all_real_applicants_are_decided_alike(card: Card, real: list[small.Row], node: small.Node) -> None:
    answers = small.agree(card, real, node)
    assert len(answers) == 1_989
    assert not any(refused for *_, refused in answers), "the contract knows every real applicant"
    assert all(bool(reasons) == (decision == "deny") for _, decision, reasons, _ in answers)


@pytest.mark.node
def test_every_edge_of_the_committed_card_is_decided_alike(card: Card, node: small.Node) -> None:
    small.agree(card, small.every(card), node)


@pytest.mark.node
@pytest.mark.slow
def test_100_000_random_applicants_are_decided_alike(card: Card, node: small.Node) -> None:
    answers = small.agree(card, small.drawn(card, 100_000, seed=1), node)
    denied = [reasons for _, decision, reasons, _ in answers if decision == "deny"]
    assert 10_000 < len(denied) < 95_000
    assert max(reasons.count("; ") for reasons in denied) == 3


def test_every_branch_of_the_committed_python_is_taken(card: Card) -> None:
    assert small.branches_missed(GENERATED / "loan.py", small.thorough(card)) == []
