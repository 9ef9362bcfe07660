"""What takes the verdict out of main's hands, or lets it get lost."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, ClassVar

from mergegate.lint.rules.base import finding
from mergegate.lint.workflow import HEAD, START

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.lint import LintFinding, TextFile
    from mergegate.lint.workflow import Job, Repository

_JUDGES = re.compile(START + r"(?:\S*/)?(?:python[\d.]*\s+-m\s+)?mergegate\s+(?:check|compare)\b(?!.*\s--record\b)")
_CHECK = re.compile(START + r"(?:\S*/)?(?:patiently\.sh\s+)?cml\s+check\s+create\b")
_COMMENT = re.compile(
    START
    + r"(?:\S*/)?(?:patiently\.sh\s+)?(?:cml\s+(?:comment\s+(?:create|update)|send-comment)|cml-send-comment)\b"
    + r"(?!.*--publish[= ]false)"
)
_GATE_OF_HEAD = re.compile(r"git\s+(?:show|checkout|restore|archive)\b.*(?:gate\.yaml|src/mergegate|\.github/scripts)")


class GateFromHead:
    """**What.** The verdict is made where the pull request decides how: in a workflow of its own (`pull_request`),
    or with a policy or a gate that is taken from its commit or its artefact.

    **Why.** Whoever is judged could loosen the limit, the labels or the judge in the very change that it judges.

    **How to fix.** Let the pull request's workflow make evidence alone (`mergegate run --evidence DIR`), and judge it
    in a `workflow_run` workflow with main checked out: `mergegate check --evidence DIR --base HEAD`.
    """

    code: ClassVar[str] = "ML008"
    title: ClassVar[str] = "The gate or its policy is the pull request's"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each command that judges so."""
        for workflow, job in repo.jobs():
            for step in job.steps:
                for command in step.commands:
                    if what := self._what(job, command.text):
                        yield finding(self, workflow.path, command.line, f"the job {job.name} {what}")

    def _what(self, job: Job, text: str) -> str:
        if job.for_pull_requests and _JUDGES.search(text):
            return "judges the pull request by the pull request's own workflow"
        if job.privileged and _GATE_OF_HEAD.search(text) and HEAD.search(text):
            return "takes the policy or the gate from the pull request's commit"
        if job.privileged and re.search(r"mergegate\s.*--policy[= ]\S*(?:evidence|artifact|artefact|head)", text):
            return "judges by a policy that the pull request handed over"
        return ""


class RequiredCanBeSkipped:
    """**What.** A job that the ruleset requires, or that creates the check, can be skipped, or passes whatever the
    jobs before it came to.

    **Why.** For GitHub a required check that was skipped has passed. A job is skipped where one that it needs
    failed, or where its `if` is false.

    **How to fix.** `if: always()`, and a step that demands `success` of `needs.<job>.result` for each job it needs.
    """

    code: ClassVar[str] = "ML009"
    title: ClassVar[str] = "A required job can be skipped"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each such job."""
        required = _required(repo)
        for workflow, job in repo.jobs():
            speaks = any(_CHECK.search(command.text) for step in job.steps for command in step.commands)
            if speaks or job.name in required or job.node.text("name") in required:
                yield from (finding(self, workflow.path, line, what) for line, what in self._ways(job))

    def _ways(self, job: Job) -> Iterator[tuple[int, str]]:
        always = "always()" in job.condition
        line = job.node.at.get("if", job.line)
        if job.condition and not always:
            yield line, f"the required job {job.name} is skipped where its `if` is false"
        elif job.needs and not always:
            yield line, f"the required job {job.name} is skipped where {' or '.join(job.needs)} fails"
        elif always and job.condition.strip("${} ") != "always()" and not job.needs:
            yield line, f"the required job {job.name} is skipped where its `if` is false"
        if always:
            said = str(job.node)
            for need in job.needs:
                if f"needs.{need}.result" not in said and "needs.*.result" not in said and "toJSON(needs)" not in said:
                    yield line, f"the required job {job.name} passes whatever {need} came to"


_STRICT = "strict_required_status_checks_policy"


def _rules(file: TextFile) -> list[dict[str, Any]]:
    """The rules of a ruleset; none where the file is none."""
    try:
        found = json.loads(file.text)["rules"] if file.path.endswith(".json") else []
        return [rule for rule in found if isinstance(rule, dict)]
    except (ValueError, LookupError, TypeError, RecursionError):
        return []


def _asked(rule: dict[str, Any]) -> dict[str, Any]:
    found = rule.get("parameters")
    return found if isinstance(found, dict) else {}


def _required(repo: Repository) -> set[str]:
    """The names of the checks that the rulesets of the repository demand."""
    names: set[str] = set()
    for file in repo.files.values():
        for rule in _rules(file):
            checks = _asked(rule).get("required_status_checks")
            if rule.get("type") == "required_status_checks" and isinstance(checks, list):
                names |= {str(one.get("context")) for one in checks if isinstance(one, dict)}
    return names


class StaleMayMerge:
    """**What.** A ruleset demands checks, and not that the branch is up to date when it merges.

    **Why.** A verdict holds against the main that it names. Two pull requests that are fine alone can be worse
    together: the second one would merge with a verdict about a main that is no more.

    **How to fix.** `"strict_required_status_checks_policy": true` ("require branches to be up to date"): after each
    merge the others are brought up to date, and so run and judged again; or a merge queue.
    """

    code: ClassVar[str] = "ML019"
    title: ClassVar[str] = "A verdict about an older main may merge"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each such ruleset."""
        for file in repo.files.values():
            rules = _rules(file)
            demanding = [rule for rule in rules if rule.get("type") == "required_status_checks"]
            strict = any(_asked(rule).get(_STRICT) is True for rule in demanding)
            if demanding and not strict and not any(rule.get("type") == "merge_queue" for rule in rules):
                lines = file.text.splitlines()
                line = next((n for n, text in enumerate(lines, 1) if "required_status_checks" in text), 1)
                yield finding(self, file.path, line, "branches need not be up to date with main when they merge")


