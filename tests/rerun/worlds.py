"""Pipelines and changes that Hypothesis makes up, and what DVC itself does with them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import strategies as st
from tests.rerun.conftest import new_repo, track

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.rerun.conftest import Repo

LOG = "MERGEGATE_TEST_LOG"
SOURCES = ("a.txt", "b.txt", "lib/c.txt", "lib/d.txt")
DATA = ("data/x.txt", "data/sub/y.txt", "data/sub/z.txt")
PARAMS = ("p", "q.r", "q.s")
READ = {
    "all": 'find -L "$@" -type f ! -name .gitignore | LC_ALL=C sort | xargs cat',
    "count": 'find -L "$@" -type f ! -name .gitignore | wc -l',
    "first": 'find -L "$@" -type f ! -name .gitignore | LC_ALL=C sort | xargs cat | head -c 1',
}


@dataclass(frozen=True)
class Node:
    """One made-up stage. It writes a file, a folder, or both, and perhaps a metric that lies in git."""

    name: str
    deps: tuple[str, ...]
    params: tuple[str, ...] = ()
    reads: str = "all"
    folder: bool = False
    metric: bool = False
    wdir: bool = False
    frozen: bool = False
    always: bool = False
    persist: bool = False
    templated: bool = False
    comment: str = ""

    @property
    def out(self) -> str:
        return f"out/{self.name}"

    @property
    def outs(self) -> tuple[str, ...]:
        """Everything that another stage may read of it."""
        return (self.out, f"{self.out}/part.txt", f"{self.out}/deep") if self.folder else (self.out,)

    @property
    def up(self) -> str:
        """From its folder to the root."""
        return "../" if self.wdir else ""

    def script(self) -> str:
        """Writes what it reads, and its name into a log outside the repository."""
        target = f"{self.up}{self.out}"
        made = f"{target}/part.txt" if self.folder else target
        steps = [f"echo {self.name} >> ${LOG}", f"mkdir -p {self.up}out"]
        if self.folder:
            steps.append(f"mkdir -p {target}/deep; echo 1 > {target}/deep/one.txt")
        steps.append(f"set -- {' '.join(self.up + dep for dep in self.deps)}; {{ {READ[self.reads]}; }} > {made}")
        steps += [f"grep -w {key.split('.')[-1]} {self.up}params.yaml >> {made}" for key in self.params]
        if self.metric:
            steps.append(f"wc -c < {made} > {self.up}{self.name}.json")
        return "; ".join(steps) + (f" # {self.comment}" if self.comment else "") + (" # ${p}" if self.templated else "")

    def as_stage(self) -> dict[str, Any]:
        """Its entry of `dvc.yaml`."""
        target = f"{self.up}{self.out}"
        stage: dict[str, Any] = {"cmd": self.script(), "deps": [self.up + dep for dep in self.deps]}
        stage["outs"] = [{target: {"persist": True}}] if self.persist else [target]
        if self.wdir:
            stage["wdir"] = "work"
        if self.params:
            stage["params"] = [{"../params.yaml": list(self.params)}] if self.wdir else list(self.params)
        if self.metric:
            stage["metrics"] = [{f"{self.up}{self.name}.json": {"cache": False}}]
        flags = {"frozen": self.frozen, "always_changed": self.always}
        return {**stage, **{name: True for name, on in flags.items() if on}}


@dataclass(frozen=True)
class World:
    """A pipeline with the contents of its sources."""

    nodes: tuple[Node, ...]
    texts: Mapping[str, str] = field(default_factory=lambda: {name: f"{name}\n" for name in (*SOURCES, *DATA)})
    values: Mapping[str, Any] = field(default_factory=lambda: {"p": 1, "q": {"r": 0.5, "s": "t"}, "unused": 0})

    def write(self, repo: Repo) -> None:
        """Writes it over what is there; data that changed is tracked anew."""
        (repo.root / "work").mkdir(exist_ok=True)
        new = {
            name: text
            for name, text in self.texts.items()
            if not (repo.root / name).exists() or (repo.root / name).read_text() != text
        }
        repo.write({**new, "work/.keep": "", "params.yaml": yaml.safe_dump(dict(self.values))})
        repo.pipeline({"stages": {node.name: node.as_stage() for node in self.nodes}})
        if any(name.startswith("data/") for name in new):
            track(repo, "data")


@st.composite
def nodes(draw: st.DrawFn) -> tuple[Node, ...]:
    """Two to five stages, each reading sources, data, params and earlier stages."""
    made: list[Node] = []
    for number in range(draw(st.integers(2, 5))):
        choices = [*SOURCES, "lib", "data", "data/sub", *DATA, *(out for node in made for out in node.outs)]
        if made:
            choices += [node.out for node in made] * 3
        deps = draw(st.lists(st.sampled_from(choices), min_size=1, max_size=3, unique=True))
        made.append(
            Node(
                name=f"s{number}",
                deps=_apart(deps),
                params=tuple(draw(st.lists(st.sampled_from(PARAMS), max_size=2, unique=True))),
                reads=draw(st.sampled_from(sorted(READ))),
                folder=draw(st.booleans()),
                metric=draw(st.booleans()),
                wdir=draw(st.sampled_from([False, False, True])),
                always=draw(st.sampled_from([False] * 9 + [True])),
                persist=draw(st.sampled_from([False] * 9 + [True])),
                templated=draw(st.sampled_from([False] * 4 + [True])),
            )
        )
    return tuple(made)


def _apart(deps: list[str]) -> tuple[str, ...]:
    """Without a path that lies inside another of them: DVC takes both, but one says it all."""
    return tuple(dep for dep in deps if not any(dep.startswith(f"{other}/") for other in deps))


@st.composite
def changes(draw: st.DrawFn, world: World) -> World:
    """The world after one change, of the kinds that pull requests make."""
    kind = draw(
        st.sampled_from(["text", "text", "data", "value", "value", "unused", "comment", "node", "freeze", "new"])
    )
    at = draw(st.integers(0, len(world.nodes) - 1))
    node = world.nodes[at]
    if kind in {"text", "data"}:
        name = draw(st.sampled_from(SOURCES if kind == "text" else DATA))
        return replace(world, texts={**world.texts, name: draw(st.sampled_from(["one\n", "two\n", f"{name}\n"]))})
    if kind in {"value", "unused"}:
        values = {"p": world.values["p"], "q": dict(world.values["q"]), "unused": world.values["unused"]}
        if kind == "unused":
            values["unused"] = draw(st.integers(0, 9))
        elif draw(st.booleans()):
            values["p"] = (
                draw(st.sampled_from([1, 2, 2.0, 1e-3, True, None, [1, 2]]))
                if not _templated(world)
                else draw(st.sampled_from([1, 2, 3]))
            )
        else:
            values["q"] = {"r": draw(st.sampled_from([0.5, 1, 1.0])), "s": draw(st.sampled_from(["t", "u", "no"]))}
        return replace(world, values=values)
    if kind == "comment":
        node = replace(node, comment=draw(st.sampled_from(["", "x", "y"])))
    elif kind == "node":
        node = replace(node, reads=draw(st.sampled_from(sorted(READ))), metric=not node.metric)
    elif kind == "freeze":
        node = replace(node, frozen=not node.frozen)
    else:
        node = replace(node, name=f"n{at}") if not _read_by_others(world, node) else replace(node, comment="z")
    return replace(world, nodes=(*world.nodes[:at], node, *world.nodes[at + 1 :]))


def _templated(world: World) -> bool:
    return any(node.templated for node in world.nodes)


def _read_by_others(world: World, node: Node) -> bool:
    return any(dep in node.outs for other in world.nodes for dep in other.deps)


@st.composite
def histories(draw: st.DrawFn) -> tuple[World, ...]:
    """A first world and one to three changes; with luck a later one undoes an earlier one."""
    worlds = [World(draw(nodes()))]
    for _ in range(draw(st.integers(1, 3))):
        worlds.append(draw(st.sampled_from([worlds[0], *([draw(changes(worlds[-1]))] * 4)])))
    return tuple(worlds)


def start(base: Path) -> Repo:
    """An empty repository for a history."""
    repo = new_repo(base)
    repo.write({".gitignore": "/data\n/out\n"})
    return repo


def executed(log: Path) -> list[str]:
    """The stages whose command ran since the log was last read."""
    names = log.read_text().split() if log.exists() else []
    log.unlink(missing_ok=True)
    return sorted(names)


def repro(repo: Repo) -> None:
    """`dvc repro`, in this process."""
    from dvc.repo import Repo as DvcRepo

    here = os.getcwd()  # noqa: PTH109
    os.chdir(repo.root)
    dvc = DvcRepo(str(repo.root), config={"core": {"site_cache_dir": str(repo.root / ".dvc/tmp/site")}})
    try:
        dvc.reproduce(all_pipelines=True)
    finally:
        dvc.close()
        os.chdir(here)
