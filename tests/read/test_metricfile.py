"""One number of a metrics file, in every format that DVC knows, and what is no number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergegate.read.metricfile import read_number


@pytest.mark.parametrize(
    ("name", "content", "key", "value"),
    [
        ("m.json", b'{"a": {"b": {"acc": 0.5}}}', "a.b.acc", 0.5),
        ("m.json", b'\xef\xbb\xbf{\n\t"acc": 1}', "acc", 1.0),
        ("m.json", b'{"a.b": 0.5, "a": {"c": 2}}', "a.b", 0.5),
        ("m.json", b'{"a": {"x": 1}, "a.b": {"c.d": 3}}', "a.b.c.d", 3.0),
        ("m.json", b'{"folds": [{"auc": 0.1}, {"auc": 0.2}]}', "folds.1.auc", 0.2),
        ("m.yaml", b"test:\n  f1: 1e-1\n", "test.f1", 0.1),
        ("m.yml", b"{loss: 2}", "loss", 2.0),
        ("m.toml", b"[test]\nrmse = 3.5\n", "test.rmse", 3.5),
        ("metrics", b"acc: 0.7\n", "acc", 0.7),
        ("m.csv", b"epoch,acc\n0,0.1\n1,0.2\n\n", "acc", 0.2),
        ("dvclive/plots/metrics/acc.tsv", b"step\tacc\n0\t0.5\n1\t0.75\n", "acc", 0.75),
    ],
)
def test_a_number_is_found_in_every_format(name: str, content: bytes, key: str, value: float) -> None:
    assert read_number(content, name, key).value == value


@pytest.mark.parametrize(
    ("name", "content", "key", "why"),
    [
        ("m.json", b'{"acc": 1}', "auc", "m.json has no auc"),
        ("m.json", b'{"acc": {"x": 1}}', "acc", "it is a mapping"),
        ("m.json", b'{"acc": "0.9"}', "acc", "it is the text '0.9'"),
        ("m.json", b'{"acc": true}', "acc", "it is true or false"),
        ("m.json", b'{"acc": null}', "acc", "it is empty"),
        ("m.json", b'{"acc": [1]}', "acc", "it is a list"),
        ("m.json", b'{"acc": NaN}', "acc", "no finite number"),
        ("m.json", b'{"acc": 1' + b"0" * 400 + b"}", "acc", "no finite number"),
        ("m.json", b'{"acc": 1, "acc": 0}', "acc", "stands twice"),
        ("m.json", b"[" * 100_000, "acc", "cannot be read"),
        ("m.json", b"{", "acc", "it is no JSON"),
        ("m.yaml", b"a: [", "a", "cannot be read"),
        ("m.yaml", b"acc: .nan", "acc", "no finite number"),
        ("m.toml", b"acc = ", "acc", "it is no TOML"),
        ("m.csv", b"acc\n", "acc", "it has no row"),
        ("m.csv", b"acc,acc\n1,2\n", "acc", "stands twice"),
        ("m.csv", b"acc\nhigh\n", "acc", "it is the text 'high'"),
        ("m.csv", b"acc\n\xff\n", "acc", "not UTF-8"),
        ("m.json", b" " * 20_000_001, "acc", "larger than"),
    ],
)
def test_what_is_no_number_is_said_to_be_none(name: str, content: bytes, key: str, why: str) -> None:
    found = read_number(content, name, key)
    assert found.value is None
    assert why in found.why


@given(
    st.binary(max_size=200),
    st.sampled_from(["m.json", "m.yaml", "m.toml", "m.csv", "m.tsv", "m"]),
    st.text("abc.01", min_size=1, max_size=8),
)
def test_no_content_is_anything_but_a_number_or_a_reason(content: bytes, name: str, key: str) -> None:
    found = read_number(content, name, key)
    assert (found.value is None) == bool(found.why)
