"""Who reads whose output: the order of the stages, and what stands in its way."""

from __future__ import annotations

import bisect
import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mergegate.errors import UseError

if TYPE_CHECKING:
    from mergegate.read.dvcproject import OutSpec, Project, Stage, Tracked


@dataclass(frozen=True, slots=True)
class Source:
    """Where an output comes from: a stage, or a `.dvc` file."""

    spec: OutSpec
    stage: Stage | None = None
    tracked: Tracked | None = None

    @property
    def file(self) -> str:
        """The `dvc.yaml` or `.dvc` file that declares it."""
        return self.stage.file if self.stage is not None else self.tracked.file if self.tracked else ""

    @property
    def name(self) -> str:
        """The stage's address, or the `.dvc` file."""
        if self.stage is not None:
            return self.stage.address
        return self.tracked.file if self.tracked else ""


@dataclass(frozen=True, slots=True)
class Graph:
    """Stages in an order in which each comes after those it reads from."""

    stages: tuple[Stage, ...]
    upstream: dict[str, tuple[str, ...]]
    """Address -> addresses of the stages it reads from, in order."""
    sources: dict[str, Source] = field(default_factory=dict)
    """Output path -> where it comes from."""
    paths: tuple[str, ...] = ()
    """The output paths, sorted."""

    def owner(self, path: str) -> Source | None:
        """Whose output `path` is, or lies in."""
        at = path
        while at:
            if at in self.sources:
                return self.sources[at]
            at = posixpath.dirname(at)
        return None

    def below(self, path: str) -> list[Source]:
        """The outputs that lie inside the folder `path`."""
        return _below(path, self.paths, self.sources)

    def needed_for(self, path: str) -> frozenset[str]:
        """Addresses of the stage that writes `path` and of all that it needs; raises `UseError` where none does."""
        owner = self.owner(path)
        if owner is None or owner.stage is None:
            raise UseError(
                f"no stage writes {path}", where="dvc.yaml", do="name an output of a stage, as dvc.yaml writes it"
            )
        found, left = set[str](), [owner.name]
        while left:
            at = left.pop()
            if at not in found:
                found.add(at)
                left += self.upstream[at]
        return frozenset(found)


def build_graph(project: Project) -> Graph:
    """Orders the stages; raises `UseError` for a cycle or for two makers of one output."""
    sources = _sources(project)
    graph = Graph(stages=(), upstream={}, sources=sources, paths=tuple(sorted(sources)))
    upstream = {stage.address: _upstream(stage, graph) for stage in project.stages}
    order = _order([stage.address for stage in project.stages], upstream)
    by_address = {stage.address: stage for stage in project.stages}
    return Graph(
        stages=tuple(by_address[address] for address in order),
        upstream=upstream,
        sources=sources,
        paths=graph.paths,
    )


def _sources(project: Project) -> dict[str, Source]:
    sources: dict[str, Source] = {}
    made = [Source(spec, stage=stage) for stage in project.stages for spec in stage.outs]
    for source in [*(Source(item.out, tracked=item) for item in project.tracked), *made]:
        path = source.spec.path
        if not path:
            continue
        if path in sources:
            raise UseError(
                f"{path} has two makers: {sources[path].name} and {source.name}",
                where=", ".join(dict.fromkeys(one.file for one in (sources[path], source))),
                do="let only one of them write it",
            )
        sources[path] = source
    return sources


def _upstream(stage: Stage, graph: Graph) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for path in stage.reads:
        owner = graph.owner(path)
        for source in [owner] if owner else graph.below(path):
            if source.stage is not None:
                names[source.name] = None
    return tuple(names)


def _below(path: str, paths: tuple[str, ...], sources: dict[str, Source]) -> list[Source]:
    prefix = "" if path == "." else f"{path}/"
    found = []
    for at in paths[bisect.bisect_left(paths, prefix) :]:
        if not at.startswith(prefix):
            break
        found.append(sources[at])
    return found


def _order(names: list[str], upstream: dict[str, tuple[str, ...]]) -> list[str]:
    """Depth first without recursion, so that a chain of ten thousand stages is no problem."""
    done: dict[str, None] = {}
    for start in names:
        trail: dict[str, None] = {}
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            name, left = stack.pop()
            if left:
                trail.pop(name, None)
                done[name] = None
            elif name in trail:
                circle = list(trail)
                raise UseError(
                    "the stages form a circle: " + " -> ".join([*circle[circle.index(name) :], name]),
                    where="dvc.yaml",
                    do="remove one of these dependencies",
                )
            elif name not in done:
                trail[name] = None
                stack.append((name, True))
                stack.extend((up, False) for up in reversed(upstream[name]) if up not in done)
    return list(done)
