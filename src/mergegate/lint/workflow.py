"""A workflow as the rules ask of it: what sets it off, whose code its jobs run, and with which rights."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from mergegate.lint.tree import Block, Command, Row, Text, parse, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.lint import TextFile
    from mergegate.lint.tree import Node

PRIVILEGED = frozenset({"pull_request_target", "workflow_run", "issue_comment", "issues", "pull_request_review"})
"""Triggers with main's rights that a stranger can set off."""
HEAD = re.compile(
    r"head[._]sha|head[._]ref|head_branch|head_repository|head\.repo|refs/pull/|pull_request\.number|FETCH_HEAD",
    re.IGNORECASE,
)
"""Names of the pull request's commit or branch."""
START = r"(?:^|[;&|({]\s*|\b(?:then|do|else|sudo|exec|time|env|if|!)\s+)(?:\w+=\S*\s+)*"
"""Where a command begins."""
_RUNS = re.compile(
    START + r"(?:\S*/)?(?:python[\d.]*|pytest|make|dvc\s+(?:repro|exp|stage)|mergegate\s+run|npm|npx|node|yarn|bash|sh"
    r"|source|tox|nox|Rscript|cargo|go|docker|poetry|pdm|hatch|uv\s+run|pip\d?\s+install|\./\S+|\.\s)(?:\s|$)"
)
_HEAD_COMMAND = re.compile(
    START + r"(?:gh\s+pr\s+checkout\b|git\s+(?:checkout|switch|reset|merge|worktree\s+add|pull)\b(?!.*--\s).*"
    r"(?:FETCH_HEAD|pull/|head[._]sha|head[._]ref|head_branch))",
    re.IGNORECASE,
)
_NOT_FOR_PULL_REQUESTS = re.compile(
    r"github\.event_name\s*==\s*'(?!pull_request)\w+'|github\.event_name\s*!=\s*'pull_request'|"
    r"github\.ref(?:_name)?\s*==\s*'(?:refs/heads/)?[\w.-]+'|startsWith\(github\.ref,\s*'refs/tags"
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: an action with its inputs, or a script."""

    node: Block

    @property
    def uses(self) -> Text:
        """`owner/action@ref`, empty for a script."""
        return self.node.text("uses")

    @property
    def action(self) -> str:
        """`owner/action`, in lower case."""
        return self.uses.partition("@")[0].lower()

    @property
    def inputs(self) -> Block:
        """What stands under `with`."""
        return self.node.block("with")

    @property
    def commands(self) -> tuple[Command, ...]:
        """The lines of its script."""
        return self.node.text("run").commands

    @property
    def runs_code(self) -> bool:
        """Whether it runs what lies in the working tree."""
        return self.uses.startswith("./") or any(_RUNS.search(one.text) for one in self.commands)

    @property
    def takes_head(self) -> int:
        """The line on which it brings the pull request's commit into the working tree; 0 where it does not."""
        if self.action == "actions/checkout":
            for key in ("ref", "repository"):
                if HEAD.search(self.inputs.text(key)):
                    return self.inputs.at[key]
        return next((one.line for one in self.commands if _HEAD_COMMAND.search(one.text)), 0)


@dataclass(frozen=True, slots=True)
class Job:
    """One job, or the steps of a composite action."""

    name: str
    node: Block
    steps: tuple[Step, ...]
    triggers: frozenset[str]
    permissions: Node
    """Its own, else the workflow's; an empty text where neither says anything."""
    line: int

    @property
    def condition(self) -> Text:
        """What stands under `if`."""
        return self.node.text("if")

    @property
    def needs(self) -> tuple[str, ...]:
        """The jobs that it waits for."""
        found = self.node.get("needs")
        if isinstance(found, Text):
            return (found,)
        return tuple(str(one) for one in found) if isinstance(found, Row) else ()

    @property
    def for_pull_requests(self) -> bool:
        """Whether `pull_request` sets it off, so that all of it, this file too, is the pull request's."""
        return "pull_request" in self.triggers and not _NOT_FOR_PULL_REQUESTS.search(self.condition)

    @property
    def privileged(self) -> bool:
        """Whether a stranger can set it off with main's rights."""
        return bool(self.triggers & PRIVILEGED)

    @property
    def runs_their_code(self) -> bool:
        """Whether it runs code of the pull request."""
        begun = False
        for step in self.steps:
            begun = begun or (self.for_pull_requests and step.action == "actions/checkout")
            begun = begun or (self.privileged and bool(step.takes_head))
            if begun and step.runs_code:
                return True
        return False

    def granted(self) -> Iterator[tuple[str, int]]:
        """Each permission to write, with its line; `all` for `write-all`."""
        if isinstance(self.permissions, Block):
            yield from ((k, self.permissions.at[k]) for k, v in self.permissions.items() if v == "write")
        elif self.permissions == "write-all":
            yield "all", self.permissions.line


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow file, or a composite action: then `composite`, and no trigger is known."""

    path: str
    node: Block
    triggers: frozenset[str]
    jobs: tuple[Job, ...]
    composite: bool = False


@dataclass(frozen=True, slots=True)
class Repository:
    """What the rules look at."""

    files: dict[str, TextFile]
    workflows: tuple[Workflow, ...]

    def jobs(self) -> Iterator[tuple[Workflow, Job]]:
        """Every job of every workflow."""
        for workflow in self.workflows:
            for job in workflow.jobs:
                yield workflow, job

    def commands(self) -> Iterator[tuple[Workflow, Step, Command]]:
        """Every line of every script."""
        for workflow, job in self.jobs():
            for step in job.steps:
                for command in step.commands:
                    yield workflow, step, command


def repository(files: tuple[TextFile, ...]) -> Repository:
    """Read the workflows and composite actions among the files."""
    yamls = [file for file in files if file.path.endswith((".yml", ".yaml"))]
    workflows = [_workflow(f) for f in yamls if f.path.startswith(".github/workflows/")]
    actions = [_action(f) for f in yamls if PurePosixPath(f.path).stem == "action"]
    return Repository({file.path: file for file in files}, (*workflows, *actions))


def _workflow(file: TextFile) -> Workflow:
    node = parse(file.text, file.path)
    on = node.get("on", text_of("", 1))
    triggers = frozenset([str(on)] if isinstance(on, Text) else map(str, on))
    found = node.block("jobs")
    jobs = tuple(
        Job(name, job, _steps(job), triggers, job.get("permissions", node.get("permissions", text_of("", 1))), line)
        for name, job in found.items()
        if isinstance(job, Block)
        for line in [found.at[name]]
    )
    return Workflow(file.path, node, triggers, jobs)


def _action(file: TextFile) -> Workflow:
    node = parse(file.text, file.path)
    runs = node.block("runs")
    job = Job("runs", runs, _steps(runs), frozenset(), text_of("", 1), runs.line)
    return Workflow(file.path, node, frozenset(), (job,), composite=True)


def _steps(node: Block) -> tuple[Step, ...]:
    found = node.get("steps")
    return tuple(Step(one) for one in found if isinstance(one, Block)) if isinstance(found, Row) else ()


def texts(node: Node) -> Iterator[Text]:
    """Every scalar below a node."""
    if isinstance(node, Text):
        yield node
    else:
        for one in node.values() if isinstance(node, Block) else node:
            yield from texts(one)
