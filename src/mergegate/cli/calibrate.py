"""`mergegate calibrate`: what this policy would do on this holdout, with models that are alike and with worse ones."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mergegate.cli.gather import base_evidence, tables_of, workspace_evidence
from mergegate.cli.progress import steps
from mergegate.cli.run import progress
from mergegate.contrast.calibrate import false_blocks, power
from mergegate.contrast.noise import as_recipe
from mergegate.contrast.scores import compare_scores
from mergegate.contrast.simulate import World, alike
from mergegate.errors import Exit, PolicyError, UseError
from mergegate.facts import Revision, TableFile
from mergegate.facts.calibration import Calibration, Rows
from mergegate.facts.exam import Exam, ModelExam
from mergegate.judge.levels import comparison_alpha, would_block
from mergegate.read.git import Git, open_repository
from mergegate.read.noise import parse_noise
from mergegate.read.policy import POLICY_FILE, parse_policy
from mergegate.read.quiz import read_quiz
from mergegate.read.tables import pair
from mergegate.report.curve import svg, table, tree, vega_lite
from mergegate.report.escape import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mergegate.facts import Evidence, Joint, ModelPolicy, Policy, Quiz
    from mergegate.facts.noise import Noise

SEED = 20_261_123
_NOBODY = Revision("simulated", "0" * 40)
DISAGREEMENT = 0.05
"""Share of rows that is made to differ where base and head do not."""
POWER_SHARE = 10
"""One repetition of a drop for so many of the false-block rate: it is read off a curve, not held to a limit."""


@dataclass(frozen=True, slots=True)
class CalibrateOptions:
    """What was asked for."""

    base: str | None = None
    repetitions: int = 2000
    disagreement: float | None = None
    out: Path = Path("calibration")
    json: bool = False


@dataclass(frozen=True, slots=True)
class _Subject:
    """One model of the policy and the ground on which it is simulated."""

    policy: ModelPolicy
    world: World
    rows: Rows
    quiz: Quiz | None
    noise: Noise | None


def calibrate(start: Path, options: CalibrateOptions) -> Exit:
    """Simulate, print the table, write calibration.json, the picture and its specification."""
    git = open_repository(start)
    base = git.resolve(options.base) if options.base else git.default_base()
    policy = _policy(git, base.sha)
    before, after = base_evidence(git, base, tables_of(policy)), workspace_evidence(git, tables_of(policy))
    subjects = {
        name: subject
        for name, model in sorted(policy.models.items())
        if (subject := _subject(git, name, model, (before, after), options.disagreement)) is not None
    }
    if not subjects:
        raise UseError("no model of the policy has predictions to simulate with", do="`mergegate run` first")
    with steps() as say:
        say(f"simulating {options.repetitions:,} pull requests of each kind")
        found = _simulated(_bare(policy, subjects), subjects, options.repetitions)
    _write(found, options.out)
    print(json.dumps(tree(found), indent=1) if options.json else table(found))
    if not options.json:
        print(f"written to {options.out}: calibration.json, calibration.svg, calibration.vl.json")
    return Exit.FINE


def _policy(git: Git, sha: str) -> Policy:
    own = git.root / POLICY_FILE
    content = own.read_bytes() if own.is_file() else git.show(sha, POLICY_FILE)
    if content is None:
        raise PolicyError(f"there is no {POLICY_FILE}", where=str(git.root), do="docs/policy.md says what it holds")
    return parse_policy(content)


def _subject(
    git: Git, name: str, model: ModelPolicy, evidence: tuple[Evidence, Evidence], psi: float | None
) -> _Subject | None:
    before, after = (side.tables[model.holdout] for side in evidence)
    first = before if isinstance(before, TableFile) else after
    if not isinstance(first, TableFile):
        return None
    second = after if isinstance(after, TableFile) else first
    if psi is None and first.md5 == second.md5:
        psi = DISAGREEMENT
    if psi is not None:
        model, second = _countable(name, model), first
    joint = pair(first.path, second.path, model)
    units = joint if joint.grouped else joint.sampled
    assert units is not None  # noqa: S101 - rows that are independent are sampled
    noise = _noise(git, model)
    rows = Rows(
        name,
        units.counts[0].n if units.counts and not joint.grouped else joint.n if joint.grouped else _drawn(units),
        joint.n,
        units.counts[0].clusters if joint.grouped and units.counts else None,
        len(compare_scores(name, model, joint)[0].comparisons),
        psi,
        "this recipe" if noise else "this artefact",
    )
    return _Subject(model, World(units, grouped=joint.grouped, psi=psi), rows, _quiz(name, model, evidence), noise)


def _drawn(units: Joint) -> int:
    return next((int(tables[0].n.sum()) for tables in units.moments.values()), 0)


def _countable(name: str, model: ModelPolicy) -> ModelPolicy:
    """The metrics of right and wrong answers: made-up answers have no scores."""
    from mergegate.facts.joint import loss_name

    ranked = {"auc", "average_precision", "ece"}
    kept = tuple(one for one in model.metrics if one.name not in ranked and loss_name(one.name, one.quantile) is None)
    if not kept:
        raise UseError(
            f"{name} is judged by scores alone, and there is no second table to take a disagreement from",
            where=POLICY_FILE,
            do="call it on a branch whose predictions differ from base's",
        )
    left_out = [one.name for one in model.metrics if one not in kept]
    if left_out:
        print(f"· {clean(name)}: {', '.join(left_out)} left out, as made-up answers have no scores", file=sys.stderr)
    return model.model_copy(update={"metrics": kept})


def _noise(git: Git, model: ModelPolicy) -> Noise | None:
    file = git.root / model.noise if model.noise and model.judges_recipe else None
    return parse_noise(file.read_bytes(), file) if file is not None and file.is_file() else None


def _quiz(name: str, model: ModelPolicy, evidence: tuple[Evidence, Evidence]) -> Quiz | None:
    if model.quiz is None:
        return None
    found = [side.tables[model.quiz.table] for side in evidence]
    paths = [one.path for one in found if isinstance(one, TableFile)]
    return read_quiz(paths[0], paths[-1], name, model.quiz, model) if paths else None


def _bare(policy: Policy, subjects: Mapping[str, _Subject]) -> Policy:
    return policy.model_copy(update={"models": {name: one.policy for name, one in subjects.items()}})


def _simulated(policy: Policy, subjects: Mapping[str, _Subject], repetitions: int) -> Calibration:
    rng = np.random.default_rng(SEED)
    evidence = _Judge(policy, subjects, rng)
    worlds = {name: one.world for name, one in subjects.items()}
    progress(f"{repetitions:,} pull requests in which nothing got worse")
    alike_ = false_blocks(worlds, evidence.blocks, repetitions, rng)
    worse = []
    for rate in power(worlds, evidence.blocks, max(repetitions // POWER_SHARE, 1), rng):
        progress(f"{rate.model} {rate.where} down {100 * rate.drop:g} points: {rate.rate:.0%} blocked")
        worse.append(rate)
    reserved = policy.alpha - comparison_alpha(policy)
    return Calibration(policy.alpha, reserved, SEED, tuple(one.rows for one in subjects.values()), alike_, tuple(worse))


@dataclass(frozen=True, slots=True)
class _Judge:
    """The gate's own comparison and levels, on made-up pairings."""

    policy: Policy
    subjects: Mapping[str, _Subject]
    rng: np.random.Generator

    def blocks(self, joints: Mapping[str, Joint]) -> bool:
        models = {name: self._exam(name, joint) for name, joint in joints.items()}
        return would_block(Exam(self.policy, _NOBODY, _NOBODY, models))

    def _exam(self, name: str, joint: Joint) -> ModelExam:
        subject = self.subjects[name]
        family, _ = compare_scores(name, subject.policy, joint)
        if subject.noise is not None:
            family = as_recipe(family, subject.noise)
        quiz = alike(subject.quiz, self.rng, subject.rows.psi) if subject.quiz else None
        return ModelExam(name, family, joint, quiz=quiz)


def _write(found: Calibration, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "calibration.json").write_text(json.dumps(tree(found), indent=1) + "\n", "utf-8")
    (folder / "calibration.vl.json").write_text(json.dumps(vega_lite(found), indent=1) + "\n", "utf-8")
    (folder / "calibration.svg").write_text(svg(found), "utf-8")
