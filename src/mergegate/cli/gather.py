"""Brings together what base and head have to show."""

from __future__ import annotations

import posixpath
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from mergegate.errors import UseError
from mergegate.facts import Absent, Action, Evidence, Revision, TableFile
from mergegate.read.ci import ci_of
from mergegate.read.dvchash import md5_of
from mergegate.read.dvcmeta import load_project
from mergegate.read.dvctree import GitTree
from mergegate.read.objects import Objects, outputs_of
from mergegate.read.params import flatten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from mergegate.facts import Plan, Policy, RunRecord
    from mergegate.facts.noise import Noise
    from mergegate.read.git import Git

_PARAMS = "params.yaml"
_HEAL_BASE = "let the `main` workflow run on main (Actions, main, Run workflow), then run this check again"


def tables_of(policy: Policy) -> list[str]:
    """The paths of every table that the policy judges, in a stable order."""
    found: list[str] = []
    for _, model in sorted(policy.models.items()):
        found.append(model.holdout)
        found += [part.table for part in (model.quiz, model.shadow, model.invariances) if part]
    return list(dict.fromkeys(found))


def model_files(policy: Policy) -> list[str]:
    """The paths of the model files that the judge runs again."""
    return [model.reevaluate.model for _, model in sorted(policy.models.items()) if model.reevaluate]


def base_evidence(git: Git, base: Revision, wanted: Iterable[str]) -> Evidence:
    """What `base` has to show: from the DVC cache or remote by revision, without a checkout."""
    outputs, objects = outputs_of(git.root, base.sha), Objects(git.root)
    tables: dict[str, TableFile | Absent] = {}
    for name in wanted:
        out = outputs.get(name)
        if out is None:
            tables[name] = _never_or_lost(git, base, name)
            continue
        path = objects.get(out.content, remote=out.remote, name=name)
        gone = f"base ({base.sha[:12]}) names {name} as {out.md5}, and the remote has no such object"
        tables[name] = (
            TableFile(name, path, out.md5, path.stat().st_size) if path else Absent(name, gone, _HEAL_BASE, side="base")
        )
    return Evidence(base, tables, _flat(lambda path: git.show(base.sha, path), [_PARAMS]))


def _never_or_lost(git: Git, base: Revision, name: str) -> Absent:
    """Base's lock has no hash of it: because there never was one, or because it was lost (a deleted `dvc.lock`)."""
    stages = load_project(GitTree(git.root, base.sha)).stages
    declared = [(stage.file, out.name) for stage in stages for out in stage.outs if out.path == name]
    locks = [(posixpath.join(posixpath.dirname(file), "dvc.lock"), written) for file, written in declared]
    if any(git.ever_had(base.sha, lock, f"path: {written}\n") for lock, written in locks):
        why = f"base ({base.sha[:12]}) has lost the hash of {name}: its dvc.lock named it once, and does not now"
        return Absent(name, why, _HEAL_BASE, side="base")
    why = f"base ({base.sha[:12]}) never wrote {name}: there is nothing to compare with yet"
    return Absent(name, why, "after this merge there will be", side="base", bootstrap=True)


def base_noise(git: Git, base: Revision, policy: Policy) -> dict[str, Noise | Absent]:
    """The training noise of each model whose recipe is to be judged, as base has it in git."""
    from mergegate.read.noise import parse_noise

    found: dict[str, Noise | Absent] = {}
    for name, model in sorted(policy.models.items()):
        if model.noise is None or not model.judges_recipe:
            continue
        content = git.show(base.sha, model.noise)
        if content is None:
            why = "base has not measured how much training again moves the metrics: this artefact was judged"
            found[name] = Absent(
                model.noise, why, f"call `mergegate noise {shlex.quote(name)}` on main and commit {model.noise}"
            )
        else:
            found[name] = parse_noise(content, f"{model.noise} at {base.sha[:12]}")
    return found


def left_to_schedule(git: Git, base: Revision, head: Evidence, run: RunRecord) -> Evidence:
    """Head's evidence, in which a table is excused that base's schedule keeps a pull request from making.

    Base's params.yaml must say that training is scheduled, and base's lock which stage makes the table.
    """
    ci = ci_of(git, base.sha)
    training = [name for name in run.scheduled if ci.scheduled(name)]
    if not training:
        return head
    made = {path: out.stage for path, out in outputs_of(git.root, base.sha).items()}
    why = f"it needs {', '.join(training)} to run again, and training is scheduled: it was not judged"
    do = "the next scheduled training judges it; `ci.train: pull-request` in params.yaml on main trains here"
    left = {
        name: replace(table, why=why, do=do, scheduled=True)
        for name, table in head.tables.items()
        if isinstance(table, Absent) and made.get(name) in run.scheduled
    }
    return replace(head, tables={**head.tables, **left})


def demand_not_frozen(git: Git, plan: Plan, wanted: Iterable[str]) -> None:
    """Raises `UseError` where a wanted table comes from a frozen stage that this revision would have to run."""
    if not plan.count(Action.FROZEN):
        return
    from mergegate.rerun.frozen import refuse_stale

    refuse_stale(plan, {path: out.stage for path, out in outputs_of(git.root, "").items()}, wanted)


def workspace_evidence(git: Git, wanted: Iterable[str]) -> Evidence:
    """What the working tree has to show, as its `dvc.lock` names it.

    A table that lies there and is another is refused; one that does not (a fresh clone in which nothing had to run)
    comes from the cache or the remote.
    """
    outputs, objects = outputs_of(git.root, ""), Objects(git.root)
    tables: dict[str, TableFile | Absent] = {}
    for name in wanted:
        out, path = outputs.get(name), git.root / name
        found = None
        if out is not None and path.is_file():
            _demand_same(path, name, out.md5)
            found = path
        elif out is not None:
            found = objects.get(out.content, remote=out.remote, name=name)
        if out is not None and found is not None:
            tables[name] = TableFile(name, found, out.md5, found.stat().st_size)
        else:
            why = f"neither working tree nor remote has {name}" if out else f"no stage of dvc.lock writes {name}"
            tables[name] = Absent(name, why, "run `mergegate run`; see that a stage still writes it", side="head")

    def read(path: str) -> bytes | None:
        file = git.root / path
        return file.read_bytes() if file.is_file() and not file.is_symlink() else None

    return Evidence(git.workspace(), tables, _flat(read, [_PARAMS]))


def _demand_same(path: Path, name: str, md5: str) -> None:
    if md5_of(path) != md5:
        raise UseError(
            f"{name} is not what dvc.lock says that the pipeline wrote",
            where=str(path),
            do="run `mergegate run`: it writes the table again and records it",
        )


def _flat(read: Callable[[str], bytes | None], names: Iterable[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in names:
        content = read(name)
        if content is not None:
            found.update(flatten(content, name))
    return found
