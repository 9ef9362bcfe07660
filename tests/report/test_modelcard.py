"""A model card tells its version in tables that keep their shape, whatever words stand in them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from tests.report.gfm import OURS, parse

from mergegate.facts.release import Artefact, Judged, Measured, Release
from mergegate.facts.releasepolicy import ReleasePolicy
from mergegate.facts.waiver import Waiver
from mergegate.report.modelcard import leaves, model_card

CORPUS: list[str] = json.loads((Path(__file__).parent / "hostile.json").read_text(encoding="utf-8"))
CARD_OURS = OURS | {"h1", "h3", "ul", "li"}
RELEASE = Release(
    model="toy",
    version="v1.2.0",
    commit="a" * 40,
    artefacts=(Artefact("model", "models/toy.npz", "b" * 32, "c" * 64, 12345, in_git=False),),
    data={"data/rows.csv": "d" * 32},
    params={"params.yaml:train": {"C": 1.0, "bins": {"most": 4, "least": []}}},
    libraries={"numpy": "2.4.1"},
    metrics=(
        Measured("accuracy", 0.9, 0.88, 0.92, 1000, 0.95, "Clopper-Pearson"),
        Measured("mae", 1.5, None, None, 1000, 0.95, "no interval"),
        Measured("accuracy", 0.7, 1e-9, 0.99, 30, 0.95, "Clopper-Pearson", ("language", "nl")),
        Measured("accuracy", 0.95, 0.9, 0.98, 970, 0.95, "Clopper-Pearson", ("language", "en")),
    ),
    verdict=Judged("merge", "e" * 40, "this artefact", "f" * 64, "0" * 64),
    waiver=Waiver("owner", "admin", "the labels were wrong", "a" * 40, "2026-11-22T10:00:00Z", "", ("MG301 toy",)),
    by="Ada",
    at="2026-11-22T12:00:00Z",
)


def test_a_card_tells_use_metrics_limits_and_who_accepted_what(snapshot: SnapshotAssertion) -> None:
    """Whole, as it is committed."""
    policy = ReleasePolicy(intended_use="Tells on from off.", known_limits=("Knows two answers.",))
    assert model_card(RELEASE, policy) == snapshot


def test_a_card_says_what_was_not_written_down() -> None:
    """No use, no limits, no waiver: each is told, and none is made up."""
    card = model_card(replace(RELEASE, waiver=None, metrics=(), data={}, params={}), ReleasePolicy())
    for words in ("was not written down", "None were written down", "nothing had to be accepted",
                  "nothing was measured", "none that DVC tracks"):  # fmt: skip
        assert words in card
    assert "Who accepted what" not in card


@pytest.mark.parametrize("part", range(4))
def test_hostile_words_stay_words(part: int) -> None:
    """Every text of a tag or policy: parsed back, there is no link, image, mention or element that is not ours."""
    for words in CORPUS[part::4]:
        release = replace(
            RELEASE,
            data={words: "d" * 32},
            params={f"params.yaml:{words}": words},
            libraries={words: words},
            metrics=(
                *(replace(one, method=words) for one in RELEASE.metrics[:2]),
                *(replace(one, slice=(words, words)) for one in RELEASE.metrics[2:]),
            ),
            waiver=Waiver(words, words, words, words, words, words, (words,)),
            by=words,
        )
        page = parse(model_card(release, ReleasePolicy(intended_use=words, known_limits=(words,))))
        text = "\0".join(page.outside_code)
        assert not set(page.tags) - CARD_OURS, words
        assert all(name in {"align", "aria-hidden"} for _, name, _ in page.attributes), words
        assert not page.comments, words
        assert "http://" not in text.lower(), words
        assert "@octocat" not in text, words
        assert [len({len(row) for row in table}) for table in page.tables] == [1] * len(page.tables), words


def test_params_that_hold_others_are_told_leaf_by_leaf() -> None:
    """An empty mapping or list is a leaf, too."""
    assert leaves({"a": {"b": {"c": 1}, "d": {}}, "e": [1]}) == {"a.b.c": 1, "a.d": {}, "e": [1]}
