"""Runs one stage of base on a candidate's files, in a scratch clone: the judge's own look at a stranger's model."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError, UseError
from mergegate.read.dvcfail import disk_words
from mergegate.read.dvcmeta import load_project
from mergegate.read.dvctree import GitTree
from mergegate.read.objects import Objects
from mergegate.rerun.graph import Graph, build_graph
from mergegate.rerun.process import Finished, Running, commands_of
from mergegate.rerun.scratch import clone, make_removable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mergegate.read.dvcproject import Content, Stage
    from mergegate.rerun.graph import Source

DEADLINE = 1800.0
"""Seconds for the stage's commands."""


def reevaluate(  # noqa: PLR0913 - what to run, and two things that only some callers say
    root: Path,
    base_sha: str,
    stage: str,
    replace: Mapping[str, Path],
    out: str,
    *,
    deadline: float = DEADLINE,
    on_finished: Callable[[Finished], None] | None = None,
) -> Path:
    """Runs `stage` as `base_sha` defines it, with base's code and data, on the files of `replace`; returns `out`.

    `root` is the DVC root of a working tree, which is not touched. `replace` is path in the repository -> file to
    put there instead of base's; each has to be a dependency of the stage. The commands see no secret: their
    environment is made anew. `on_finished` is told what they took. The result is a file in a new temporary folder,
    which the caller removes.
    """
    return rerun_stage(root, base_sha, stage, replace, [out], deadline=deadline, on_finished=on_finished)[out]


def rerun_stage(  # noqa: PLR0913 - as above
    root: Path,
    base_sha: str,
    stage: str,
    replace: Mapping[str, Path],
    outs: Sequence[str],
    *,
    deadline: float = DEADLINE,
    on_finished: Callable[[Finished], None] | None = None,
) -> dict[str, Path]:
    """As `reevaluate`, for several outputs of the stage (or files in an output folder).

    Each file of `outs` and every other that the stage wrote as an output, by its path in the repository; all lie in
    one new folder.
    """
    root = root.resolve()
    project = load_project(GitTree(root, base_sha))
    chosen = project.stage(stage)
    _check(chosen, replace, outs)
    with disk_words(tempfile.gettempdir()), tempfile.TemporaryDirectory(prefix="mergegate-reevaluate-") as folder:
        top = Path(folder) / "base"
        here = clone(root, base_sha, top)
        try:
            _lay_out(here, chosen, build_graph(project), Objects(root), replace)
            finished = _run(here, chosen, Path(folder), deadline)
            if on_finished is not None:
                on_finished(finished)
            return _results(here, chosen, outs)
        finally:
            make_removable(top)


def _check(stage: Stage, replace: Mapping[str, Path], outs: Sequence[str]) -> None:
    deps = set(stage.reads)
    where = f"{stage.file}, stage {stage.name}, at base"
    strange = sorted(path for path in replace if path not in deps)
    if strange:
        raise UseError(
            f"{stage.address} does not read {', '.join(strange)}", where=where, do="hand over what that stage reads"
        )
    for out in outs:
        if not any(out == spec.path or out.startswith(f"{spec.path}/") for spec in stage.outs):
            raise UseError(f"{stage.address} does not write {out}", where=where, do="name one of its outputs")
    linked = sorted(path for path, file in replace.items() if file.is_symlink() or not file.is_file())
    if linked:
        raise UseError(f"not a plain file: {', '.join(linked)}", where=where, do="hand over ordinary files")


def _lay_out(here: Path, stage: Stage, graph: Graph, objects: Objects, replace: Mapping[str, Path]) -> None:
    """Puts every dependency in place: the candidate's, or base's from cache or remote, verified."""
    for path in stage.reads:
        if path in replace:
            _put(replace[path], here / path)
        elif path:
            owner = graph.owner(path)
            for source in [owner] if owner else graph.below(path):
                _put_base(here, path if owner else source.spec.path, source, objects)
    for spec in stage.outs:
        if spec.path and not spec.persist:
            _remove(here / spec.path)
        if spec.path:
            (here / spec.path).parent.mkdir(parents=True, exist_ok=True)


def _put_base(here: Path, path: str, source: Source, objects: Objects) -> None:
    content = _named(source)
    if content is None:
        raise UseError(f"base's dvc.lock does not say what {path} is", where=path, do="run main's pipeline first")
    remote = source.spec.remote
    if not content.is_dir:
        if source.spec.cache:
            _put(objects.need(content, remote=remote, name=path), here / path)
        return
    listing = objects.listing(content, remote=remote, name=source.spec.path)
    if listing is None:
        objects.need(content, remote=remote, name=source.spec.path)
    for name, file in (listing or {}).items():
        at = f"{source.spec.path}/{name}"
        if at == path or at.startswith(f"{path}/"):
            _put(objects.need(file, remote=remote, name=at), here / at)


def _named(source: Source) -> Content | None:
    if source.tracked is not None:
        return source.tracked.content
    return source.stage.locked("outs").get(source.spec.name) if source.stage else None


def _put(file: Path, to: Path) -> None:
    _remove(to)
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, to)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _run(here: Path, stage: Stage, scratch: Path, deadline: float) -> Finished:
    done = threading.Event()
    running = Running(
        commands=commands_of(stage.cmd),
        folder=here / stage.folder,
        env=bare_environment(scratch),
        log=scratch / "log",
        deadline=deadline,
    )
    with ExitStack() as stack:
        stack.enter_context(_stopped(running))
        running.start(done.set)
        done.wait()
    finished = running.finished
    if finished is None or finished.timed_out or finished.code:
        how = "could not be started"
        if finished is not None:
            how = f"took longer than {deadline:.0f} s" if finished.timed_out else f"ended with {finished.code}"
        said = "".join(f"\n    {line}" for line in finished.tail) if finished else ""
        raise SurroundingsError(
            f"the re-evaluation by {stage.address} {how}{said}",
            where=f"base's {stage.file}, stage {stage.name}",
            do="see whether the candidate's model has the format that main's evaluation reads",
        )
    return finished


@contextmanager
def _stopped(running: Running) -> Iterator[None]:
    try:
        yield
    finally:
        running.stop()


def bare_environment(scratch: Path) -> dict[str, str]:
    """An environment without secrets: a path that starts with this Python, an empty home, a fixed hash seed."""
    home = scratch / "home"
    temporary = scratch / "tmp"
    home.mkdir(exist_ok=True)
    temporary.mkdir(exist_ok=True)
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _results(here: Path, stage: Stage, outs: Sequence[str]) -> dict[str, Path]:
    for out in outs:
        if not _plain(here / out):
            raise SurroundingsError(
                f"the re-evaluation did not write {out}",
                where=f"base's {stage.file}, stage {stage.name}",
                do="see whether main's evaluation writes that file",
            )
    others = [spec.path for spec in stage.outs if spec.path and _plain(here / spec.path)]
    folder = Path(tempfile.mkdtemp(prefix="mergegate-result-"))
    targets = {
        path: folder / f"{number}-{Path(path).name}" for number, path in enumerate(dict.fromkeys([*outs, *others]))
    }
    return {path: Path(shutil.copyfile(here / path, target)) for path, target in targets.items()}


def _plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
