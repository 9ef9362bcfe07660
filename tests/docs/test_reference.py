"""The policy reference and the schemas are those of the program, and real files fit them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from scripts.reference import DOCS, files
from tests.docs.blocks import ROOT
from tests.report import verdicts

from mergegate.cli.schema import schema_of
from mergegate.errors import UseError
from mergegate.report.jsonfile import to_json


@pytest.mark.parametrize("name", sorted(files()))
def test_what_is_made_from_the_types_is_current(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == files()[name], "call `make docs`"


def plain(path: Path) -> object:
    """A YAML file as JSON has it: dates are text."""
    return json.loads(json.dumps(yaml.safe_load(path.read_text("utf-8")), default=str))


def test_the_policy_of_this_repository_fits_the_schema_and_a_mistake_does_not() -> None:
    validator = Draft202012Validator(schema_of("gate"))
    Draft202012Validator.check_schema(schema_of("gate"))
    policy = plain(ROOT / "gate.yaml")
    validator.validate(policy)
    assert isinstance(policy, dict)
    assert not validator.is_valid({**policy, "alfa": 0.05})
    assert not validator.is_valid({**policy, "alpha": 2})
    assert not validator.is_valid({key: value for key, value in policy.items() if key != "version"})


def test_a_verdict_fits_the_published_schema() -> None:
    published = json.loads((DOCS / "schemas/verdict.schema.json").read_text("utf-8"))
    Draft202012Validator(published).validate(json.loads(to_json(verdicts.blocked())))


@pytest.mark.slow
def test_the_command_prints_what_is_published_and_names_the_others() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mergegate", "schema", "gate"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == (DOCS / "schemas/gate.schema.json").read_text("utf-8")
    with pytest.raises(UseError, match="no schema 'gates'"):
        schema_of("gates")


def test_a_key_that_is_called_title_is_kept() -> None:
    """Only pydantic's own titles go."""
    from mergegate.cli.schema import _untitled

    made = {"title": "Policy", "properties": {"title": {"title": "Title", "type": "string"}}}
    assert _untitled(made) == {"properties": {"title": {"type": "string"}}}
