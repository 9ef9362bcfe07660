"""A frozen stage never runs: what that hides is told, and what it leaves without evidence is refused."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from mergegate.errors import UseError
from mergegate.facts.plan import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mergegate.facts.plan import Plan, Reason, StagePlan
    from mergegate.rerun.decide import Decision

_SHOWN = 5


def in_words(reasons: Sequence[Reason]) -> str:
    """What a stage would have to run for: `its command changed, the param params.yaml:train.C changed`."""
    said = [_said(reason) for reason in reasons[:_SHOWN]]
    more = len(reasons) - len(said)
    return ", ".join([*said, f"{more} more"] if more else said)


def _said(reason: Reason) -> str:
    if reason.kind == "upstream":
        return f"{reason.name}, which it reads from, runs"
    if reason.kind == "new":
        return "it is not in dvc.lock"
    if reason.kind == "command":
        return "its command changed"
    if reason.kind == "output" or "missing" in reason.after:
        return f"{reason.name} is {reason.after}"
    return f"the {reason.kind} {reason.name} changed"


def refuse_without_outputs(decision: Decision) -> None:
    """Raises `UseError` where the lock and the disk do not hold the outputs that a frozen stage stands for.

    DVC refuses these, too, where a file is missing; where one lies there it takes it for the answer, whoever wrote it.
    """
    stage = decision.stage
    wrong = [reason for reason in decision.reasons if reason.kind == "output" or (reason.kind == "new" and stage.outs)]
    if wrong:
        raise UseError(
            f"the stage {stage.address} is frozen, and nothing vouches for its outputs: {in_words(wrong)}",
            where=f"{stage.file}, stage {stage.name}",
            do=f"remove `frozen: true` so that it runs, or vouch for what is on this disk: `{_commit(stage.address)}`",
        )


def refuse_stale(plan: Plan, makers: Mapping[str, str], wanted: Iterable[str]) -> None:
    """Raises `UseError` where a table to be judged comes from a frozen stage that would have to run.

    Such rows are not what this revision makes, and whatever is said of them would be no verdict on it. `plan` is of
    the tree after its run, `makers` names the stage that writes each output path.
    """
    stages = {stage.name: stage for stage in plan.stages}
    for path in wanted:
        for stage in _up_from(makers.get(path, ""), stages):
            changed = [reason for reason in stage.reasons if reason.kind != "upstream"]
            if stage.action is Action.FROZEN and changed:
                raise UseError(
                    f"{path} is not what this revision makes: the stage {stage.name} is frozen, "
                    f"although {in_words(changed)}",
                    where=f"dvc.yaml, stage {stage.name}",
                    do="remove `frozen: true` and call `mergegate run`; or vouch for its outputs as they are, "
                    f"`dvc pull {shlex.quote(stage.name)} && {_commit(stage.name)}`, and commit dvc.lock",
                )


def _up_from(name: str, stages: Mapping[str, StagePlan]) -> Iterable[StagePlan]:
    """The stage of that name and all that it reads from, each once."""
    left, seen = [name], set[str]()
    while left:
        at = left.pop()
        if at in stages and at not in seen:
            seen.add(at)
            yield stages[at]
            left += stages[at].upstream


def _commit(address: str) -> str:
    return f"dvc commit -f {shlex.quote(address)}"
