"""Who is asked before the gate itself is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.lint.rules.base import finding
from mergegate.read.owners import PLACES, owners_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.lint import LintFinding
    from mergegate.lint.workflow import Repository

GUARDED = ("gate.yaml", "dvc.yaml", "params.yaml", ".dvc/config")


class GateWithoutOwner:
    """**What.** A file that decides what may merge has no owner in CODEOWNERS: the policy, the pipeline, its params,
    DVC's settings, the workflows, or CODEOWNERS itself.

    **Why.** The gate tells of a change to its policy and judges by main's; after the merge the change is main's.
    Somebody who may agree to that has to be asked.

    **How to fix.** Name owners for them in `.github/CODEOWNERS`, and demand their review in the ruleset.
    """

    code: ClassVar[str] = "ML018"
    title: ClassVar[str] = "What decides has no owner"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each file, in a repository that has a policy or a pipeline."""
        if not {"gate.yaml", "dvc.yaml"} & set(repo.files):
            return
        place = next((place for place in PLACES if place in repo.files), PLACES[0])
        text = repo.files[place].text if place in repo.files else ""
        workflows = sorted(path for path in repo.files if path.startswith(".github/workflows/"))
        guarded = [*(name for name in GUARDED if name in repo.files), *workflows, *([place] if text else [])]
        owners = owners_of(text, guarded)
        for path in guarded:
            if path not in owners:
                yield finding(self, place, 1, f"{path} has no owner")
