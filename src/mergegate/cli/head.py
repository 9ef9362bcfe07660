"""Head's evidence: of the working tree, or of what another job left for the judge."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mergegate.cli.cost import model_paths
from mergegate.cli.gather import demand_not_frozen, left_to_schedule, tables_of, workspace_evidence
from mergegate.cli.reruns import candidate_here
from mergegate.cli.split import watch_handed, watch_workspace, watched_tables
from mergegate.errors import SurroundingsError, UseError
from mergegate.facts import Action, Evidence, Plan, RunRecord, TableFile
from mergegate.facts.intact import Intact
from mergegate.read.policy import POLICY_FILE, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from mergegate.cli.changes import Changes
    from mergegate.cli.reruns import Candidate, Reruns
    from mergegate.facts import ModelPolicy, Policy
    from mergegate.facts.exam import Reevaluation


@dataclass(frozen=True, slots=True)
class Head:
    """Head's evidence and how it came about."""

    evidence: Evidence
    plan: Plan | None
    run: RunRecord | None
    policy_digest: str
    handed: bool
    reevaluations: Mapping[str, tuple[Reevaluation, ...]]
    files: Mapping[str, TableFile]
    """The model files whose cost is asked for, by path; in the judge every file that was handed over."""
    candidate: Callable[[ModelPolicy], Candidate]
    """The model that the pull request brings for a model of the policy."""
    intact: Intact = field(default_factory=Intact)
    """What the judge sees of what the pull request does to its own judge."""


def of_workspace(policy: Policy, changes: Changes | None, reruns: Reruns) -> Head:
    """The working tree's, as it lies there; raises `UseError` where it has changes that were not run."""
    from mergegate.rerun.plan import make_plan

    git, base = reruns.git, reruns.base
    plan = make_plan(git.root)
    stale = [stage.name for stage in plan.stages if stage.action in {Action.RUN, Action.RESTORE, Action.MAY_RUN}]
    if stale:
        raise UseError(
            f"the working tree has changes that were not run: {', '.join(stale[:8])}{' ...' if stale[8:] else ''}",
            where=str(git.root),
            do="`mergegate run` first; `mergegate plan` says why",
        )
    demand_not_frozen(git, plan, [*tables_of(policy), *(one.file for one in policy.metrics)])
    own = git.root / POLICY_FILE
    content = own.read_bytes() if own.is_file() else b""
    evidence = watch_workspace(git, base.sha, policy, workspace_evidence(git, tables_of(policy)))
    found = workspace_evidence(git, model_paths(policy)).tables if model_paths(policy) else {}
    return Head(
        evidence, plan, None, digest(content), handed=False, reevaluations={},
        files={path: file for path, file in found.items() if isinstance(file, TableFile)},
        candidate=lambda model: candidate_here(git, changes, model),
    )  # fmt: skip


def of_handover(policy: Policy, folder: Path, changes: Changes | None, reruns: Reruns) -> Head:
    """What lies in `folder`; raises `SurroundingsError` where the pull request's run failed."""
    from mergegate.cli.again import HandedModels, run_again
    from mergegate.cli.intact import look_at
    from mergegate.read.handover import evidence_of, files_of, plan_of, read_handover, record_of

    handed = read_handover(folder)
    if handed.failed:
        raise SurroundingsError(
            f"the pull request's run failed: {handed.failed.what}", where=handed.failed.where, do=handed.failed.do
        )
    git, base, run = reruns.git, reruns.base, record_of(handed)
    models = HandedModels(handed, folder, changes)
    wanted = [*tables_of(policy), *watched_tables(policy)]
    evidence = watch_handed(git, base.sha, policy, evidence_of(folder, handed, wanted), handed)
    evidence = left_to_schedule(git, base, evidence, run)
    return Head(
        evidence, plan_of(handed), run, handed.policy_digest, handed=True,
        files=files_of(folder, handed),
        reevaluations=run_again(reruns, policy, models), candidate=models.candidate,
        intact=look_at(reruns, policy, models),
    )  # fmt: skip
