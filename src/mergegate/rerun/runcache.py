"""DVC's run cache: the key of a run is computed from hashes and looked up, never listed."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mergegate.errors import SurroundingsError, UseError
from mergegate.read.dvcproject import content_of
from mergegate.read.dvcyaml import load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mergegate.read.dvcproject import Content, Stage
    from mergegate.read.objects import Objects

_SIZES = frozenset({"size", "nfiles"})


def run_key(stage: Stage, deps: Mapping[str, Content], params: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The name under which DVC stores runs of this command on these inputs; None where it stores none.

    `deps` and `params` are by the name that the stage uses for the file. DVC stores no run of a stage that always
    runs, has no inputs or outputs, keeps its outputs (`persist`) or reaches outside the repository.
    """
    reaches_out = any(not path for _, path in stage.deps) or any(not out.path for out in stage.outs)
    if stage.always or reaches_out or not (stage.deps or stage.params) or not stage.outs:
        return None
    if any(out.persist for out in stage.outs) or any(content.legacy for content in deps.values()):
        return None
    entry: dict[str, Any] = {"cmd": stage.cmd}
    if stage.deps:
        entry["deps"] = [dep_entry(name, deps[name]) for name in sorted(deps)]
    if stage.params:
        entry["params"] = params
    entry["outs"] = sorted(out.name for out in stage.outs)
    return _digest(entry)


def dep_entry(name: str, content: Content) -> dict[str, Any]:
    """A dependency as the lock and the run cache write it, without sizes."""
    entry: dict[str, Any] = {"path": name, "hash": "md5", "md5": content.md5}
    return {**entry, "isexec": True} if content.executable and not content.is_dir else entry


def entry_key(entry: Mapping[str, Any]) -> str | None:
    """The key under which an entry has to lie."""
    return _digest({**entry, "outs": [str(out["path"]) for out in entry.get("outs") or ()]})


def entry_name(entry: Mapping[str, Any]) -> str | None:
    """The file name that an entry has to have: the hash of what it says."""
    return _digest(entry)


def find_entry(objects: Objects, key: str, *, remote: bool, probe: bool = True) -> dict[str, Any] | None:
    """The newest entry under a key whose outputs all exist somewhere; None where there is none.

    Without `probe` the remote is not asked for the outputs: whoever fetches them next will see.
    Raises `SurroundingsError` for an entry that is not what its name says.
    """
    for entry in _entries(objects, key, remote=remote):
        if restorable(objects, entry, remote=remote, probe=probe):
            return entry
    return None


def restorable(objects: Objects, entry: Mapping[str, Any], *, remote: bool, probe: bool = True) -> bool:
    """Whether every output that the entry names is in the cache or, if `remote`, in the remote."""
    outs = [content_of(out) for out in entry.get("outs") or () if out.get("md5")]
    if len(outs) != len(entry.get("outs") or ()):
        return False
    return all(objects.cache.has(out) or (remote and (not probe or objects.available(out))) for out in outs)


def _entries(objects: Objects, key: str, *, remote: bool) -> Iterator[dict[str, Any]]:
    folder = objects.cache.base / entry_folder(key)
    names = _local_names(folder)
    for name in names:
        yield _checked((folder / name).read_bytes(), key, name, str(folder / name))
    if not remote or not has_run_cache(objects):
        return
    store = objects.remote()
    for name in store.names(entry_folder(key)):
        if name not in names:
            where = f"{store.where}/{entry_folder(key)}/{name}"
            data = _read(objects, f"{entry_folder(key)}/{name}")
            if data is not None:
                entry = _checked(data, key, name, where)
                _keep(objects.cache.base, folder, name, data)
                yield entry


def entry_folder(key: str) -> str:
    """Where the entries of a key lie, relative to cache or remote."""
    return f"runs/{key[:2]}/{key}"


def has_run_cache(objects: Objects) -> bool:
    """Whether the default remote is there and of a kind that can list (plain HTTP cannot)."""
    try:
        return not objects.remote().where.startswith(("http://", "https://"))
    except UseError:
        return False


def _local_names(folder: Path) -> list[str]:
    try:
        found = [entry for entry in folder.iterdir() if len(entry.name) == 64]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [entry.name for entry in sorted(found, key=lambda e: (-e.stat().st_mtime_ns, e.name))]


def _read(objects: Objects, key: str) -> bytes | None:
    with tempfile.TemporaryDirectory(prefix="mergegate-") as folder:
        path = Path(folder) / "entry"
        if not objects.remote().get(key, path):
            return None
        return path.read_bytes()


def _keep(base: Path, folder: Path, name: str, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    handle = tempfile.NamedTemporaryFile(dir=base, prefix=".mergegate-", delete=False)  # noqa: SIM115 - renamed
    with handle:
        handle.write(data)
    Path(handle.name).replace(folder / name)


def _checked(data: bytes, key: str, name: str, where: str) -> dict[str, Any]:
    wrong = SurroundingsError(
        "an entry of the run cache is not what its name says", where=where, do="it was not used; delete that file"
    )
    try:
        entry = load_yaml(data, where)
    except UseError:
        raise wrong from None
    if not isinstance(entry, dict) or entry_name(entry) != name or entry_key(entry) != key:
        raise wrong
    return entry


def _digest(value: object) -> str | None:
    try:
        text = json.dumps(_without_sizes(value), sort_keys=True)
    except TypeError:
        return None  # a date among the params, say: DVC itself cannot store such a run
    return hashlib.sha256(text.encode()).hexdigest()


def _without_sizes(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_sizes(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_sizes(item) for key, item in value.items() if key not in _SIZES}
    return value
