"""Reads the section `ci` of a params.yaml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mergegate.errors import UseError
from mergegate.facts.ci import Ci
from mergegate.read.dvcyaml import load_yaml

if TYPE_CHECKING:
    from mergegate.read.git import Git

PARAMS_FILE = "params.yaml"


def ci_of(git: Git, sha: str = "") -> Ci:
    """What params.yaml says at a commit, or in the working tree; all defaults where it says nothing."""
    if sha:
        return parse_ci(git.show(sha, PARAMS_FILE), where=f"{PARAMS_FILE} at {sha[:12]}")
    own = git.root / PARAMS_FILE
    return parse_ci(own.read_bytes() if own.is_file() else None, where=PARAMS_FILE)


def parse_ci(content: bytes | None, *, where: str = PARAMS_FILE) -> Ci:
    """The section `ci` in `content`; raises `UseError` that lists everything that is wrong with it."""
    from pydantic import ValidationError

    if content is None or b"ci" not in content:
        return Ci()
    tree = load_yaml(content, where)
    if not isinstance(tree, dict) or tree.get("ci") is None:
        return Ci()
    try:
        return Ci.model_validate(tree["ci"])
    except ValidationError as error:
        said = [
            f"{'.'.join(str(part) for part in ('ci', *detail['loc']))}: {detail['msg']}"
            for detail in error.errors(include_url=False)
        ]
        raise UseError(
            f"the section `ci` is wrong: {'; '.join(said)}",
            where=where,
            do="docs/long-training.md says what stands in it",
        ) from None
