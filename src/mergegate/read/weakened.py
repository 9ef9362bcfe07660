"""What a pull request takes from the pipeline that would have noticed a change, and what its lock file claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mergegate.read.dvcproject import Content, OutSpec, Project, Stage


def pairs_of(base: Project, head: Project) -> list[tuple[Stage, Stage | None]]:
    """Each stage of base with head's: of the same address, or else the one that writes one of its outputs."""
    named = {stage.address: stage for stage in head.stages}
    owner = {out.path: stage for stage in head.stages for out in stage.outs}
    return [
        (stage, named.get(stage.address) or next((owner[out.path] for out in stage.outs if out.path in owner), None))
        for stage in base.stages
    ]


def weakened(base: Project, head: Project) -> tuple[tuple[str, str], ...]:
    """(stage, what of it no longer holds, to end a sentence with), by base's stages, then head's new ones."""
    found = [(before.address, what) for before, after in pairs_of(base, head) for what in _lost(before, after)]
    known = {stage.address for stage in base.stages}
    for stage in head.stages:
        if not stage.name.isascii() and stage.address not in known:
            found.append((stage.address, "has a name with letters that look like others"))
        outside = [name for name, path in stage.deps if not path and "://" not in name]
        outside += [out.name for out in stage.outs if not out.path and "://" not in out.name]
        found += [(stage.address, f"reads or writes {name}, outside of the repository") for name in outside]
    return tuple(dict.fromkeys(found))


def _lost(before: Stage, after: Stage | None) -> Iterator[str]:
    if after is None:
        yield f"is gone, and with it {', '.join(out.path for out in before.outs)[:200] or 'what it did'}"
        return
    if after.frozen and not before.frozen:
        yield "is frozen: it does not run again, whatever changes"
    if after.always and not before.always:
        yield "always runs: nobody can tell whether its results are of these inputs"
    for path in before.reads:
        if path not in after.reads:
            yield f"no longer depends on {path}"
    for file, keys in before.params.items():
        left = after.params.get(file, ())
        for key in keys if file in after.params and left else ():
            if not any(key == one or key.startswith(f"{one}.") for one in left):
                yield f"no longer depends on the param {key}"
    yield from _outputs(before.outs, {out.path: out for out in after.outs})


def _outputs(outs: tuple[OutSpec, ...], left: dict[str, OutSpec]) -> Iterator[str]:
    for out in outs:
        now = left.get(out.path)
        if now is None:
            yield f"no longer writes {out.path}"
        elif (out.cache, out.push) != (now.cache, now.push) or (now.remote and now.remote != out.remote):
            yield f"keeps {out.path} elsewhere, or nowhere"


def groundless(base: Project, head: Project) -> tuple[tuple[str, str], ...]:
    """(output, stage) of each whose hash differs in the two lock files, though inputs, params and command do not."""
    found = []
    for before, after in pairs_of(base, head):
        if after is None or not before.lock or not after.lock or _inputs(before) != _inputs(after):
            continue
        was, now = before.locked("outs"), after.locked("outs")
        found += [(out.path, after.address) for out in after.outs if _differ(out.name, was, now)]
    return tuple(found)


def _differ(name: str, was: Mapping[str, Content], now: Mapping[str, Content]) -> bool:
    return name in was and name in now and was[name].md5 != now[name].md5


def _inputs(stage: Stage) -> tuple[object, ...]:
    lock = stage.lock or {}
    deps = sorted((path, content.md5) for path, content in stage.locked("deps").items())
    return str(lock.get("cmd")), deps, lock.get("params") or {}
