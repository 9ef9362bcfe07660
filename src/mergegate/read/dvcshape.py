"""What DVC's metadata files must look like before anything is made of them: a pull request can write anything there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mergegate.errors import UseError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LARGEST = 2**63
"""Bytes of a file, or files of a folder: more is no number of anything."""


def check_entries(entries: object, where: str, at: str) -> None:
    """`deps` or `outs` of a lock or a `.dvc` file: each a mapping with a path, a hash and sizes; raises UseError."""
    if entries is None:
        return
    if not isinstance(entries, list):
        raise _damaged(where, at)
    for number, entry in enumerate(entries):
        here = f"{at}[{number}]"
        if not isinstance(entry, dict) or not isinstance(entry.get("path"), str) or not entry["path"]:
            raise _damaged(where, f"{here}.path")
        if not isinstance(entry.get("md5") or "", str):
            raise _damaged(where, f"{here}.md5")
        for key in ("size", "nfiles"):
            if not _count(entry.get(key)):
                raise _damaged(where, f"{here}.{key}")


def check_lock(stages: dict[Any, Any], where: str) -> None:
    """The stages of a `dvc.lock`; raises UseError with the first place that DVC did not write."""
    for name, entry in stages.items():
        at = f"stages.{name}"
        if not isinstance(entry, dict):
            raise _damaged(where, at)
        check_entries(entry.get("deps"), where, f"{at}.deps")
        check_entries(entry.get("outs"), where, f"{at}.outs")
        params = entry.get("params")
        if params is not None and not (
            isinstance(params, dict) and all(isinstance(v, dict | None) for v in params.values())
        ):
            raise _damaged(where, f"{at}.params")


def well_formed(body: dict[Any, Any]) -> bool:
    """Whether `deps`, `params` and the outputs of a stage in `dvc.yaml` are lists of what DVC allows in them."""
    return all(_named(item) for item in _items(body, ("deps",))) and all(
        _named(item) or (isinstance(item, dict) and all(_flags(value) for value in item.values()))
        for item in _items(body, ("params", "outs", "metrics", "plots"))
    )


def _items(body: dict[Any, Any], kinds: tuple[str, ...]) -> Iterator[object]:
    for kind in kinds:
        found = body.get(kind) or []
        yield from found if isinstance(found, list) else (None,)


def _named(item: object) -> bool:
    return isinstance(item, str | int | float) and not isinstance(item, bool)


def _flags(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(part, str | int | float | dict) for part in value)
    return value is None or isinstance(value, dict)


def _count(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST)


def _damaged(where: str, at: str) -> UseError:
    return UseError(
        f"{where} is damaged at {at[:200]}", where=where, do="restore it from git, or let DVC write it again"
    )
