"""Gathers what main has been through: its history of merges, its data, its versions and where they stand."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from mergegate.contrast.target import mark_on
from mergegate.errors import UseError
from mergegate.facts import Absent
from mergegate.facts.history import HISTORY_FILE
from mergegate.facts.release import STAGES
from mergegate.facts.timeline import Marks, Size, Timeline, Use
from mergegate.read.dvcmeta import load_project
from mergegate.read.dvctree import GitTree
from mergegate.read.history import tell_history
from mergegate.read.policy import POLICY_FILE, parse_policy
from mergegate.read.releases import in_stage, releases
from mergegate.stats.reuse import renew_after, wear

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mergegate.facts import Policy
    from mergegate.facts.history import Told
    from mergegate.facts.policy import TargetPolicy
    from mergegate.facts.release import Release, Standing
    from mergegate.read.git import Git

MOST_MARKS = 400
MOST_READ = 200
"""Merges whose data is looked at, the newest: each is a tree to read."""


def timeline(git: Git) -> Timeline:
    """What HEAD knows. A version that cannot be believed, and a commit that is not there, are told as absent."""
    head = git.resolve("HEAD")
    content = git.show(head.sha, HISTORY_FILE)
    policy = _policy(git, head.sha)
    merges = tell_history(content or b"")
    sizes, unread = _sizes(git, policy, merges)
    found, standings, refused = _released(git.root, policy)
    none = Absent(HISTORY_FILE, "no merge was written down yet", "`mergegate check --record` on main writes it")
    return Timeline(
        sha=head.sha,
        merges=merges,
        sizes=tuple(sizes),
        uses=tuple(_uses(policy, merges)),
        targets=tuple(_targets(policy, merges)),
        releases=tuple(found),
        standings=tuple(standings),
        absent=(*([] if merges else [none]), *unread, *refused),
    )


def _policy(git: Git, sha: str) -> Policy:
    content = git.show(sha, POLICY_FILE)
    if content is None:
        raise UseError(f"there is no {POLICY_FILE}", where=str(git.root), do="run this where the gate is set up")
    return parse_policy(content, where=POLICY_FILE)


def _uses(policy: Policy, merges: Sequence[Told]) -> list[Use]:
    """Every holdout that ever decided, by model; the last of each model is in use."""
    counts: dict[tuple[str, str], int] = {}
    last: dict[str, str] = {}
    for merge in merges:
        for model, digest in merge.holdouts.items():
            counts[model, digest] = counts.get((model, digest), 0) + 1
            last[model] = digest
    limit = renew_after(policy.alpha)
    return [
        Use(model, digest, count, limit, wear(count, policy.alpha), last[model] == digest)
        for (model, digest), count in counts.items()
    ]


def _targets(policy: Policy, merges: Sequence[Told]) -> list[Marks]:
    days = sorted({merge.day for merge in merges if merge.day})
    if not days:
        return []
    return [
        Marks(name, model.target.metric, model.target.floor, _marks(model.target, days[0], days[-1]))
        for name, model in sorted(policy.models.items())
        if model.target
    ]


def _marks(target: TargetPolicy, first: dt.date, last: dt.date) -> tuple[tuple[dt.date, float], ...]:
    """What is asked for on the first day, on the last, and from each day in between on which that changes."""
    days = [first + dt.timedelta(days=day) for day in range((last - first).days + 1)]
    asked = [(day, mark_on(target, day)) for day in days]
    steps = [one for index, one in enumerate(asked) if not index or asked[index - 1][1] != one[1]]
    return tuple(dict([*steps[-MOST_MARKS:], asked[-1]]).items())


def _sizes(git: Git, policy: Policy, merges: Sequence[Told]) -> tuple[list[Size], list[Absent]]:
    """The policy's tables of data, the holdouts and whatever a `.dvc` file tracks, as each merge left them."""
    wanted = [table.path for table in policy.data.tables.values()]
    wanted += [model.holdout for model in policy.models.values()]
    sizes, absent = [], []
    for merge in merges[-MOST_READ:]:
        if merge.day is None:
            continue
        try:
            known = _contents(git, merge.sha)
        except UseError as error:
            absent.append(Absent(f"the data of {merge.sha[:12]}", error.what, error.do))
            continue
        tracked = load_project(GitTree(git.root, merge.sha)).tracked
        paths = dict.fromkeys([*wanted, *(one.out.path for one in tracked)])
        sizes += [Size(path, merge.day, *known[path]) for path in paths if path in known]
    return sizes, absent


def _contents(git: Git, sha: str) -> dict[str, tuple[int, int]]:
    """Bytes and files of whatever DVC knows at a commit, by path."""
    git.resolve(sha)
    project = load_project(GitTree(git.root, sha))
    known = {one.out.path: (one.content.size, one.content.files) for one in project.tracked}
    for stage in project.stages:
        names = {name: path for name, path in stage.deps if path} | {out.name: out.path for out in stage.outs}
        for kind in ("deps", "outs"):
            for name, content in stage.locked(kind).items():
                if name in names:
                    known.setdefault(names[name], (content.size, content.files))
    return known


def _released(root: Path, policy: Policy) -> tuple[list[Release], list[Standing], list[Absent]]:
    found: list[Release] = []
    standings: list[Standing] = []
    refused: list[Absent] = []
    for model in sorted(policy.models):
        try:
            found += releases(root, model)
            for stage in STAGES:
                standing = in_stage(root, model, stage)
                if isinstance(standing, Absent):
                    refused.append(standing)
                else:
                    standings.append(standing)
        except UseError as error:
            refused.append(Absent(f"the versions of {model}", error.what, error.do))
    return found, standings, refused
