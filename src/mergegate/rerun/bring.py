"""Brings to the cache, and from there to the working tree, just what a stage needs."""

from __future__ import annotations

import posixpath
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError
from mergegate.read.dvcproject import Content, content_of
from mergegate.read.objects import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mergegate.read.dvcapi import Workshop
    from mergegate.read.objects import Objects
    from mergegate.rerun.decide import Decision
    from mergegate.rerun.graph import Source
    from mergegate.rerun.plan import Survey

_AT_ONCE = 16


def bring(survey: Survey, workshop: Workshop, decision: Decision) -> None:
    """Puts every dependency of a stage that is not on this disk into the working tree."""
    for path in decision.deps:
        for source in _sources(survey, path):
            wanted = path if survey.graph.owner(path) is source else source.spec.path
            if _there(survey, wanted):
                continue
            _to_cache(survey, source, wanted)
            stage = source.stage.name if source.stage else None
            workshop.check_out(source.file, stage, source.spec.name, wanted)


def _there(survey: Survey, path: str) -> bool:
    state = survey.ledger.state(path)
    found = survey.ledger.disk.content(path)
    return found is not None and isinstance(state, Content) and found.md5 == state.md5


def bring_entry(survey: Survey, decision: Decision) -> bool:
    """Brings every output that the decision's entry names; False where the remote has lost one of them."""
    objects = survey.ledger.objects
    wanted: list[tuple[str, Content]] = []
    for out in (decision.entry or {}).get("outs", ()):
        name, content = str(out["path"]), content_of(out)
        if not content.is_dir:
            wanted.append((name, content))
            continue
        listing = objects.listing(content, name=name)
        if listing is None:
            return False
        wanted += [(f"{name}/{inner}", file) for inner, file in listing.items()]
    return _all(objects, wanted)


def _sources(survey: Survey, path: str) -> list[Source]:
    owner = survey.graph.owner(path)
    return [owner] if owner is not None else survey.graph.below(path)


def _to_cache(survey: Survey, source: Source, path: str) -> None:
    objects = survey.ledger.objects
    whole = survey.ledger.settled(source.spec.path)
    if not whole.is_dir:
        objects.need(whole, remote=source.spec.remote, name=path)
        return
    listing = objects.listing(whole, remote=source.spec.remote, name=source.spec.path)
    if listing is None:
        objects.need(whole, remote=source.spec.remote, name=source.spec.path)
        return
    inner = posixpath.relpath(path, source.spec.path)
    chosen = [
        (f"{source.spec.path}/{name}", file)
        for name, file in listing.items()
        if inner in {".", name} or name.startswith(f"{inner}/")
    ]
    if not _all(objects, chosen, remote=source.spec.remote):
        raise SurroundingsError(
            f"a part of {path} is neither in the cache nor in the remote",
            where=objects.remote(source.spec.remote).where,
            do=NOWHERE,
        )


def _all(objects: Objects, files: Iterable[tuple[str, Content]], *, remote: str | None = None) -> bool:
    """Brings many objects, by the names to call them, side by side; False where one is nowhere."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = [
            pool.submit(objects.get, file, remote=remote, name=name)
            for name, file in {file.md5: (name, file) for name, file in files}.values()
        ]
        done, left = wait(asked, return_when=FIRST_EXCEPTION)
        for future in left:
            future.cancel()
        return all(future.result() is not None for future in done)
