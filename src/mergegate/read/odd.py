"""Files that a pull request adds or changes, and that do something by being there."""

from __future__ import annotations

import posixpath
import re
import sys
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING

from mergegate.facts.intact import Odd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mergegate.read.git import Git

_READ = {"dvc.yaml", "dvc.lock", "params.yaml", "gate.yaml"}
_LINK, _SUBMODULE = "120000", "160000"
_BY_ITSELF = {
    "sitecustomize.py": "Python runs it whenever it starts",
    "usercustomize.py": "Python runs it whenever it starts",
    ".env": "tools read settings and addresses from it",
    ".envrc": "a shell runs it on entering the folder",
    ".dvcignore": "DVC overlooks the files that it names",
    "dvc.local.yaml": "tools read settings from it",
}
_ELSEWHERE = re.compile(rb"(?m)^\s*(-i|--index-url|--extra-index-url|-f|--find-links|--trusted-host|-e|--editable)\b|"
                        rb"(?m:^[^#\n]*( @ |git\+|https?://))")  # fmt: skip
_ATTRIBUTES = {
    re.compile(
        rb"(?m)^[^#\n]*\s(filter|diff|merge|working-tree-encoding)="
    ): "it has git change files on the way in or out",
    re.compile(rb"(?m)^[^#\n]*\s(-diff|binary|linguist-generated)\b"): "it keeps changes of some files from reviewers",
}
_HIDDEN = {"Cf", "Cc", "Co", "Cs", "Zl", "Zp"}
"""Unicode categories that nobody sees: formats (also those that turn the direction), controls, private use."""


def odd_files(git: Git, sha: str, changed: Mapping[str, str]) -> tuple[Odd, ...]:
    """What is odd among `changed` (path -> git's letter) at the commit `sha`; nothing of it is checked out."""
    listing = git.listing(sha)
    there = [path for path, letter in sorted(changed.items()) if letter != "D" and path in listing]
    found = list(_collisions(listing, set(there)))
    libraries = _libraries(git, listing)
    for path in there:
        found += _one(git, path, listing[path], libraries)
    return tuple(found)


def _one(git: Git, path: str, entry: tuple[str, str], libraries: frozenset[str]) -> Iterator[Odd]:
    mode, blob = entry
    name = posixpath.basename(path)
    if any(unicodedata.category(sign) in _HIDDEN for sign in path):
        yield Odd(path, "its name holds signs that nobody sees", blocks=True)
    if mode == _SUBMODULE:
        yield Odd(path, "it is a submodule: what is in it is decided in another repository")
        return
    content = git.objects([blob])[0] or b""
    if mode == _LINK:
        yield from _link(path, content.decode("utf-8", "replace"))
    elif name in _BY_ITSELF:
        yield Odd(path, _BY_ITSELF[name])
    elif name.endswith(".pth"):
        yield Odd(path, "Python runs it whenever it starts")
    elif name == ".gitattributes":
        yield from (Odd(path, what) for pattern, what in _ATTRIBUTES.items() if pattern.search(content))
    elif path.startswith(".dvc/"):
        yield Odd(path, "it says where DVC keeps and finds everything")
    elif path.startswith("requirements") and name.endswith(".txt") and _ELSEWHERE.search(content):
        yield Odd(path, "it has packages come from somewhere else than the index")
    elif (module := _module(path)) in libraries:
        yield Odd(path, f"a stage that imports `{module}` gets this file in place of the installed package")


def _link(path: str, target: str) -> Iterator[Odd]:
    where = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    if posixpath.isabs(target) or where == ".." or where.startswith("../"):
        yield Odd(path, "it is a link that leads out of the repository", blocks=True)
    elif where == ".git" or where.startswith(".git/"):
        yield Odd(path, "it is a link into git's own folder", blocks=True)
    elif posixpath.basename(path) in _READ or path.endswith(".dvc"):
        yield Odd(path, "it is a link, and what the gate reads has to be an ordinary file", blocks=True)


def _collisions(listing: Mapping[str, tuple[str, str]], changed: set[str]) -> Iterator[Odd]:
    """Names that are one on another file system."""
    alike = defaultdict(list)
    for path in listing:
        alike[unicodedata.normalize("NFKC", path).casefold()].append(path)
    for paths in alike.values():
        for path in changed.intersection(paths) if len(paths) > 1 else ():
            other = next(one for one in paths if one != path)
            yield Odd(path, f"on some machines it is the same file as {other}", blocks=True)


def _module(path: str) -> str:
    """The module that a file becomes, where the folder `src` or the top is searched for modules; else nothing."""
    parts = path.removeprefix("src/").split("/")
    if len(parts) == 1 and parts[0].endswith(".py"):
        return parts[0].removesuffix(".py")
    return parts[0] if len(parts) == 2 and parts[1] == "__init__.py" else ""


def _libraries(git: Git, listing: Mapping[str, tuple[str, str]]) -> frozenset[str]:
    """Modules that a file may not stand for: Python's own, and what the lock files name."""
    locks = [blob for path, (_, blob) in listing.items() if path.startswith("requirements") and path.endswith(".txt")]
    text = b"\n".join(content or b"" for content in git.objects(locks[:40])).decode("utf-8", "replace")
    named = {name.lower().replace("-", "_") for name in re.findall(r"(?m)^([A-Za-z0-9._-]+)==", text)}
    return frozenset(named | set(sys.stdlib_module_names) | {"sklearn", "yaml"})
