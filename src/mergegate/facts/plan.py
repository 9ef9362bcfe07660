"""What must run, why, and what then ran."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What will happen to a stage."""

    RUN = "will run"
    RESTORE = "restored from run cache"
    UNCHANGED = "unchanged"
    MAY_RUN = "may run"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause for a stage to run: a param, a file, its command, or an upstream stage."""

    kind: str
    """`param`, `file`, `library` (follows the file that pins it), `command`, `upstream`, `output`, `new`, `always`."""
    name: str
    """`params.yaml:train.C`, `src/intent/train.py`, `scikit-learn`, the upstream stage ..."""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class StagePlan:
    """One stage of the plan."""

    name: str
    action: Action
    reasons: tuple[Reason, ...] = ()
    upstream: tuple[str, ...] = ()
    """Names of the stages whose outputs it reads."""
    pulls: int = 0
    """Objects to bring from the remote for it."""
    bytes: int = 0
    runs_on: str = ""
    """The label of the runner that it wants; empty where any will do."""
    cml: tuple[str, ...] = ()
    """Options of `cml runner launch` that bring such a runner up."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The stages in the order in which they would run."""

    base: str
    head: str
    stages: tuple[StagePlan, ...]
    pulls: int = 0
    bytes: int = 0

    def count(self, *actions: Action) -> int:
        """How many stages have one of these actions."""
        return sum(stage.action in actions for stage in self.stages)


@dataclass(frozen=True, slots=True)
class StageRun:
    """What happened to one stage."""

    name: str
    outcome: str
    """`ran`, `restored`, `unchanged`, `skipped` (frozen), `scheduled` (left to the scheduled training)."""
    seconds: float = 0.0
    """Wall time of the stage's command; 0 where it did not run."""
    peak_bytes: int = 0
    """Largest resident set of the command and its children; 0 where unknown."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What `mergegate run` did."""

    stages: tuple[StageRun, ...]
    pulled: int = 0
    pulled_bytes: int = 0
    pushed: int = 0

    @property
    def ran(self) -> tuple[str, ...]:
        """Names of the stages whose command was executed."""
        return tuple(stage.name for stage in self.stages if stage.outcome == "ran")

    @property
    def scheduled(self) -> tuple[str, ...]:
        """Names of the stages that were left to the scheduled training, or need what it makes."""
        return tuple(stage.name for stage in self.stages if stage.outcome == "scheduled")
