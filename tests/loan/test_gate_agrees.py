"""The gate scores cards itself, without the pipeline's code: both must decide alike."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np

from loan.card import digest
from loan.card_file import read
from loan.score import Scorer
from mergegate.contrast.points import score
from mergegate.facts.applicants import Applicants
from mergegate.facts.criteria import REFUSED
from mergegate.read.card import parse_card

CARD = Path(__file__).parent / "example.yaml"


def test_the_gate_and_the_pipeline_read_one_digest_and_decide_20000_people_alike() -> None:
    """Every cut-off, a hair to both sides of it, what is missing, out of range or unknown, and 20,000 at random."""
    own, theirs = parse_card(CARD.read_bytes(), "example.yaml"), read(CARD)
    assert own.digest == digest(theirs)
    draw = random.Random(5)
    values: dict[str, list[float | str | None]] = {}
    for rule in own.card.rules:
        known = own.card.inputs[rule.feature]
        edges = [edge for cut in rule.edges for edge in (cut, math.nextafter(cut, -1e9), math.nextafter(cut, 1e9))]
        numbers = [*edges, known.min, known.max, (known.min or 0) - 1, (known.max or 0) + 1, draw.uniform(0, 60)]
        values[rule.feature] = [None, *(numbers if known.type == "number" else [*known.values, "9"])]
    rows = [{name: draw.choice(some) for name, some in values.items()} for _ in range(20_000)]
    numeric = [name for name in values if own.card.inputs[name].type == "number"]
    texts = {name: np.array([row[name] for row in rows], dtype=object) for name in values if name not in numeric}
    numbers_of = {name: np.array([row[name] for row in rows], dtype=np.float64) for name in numeric}
    ids = np.arange(len(rows)).astype(object)
    found = score(own.card, Applicants(ids, np.zeros(len(rows), dtype=np.bool_), numbers_of, texts))
    scorer, flags = Scorer.of(theirs), [name for name in texts if own.card.inputs[name].type == "flag"]
    for row, points, decided in zip(rows, found.points, found.decided, strict=True):
        given = {name: int(value) if name in flags and value is not None else value for name, value in row.items()}
        meant = scorer.decide(given)
        if meant.points is None:
            assert decided == REFUSED
        else:
            assert (meant.points, meant.decision) == (points, "approve" if decided else "deny")
