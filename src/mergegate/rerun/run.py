"""`mergegate run`: brings what the changed stages need, runs or restores them, leaves a right `dvc.lock`."""

from __future__ import annotations

import contextlib
import os
import queue
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mergegate.errors import SurroundingsError, UseError
from mergegate.facts.plan import Action, RunRecord, StageRun
from mergegate.read.dvcapi import Workshop
from mergegate.read.dvcfail import disk_words
from mergegate.read.dvcproject import content_of
from mergegate.rerun.bring import bring, bring_entry
from mergegate.rerun.frozen import in_words, refuse_without_outputs
from mergegate.rerun.outcome import demand_runnable, demand_written, finished_well
from mergegate.rerun.plan import Survey
from mergegate.rerun.process import Running, commands_of
from mergegate.rerun.undisturbed import alone, ended_by_signals

if TYPE_CHECKING:
    from collections.abc import Callable

    from mergegate.read.dvcproject import Stage
    from mergegate.rerun.decide import Decision


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How much is to run, and how."""

    jobs: int = 1
    """This many independent stages side by side."""
    push: bool = False
    """Publish afterwards."""
    offline: bool = False
    """Leave the remote's run cache out."""
    whole: bool = False
    """An unchanged stage runs, too, where an output of it is nowhere to be had; publishing always asks for that."""
    until: str | None = None
    """The path of an output: only the stage that writes it and what that needs are looked at."""
    leave: Callable[[str], bool] | None = None
    """A stage that would have to run and whose address this says yes to is left, and so is what needs it."""


def run(root: Path, settings: RunSettings | None = None, on_progress: Callable[[str], None] | None = None) -> RunRecord:
    """Runs what changed in the working tree at the DVC root `root`.

    `on_progress` gets one line of text at a time, the output of the stages among them. Raises `UseError` for what the
    pipeline's author can mend, `SurroundingsError` for everything else.
    """
    root, settings = root.resolve(), settings or RunSettings()
    with disk_words(str(root)), alone(root), ended_by_signals():
        record = _Run(root, settings, on_progress or (lambda _: None)).go()
    if not settings.push:
        return record
    from mergegate.rerun.publish import publish

    pushed = publish(root)
    return RunRecord(record.stages, record.pulled, record.pulled_bytes, pushed)


