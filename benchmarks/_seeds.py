"""Recipes whose result depends on the seed: pull requests in which nothing changed but luck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks._planted import code
from benchmarks._scratch import TRAINED, Job, Scratch

from mergegate.contrast.noise import spreads
from mergegate.facts.noise import Noise
from mergegate.read.tables import pair

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks._planted import Edit

    from mergegate.facts import Policy

PAIRS = 20
NOISE_SEEDS = (901, 902, 903, 904, 905)
"""As many as `mergegate noise` trains by default; none of them is in a pair."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A recipe."""

    name: str
    story: str
    edit: Edit

    @property
    def seeds(self) -> tuple[int, ...]:
        """Two for each pair, and those of the noise."""
        return (*range(2 * PAIRS), *NOISE_SEEDS)


def _nothing(clone: Path) -> None:
    """The recipe of main."""


def _descent(clone: Path) -> None:
    """Another fit of the same linear model, whose luck matters."""
    fits = "LinearSVC(C=how.C, max_iter=how.iterations, random_state=how.seed)"
    descends = "SGDClassifier(alpha=6e-6, average=True, max_iter=20, tol=None, random_state=how.seed)"
    code("src/intent/train.py", fits, descends)(clone)
    code("src/intent/train.py", "from sklearn.svm import LinearSVC", "from sklearn.linear_model import SGDClassifier")(
        clone
    )


ARMS = (
    Arm("main's recipe", "train.seed changes; the fit converges, so that nothing else does", _nothing),
    Arm("stochastic gradient descent",
        "averaged over 20 passes in the order that the seed draws: as accurate as main, no two alike", _descent),
)  # fmt: skip

_SEED = "\n  seed: {}\n"
"""Of `train`, two spaces deep: loan's own seed lies deeper."""


def trained(scratch: Scratch, arm: Arm, folder: Path, population: Path) -> dict[int, Path]:
    """The evidence of every seed of `arm`; what is there already is used again."""
    folders = {seed: folder / str(seed) for seed in arm.seeds}
    missing = [seed for seed, kept in folders.items() if not (kept / "population.parquet").is_file()]
    if missing:
        scratch.plant(arm.edit)
        params = (scratch.root / "params.yaml").read_text(encoding="utf-8")
        assert params.count(_SEED.format(7)) == 1
        stopped = scratch.run([
            Job(folders[seed], params.replace(_SEED.format(7), _SEED.format(seed)), TRAINED, population)
            for seed in missing
        ])  # fmt: skip
        assert stopped == [None] * len(missing), stopped
    return folders


def measured_noise(policy: Policy, model: str, arm: Arm, folders: dict[int, Path]) -> Noise:
    """What `mergegate noise` keeps of a recipe, from five trainings that are in no pair."""
    tables = [folders[seed] / "holdout.parquet" for seed in NOISE_SEEDS]
    joints = [pair(tables[0], table, policy.models[model]) for table in tables]
    distinct = len({table.read_bytes() for table in tables})
    return Noise(
        model, "params.yaml:train.seed", arm.name, NOISE_SEEDS, distinct, spreads(model, policy.models[model], joints)
    )
