"""Decides what must happen to one stage, from hashes alone. The plan and the run ask the same questions here."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mergegate.facts.plan import Action, Reason
from mergegate.read.dvcparams import pick, read_values
from mergegate.read.dvcproject import Content, content_of, inside
from mergegate.rerun.ledger import Unknown
from mergegate.rerun.runcache import find_entry, restorable, run_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mergegate.errors import SurroundingsError
    from mergegate.read.dvcproject import Project, Stage
    from mergegate.rerun.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Decision:
    """What must happen to a stage, why, and what is needed for it."""

    stage: Stage
    action: Action
    reasons: tuple[Reason, ...] = ()
    deps: Mapping[str, Content] = field(default_factory=dict)
    """By path from the root: what each dependency is, as far as it is known."""
    missing: tuple[str, ...] = ()
    """Dependencies and params that are nowhere."""
    trouble: SurroundingsError | None = None
    """Why a dependency cannot be known from here."""
    entry: Mapping[str, Any] | None = None
    """What to restore: an entry of the run cache or of the lock."""


class Decider:
    """Knows the metadata, the ledger and, unless `offline`, the remote's run cache.

    With `whole`, an output that is neither on this machine nor in the remote is a reason to make it again: the lock
    alone is no output. Without `probe` the remote is not asked whether it has what a restore names.
    """

    def __init__(
        self, project: Project, ledger: Ledger, *, offline: bool = False, whole: bool = False, probe: bool = True
    ) -> None:
        self.project = project
        self.ledger = ledger
        self.remote = not offline and bool(ledger.objects.config.get("core", "remote"))
        self.whole = whole and not offline
        self.probe = probe
        self._values: dict[str, Any] = {}

    def decide(self, stage: Stage) -> Decision:
        """The decision for a stage whose upstream stages are all settled; settles nothing itself."""
        inputs = _Inputs()
        self._look_at_command(stage, inputs)
        self._look_at_deps(stage, inputs)
        params = self._look_at_params(stage, inputs)
        changed = bool(inputs.reasons)
        self._look_at_outs(stage, inputs)
        if stage.frozen:  # its reasons say what it is frozen against; nothing is brought or restored for it
            return Decision(stage, Action.FROZEN, (*inputs.reasons, *inputs.pending))
        if not inputs.reasons and not inputs.pending:
            return Decision(stage, Action.UNCHANGED, deps=inputs.deps)
        entry = None
        if not (inputs.pending or inputs.missing):
            entry = self._entry(stage, inputs, params, changed=changed)
        return Decision(
            stage,
            _action(inputs, entry),
            (*inputs.reasons, *inputs.pending),
            inputs.deps,
            tuple(inputs.missing),
            inputs.trouble,
            entry,
        )

    def settled(self, decision: Decision) -> dict[str, Content | Unknown | None]:
        """What the outputs will be after this decision, by path; unknown where the stage runs."""
        stage = decision.stage
        if decision.action in {Action.RUN, Action.MAY_RUN}:
            return {out.path: Unknown(stage.address) for out in stage.outs if out.path}
        if decision.entry is not None:
            found = {str(out["path"]): content_of(out) for out in decision.entry["outs"]}
        else:
            found = stage.locked("outs")
        if decision.action is Action.FROZEN:
            outs = (out for out in stage.outs if out.path)
            return {out.path: self.ledger.disk.content(out.path) or found.get(out.name) for out in outs}
        return {out.path: found.get(out.name) for out in stage.outs if out.path}

    def _look_at_command(self, stage: Stage, inputs: _Inputs) -> None:
        if not stage.frozen and (stage.always or not (stage.deps or stage.params or stage.outs)):
            inputs.reasons.append(Reason("always", stage.address, after="runs every time"))
        if stage.lock is None:
            inputs.reasons.append(Reason("new", stage.address, after="no entry in dvc.lock"))
        elif stage.lock.get("cmd") != stage.cmd:
            inputs.reasons.append(Reason("command", stage.address, _text(stage.lock.get("cmd")), _text(stage.cmd)))

    def _look_at_deps(self, stage: Stage, inputs: _Inputs) -> None:
        locked = stage.locked("deps")
        for name, path in stage.deps:
            before = locked.get(name)
            old = before.md5 if before else ""
            if not path:
                if not stage.frozen:
                    inputs.pending.append(Reason("file", name, old, "outside the repository: known only when it runs"))
                continue
            state = self.ledger.state(path, legacy=bool(before and before.legacy))
            if isinstance(state, Unknown):
                inputs.wait_for(state, path, old)
            elif state is None:
                inputs.missing.append(path)
                inputs.reasons.append(Reason("file", path, old, "missing"))
            else:
                inputs.deps[path] = state
                if state.md5 != old and stage.lock is not None:
                    inputs.reasons.append(Reason("file", path, old, state.md5))

    def _look_at_params(self, stage: Stage, inputs: _Inputs) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for name, keys in stage.params.items():
            path = inside(stage.folder, name)
            written = self.ledger.state(path) if path and self.ledger.graph.owner(path) else None
            if isinstance(written, Unknown):
                inputs.wait_for(written, path, "")
                continue
            values = self._params_file(path)
            before = dict(((stage.lock or {}).get("params") or {}).get(name) or {})
            if values is None:
                inputs.missing.append(path or name)
                inputs.reasons.append(Reason("param", path or name, after="the file is missing"))
                continue
            now = chosen_params(values, keys)
            found[name] = now
            inputs.missing += [f"{path}:{key}" for key in keys if key not in now]
            if stage.lock is not None:
                inputs.reasons += _param_reasons(path, keys or tuple({**now, **before}), before, now)
        return found

    def _look_at_outs(self, stage: Stage, inputs: _Inputs) -> None:
        locked = stage.locked("outs")
        for out in stage.outs:
            if stage.lock is None or not out.path:
                continue
            content = locked.get(out.name)
            if content is None:
                inputs.reasons.append(Reason("output", out.path, after="not in dvc.lock"))
            elif not self.ledger.disk.exists(out.path):
                if not out.cache:
                    inputs.reasons.append(Reason("output", out.path, content.md5, "missing"))
                elif self.whole and not self._somewhere(content, out.remote):
                    inputs.reasons.append(Reason("output", out.path, content.md5, "neither here nor in the remote"))
            elif not self.ledger.on_disk_as(out.path, content):
                inputs.reasons.append(Reason("output", out.path, content.md5, "changed on disk"))

    def _somewhere(self, content: Content, remote: str | None) -> bool:
        objects = self.ledger.objects
        return objects.cache.has(content) or (self.remote and objects.available(content, remote=remote))

    def _entry(
        self, stage: Stage, inputs: _Inputs, params: Mapping[str, Mapping[str, Any]], *, changed: bool
    ) -> Mapping[str, Any] | None:
        objects = self.ledger.objects
        deps = {name: inputs.deps[path] for name, path in stage.deps if path}
        key = run_key(stage, deps, params)
        if key is None:
            return None
        if not changed and stage.lock is not None and {out.name for out in stage.outs} <= set(stage.locked("outs")):
            there = restorable(objects, stage.lock, remote=self.remote, probe=self.probe)
            return stage.lock if there else None
        return find_entry(objects, key, remote=self.remote, probe=self.probe)

    def _params_file(self, path: str) -> Any:
        if not path:
            return None
        if self.ledger.graph.owner(path):
            return read_values(self.project.files, path)  # a stage may have written it a moment ago
        if path not in self._values:
            self._values[path] = read_values(self.project.files, path)
        return self._values[path]


@dataclass
class _Inputs:
    """What the questions found, collected."""

    reasons: list[Reason] = field(default_factory=list)
    pending: list[Reason] = field(default_factory=list)
    deps: dict[str, Content] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    trouble: SurroundingsError | None = None

    def wait_for(self, state: Unknown, path: str, before: str) -> None:
        if state.trouble is None:
            self.pending.append(Reason("upstream", state.upstream, after=path))
        else:
            self.pending.append(Reason("file", path, before, state.trouble.what))
            self.trouble = self.trouble or state.trouble


def _action(inputs: _Inputs, entry: Mapping[str, Any] | None) -> Action:
    if entry is not None:
        return Action.RESTORE
    return Action.RUN if inputs.reasons else Action.MAY_RUN


def chosen_params(values: Any, keys: tuple[str, ...]) -> dict[str, Any]:
    """The params that a stage reads from a file's content; all of them where it names no keys."""
    if not keys:
        return dict(values) if isinstance(values, dict) else {}
    found = {key: pick(values, key) for key in keys}
    return {key: value for key, (there, value) in found.items() if there}


def _param_reasons(path: str, keys: tuple[str, ...], before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Reason]:
    reasons: list[Reason] = []
    for key in keys:
        if key not in before or key not in now or before[key] != now[key]:
            reasons += _differences(f"{path}:{key}", before.get(key, _NOTHING), now.get(key, _NOTHING))
    return reasons


_NOTHING = object()


def _differences(name: str, before: Any, now: Any) -> list[Reason]:
    """Down to the values: of a group of params only those that changed are named."""
    if not (isinstance(before, dict) and isinstance(now, dict)):
        return [Reason("param", name, _shown(before), _shown(now))]
    reasons: list[Reason] = []
    for key in dict.fromkeys([*before, *now]):
        old, new = before.get(key, _NOTHING), now.get(key, _NOTHING)
        if old is _NOTHING or new is _NOTHING or old != new:
            reasons += _differences(f"{name}.{key}", old, new)
    return reasons


def _shown(value: Any) -> str:
    return "" if value is _NOTHING else _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
