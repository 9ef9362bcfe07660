"""The policy is read whole: every error at once, each with line, value and remedy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergegate.errors import Exit, PolicyError
from mergegate.read.policy import digest, parse_policy

GOOD = b"""\
version: 1
models:
  intent:
    holdout: predictions/holdout.parquet
    metrics:
      - {name: accuracy, margin: 0.005}
    target: {metric: accuracy, from: 0.8, step: 0.01, every: 1w, steps: 10, start: 2026-12-01, floor: 0.8}
"""


def test_a_small_policy_has_the_defaults_of_the_design() -> None:
    policy = parse_policy(GOOD)
    assert (policy.alpha, policy.unsure) == (0.05, "merge")
    model = policy.models["intent"]
    assert (model.task, model.id, model.label, model.prediction) == ("classification", "id", "label", "prediction")
    assert model.target is not None
    assert model.target.start_at == 0.8


def test_every_error_is_listed_with_its_line_and_remedy() -> None:
    bad = b"""\
version: 1
alpha: 0.9
modls: {}
models:
  intent:
    holdout: ../x
    slice: [a]
    metrics:
      - {name: accurcy, margin: 0.005}
      - {name: accuracy, margn: 1}
"""
    with pytest.raises(PolicyError) as caught:
        parse_policy(bad)
    said = str(caught.value)
    assert caught.value.code == Exit.USE
    assert "6 errors" in said
    assert "gate.yaml:2: alpha" in said
    assert "gate.yaml:3: modls: nothing has this name; did you mean `models`?" in said
    assert "gate.yaml:6: models.intent.holdout: must be a path inside the repository" in said
    assert "gate.yaml:7: models.intent.slice: nothing has this name; did you mean `slices`?" in said
    assert "gate.yaml:9: models.intent.metrics.0.name: no such metric; did you mean `accuracy`?" in said
    assert "gate.yaml:10: models.intent.metrics.1.margn: nothing has this name; did you mean `margin`?" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty or no mapping"),
        (b"- a\n- b\n", "empty or no mapping"),
        (b"version: 1\nmodels: [", "not YAML"),
        (b"version: 1\nversion: 1\n", "not YAML"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"version: 2\n" + GOOD.split(b"\n", 1)[1], "version"),
        (GOOD.replace(b"0.005", b".nan"), "finite number"),
        (GOOD.replace(b"0.005", b"-0.1"), "greater than or equal to 0"),
        (GOOD.replace(b"accuracy, margin", b"mae, margin"), "no classification metric: mae"),
        (b"version: 1\nmodels: {}\n", "at least 1"),
        (b"version: 1\nmodels:\n  m: &a {holdout: x, metrics: *a}\n", "policy"),
        (b" " * 1_000_001, "larger than"),
    ],
)
def test_a_broken_policy_is_named_and_never_used(content: bytes, words: str) -> None:
    with pytest.raises(PolicyError, match=words):
        parse_policy(content)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: GOOD + text.encode("utf-8", "replace")))
def test_any_bytes_are_a_policy_or_a_policy_error(content: bytes) -> None:
    try:
        parse_policy(content)
    except PolicyError as error:
        assert error.what  # noqa: PT017 - either outcome is fine, a crash is not


def test_the_digest_is_of_the_bytes() -> None:
    assert digest(GOOD) != digest(GOOD + b"\n")
    assert len(digest(GOOD)) == 64
