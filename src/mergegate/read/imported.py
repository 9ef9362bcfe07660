"""Python files that a stage runs and does not depend on, found by reading its imports; nothing is executed."""

from __future__ import annotations

import ast
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mergegate.read.dvcproject import Project, Stage
    from mergegate.read.git import Git

_Trees = dict[str, ast.Module | None]
"""Parsed files by the name of their object."""
_MOST_BYTES = 1_000_000
_MOST_FILES = 2_000
_MODULE = re.compile(r"(?:^|\s)-m\s+([A-Za-z_][\w.]*)")
_SCRIPT = re.compile(r"(?:^|[\s=])([^\s'\"=;&|]+\.py)\b")
_PATH = re.compile(r"PYTHONPATH=['\"]?([^\s'\"]+)")


def undeclared(git: Git, base: tuple[str, Project], head: tuple[str, Project]) -> tuple[tuple[str, str], ...]:
    """(stage, file) of each file of head's that a stage imports without a dependency on it, where that is new or the
    code of the file changed; each of `base` and `head` is a commit and its pipeline.

    Only what an `import` names is seen: neither names that are made at run time nor programs in other languages.
    """
    trees: _Trees = {}
    before, after = (_Code(git, git.listing(sha), trees) for sha in (base[0], head[0]))
    known = {pair for stage in base[1].stages for pair in before.beside(stage)}
    found = [pair for stage in head[1].stages for pair in after.beside(stage) if after.meaning(pair[1])]
    return tuple(pair for pair in found if pair not in known or before.meaning(pair[1]) != after.meaning(pair[1]))


@dataclass(slots=True)
class _Code:
    """The Python files of one commit, each read once."""

    git: Git
    listing: Mapping[str, tuple[str, str]]
    trees: _Trees
    """What both commits have alike is parsed once."""

    def beside(self, stage: Stage) -> Iterator[tuple[str, str]]:
        """(stage, file) of each file that its code imports, and that none of its dependencies is or holds."""
        reads = {path for path in stage.reads if path}
        for path in sorted(self._closure(stage)):
            folders = (path[:at] for at in range(len(path)) if path[at] == "/")
            if path not in reads and not reads.intersection(folders):
                yield stage.address, path

    def meaning(self, path: str) -> str:
        """What the file does, whatever its comments, docstrings and blanks; empty where it does nothing."""
        _, name = self.listing.get(path, ("", ""))
        tree = self.trees.get(name)
        if tree is None:
            return name  # what cannot be parsed is its bytes
        return "" if all(_is_text(node) for node in tree.body) else _told(tree)

    def _closure(self, stage: Stage) -> set[str]:
        roots = _roots(stage)
        todo = {path for path in self._started(stage, roots) if path in self.listing}
        done: set[str] = set()
        while todo and len(done) < _MOST_FILES:
            self._parse(todo)
            done |= todo
            todo = {one for path in todo for one in self._imported(path, (*roots, posixpath.dirname(path)))} - done
        return done

    def _started(self, stage: Stage, roots: tuple[str, ...]) -> Iterator[str]:
        """What the command names, and the Python files among the dependencies."""
        for line in [stage.cmd] if isinstance(stage.cmd, str) else stage.cmd:
            for name in _MODULE.findall(line):
                yield from self._files(name, roots)
            yield from (_joined(stage.folder, name) for name in _SCRIPT.findall(line))
        yield from (path for path in stage.reads if path.endswith(".py"))

    def _imported(self, path: str, roots: tuple[str, ...]) -> Iterator[str]:
        tree = self.trees.get(self.listing[path][1])
        for node in _running(tree) if tree else ():
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield from self._files(alias.name, roots)
            elif isinstance(node, ast.ImportFrom):
                where = (_above(path, node.level),) if node.level else roots
                names = [node.module] if node.module else []
                for alias in node.names:
                    yield from self._files(".".join([*names, alias.name]), where)

    def _files(self, module: str, roots: tuple[str, ...]) -> Iterator[str]:
        """The files that importing a module runs: its packages' `__init__.py`, and its own, of the first root."""
        for root in dict.fromkeys(roots):
            at, found = root, []
            for part in module.split("."):
                at = _joined(at, part)
                found += [path for path in (f"{at}.py", f"{at}/__init__.py") if path in self.listing]
            if found:
                yield from found
                return

    def _parse(self, paths: Iterable[str]) -> None:
        """All that were not parsed yet, in one call of git; None for what is no file, or that Python cannot read."""
        entries = [self.listing[path] for path in sorted(paths)]
        names = [name for mode, name in entries if mode.startswith("100") and name not in self.trees]
        for name, content in zip(names, self.git.objects(names) if names else (), strict=True):
            self.trees[name] = _parsed(content or b"")


def _parsed(content: bytes) -> ast.Module | None:
    try:
        return ast.parse(content) if len(content) <= _MOST_BYTES else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_text(node: object) -> bool:
    """Whether it is a docstring, or another text that stands alone and does nothing."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _told(tree: ast.AST) -> str:
    """All of the tree but texts that stand alone, in one text; without recursion, as a sum can be thousands deep."""
    todo: list[ast.AST | str] = [tree]
    told: list[str] = []
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            told.append(item)
            continue
        parts: list[ast.AST | str] = [f"{type(item).__name__}("]
        for name, value in ast.iter_fields(item):
            parts += [f"{name}=", *_parts(value)]
        todo += reversed([*parts, ")"])
    return "".join(told)


def _parts(value: object) -> list[ast.AST | str]:
    if isinstance(value, ast.AST):
        return [value]
    if isinstance(value, list):
        return ["[", *(part for one in value if not _is_text(one) for part in _parts(one)), "]"]
    return [f"{value:#x}," if type(value) is int else f"{value!r},"]  # Python writes no int of 5,000 digits


def _running(tree: ast.Module) -> Iterator[ast.AST]:
    """Every node but those that only a type checker reads."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        yield node
        todo += node.orelse if isinstance(node, ast.If) and _for_types(node.test) else ast.iter_child_nodes(node)


def _for_types(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else test.id if isinstance(test, ast.Name) else ""
    return name == "TYPE_CHECKING"


def _roots(stage: Stage) -> tuple[str, ...]:
    """Where the stage's Python looks for modules of the repository, as far as its command says."""
    lines = [stage.cmd] if isinstance(stage.cmd, str) else list(stage.cmd)
    paths = [part for line in lines for named in _PATH.findall(line) for part in named.split(":")]
    scripts = [posixpath.dirname(name) for line in lines for name in _SCRIPT.findall(line)]
    return tuple(dict.fromkeys(_joined(stage.folder, part) for part in [*scripts, ".", *paths, "src"]))


def _above(path: str, level: int) -> str:
    for _ in range(level):
        path = posixpath.dirname(path)
    return path


def _joined(folder: str, name: str) -> str:
    found = posixpath.normpath(posixpath.join(folder, name))
    return "" if found == "." else found
