"""What came of a stage's command: why it cannot begin, how it ended, and whether it wrote what it promised."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mergegate.errors import SurroundingsError, UseError

if TYPE_CHECKING:
    from mergegate.rerun.decide import Decision
    from mergegate.rerun.plan import Survey
    from mergegate.rerun.process import Finished, Running


def demand_runnable(decision: Decision, survey: Survey) -> None:
    """Raises what makes running senseless, before anything is removed."""
    stage = decision.stage
    where = f"{stage.file}, stage {stage.name}"
    for path in decision.deps:
        if path in survey.ledger.edited:
            file = survey.ledger.edited[path]
            name = shlex.quote(file)
            raise UseError(
                f"{path} on this disk is not what {file} names",
                where=where,
                do=f"keep the change with `dvc commit {name}`, or drop it with `dvc checkout {name}`",
            )
    if decision.missing:
        raise UseError(
            f"{stage.address} needs {', '.join(decision.missing)}, and nothing of that name is there",
            where=where,
            do="add it, or remove it from the stage",
        )
    if decision.trouble is not None:
        raise decision.trouble


def finished_well(address: str, running: Running) -> Finished:
    """How its commands ended; raises where they failed, were killed or could not be started."""
    if running.error is not None:
        raise SurroundingsError(
            f"the stage {address} could not be run: {running.error.strerror}",
            where=str(running.error.filename or running.folder),
            do="make room on the disk, or mend the shell",
        )
    finished = running.finished
    assert finished is not None  # noqa: S101 - set before the end is announced
    if not finished.code:
        return finished
    said = "".join(f"\n    {line}" for line in finished.tail)
    where = f"`{finished.command}`; whole output: {running.log}"
    if finished.code < 0:
        raise SurroundingsError(
            f"the stage {address} was ended by signal {-finished.code}{said}",
            where=where,
            do="see who ended it (signal 9 often means: out of memory), then run it again",
        )
    raise UseError(
        f"the stage {address} failed with exit code {finished.code}{said}",
        where=where,
        do="run that command by hand and mend it",
    )


def demand_written(address: str, dvc_stage: Any) -> None:
    """Raises `UseError` where an output is not there; `dvc_stage` is DVC's own."""
    lacking = [str(out.def_path) for out in dvc_stage.outs if not Path(out.fs_path).exists()]
    if lacking:
        raise UseError(
            f"the stage {address} ended well but did not write {', '.join(lacking)}",
            where=f"dvc.yaml, stage {address}",
            do="let its command write it, or remove it from the outputs",
        )
