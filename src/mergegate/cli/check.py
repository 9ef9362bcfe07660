"""`mergegate check`: evidence of both, comparison, verdict, report."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.cli.annotate import mark, on_github
from mergegate.cli.changed import tell_changes
from mergegate.cli.changes import Changes, changes_of
from mergegate.cli.cost import Ran, costs_of, model_paths
from mergegate.cli.examine import Setting, examine
from mergegate.cli.gather import (
    base_evidence,
    base_noise,
    demand_not_frozen,
    left_to_schedule,
    tables_of,
    workspace_evidence,
)
from mergegate.cli.history import record, reuse_of
from mergegate.cli.out import EXITS, keep_out_of_git, show, write
from mergegate.cli.pictures import pictures_of
from mergegate.cli.progress import steps
from mergegate.cli.reruns import Reruns, candidate_here
from mergegate.cli.split import watch_handed, watch_workspace, watched_tables, with_splits
from mergegate.cli.transfer import Sources, with_transfers
from mergegate.contrast.cost import cost_notes
from mergegate.errors import Exit, PolicyError, SurroundingsError, UseError
from mergegate.facts import Action, Evidence, Plan, RunRecord, TableFile
from mergegate.facts.intact import Intact
from mergegate.judge.levels import target_level
from mergegate.judge.verdict import decide
from mergegate.read.git import Git, open_repository
from mergegate.read.policy import POLICY_FILE, digest, parse_policy
from mergegate.read.retraining import retraining_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mergegate.cli.changed import Told
    from mergegate.cli.reruns import Candidate
    from mergegate.facts import ModelPolicy, Policy, Revision, Verdict
    from mergegate.facts.exam import Reevaluation
    from mergegate.facts.waiver import Acceptance


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


REPORT = Path("report")
"""Where the report is written unless another folder is named."""


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What was asked for."""

    base: str | None = None
    head: str | None = None
    evidence: Path | None = None
    out: Path = REPORT
    json: bool = False
    record: bool = False
    """Write the merge down in the history: for main, after a merge."""
    attempt: int = 1
    """1 until a head of this pull request is blocked; then each other head that is judged is one attempt more."""
    waiver: Path | None = None
    """What the judge's job found of an owner's acceptance."""
    junit: Path | None = None
    """Write the verdict as JUnit XML there, too."""
    annotations: bool = False
    """Print workflow commands that mark the lines which may have caused a finding."""
    plots: bool = False
    """Draw the pictures of report.html, which costs a second and needs the extra `plots`."""


