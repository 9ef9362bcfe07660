"""`mergegate check`: evidence of both, comparison, verdict, report."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.cli.annotate import mark, on_github
from mergegate.cli.changed import tell_changes
from mergegate.cli.changes import Changes, changes_of
from mergegate.cli.cost import Ran, costs_of
from mergegate.cli.examine import Setting, examine
from mergegate.cli.gather import base_evidence, base_noise, tables_of
from mergegate.cli.head import of_handover, of_workspace
from mergegate.cli.history import record, reuse_of
from mergegate.cli.out import EXITS, keep_out_of_git, show, write
from mergegate.cli.pictures import pictures_of
from mergegate.cli.progress import steps
from mergegate.cli.reruns import Reruns
from mergegate.cli.split import with_splits
from mergegate.cli.transfer import Sources, with_transfers
from mergegate.contrast.cost import cost_notes
from mergegate.errors import Exit, PolicyError, UseError
from mergegate.judge.levels import target_level
from mergegate.judge.verdict import decide
from mergegate.read.git import Git, open_repository
from mergegate.read.policy import POLICY_FILE, digest, parse_policy
from mergegate.read.retraining import retraining_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mergegate.cli.changed import Told
    from mergegate.cli.head import Head
    from mergegate.facts import Evidence, Policy, Revision, Verdict
    from mergegate.facts.exam import Exam
    from mergegate.facts.waiver import Acceptance


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


@dataclass(frozen=True, slots=True)
class Both:
    """What is compared, and by which policy."""

    policy: Policy
    before: Evidence
    head: Head
    changes: Changes | None

    @property
    def evidence(self) -> tuple[Evidence, Evidence]:
        """Base's and head's."""
        return self.before, self.head.evidence

    @property
    def commit(self) -> str:
        """Head's commit; empty where nobody named it."""
        return self.changes.head.sha if self.changes else ""


def _judged(reruns: Reruns, options: CheckOptions, say: Callable[[str], None]) -> Judged:
    git, revision = reruns.git, reruns.base
    say("reading the change")
    policy, policy_digest = _policy(git, revision, handed=options.evidence is not None)
    changes = _changes(git, revision, options)
    head = (
        of_handover(policy, options.evidence, changes, reruns)
        if options.evidence
        else of_workspace(policy, changes, reruns)
    )
    say(f"reading the predictions of {revision.name}")
    both = Both(policy, base_evidence(git, revision, tables_of(policy)), head, changes)
    _demand_as_registered(git, both)
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
        reuse=reuse_of(git, revision, policy, both.evidence),
    )
    exam = _examined(both, setting, reruns, say)
    say("judging")
    verdict = decide(exam)
    say("finding out what changed")
    told = tell_changes(policy, both.evidence, changes, verdict, mix=not head.handed and not options.record)
    notes = (*told.notes, *cost_notes(model.cost for _, model in sorted(exam.models.items()) if model.cost))
    verdict = replace(
        verdict, plan=head.plan, run=head.run, notes=notes, absent=(*verdict.absent, *told.absent),
        pictures=pictures_of(git, revision, policy, exam, verdict),
    )  # fmt: skip
    if options.record:
        record(git, policy, both.evidence, verdict, setting.day)
    return Judged(verdict, policy, told, changes)


def _demand_as_registered(git: Git, both: Both) -> None:
    """No file that is judged has the MD5 of a registered one and another SHA-256."""
    if any(model.release for model in both.policy.models.values()):
        from mergegate.cli.registered import demand_as_registered

        tables = (table for evidence in both.evidence for table in evidence.tables.values())
        demand_as_registered(git, both.policy, (*tables, *both.head.files.values()))


def _examined(both: Both, setting: Setting, reruns: Reruns, say: Callable[[str], None]) -> Exam:
    """All comparisons that the policy asks for; a part that it leaves out is not even imported."""
    git, revision, policy, head, evidence = reruns.git, reruns.base, both.policy, both.head, both.evidence
    say("comparing row by row")
    exam = with_splits(examine(policy, *evidence, setting), git, revision, evidence)
    exam = replace(exam, intact=head.intact, retraining=retraining_of(git, revision.sha, setting.day))
    exam = with_transfers(exam, Sources(*evidence, head.candidate, reruns))
    if policy.data.tables:
        from mergegate.cli.data import DataFiles, Handed, examine_data

        say("comparing the data")
        handed = Handed(head.files, both.commit) if head.handed else None
        exam = examine_data(exam, DataFiles(git, revision.sha, handed), evidence, head.run)
    if any(model.criteria for model in policy.models.values()):
        from mergegate.cli.criteria import Texts, with_criteria

        texts = Texts(git, revision, head.files if head.handed else None, both.changes)
        exam = with_criteria(exam, texts, evidence, reruns)
    if policy.metrics:
        from mergegate.cli.metricfiles import Claims, with_metric_files

        claims = Claims(head.files, both.commit, head.run) if head.handed else None
        exam = with_metric_files(exam, git, claims)
    return exam


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


def _changes(git: Git, base: Revision, options: CheckOptions) -> Changes | None:
    """What git knows of the pull request; None where only the hand-over can say (its commit was not named)."""
    if options.evidence is None:
        return changes_of(git, base, "HEAD")
    return changes_of(git, base, options.head) if options.head else None
