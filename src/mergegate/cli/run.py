"""`mergegate run`: runs what changed, publishes it, hands it over."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from mergegate.errors import Exit, MergegateError, UseError
from mergegate.read.git import Git, open_repository
from mergegate.report.escape import clean

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mergegate.facts import Plan, RunRecord


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What was asked for."""

    base: str | None = None
    push: bool = False
    evidence: Path | None = None
    jobs: int = 1
    json: bool = False
    until: str | None = None
    leave_training: bool = False
    """Leave it to the schedule where params.yaml says so; a run for a pull request always does, and asks base."""


def run(start: Path, options: RunOptions) -> Exit:
    """Run the changed stages; a failure is handed over, too, so that the judge can say why there is no evidence."""
    if options.until and (options.push or options.evidence):
        raise UseError("a part of the pipeline is neither published nor handed over", do="leave `--until` out")
    git = open_repository(start)
    base = git.resolve(options.base).sha if options.base else None
    if options.evidence is None:
        _tell(_run(git, options), as_json=options.json)
        return Exit.FINE
    from mergegate.rerun.handover import write_failure
    from mergegate.rerun.plan import make_plan

    base = base or git.default_base().sha
    try:
        plan = make_plan(git.root, options.base, whole=True)
        record = _run(git, options, base)
        _hand_over(git, base, options.evidence, (plan, record))
    except MergegateError as error:
        write_failure(options.evidence, base=base, head=git.resolve("HEAD").sha, error=error)
        raise
    _tell(record, as_json=options.json)
    return Exit.FINE


def _run(git: Git, options: RunOptions, judged_by: str = "") -> RunRecord:
    from mergegate.rerun.run import RunSettings
    from mergegate.rerun.run import run as run_stages

    settings = RunSettings(
        jobs=options.jobs,
        push=options.push,
        whole=options.push or options.evidence is not None,
        until=options.until,
        leave=_left(git, judged_by) if options.evidence or options.leave_training else None,
    )
    return run_stages(git.root, settings, progress)


def _left(git: Git, judged_by: str) -> Callable[[str], bool]:
    from mergegate.read.ci import ci_of

    return ci_of(git, judged_by).scheduled


def progress(line: str) -> None:
    """Tell a person at the terminal what is going on."""
    print(f"· {clean(line)}", file=sys.stderr, flush=True)


def _tell(record: RunRecord, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(record), indent=1, ensure_ascii=False))
        return
    for stage in record.stages:
        seconds = f"  {stage.seconds:.1f} s" if stage.outcome == "ran" else ""
        print(f"{clean(stage.name)}: {stage.outcome}{seconds}")
    pushed = f", {record.pushed} published" if record.pushed else ""
    files = "file" if record.pulled == 1 else "files"
    print(f"{len(record.ran)} of {len(record.stages)} stages ran; {record.pulled} {files} brought{pushed}")
    if record.scheduled:
        print(f"left to the scheduled training: {clean(', '.join(record.scheduled))}")


def _hand_over(git: Git, base: str, folder: Path, ran: tuple[Plan, RunRecord]) -> None:
    from mergegate.cli.cost import model_paths
    from mergegate.cli.gather import demand_not_frozen, model_files, tables_of, workspace_evidence
    from mergegate.cli.split import watch_workspace
    from mergegate.facts import Action, TableFile
    from mergegate.read.objects import outputs_of
    from mergegate.read.policy import POLICY_FILE, digest, parse_policy
    from mergegate.rerun.handover import write_handover
    from mergegate.rerun.plan import make_plan

    own = git.root / POLICY_FILE
    content = own.read_bytes() if own.is_file() else b""
    policy = parse_policy(git.show(base, POLICY_FILE) or content)
    if ran[0].count(Action.FROZEN):  # what a frozen stage reads may only be known now
        demand_not_frozen(git, make_plan(git.root), [*tables_of(policy), *(one.file for one in policy.metrics)])
    # What a stage that was left wrote earlier is base's, and would be judged as the pull request's own.
    lacking = {path for path, out in outputs_of(git.root, "").items() if out.stage in set(ran[1].scheduled)}
    evidence = workspace_evidence(git, [path for path in tables_of(policy) if path not in lacking])
    evidence = watch_workspace(git, base, policy, evidence, lacking)
    models = dict.fromkeys([*model_files(policy), *model_paths(policy)])
    files = {
        name: found.path
        for part in (evidence, workspace_evidence(git, [path for path in models if path not in lacking]))
        for name, found in part.tables.items()
        if isinstance(found, TableFile)
    }
    if any(model.criteria for model in policy.models.values()):
        from mergegate.cli.criteria import to_hand_over

        files |= to_hand_over(git, policy)
    if policy.data.tables:
        from mergegate.cli.data import DataFiles

        data = DataFiles(git, base)
        for table in policy.data.tables.values():
            files |= data.to_hand_over(table.path, lacking)
    if policy.metrics:
        from mergegate.cli.metricfiles import to_hand_over as metric_files

        files |= metric_files(git, policy, lacking)
    write_handover(folder, base=base, evidence=evidence, policy_digest=digest(content), files=files, ran=ran)
