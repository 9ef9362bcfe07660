"""What must be true of a version before it goes anywhere: each is refused in words, and nothing is changed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.errors import UseError
from mergegate.release.bring import bring
from mergegate.release.gated import demand_merged, demand_not_blocked, production_tip
from mergegate.release.lineage import lineage_of
from mergegate.release.locate import locate
from mergegate.release.provenance import document, folder_of, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mergegate.facts.release import Release
    from mergegate.facts.releasepolicy import ReleasePolicy
    from mergegate.read.git import Git


def demand_production_data(git: Git, commit: str, data: Mapping[str, str], branch: str) -> None:
    """Raises `UseError` where a model was trained on other data than `branch` tracked at its commit."""
    for path, digest in data.items():
        found = locate(git.root, commit, path)
        tracked = found.content.md5 if found else "nothing"
        if tracked != digest:
            raise UseError(
                f"it was trained on {path} as {digest[:12]}, and the production data set there is {tracked[:12]}",
                where=f"{branch} at {commit[:12]}",
                do=f"train on the data of {branch} (`mergegate run`), merge that, and register the merge",
            )


def chosen_data(data: Mapping[str, str], wanted: Iterable[str]) -> dict[str, str]:
    """The tracked data that the policy names, or all; raises `UseError` for a name that no stage before reads."""
    names = list(wanted)
    if not names:
        return dict(data)
    missing = [name for name in names if not any(path == name or path.startswith(f"{name}/") for path in data)]
    if missing:
        raise UseError(
            f"no stage before the model reads {', '.join(missing)}",
            where="gate.yaml",
            do=f"name in `release.data` some of: {', '.join(data) or 'nothing is tracked'}",
        )
    return {
        path: md5 for path, md5 in data.items() if any(path == name or path.startswith(f"{name}/") for name in names)
    }


def demand_releasable(git: Git, release: Release, policy: ReleasePolicy) -> None:
    """Raises `UseError` for a version that was not merged, not gated, or is not what its commit and remote hold."""
    tip = production_tip(git, policy.production)
    demand_merged(git, release.commit, policy.production)
    demand_not_blocked(git, release.commit, release.model, tip)
    if release.verdict.decision != "merge" and policy.unsure != "register":
        raise untrue(release, f"its verdict was {release.verdict.decision}")
    if git.merge_base(release.verdict.base, release.commit) != release.verdict.base:
        raise untrue(release, f"its verdict compares with {release.verdict.base[:12]}, which it does not build on")
    _demand_same_record(git, release, tip)
    lineage = lineage_of(git, release.commit, [one.path for one in release.artefacts if one.role == "model"])
    data = chosen_data(lineage.data, policy.data)
    for name, told, found in (("data", release.data, data), ("params", release.params, lineage.params)):
        if dict(told) != dict(found):
            raise untrue(release, f"the {name} that it names are not those of commit {release.commit[:12]}")
    demand_production_data(git, release.commit, release.data, policy.production)
    with tempfile.TemporaryDirectory(prefix="mergegate-") as folder:
        for artefact in release.artefacts:
            bring(git.root, artefact, release.commit, Path(folder))


def _demand_same_record(git: Git, release: Release, tip: str) -> None:
    """Main's own copy of the provenance, where it was committed, is the same to the letter."""
    path = f"{folder_of(release.model, release.version)}/provenance.json"
    content = git.show(tip, path)
    if content is not None and content.decode("utf-8", "replace").strip() != written(document(release)).strip():
        raise untrue(release, f"{path} on {tip[:12]} says otherwise")


def untrue(release: Release, what: str) -> UseError:
    """The refusal of a version whose tag claims what is not so."""
    return UseError(
        f"{release.model}@{release.version} is refused: {what}",
        where=f"refs/tags/{release.model}@{release.version}",
        do="look at who made or changed that tag; promote a version that `mergegate register` made",
    )
