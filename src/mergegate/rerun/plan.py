"""`mergegate plan`: what will run, what will be restored, and why; needs no data on disk."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mergegate.errors import UseError
from mergegate.facts.plan import Action, Plan, StagePlan
from mergegate.read.ci import ci_of
from mergegate.read.dvcfail import disk_words
from mergegate.read.dvchash import Disk
from mergegate.read.dvcmeta import load_project
from mergegate.read.dvcproject import content_of
from mergegate.read.dvctree import WorkTree
from mergegate.read.git import Git
from mergegate.read.objects import Objects
from mergegate.rerun.decide import Decider, Decision
from mergegate.rerun.graph import Graph, build_graph
from mergegate.rerun.ledger import Ledger
from mergegate.rerun.libraries import with_libraries

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mergegate.read.dvcproject import Content, Project


@dataclass
class Survey:
    """The metadata of a working tree and everything needed to decide on it."""

    project: Project
    graph: Graph
    ledger: Ledger
    decider: Decider

    @classmethod
    def of(cls, root: Path, *, offline: bool = False, whole: bool = False, probe: bool = True) -> Survey:
        """Reads a working tree's metadata; `root` is the DVC root, the rest as `Decider` has it."""
        if not (root / ".dvc").is_dir():
            raise UseError("this is not the top of a DVC repository", where=str(root), do="run `dvc init` there first")
        project = load_project(WorkTree(root))
        graph = build_graph(project)
        ledger = Ledger(graph, Disk(root), Objects(root))
        return cls(project, graph, ledger, Decider(project, ledger, offline=offline, whole=whole, probe=probe))


def make_plan(root: Path, base: str | None = None, *, offline: bool = False, whole: bool = False) -> Plan:
    """The plan for the working tree at the DVC root `root`.

    What ran last is what `dvc.lock` says, so `base` only names the revision in the plan, and says (in its own
    params.yaml, where a pull request cannot) which stage wants which machine. `offline` leaves the
    remote's run cache out. `whole` asks for every output to be somewhere, as publishing does.
    A stage of the plan that is to run may still be restored once its upstream is known.
    """
    with disk_words(str(root)):
        plan = _plan(Survey.of(root, offline=offline, whole=whole), base or "")
    git = Git(root)
    ci = ci_of(git, git.resolve(base).sha if base else "")
    machines = ((stage, ci.of_stage(stage.name)) for stage in plan.stages)
    stages = tuple(replace(stage, runs_on=machine.runs_on or "", cml=machine.cml) for stage, machine in machines)
    return with_libraries(replace(plan, stages=stages), git)


def _plan(survey: Survey, base: str) -> Plan:
    bill = _Bill(survey)
    stages = []
    for stage in survey.graph.stages:
        decision = survey.decider.decide(stage)
        for path, state in survey.decider.settled(decision).items():
            survey.ledger.settle(path, state)
        stages.append(bill.charge(decision, survey.graph.upstream[stage.address]))
    survey.ledger.disk.close()
    return Plan(
        base=base,
        head=Git(survey.ledger.disk.root).workspace().sha,
        stages=tuple(stages),
        pulls=len(bill.objects),
        bytes=sum(bill.objects.values()),
    )


@dataclass
class _Bill:
    """Counts the objects that the remote must give, each once."""

    survey: Survey
    objects: dict[str, int] = field(default_factory=dict)

    def charge(self, decision: Decision, upstream: tuple[str, ...]) -> StagePlan:
        plan = StagePlan(decision.stage.address, decision.action, decision.reasons, upstream)
        needed = dict(self._needed(decision))
        self.objects |= needed
        return replace(plan, pulls=len(needed), bytes=sum(needed.values()))

    def _needed(self, decision: Decision) -> Iterable[tuple[str, int]]:
        if decision.action is Action.RESTORE and decision.entry is not None:
            for out in decision.entry["outs"]:
                yield from self._absent(str(out["path"]), content_of(out))
        elif decision.action in {Action.RUN, Action.MAY_RUN}:
            locked = {content.md5: content.size for content in decision.stage.locked("deps").values()}
            for path, content in decision.deps.items():
                if self.survey.graph.owner(path) and not self._there(path, content):
                    yield from self._absent(path, replace(content, size=content.size or locked.get(content.md5, 0)))

    def _there(self, path: str, content: Content) -> bool:
        """Whether nothing has to be brought; a folder may be there in part, for another stage."""
        disk = self.survey.ledger.disk
        if not content.is_dir or not disk.exists(path):
            return disk.exists(path)
        found = disk.content(path, legacy=content.legacy)
        return found is not None and found.md5 == content.md5

    def _absent(self, path: str, content: Content) -> Iterable[tuple[str, int]]:
        cache = self.survey.ledger.objects.cache
        if not content.is_dir:
            if not cache.has(content):
                yield content.md5, content.size
            return
        listing = self.survey.ledger.files(path, content)
        if listing is None:
            yield from ((f"{content.md5}#{number}", 0) for number in range(content.files))
            yield content.md5, content.size
            return
        absent = [file for file in listing.values() if not cache.has(file)]
        share = content.size // max(1, len(listing))
        yield from ((file.md5, share) for file in absent)
