"""`mergegate noise`: trains a recipe again with other seeds and keeps how much that moves each metric."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mergegate.cli.run import progress
from mergegate.contrast.noise import spreads
from mergegate.errors import Exit, PolicyError, UseError
from mergegate.facts.noise import Noise
from mergegate.read.git import open_repository
from mergegate.read.noise import noise_document
from mergegate.read.policy import POLICY_FILE, parse_policy
from mergegate.read.tables import pair

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mergegate.facts import ModelPolicy, Policy
    from mergegate.rerun.seeds import SeedRun


@dataclass(frozen=True, slots=True)
class NoiseOptions:
    """What was asked for."""

    model: str | None = None
    seeds: int = 5
    param: str | None = None
    jobs: int = 1
    json: bool = False


def noise(start: Path, options: NoiseOptions) -> Exit:
    """Measure the training noise of the committed recipe, and write it where the policy says."""
    from mergegate.rerun.seeds import SeedRuns, trained_with

    git = open_repository(start)
    name, model = _model(_policy(git.root), options.model)
    param, file = _named(name, model, options.param)
    head = git.workspace()
    if head.dirty:
        print("· the commit is measured, without what is uncommitted here", file=sys.stderr)
    wanted = SeedRuns(head.sha, model.holdout, param, tuple(range(1, options.seeds + 1)), options.jobs)
    with trained_with(git.root, wanted, progress) as runs:
        joints = [pair(runs[0].table, run.table, model) for run in runs]
        found = Noise(name, param, head.sha, wanted.seeds, _distinct(runs), spreads(name, model, joints))
    text = json.dumps(noise_document(found), indent=1, ensure_ascii=False) + "\n"
    path = git.root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    print(text if options.json else "\n".join(_told(found, file)), end="" if options.json else "\n")
    return Exit.FINE


def _policy(root: Path) -> Policy:
    own = root / POLICY_FILE
    if not own.is_file():
        raise PolicyError(f"there is no {POLICY_FILE}", where=str(root), do="docs/policy.md says what stands in it")
    return parse_policy(own.read_bytes())


def _model(policy: Policy, name: str | None) -> tuple[str, ModelPolicy]:
    known = ", ".join(sorted(policy.models))
    if name is None and len(policy.models) == 1:
        return next(iter(policy.models.items()))
    if name is None:
        raise UseError("the policy has several models", where=POLICY_FILE, do=f"name one of: {known}")
    if name not in policy.models:
        raise UseError(f"the policy has no model {name!r}", where=POLICY_FILE, do=f"name one of: {known}")
    return name, policy.models[name]


def _named(name: str, model: ModelPolicy, param: str | None) -> tuple[str, str]:
    """The param of the seed and the file for the result."""
    if model.noise is None:
        raise PolicyError(
            f"the policy names no file for the training noise of {name}",
            where=f"{POLICY_FILE}, models.{name}",
            do=f"add `noise: metrics/{name}/noise.json` there",
        )
    chosen = param or model.seed
    if chosen is None:
        raise UseError(
            f"nobody says which param holds the seed of {name}",
            where=f"{POLICY_FILE}, models.{name}",
            do="add `seed: params.yaml:train.seed` there, or call with `--param params.yaml:train.seed`",
        )
    if ":" not in chosen.strip(":"):
        raise UseError(f"{chosen!r} names no param", do="write the file and the key: `params.yaml:train.seed`")
    return chosen, model.noise


def _distinct(runs: Sequence[SeedRun]) -> int:
    return len({run.md5 for run in runs})


def _told(noise: Noise, file: str) -> list[str]:
    overall = [one for one in noise.spreads if one.slice.overall]
    lines = [f"{one.metric}: {one.mean:.4f}, give or take {one.sigma:.2g} between seeds" for one in overall]
    if noise.distinct == 1:
        lines.append(f"this recipe has no training noise: all {len(noise.seeds)} seeds gave the same predictions")
    elif not any(one.sigma for one in noise.spreads):
        lines.append(f"this recipe has no training noise in these metrics: all {len(noise.seeds)} seeds gave the same")
    slices = len(noise.spreads) - len(overall)
    lines.append(f"{len(noise.seeds)} seeds at {noise.revision[:12]}, {slices} slices; written to {file}: commit it")
    return lines