class CheckWithoutConclusion:
    """**What.** `cml check create` is called without `--conclusion`, or always with the same passing one.

    **Why.** CML's default is `success`: whatever the verdict was, the required check passes.

    **How to fix.** Hand over what was decided: `--conclusion="$CONCLUSION"`, with a script that says `failure`
    unless everything agrees.
    """

    code: ClassVar[str] = "ML010"
    title: ClassVar[str] = "A check that passes by default"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each such call."""
        for workflow, _, command in repo.commands():
            if _CHECK.search(command.text):
                if not re.search(r"--conclusion[= ]", command.text):
                    yield finding(self, workflow.path, command.line, "the check is created without a conclusion")
                elif re.search(r"--conclusion[= ][\"']?(?:success|neutral|skipped)\b", command.text):
                    yield finding(self, workflow.path, command.line, "the check passes whatever was decided")


class CommentUploads:
    """**What.** `cml comment` is called without `--publish=false`.

    **Why.** CML then uploads every local file that the report links to, to a server of a third party. A cell of a
    table that reads `![](../.env)` is enough.

    **How to fix.** Add `--publish=false`.
    """

    code: ClassVar[str] = "ML011"
    title: ClassVar[str] = "The comment uploads the files that it links to"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each such call."""
        for workflow, _, command in repo.commands():
            if _COMMENT.search(command.text):
                yield finding(self, workflow.path, command.line, "the comment may upload local files")


class VerdictLost:
    """**What.** The exit code of `mergegate check` or `mergegate run` is thrown away: `|| true`, a pipe in a shell
    without `pipefail`, or `continue-on-error`.

    **Why.** The job passes, and the check with it, whatever the gate said.

    **How to fix.** Keep the code (`|| code=$?`) and decide by it; set `defaults: {run: {shell: bash}}`, which brings
    `pipefail`; leave `continue-on-error` out.
    """

    code: ClassVar[str] = "ML012"
    title: ClassVar[str] = "The gate's answer is thrown away"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each such command."""
        for workflow, job in repo.jobs():
            default = workflow.node.block("defaults").block("run").text("shell")
            default = job.node.block("defaults").block("run").text("shell") or default
            for step in job.steps:
                shell = step.node.text("shell") or default
                for command in step.commands:
                    if how := self._lost(command.text, shell, step.node.text("continue-on-error") == "true"):
                        yield finding(self, workflow.path, command.line, f"the gate's exit code is lost: {how}")

    def _lost(self, text: str, shell: str, goes_on: bool) -> str:
        call = re.search(START + r"(?:\S*/)?mergegate\s+(?:check|run)\b(?!.*\s--record\b)(.*)", text)
        if not call:
            return ""
        if re.search(r"\|\|\s*(?:true|:|exit\s+0|echo)\b", call[1]):
            return "whatever it is, the step goes on"
        if re.search(r"(?<!\|)\|(?!\|)", call[1]) and not (shell == "bash" or "pipefail" in shell):
            return "the shell has no `pipefail`"
        return "`continue-on-error`" if goes_on else ""
