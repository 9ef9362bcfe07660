"""`mergegate compare`, and `from mergegate import compare`: two tables, no git, no DVC, the same engine."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mergegate.cli.examine import Setting, examine
from mergegate.errors import Exit, PolicyError, TableError
from mergegate.facts import Decision, Evidence, Policy, Revision, TableFile, Verdict
from mergegate.judge.levels import target_level
from mergegate.judge.verdict import decide

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DEFAULT_METRICS = {"classification": ("accuracy",), "ranking": ("auc",), "regression": ("mae",)}


def compare(
    base: str | Path,
    head: str | Path,
    policy: Policy | None = None,
    *,
    metrics: Sequence[str] = (),
    slices: Sequence[str] = (),
    **options: Any,
) -> Verdict:
    """The verdict on two tables of predictions (Parquet or CSV): no git, no DVC.

    By the first model of `policy`, whose quiz and shadow are left out; or by `metrics`, `slices` and, in `options`,
    what `mergegate compare` knows: `margin`, `alpha`, `task`, and the columns `id`, `label`, `prediction`, `score`,
    `positive`, `group`. Raises `TableError` for a table that cannot be evidence, `PolicyError` for wrong options.
    """
    if policy is None:
        settings = {"alpha": options.pop("alpha", 0.05), "margin": options.pop("margin", 0.0)}
        columns = {"task": "classification", **options}
        policy = policy_from(metrics=metrics, slices=slices, columns=columns, **settings)
    name, model = next(iter(policy.models.items()))
    bare = model.model_copy(update={"quiz": None, "shadow": None, "invariances": None, "target": model.target})
    alone = policy.model_copy(update={"models": {name: bare}})
    before, after = (_evidence(Path(path), bare.holdout) for path in (base, head))
    return decide(examine(alone, before, after, Setting(dt.datetime.now(dt.UTC).date(), target_level(alone))))


def policy_from(
    *, alpha: float, margin: float, metrics: Sequence[str], slices: Sequence[str], columns: Mapping[str, Any]
) -> Policy:
    """A policy made of command-line options; raises `PolicyError` for options that do not fit together."""
    from pydantic import ValidationError

    names = metrics or DEFAULT_METRICS.get(columns["task"], ("accuracy",))
    tree = {
        "version": 1,
        "alpha": alpha,
        "models": {
            "model": {
                "holdout": "predictions",
                "slices": slices,
                "metrics": [{"name": name, "margin": margin} for name in names],
                **{key: value for key, value in columns.items() if value is not None},
            }
        },
    }
    try:
        return Policy.model_validate(tree)
    except ValidationError as error:
        found = error.errors(include_url=False)
        found = [one for one in found if one["type"] != "too_short"] or found  # which a wrong item brings along
        said = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in found)
        raise PolicyError(f"the options do not fit: {said}", do="`mergegate compare --help` lists them") from None


def command(base: Path, head: Path, spec: Policy | Path, *, as_json: bool) -> Exit:
    """Print the verdict on two tables and return its exit code."""
    from mergegate.cli.out import EXITS, show
    from mergegate.cli.progress import steps

    if isinstance(spec, Path):
        from mergegate.read.policy import parse_policy

        if not spec.is_file():
            raise PolicyError("there is no such policy file", where=str(spec))
        policy = parse_policy(spec.read_bytes(), where=str(spec))
    else:
        policy = spec
    with steps() as say:
        say("comparing row by row")
        verdict = compare(base, head, policy)
    show(verdict, as_json=as_json)
    return EXITS[verdict.decision]


def _evidence(path: Path, name: str) -> Evidence:
    if not path.is_file():
        raise TableError("there is no such table", where=str(path), do="name a Parquet or CSV file of predictions")
    with path.open("rb") as stream:
        md5 = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    table = TableFile(name, path, md5, path.stat().st_size)
    return Evidence(Revision(str(path), md5), {name: table})


__all__ = ["DEFAULT_METRICS", "Decision", "command", "compare", "policy_from"]
