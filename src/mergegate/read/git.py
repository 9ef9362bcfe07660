"""Asks git. Nothing of the repository is executed: no hook, no filter, no pager, no replace ref."""

from __future__ import annotations

import os
import posixpath
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError, UseError
from mergegate.facts import Revision

if TYPE_CHECKING:
    from collections.abc import Sequence

_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false")
_ENV = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8"}
_DEADLINE = 60.0


@dataclass(frozen=True, slots=True)
class Git:
    """A repository on this disk; paths are relative to `root`: the top of its working tree, or a DVC project below."""

    root: Path
    prefix: str = ""
    """Where `root` lies below the top, with a slash at its end (`models/churn/`); empty where it is the top."""

    def ask(self, *args: str, feed: str = "") -> bytes:
        """The standard output of `git ARGS`, which reads `feed`; raises `SurroundingsError` where git fails."""
        done = self._run(*args, feed=feed)
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise SurroundingsError(
                f"git {args[0]} failed: {said[-1] if said else 'no message'}",
                where=str(self.root),
                do="repair the repository (`git fsck`), then run the command again",
            )
        return done.stdout

    def tried(self, *args: str) -> tuple[bool, str]:
        """Whether `git ARGS` succeeded, with all it said: what it answered, then what it complained of."""
        done = self._run(*args)
        return done.returncode == 0, (done.stdout + done.stderr).decode("utf-8", "replace").strip()

    def line(self, *args: str) -> str:
        """The standard output of `git ARGS` as one stripped line."""
        return self.ask(*args).decode("utf-8", "replace").strip()

    def resolve(self, name: str) -> Revision:
        """The commit that `name` points at; raises `UseError` for an unknown one, with the way to heal it."""
        done = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if done.returncode == 0:
            return Revision(name=name, sha=done.stdout.decode().strip())
        if self.shallow:
            raise UseError(
                f"the revision {name!r} is not in this shallow clone",
                where=str(self.root),
                do="fetch the whole history: `git fetch --unshallow`, or `fetch-depth: 0` with actions/checkout",
            )
        raise UseError(
            f"there is no revision {name!r}",
            where=str(self.root),
            do="name a branch, tag or commit that `git log` knows, or fetch it first: `git fetch origin`",
        )

    def ever_had(self, sha: str, path: str, text: str) -> bool:
        """Whether the file at `path` held `text` in any commit up to `sha`, as far as this clone's history reaches."""
        return bool(self.line("log", "-1", "--format=%H", f"-S{text}", sha, "--", path))

    def merge_base(self, one: str, other: str) -> str:
        """The commit where two histories part; empty where this clone knows of none."""
        done = self._run("merge-base", "--end-of-options", one, other)
        return done.stdout.decode().strip() if done.returncode == 0 else ""

    def named(self, revision: Revision) -> Revision:
        """The same revision; where it is called HEAD and a branch is checked out, under the name of the branch."""
        done = self._run("symbolic-ref", "--quiet", "--short", "HEAD")
        if revision.name != "HEAD" or done.returncode:
            return revision
        return Revision(name=done.stdout.decode("utf-8", "replace").strip(), sha=revision.sha)

    @property
    def shallow(self) -> bool:
        """True where the history was cut off."""
        return self.line("rev-parse", "--is-shallow-repository") == "true"

    def workspace(self) -> Revision:
        """The working tree on top of HEAD."""
        said = self.ask("status", "--porcelain=v2", "--branch", "--untracked-files=no", "--ignore-submodules")
        lines = said.decode("utf-8", "replace").splitlines()
        head = next(line.rpartition(" ")[2] for line in lines if line.startswith("# branch.oid "))
        return Revision(name="workspace", sha=head, dirty=any(not line.startswith("#") for line in lines))

    def default_base(self) -> Revision:
        """The merge base of HEAD with the default branch: where a pull request from here would start."""
        head = self.resolve("HEAD").sha
        for name in self._default_branches():
            done = self._run("merge-base", "--end-of-options", name, head)
            if done.returncode == 0:
                return Revision(name=name, sha=done.stdout.decode().strip())
        raise UseError(
            "cannot find the default branch to compare with",
            where=str(self.root),
            do="name it: `--base origin/main` (or fetch it first: `git fetch origin`)",
        )

    def _default_branches(self) -> list[str]:
        done = self._run("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
        named = [done.stdout.decode().strip()] if done.returncode == 0 else []
        return [
            *named,
            "refs/remotes/origin/main",
            "refs/heads/main",
            "refs/remotes/origin/master",
            "refs/heads/master",
        ]

    def show(self, sha: str, path: str) -> bytes | None:
        """The bytes of `path` at a commit; None where the commit has no such file."""
        if "\n" in path:
            raise UseError("the name of a file has a line break in it", where=repr(path), do="give it another name")
        folder, name = posixpath.split(path)
        tree, blob = self.objects([f"{sha}:./{folder}", f"{sha}:./{path}"])
        mode = _mode_of(name, tree or b"", len(sha) // 2)
        if not mode:
            return None
        check_ordinary(mode, path, sha)
        return blob

    def objects(self, names: Sequence[str]) -> list[bytes | None]:
        """The bytes of each object (`40 hex digits` or `COMMIT:./PATH`), in one process; None for one that is not."""
        said = self.ask("cat-file", "--batch", feed="".join(f"{name}\n" for name in names))
        found: list[bytes | None] = []
        at = 0
        for _ in names:
            end = said.index(b"\n", at)
            if said[at:end].endswith(b" missing"):
                found.append(None)
                at = end + 1
                continue
            size = int(said[at:end].rpartition(b" ")[2])
            found.append(said[end + 1 : end + 1 + size])
            at = end + size + 2
        return found

    def listing(self, sha: str) -> dict[str, tuple[str, str]]:
        """Path -> (mode, object) of every file below `root` at a commit."""
        entries = os.fsdecode(self.ask("ls-tree", "-r", "-z", sha, "--", ".")).split("\0")
        split = (entry.partition("\t") for entry in entries if entry)
        return {path: (about.split(" ")[0], about.split(" ")[2]) for about, _, path in split}

    def changed(self, base: str, head: str) -> tuple[tuple[str, str], ...]:
        """(status letter, path) of each file that differs between two commits, without following renames."""
        fields = self.ask("diff-tree", "-r", "-z", "--no-renames", "--name-status", base, head).split(b"\0")
        return tuple(
            (status.decode(), self._below(path.decode("utf-8", "replace")))
            for status, path in zip(fields[0:-1:2], fields[1::2], strict=True)
        )

    @property
    def top(self) -> Path:
        """The top of the working tree."""
        return self.root.parents[self.prefix.count("/") - 1] if self.prefix else self.root

    @property
    def up(self) -> str:
        """From `root` to the top: `../../`, or empty."""
        return "../" * self.prefix.count("/")

    def from_top(self, path: str) -> str:
        """A path that is relative to `root`, as git's top and GitHub name it."""
        return posixpath.normpath(f"{self.prefix}{path}") if self.prefix else path

    def _below(self, path: str) -> str:
        """A path from the top, as seen from `root`."""
        if not self.prefix:
            return path
        return path.removeprefix(self.prefix) if path.startswith(self.prefix) else f"{self.up}{path}"

    def _run(self, *args: str, feed: str = "") -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                ["git", *_SAFE, *args],
                cwd=self.root,
                env={**os.environ, **_ENV},
                input=os.fsencode(feed),
                capture_output=True,
                timeout=_DEADLINE,
                check=False,
            )
        except OSError as error:
            if isinstance(error, FileNotFoundError) and self.root.is_dir():
                raise SurroundingsError("git is not installed", do="install git, 2.30 or newer") from None
            raise SurroundingsError(f"git does not start: {error.strerror}", where=str(self.root)) from None
        except subprocess.TimeoutExpired:
            raise SurroundingsError(
                f"git {args[0]} did not answer within {_DEADLINE:.0f} s", where=str(self.root), do="try again"
            ) from None


def open_repository(start: Path) -> Git:
    """The repository that `start` lies in; raises `UseError` where there is none or it has no commit.

    Where DVC was set up in a folder below git's top (`dvc init --subdir`) that holds `start`, that folder is the root.
    """
    asked = ("rev-parse", "--show-toplevel", "--verify", "--quiet", "HEAD")
    done = Git(start)._run(*asked)  # noqa: SLF001 - the same class, before its root is known
    if not done.stdout:
        raise UseError("this folder is in no git repository", where=str(start), do="run the command inside one")
    said = os.fsdecode(done.stdout).rstrip("\n")
    if done.returncode:
        raise UseError("the repository has no commit yet", where=said, do="commit something first")
    top = Path(said.rpartition("\n")[0])
    return Git(*_project_of(start, top))


def _project_of(start: Path, top: Path) -> tuple[Path, str]:
    """The nearest folder with `.dvc` from `start` up to git's top, and where it lies below that; else the top."""
    here = start.resolve()
    for folder in (here, *here.parents):
        if folder == top or not folder.is_relative_to(top):
            break
        if (folder / ".dvc").is_dir():
            return folder, f"{folder.relative_to(top).as_posix()}/"
    return top, ""


def complaint(said: str) -> str:
    """The line of what git complained of that says why: its last ones are advice, or name the other side."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for sign in ("! [", "fatal: ", "error: "):
        found = next((line for line in lines if line.startswith(sign)), "")
        if found:
            return found
    return lines[-1] if lines else "no message"


def check_ordinary(mode: str, path: str, sha: str) -> None:
    """Raises `UseError` for a link, a folder or a submodule: what is read by revision has to be an ordinary file."""
    if not mode.startswith("100"):
        raise UseError(
            f"{path} is {'a link' if mode == '120000' else 'not a file'} at {sha[:12]}",
            where=path,
            do="commit it as an ordinary file",
        )


def _mode_of(name: str, tree: bytes, width: int) -> str:
    """The mode of an entry of a tree object, whose hashes are `width` bytes long; empty where it has none."""
    at = 0
    while at < len(tree):
        end = tree.index(b"\0", at)
        mode, _, found = tree[at:end].partition(b" ")
        if found == os.fsencode(name):
            return mode.decode()
        at = end + 1 + width
    return ""
