"""The card's file: read strictly with all faults at once, written in one way, known by its digest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import yaml
from ruamel.yaml import YAML

from loan import card_file
from loan.card import Card, bin_of, digest
from loan.card_check import CardError

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = (Path(__file__).parent / "example.yaml").read_text(encoding="utf-8")


def example() -> Card:
    """The hand-written card: numbers with falling, rising and free points, a flag, and a category."""
    return card_file.parse(TEXT)


def faults(text: str) -> str:
    with pytest.raises(CardError) as caught:
        card_file.parse(text, "loan.yaml")
    return str(caught.value)


def test_a_card_is_written_as_it_was_read_and_both_yaml_libraries_read_the_same() -> None:
    assert card_file.dump(example()) == TEXT
    assert YAML(typ="safe").load(TEXT) == yaml.safe_load(TEXT)


def test_the_digest_is_of_the_parsed_yaml_so_that_only_a_change_of_substance_moves_it() -> None:
    parsed = YAML(typ="safe").load(TEXT)
    canonical = json.dumps(parsed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert digest(example()) == f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"
    assert digest(card_file.parse(TEXT.replace("\n      - {", "\n\n      -   {"))) == digest(example())
    assert digest(card_file.parse(TEXT.replace("cutoff: 520", "cutoff: 519"))) != digest(example())


def test_numbers_of_numpy_and_whole_floats_are_written_plainly(tmp_path: Path) -> None:
    card = example()
    first = card.rules[0]
    bins = tuple(replace(each, low=each.low and np.float64(each.low), points=int(each.points)) for each in first.bins)
    card_file.write(
        replace(card, rules=(replace(first, bins=bins, reference=33.0), *card.rules[1:])), tmp_path / "c.yaml"
    )
    assert (tmp_path / "c.yaml").read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version: 1", "version: 2", "version: must be a whole number from 1 to 1"),
        ("cutoff: 520", "cutoff: 520.5", "cutoff: must be a whole number"),
        ("cutoff: 520", "cutoff: true", "cutoff: must be a whole number"),
        ("cutoff: 520", "cutoff: 600", "cutoff: the reference values together are worth 536 points"),
        ("name: example", "name: a b", "name: must be a letter"),
        ('"yes": approve', '"yes": deny', "decides: both decisions have the same word"),
        ("min: 0, max: 100", "min: 100, max: 0", "inputs.obrat: min 100 is not below max 0"),
        ("max: 100,", "max: .inf,", "inputs.obrat.max: must be a number"),
        ("max: 100,", "max: 100.0,", "inputs.obrat.max: a whole number is written without its dot"),
        ("cosign: {type: flag}", "cosign: {type: flags}", "inputs.cosign.type: must be one of"),
        ("cosign: {type: flag}", "cosign: {type: flag, min: 0}", "inputs.cosign: has unknown keys 'min'"),
        ("  cosign: {type: flag}\n", "", "rules[3].feature: cosign is not among the inputs"),
        ("  income:", "  spare: {type: flag}\n  income:", "inputs.spare: no rule uses it"),
        ("feature: income", "feature: obrat", "rules: obrat has more than one rule"),
        ("title: income", 'title: "in\\ncome"', "rules[1].title: must be a printable text"),
        ("title: income", 'title: "in; come"', "rules[1].title: must be a printable text"),
        ("{from: 33, below: 40, points: 5", "{from: 34, below: 40, points: 5", "rules[0].bins: there is a gap"),
        ("{from: 33, below: 40, points: 5", "{from: 33, below: 40, points: 21", "20 points, then 21, and the rule is"),
        ("{below: 33,", "{from: 0, below: 33,", "the first bin has a `from`"),
        ("{from: 47.5,", "{from: 47.5, below: 50,", "or the last a `below`"),
        ("47.5", "147.5", "rules[0].bins: an edge lies outside the range of `inputs.obrat`"),
        ("47.5", "39.5", "rules[0].bins: the edges do not rise"),
        ("reference: 33", "reference: 101", "rules[0].reference: 101 is out of the range"),
        ("reference: 1\n", "reference: 2\n", "rules[3].reference: must be a whole number from 0 to 1"),
        ('reference: "15"', "reference: 15", "rules[4].reference: must be one of 15, 30, other"),
        ("{is: other", '{is: "30"', "rules[4].bins: the bins are not the allowed values"),
        ("missing: refuse", "missing: refused", "rules[1].missing: must be a whole number"),
        ("rows: 700", "rows: -1", "rules[0].bins[0].rows: must be a whole number from 0"),
        ("start: 500", "start: &a 500", "it has an anchor, an alias or a tag"),
        ("start: 500", "start: !!int 500", "it has an anchor, an alias or a tag"),
        ("start: 500", "start: 500\nstart: 501", "it is not YAML"),
        ("start: 500", "start: " + "[" * 5000, "it is nested too deeply"),
        ("start: 500", "start: 500\nnote: x", "the file: has unknown keys 'note'"),
        ("start: 500\n", "", "the file: lacks start"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place_and_a_remedy(old: str, new: str, said: str) -> None:
    message = faults(TEXT.replace(old, new))
    assert said in message
    assert "loan.yaml" in message
    assert "do: " in message


def test_all_faults_are_said_at_once() -> None:
    message = faults(
        TEXT.replace("cutoff: 520", "cutoff: x").replace("rows: 700", "rows: y").replace("min: 0, max: 3", "min: 3")
    )
    assert message.count("do: ") >= 3


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_bytes(b"\xff\xfe"), "it is not UTF-8"),
        (lambda path: path.write_text(""), "must be a mapping"),
        (lambda path: path.write_text("- 1\n- 2\n"), "must be a mapping"),
        (lambda path: path.write_text("#" * 200_001), "larger than 200 KB"),
        (lambda path: None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_card_is_said_to_be_none(tmp_path: Path, make: Callable[[Path], object], said: str) -> None:
    make(tmp_path / "c.yaml")
    with pytest.raises(CardError, match=said):
        card_file.read(tmp_path / "c.yaml")


def test_a_card_that_could_not_be_read_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(CardError):
        card_file.write(replace(example(), cutoff=10_000), tmp_path / "c.yaml")
    assert not (tmp_path / "c.yaml").exists()


def test_bins_are_half_open() -> None:
    rule = example().rules[0]
    assert [bin_of(rule, value).points for value in (0, np.nextafter(33, 0), 33, 40, 47.5, 100)] == [
        20,
        20,
        5,
        -30,
        -45,
        -45,
    ]
