"""Writes the folder that the pull request's job leaves for the judge: the schema of `facts.handover`."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError, UseError
from mergegate.facts.handover import (
    MANIFEST,
    HandedFailure,
    HandedFile,
    HandedPlan,
    HandedStage,
    Handover,
)
from mergegate.read.dvcfail import disk_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mergegate.errors import MergegateError
    from mergegate.facts import Evidence, Plan, RunRecord

_FOLDERS = ("tables", "models")
_SUFFIXES = {".parquet", ".csv", ".npz", ".safetensors"}


def write_handover(
    folder: Path,
    *,
    base: str,
    evidence: Evidence,
    policy_digest: str,
    files: Mapping[str, Path],
    ran: tuple[Plan, RunRecord],
) -> None:
    """Write `folder` (new or empty): copies of `files` (repository path -> file) and the manifest.

    `ran` is the plan that was made and the record of what was then done.
    """
    plan, record = ran
    _prepare(folder)
    try:
        with disk_words(str(folder)):
            handed = [_copy(folder, number, name, path) for number, (name, path) in enumerate(sorted(files.items()))]
    except SurroundingsError:
        for name in _FOLDERS:  # so that there is room, and a place, to say why there is no evidence
            shutil.rmtree(folder / name, ignore_errors=True)
        raise
    _write(
        folder,
        Handover(
            schema_version=1,
            base=base,
            head=evidence.revision.sha,
            policy_digest=policy_digest,
            files=handed,
            same=dict(evidence.same),
            params=dict(evidence.params),
            metrics=dict(evidence.metrics),
            stages=_stages(record),
            plan=_plan(plan),
            pulled=record.pulled,
            pulled_bytes=record.pulled_bytes,
        ),
    )


def write_failure(folder: Path, *, base: str, head: str, error: MergegateError) -> None:
    """Write `folder` so that the judge can say why there is no evidence."""
    _prepare(folder)
    failed = HandedFailure(what=error.what[-10_000:], where=error.where[:2_000], do=error.do[:2_000])
    _write(folder, Handover(schema_version=1, base=base, head=head, policy_digest="", failed=failed))


def _prepare(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise UseError("the evidence folder is not empty", where=str(folder), do="name a new one, or empty it")
    try:
        for name in _FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SurroundingsError(f"cannot make the evidence folder: {error.strerror}", where=str(folder)) from None


def _write(folder: Path, handover: Handover) -> None:
    """Last and at once: a hand-over that was cut off has no manifest, and is refused."""
    part = folder / f".{MANIFEST}"
    with disk_words(str(folder)):
        try:
            part.write_text(handover.model_dump_json(indent=1), encoding="utf-8")
            part.replace(folder / MANIFEST)
        finally:
            part.unlink(missing_ok=True)


def _copy(folder: Path, number: int, name: str, path: Path) -> HandedFile:
    kind = "tables" if path.suffix in {".parquet", ".csv"} else "models"
    suffix = path.suffix if path.suffix in _SUFFIXES else ".bin"
    target = folder / kind / f"{number}{suffix}"
    shutil.copyfile(path, target)
    with target.open("rb") as stream:
        md5 = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    return HandedFile(name=f"{kind}/{target.name}", path=name, md5=md5, size=target.stat().st_size)


def _stages(record: RunRecord) -> list[HandedStage]:
    return [
        HandedStage.model_validate(
            {"name": run.name, "outcome": run.outcome, "seconds": run.seconds, "peak_bytes": run.peak_bytes}
        )
        for run in record.stages
    ]


def _plan(plan: Plan) -> list[HandedPlan]:
    return [
        HandedPlan(
            name=stage.name,
            action=stage.action.value,
            reasons=[_cut((reason.kind, reason.name, reason.before, reason.after)) for reason in stage.reasons[:200]],
            upstream=list(stage.upstream[:200]),
        )
        for stage in plan.stages
    ]


def _cut(parts: Sequence[str]) -> tuple[str, str, str, str]:
    kind, name, before, after = (part[:500] for part in parts)
    return kind, name, before, after
