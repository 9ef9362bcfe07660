"""At home: what of a change made a model worse, by pipelines that have some kinds of it and not the others."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mergegate.contrast.changes import attribution_note, reaching
from mergegate.contrast.scores import compare_scores
from mergegate.contrast.shapley import shapley, subsets
from mergegate.errors import MergegateError
from mergegate.facts import Absent, Evidence, Note, State, TableFile
from mergegate.facts.changes import Attribution, Change, Kind, Part, Reach
from mergegate.read.changes import kind_of
from mergegate.read.tables import pair
from mergegate.report.escape import clean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mergegate.cli.changes import Changes
    from mergegate.facts import Finding, ModelPolicy, Policy, Verdict

_MIXABLE = (Kind.CODE, Kind.PARAMS, Kind.DATA)
_MADE = ("dvc.lock", ".dvc/", "gate.yaml")


def attributed(
    policy: Policy,
    evidence: tuple[Evidence, Evidence],
    changes: Changes,
    known: tuple[Reach, tuple[Change, ...]],
    verdict: Verdict,
) -> Note | Absent | None:
    """What made one model change; None where fewer than two kinds of change reach it, or no metric fell."""
    reach, found = known
    model = policy.models[reach.model]
    tables = [side.tables[model.holdout] for side in evidence]
    kinds = _kinds(reaching(found, reach))
    if len(kinds) < 2 or not _fell(reach.model, verdict.findings):
        return None
    what = f"what made {reach.model} change"
    why, do = _unfit(changes)
    if why:
        return Absent(what, f"not attributed: {why}", do)
    before, after = tables
    if not isinstance(before, TableFile) or not isinstance(after, TableFile):
        return None
    try:
        return _mixed(what, policy, (reach.model, model), changes, (kinds, before.path, after.path))
    except MergegateError as error:
        why = f"not attributed: {error.what.splitlines()[0][:300]}"
        return Absent(what, why, "the changes may need each other: then they are one change")


def _kinds(found: tuple[Change, ...]) -> tuple[Kind, ...]:
    """The kinds of change, a stage's definition counted as code."""
    have = {Kind.CODE if one.kind is Kind.STAGE else one.kind for one in found}
    return tuple(kind for kind in (*_MIXABLE, Kind.LIBRARIES) if kind in have)


def _fell(name: str, findings: tuple[Finding, ...]) -> bool:
    """Whether a metric over all rows moved for the worse, and not just within what is accepted."""
    return any(
        one.model == name and one.rule == "MG301" and one.state in {State.REGRESSED, State.CANNOT_TELL}
        and one.change is not None and one.change.value * (1 if one.better == "higher" else -1) < 0
        for one in findings
    )  # fmt: skip


def _unfit(changes: Changes) -> tuple[str, str]:
    """Why these two cannot be mixed, and what to do about it; a file that a run writes may differ from its commit."""
    from mergegate.read.objects import outputs_of

    git = changes.git
    if git.line("merge-base", changes.base.sha, changes.head.sha) != changes.base.sha:
        return (
            "base has moved on since, and its own changes would be taken for yours",
            "merge base first, and run again",
        )
    made = {"dvc.lock", *outputs_of(git.root, "")}
    names = git.ask("diff", "--relative", "--name-only", "-z", "HEAD").decode("utf-8", "replace").split("\0")
    dirty = next((name for name in names if name and name not in made), "")
    return (f"{dirty} is not committed", "commit it, and check again") if dirty else ("", "")


def _mixed(
    what: str,
    policy: Policy,
    asked: tuple[str, ModelPolicy],
    changes: Changes,
    known: tuple[tuple[Kind, ...], Path, Path],
) -> Note | Absent:
    from mergegate.rerun.mixed import Mixing, mixed

    name, model = asked
    kinds, before, after = known
    assert policy.attribution is not None  # noqa: S101 - the caller has seen to it
    files = _files(changes)
    names = [str(kind) for kind in kinds if kind is not Kind.LIBRARIES]
    libraries = Kind.LIBRARIES in kinds
    whole = frozenset(names)
    mixes = [some for some in subsets(names) if some != whole and (some or libraries)]
    wanted = Mixing(
        base=changes.base.sha,
        head=changes.head.sha,
        files={name: files[name] for name in names},
        always=files[str(Kind.LIBRARIES)],
        table=model.holdout,
        seconds=policy.attribution.seconds,
    )
    with mixed(changes.git.root, wanted, mixes, lambda line: print(f"· {clean(line)}", file=sys.stderr)) as made:
        if made.would_take:
            return _too_slow(what, made.would_take, policy.attribution.seconds, len(mixes))
        scored = {mix: _scores(before, path, model, policy) for mix, path in made.tables.items()}
    base, head = _scores(before, before, model, policy), _scores(before, after, model, policy)
    scored = {frozenset[str](): base, **scored, whole: head}
    return attribution_note(_attribution(name, names, (base, scored), len(mixes), libraries=libraries))


def _files(changes: Changes) -> dict[str, tuple[tuple[str, str], ...]]:
    """The changed files by kind: what is read as params is that, and what is neither data nor library is code."""
    from mergegate.read.dvcmeta import load_project
    from mergegate.read.dvcproject import inside
    from mergegate.read.dvctree import GitTree

    project = load_project(GitTree(changes.git.root, changes.head.sha))
    params = {inside(stage.folder, file) for stage in project.stages for file in stage.params}
    made = {out.path for stage in project.stages for out in stage.outs}
    found: dict[str, list[tuple[str, str]]] = {str(kind): [] for kind in (*_MIXABLE, Kind.LIBRARIES)}
    for letter, path in changes.files:
        if path.startswith(_MADE) or path in made:
            continue
        kind = Kind.PARAMS if path in params else kind_of(path)
        found[str(Kind.CODE if kind is Kind.STAGE else kind)].append((letter, path))
    return {kind: tuple(files) for kind, files in found.items()}


def _scores(base: Path, table: Path, model: ModelPolicy, policy: Policy) -> dict[str, float]:
    """The metrics over all rows that both tables have."""
    family, _ = compare_scores("", model, pair(base, table, model, engine=policy.engine))
    return {one.metric: one.after for one in family.comparisons if one.slice.overall}


def _attribution(
    model: str,
    names: list[str],
    scores: tuple[dict[str, float], Mapping[frozenset[str], dict[str, float]]],
    mixes: int,
    *,
    libraries: bool,
) -> Attribution:
    """The parts of each metric; what the libraries made is what base's own files give otherwise with them."""
    base, scored = scores
    metrics = tuple(metric for metric in base if all(metric in one for one in scored.values()))
    parts = {name: list[float]() for name in names}
    rest = list[float]()
    for metric in metrics:
        values = {mix: one[metric] for mix, one in scored.items()}
        for name, amount in shapley(names, values).items():
            parts[name].append(amount)
        rest.append(values[frozenset[str]()] - base[metric])
    told = tuple(Part(name, tuple(amounts)) for name, amounts in parts.items())
    if libraries:
        told = (*told, Part("libraries (as they are installed here)", tuple(rest)))
    return Attribution(model, metrics, told, mixes)


def _too_slow(what: str, would_take: float, seconds: float, mixes: int) -> Absent:
    why = f"{mixes} mixed pipelines would take about {would_take:,.0f} s, and the policy allows {seconds:,.0f} s"
    return Absent(
        what,
        f"not attributed: {why}",
        "give `attribution` more seconds, or change one kind of thing at a time",
    )