@dataclass
class _Run:
    root: Path
    settings: RunSettings
    say: Callable[[str], None]
    runs: dict[str, StageRun] = field(default_factory=dict)
    running: dict[str, tuple[Running, Any, contextlib.ExitStack]] = field(default_factory=dict)
    ended: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)
    failure: SurroundingsError | UseError | None = None
    _workshop: Workshop | None = None

    def __post_init__(self) -> None:
        wanted = self.settings
        self.jobs = max(1, wanted.jobs)
        self.survey = Survey.of(self.root, offline=wanted.offline, whole=wanted.whole or wanted.push, probe=False)
        graph = self.survey.graph
        needed = graph.needed_for(wanted.until) if wanted.until else graph.upstream.keys()
        self.waiting = {stage.address: stage for stage in graph.stages if stage.address in needed}

    @property
    def workshop(self) -> Workshop:
        """Opened when the first stage has to change something: a run that finds nothing to do imports no DVC."""
        if self._workshop is None:
            self._workshop = Workshop(self.root)
        return self._workshop

    def go(self) -> RunRecord:
        """Works until nothing is left, or until what is running has ended after a failure."""
        try:
            while self.waiting or self.running:
                if self.failure is None:
                    self._start_ready()
                if not self.running:
                    break
                self._finish(self.ended.get())
        finally:
            for running, _, held in self.running.values():
                running.stop()
                held.close()
            self.survey.ledger.disk.close()
            if self._workshop is not None:
                self._workshop.close()
        if self.failure is not None:
            raise self.failure
        objects = self.survey.ledger.objects
        order = [stage.address for stage in self.survey.graph.stages]
        return RunRecord(
            tuple(self.runs[name] for name in order if name in self.runs), objects.pulled, objects.pulled_bytes
        )

    def _start_ready(self) -> None:
        moved = True
        while moved and len(self.running) < self.jobs:
            moved = False
            for address, stage in list(self.waiting.items()):
                if len(self.running) >= self.jobs:
                    return
                if all(up in self.runs for up in self.survey.graph.upstream[address]):
                    del self.waiting[address]
                    self._handle(self.survey.decider.decide(stage))
                    moved = True

    def _handle(self, decision: Decision) -> None:
        stage = decision.stage
        if decision.action is Action.UNCHANGED:
            self._settle(decision, StageRun(stage.address, "unchanged"))
            return
        if decision.action is Action.FROZEN:
            self._skip(decision)
            return
        if decision.action is not Action.RESTORE and self._is_left(stage.address):
            self._leave(decision)
            return
        demand_runnable(decision, self.survey)
        dvc_stage = self.workshop.load(stage.file, stage.name)
        if decision.action is Action.RESTORE and bring_entry(self.survey, decision):
            assert decision.entry is not None  # noqa: S101 - what RESTORE means
            self.workshop.restore(dvc_stage, decision.entry)
            self.say(f"{stage.address}: restored from the run cache")
            self._settle(decision, StageRun(stage.address, "restored"))
            return
        if self._is_left(stage.address):  # The run cache named an answer that is nowhere.
            self._leave(replace(decision, action=Action.RUN, entry=None))
            return
        bring(self.survey, self.workshop, decision)
        self._launch(stage, dvc_stage)

    def _is_left(self, address: str) -> bool:
        """Whether it is not run here: by its name, or because it needs what one of those makes."""
        leave = self.settings.leave
        return self._reads_what_is_left(address) or bool(leave and leave(address))

    def _reads_what_is_left(self, address: str) -> bool:
        return any(self.runs[up].outcome == "scheduled" for up in self.survey.graph.upstream[address])

    def _skip(self, decision: Decision) -> None:
        if self._reads_what_is_left(decision.stage.address):
            self._leave(decision)  # what it wrote is of the model before
            return
        refuse_without_outputs(decision)
        if decision.reasons:
            self.say(f"{decision.stage.address}: frozen, so it does not run, although {in_words(decision.reasons)}")
        self._settle(decision, StageRun(decision.stage.address, "skipped"))

    def _leave(self, decision: Decision) -> None:
        self.say(f"{decision.stage.address}: left to the scheduled training")
        self._settle(decision, StageRun(decision.stage.address, "scheduled"))

    def _settle(self, decision: Decision, done: StageRun) -> None:
        for path, state in self.survey.decider.settled(decision).items():
            self.survey.ledger.settle(path, state)
        self.runs[done.name] = done

    def _launch(self, stage: Stage, dvc_stage: Any) -> None:
        self.workshop.clear(dvc_stage)
        held = contextlib.ExitStack()
        held.enter_context(self.workshop.using(dvc_stage))
        address = stage.address
        running = Running(
            commands=commands_of(stage.cmd),
            folder=self.root / stage.folder,
            env=stage_environment(self.root, address),
            log=log_path(self.root, address),
            on_line=lambda line: self.say(f"{address} | {line}"),
        )
        self.say(f"{address}: runs")
        self.running[address] = (running, dvc_stage, held)
        running.start(lambda: self.ended.put(address))

    def _finish(self, address: str) -> None:
        running, dvc_stage, held = self.running.pop(address)
        held.close()
        try:
            finished = finished_well(address, running)
            demand_written(address, dvc_stage)
            entry = self.workshop.record(dvc_stage)
        except (SurroundingsError, UseError) as error:
            self.failure = self.failure or error
            return
        by_name = {str(out["path"]): content_of(out) for out in entry.get("outs", ())}
        stage = next(stage for stage in self.survey.graph.stages if stage.address == address)
        for out in stage.outs:
            self.survey.ledger.settle(out.path, by_name.get(out.name))
        self.runs[address] = StageRun(address, "ran", finished.seconds, finished.peak_bytes)
        self.say(f"{address}: done in {finished.seconds:.1f} s")


def stage_environment(root: Path, address: str) -> dict[str, str]:
    """This environment, with this Python first on the path, and what DVC tells a stage."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, "PATH": path, "DVC_ROOT": str(root), "DVC_STAGE": address}


def log_path(root: Path, address: str) -> Path:
    """Where the output of a stage is kept."""
    name = "".join(letter if letter.isalnum() or letter in "-_.@" else "_" for letter in address)
    return root / ".dvc" / "tmp" / "mergegate" / "logs" / f"{name}.log"