def check(start: Path, options: CheckOptions) -> Exit:
    """Judge the working tree, or a hand-over, against base; write the report, print it, return the exit code."""
    if options.record and options.evidence:
        raise UseError("only main writes down its own merges", do="leave `--record` or `--evidence` out")
    git = open_repository(start)
    revision = git.named(git.resolve(options.base)) if options.base else git.default_base()
    with Reruns(git, revision) as reruns, steps() as say:
        judged = _judged(reruns, options, say)
    verdict = judged.verdict
    if options.out == REPORT:
        keep_out_of_git(options.out)
    write(verdict, options.out, options.junit, plots=options.plots)
    aloud = options.annotations or on_github()
    mark(verdict, judged.policy, judged.told, judged.changes, out=options.out, aloud=aloud)
    show(verdict, as_json=options.json, out=options.out)
    return EXITS[verdict.decision]


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict, and what it is marked by in the diff."""

    verdict: Verdict
    policy: Policy
    told: Told
    changes: Changes | None


def _judged(reruns: Reruns, options: CheckOptions, say: Callable[[str], None]) -> Judged:
    git, revision = reruns.git, reruns.base
    say("reading the change")
    policy, policy_digest = _policy(git, revision, handed=options.evidence is not None)
    changes = _changes(git, revision, options)
    head = (
        _handed(policy, options.evidence, changes, reruns) if options.evidence else _workspace(policy, changes, reruns)
    )
    say(f"reading the predictions of {revision.name}")
    before = base_evidence(git, revision, tables_of(policy))
    if any(model.release for model in policy.models.values()):
        from mergegate.cli.registered import demand_as_registered

        judged = (*before.tables.values(), *head.evidence.tables.values(), *head.files.values())
        demand_as_registered(git, policy, judged)
    setting = Setting(
        day=dt.datetime.now(dt.UTC).date(),
        target_level=target_level(policy),
        distrust_head=head.handed,
        policy_digest=policy_digest,
        policy_changed=changes.touches(POLICY_FILE) if changes and head.handed else head.policy_digest != policy_digest,
        reevaluations=head.reevaluations,
        attempt=options.attempt,
        acceptance=_acceptance(git, options),
        costs=costs_of(git, revision, policy, Ran(head.run, head.handed, head.files)),
        noise=base_noise(git, revision, policy),
        reuse=reuse_of(git, revision, policy, (before, head.evidence)),
    )
    say("comparing row by row")
    exam = with_splits(examine(policy, before, head.evidence, setting), git, revision, (before, head.evidence))
    exam = replace(exam, intact=head.intact, retraining=retraining_of(git, revision.sha, setting.day))
    exam = with_transfers(exam, Sources(before, head.evidence, head.candidate, reruns))
    if policy.data.tables:
        from mergegate.cli.data import DataFiles, Handed, examine_data

        say("comparing the data")
        handed = Handed(head.files, changes.head.sha if changes else "") if head.handed else None
        exam = examine_data(exam, DataFiles(git, revision.sha, handed), (before, head.evidence), head.run)
    if any(model.criteria for model in policy.models.values()):
        from mergegate.cli.criteria import Texts, with_criteria

        texts = Texts(git, revision, head.files if head.handed else None, changes)
        exam = with_criteria(exam, texts, (before, head.evidence), reruns)
    if policy.metrics:
        from mergegate.cli.metricfiles import Claims, with_metric_files

        claims = Claims(head.files, changes.head.sha if changes else "", head.run) if head.handed else None
        exam = with_metric_files(exam, git, claims)
    say("judging")
    verdict = decide(exam)
    say("finding out what changed")
    told = tell_changes(policy, (before, head.evidence), changes, verdict, mix=not head.handed and not options.record)
    notes = (*told.notes, *cost_notes(model.cost for _, model in sorted(exam.models.items()) if model.cost))
    verdict = replace(
        verdict, plan=head.plan, run=head.run, notes=notes, absent=(*verdict.absent, *told.absent),
        pictures=pictures_of(git, revision, policy, exam, verdict),
    )  # fmt: skip
    if options.record:
        record(git, policy, (before, head.evidence), verdict, setting.day)
    return Judged(verdict, policy, told, changes)


def _acceptance(git: Git, options: CheckOptions) -> Acceptance | None:
    """What was found of an owner's acceptance; one of another commit than the named head is none."""
    if options.waiver is None:
        return None
    from mergegate.read.waiver import read_acceptance

    found = read_acceptance(options.waiver)
    named = git.resolve(options.head).sha if options.head else found.head
    if named != found.head:
        raise UseError(
            f"the waiver is of commit {found.head[:12] or 'none'}, and {named[:12]} is judged",
            where=str(options.waiver),
        )
    return found


def _policy(git: Git, base: Revision, *, handed: bool) -> tuple[Policy, str]:
    """Base's policy; where base has none yet, the working tree's (the pull request that introduces the gate)."""
    content, where = git.show(base.sha, POLICY_FILE), f"{POLICY_FILE} of {base.name}"
    own = git.root / POLICY_FILE
    if content is None and not handed and own.is_file():
        content, where = own.read_bytes(), POLICY_FILE
    if content is None:
        raise PolicyError(
            f"there is no {POLICY_FILE} at {base.name} ({base.sha[:12]})",
            where=str(git.root),
            do="write one and commit it; docs/policy.md says what stands in it",
        )
    return parse_policy(content, where=where), digest(content)


def _workspace(policy: Policy, changes: Changes | None, reruns: Reruns) -> Head:
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


def _changes(git: Git, base: Revision, options: CheckOptions) -> Changes | None:
    """What git knows of the pull request; None where only the hand-over can say (its commit was not named)."""
    if options.evidence is None:
        return changes_of(git, base, "HEAD")
    return changes_of(git, base, options.head) if options.head else None


def _handed(policy: Policy, folder: Path, changes: Changes | None, reruns: Reruns) -> Head:
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
