"""The quick YAML reader says what DVC's own reader says."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from tests.tries import tries

from mergegate.errors import UseError
from mergegate.read.dvcyaml import load_yaml

PUZZLING = """
    yes no on off y n true True TRUE false null Null ~ .inf -.inf .nan .NaN 1e3 1E-3 1.e+3 .5 +.5 012 0o12 0x1F 1_000
    1:30 1:30.5 2024-01-01 2024-01-01T10:00:00 '' 'no' "1e3" - = <<x -0 +1 0.0 1. 1e400 0b101
""".split()  # noqa: SIM905 - a list would fill the screen

SCALARS = st.one_of(
    st.from_regex(r"[-+]?[0-9_.]{1,6}([eE][-+]?[0-9]{1,2})?", fullmatch=True),
    st.from_regex(r"[-+]?0[box][0-9a-fA-F_]{1,4}", fullmatch=True),
    st.sampled_from(PUZZLING),
    st.text(alphabet="abcDEF019_-./+", min_size=1, max_size=8).filter(lambda text: not text.startswith("-")),
)


def same(ours: object, theirs: object) -> bool:
    if isinstance(ours, float) and isinstance(theirs, float) and math.isnan(ours):
        return math.isnan(theirs)
    return type(ours) is type(theirs) and ours == theirs


@settings(max_examples=tries(50, 1_000), deadline=None)
@given(SCALARS)
@example("0_")
@example("-0b1")
def test_every_scalar_has_the_type_and_value_that_dvc_sees(text: str) -> None:
    document = f"key: {text}\n"
    try:
        theirs = YAML(typ="safe", pure=True).load(document)
    except (YAMLError, ValueError, TypeError, IndexError, NotImplementedError):
        return
    assert same(load_yaml(document, "x.yaml")["key"], theirs["key"]), theirs


@settings(max_examples=tries(30, 300), deadline=None)
@given(
    st.recursive(
        st.sampled_from(["1", "a b", "no", "'x: y'", "1e3", '"tab\\t"', "[]", "{}"]),
        lambda inner: (
            st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
            | st.dictionaries(st.sampled_from(["a", "1", "b c", "no"]), inner, max_size=3).map(
                lambda items: "{" + ", ".join(f"{key}: {value}" for key, value in items.items()) + "}"
            )
        ),
        max_leaves=8,
    )
)
def test_structures_are_the_same(text: str) -> None:
    document = f"x: {text}\ny: &a {{k: 1}}\nz: {{<<: *a, l: 2}}\n"
    assert load_yaml(document, "x.yaml") == YAML(typ="safe", pure=True).load(document)


def test_an_empty_text_is_an_empty_mapping() -> None:
    assert load_yaml(b"", "x.yaml") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2\n", "x.yaml:2:1"),
        ("a: [1\n", "not valid YAML"),
        ("a: \t1: 2\n\t- x", "not valid YAML"),
        (b"a: \xff\n", "not valid YAML"),
        ("a: !!python/object/apply:os.system [x]\n", "not valid YAML"),
        ("? [a]\n: 1\n", "a key must be text"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str | bytes, said: str) -> None:
    with pytest.raises(UseError) as caught:
        load_yaml(text, "x.yaml")
    assert said in str(caught.value)
