"""What a job that runs the pull request's code must not have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from mergegate.lint.rules.base import finding
from mergegate.lint.workflow import START, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.lint import LintFinding
    from mergegate.lint.workflow import Job, Repository, Step, Workflow

_SECRET = re.compile(r"\bsecrets\s*(?:\.\s*|\[\s*['\"])(?!GITHUB_TOKEN\b)(\w+)|toJSON\(\s*secrets\s*\)", re.IGNORECASE)
_PUSHES = re.compile(START + r"(?:\S*/)?(?:dvc\s+push|dvc\s+exp\s+push|mergegate\s+run\b.*\s--push)(?:\s|$)")
_DATA = re.compile(r"\.storage|\.dvc|\bdvc\b|(?:^|[\s/])(?:models?|predictions?|data)(?:/|\s|$)", re.IGNORECASE)


class SecretsWithTheirCode:
    """**What.** A job that runs the pull request's code is given a secret.

    **Why.** The code can send it anywhere, and with it read or write whatever the secret opens. GitHub keeps
    secrets from forks under `pull_request`, but not from a branch, and not at all under `pull_request_target`.

    **How to fix.** Run the code in a job without secrets, hand its result over as an artefact, and let a
    `workflow_run` workflow of main's do what needs the secret.
    """

    code: ClassVar[str] = "ML001"
    title: ClassVar[str] = "A secret beside the pull request's code"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each secret of such a job."""
        for workflow, job in repo.jobs():
            if job.runs_their_code or _delegates(job):
                seen = [*texts(job.node), *texts(workflow.node.block("env"))]
                for text in seen:
                    for name in sorted({match[1] or "all of them" for match in _SECRET.finditer(text)}):
                        what = f"the job {job.name} runs the pull request's code and has the secret {name}"
                        yield finding(self, workflow.path, text.line, what)
                if job.node.text("secrets") == "inherit":
                    line = job.node.at["secrets"]
                    yield finding(self, workflow.path, line, f"the job {job.name} hands on every secret")


def _delegates(job: Job) -> bool:
    """Whether a reusable workflow of the pull request's own does the work."""
    return job.for_pull_requests and job.node.text("uses").startswith("./")


class IdentityWithTheirCode:
    """**What.** A job that runs the pull request's code may ask for an identity token (`id-token: write`).

    **Why.** The token is a login to the cloud that trusts this repository: the code can take it and read or
    write the data and the remote from anywhere.

    **How to fix.** Leave `id-token` to a job of main's that runs no code of the pull request.
    """

    code: ClassVar[str] = "ML002"
    title: ClassVar[str] = "An identity token beside the pull request's code"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each such job."""
        for workflow, job in repo.jobs():
            if job.runs_their_code or _delegates(job):
                for name, line in job.granted():
                    if name in {"id-token", "all"}:
                        what = f"the job {job.name} runs the pull request's code and may take the repository's identity"
                        yield finding(self, workflow.path, line, what)


class WritesWithTheirCode:
    """**What.** A job that runs the pull request's code has a token that may write to the repository.

    **Why.** The code can then post a passing check of any name, write the comment itself, or push.

    **How to fix.** Give the job `permissions: {contents: read}` at most, and let a job of main's write.
    """

    code: ClassVar[str] = "ML003"
    title: ClassVar[str] = "A writing token beside the pull request's code"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each permission to write of such a job."""
        for workflow, job in repo.jobs():
            if job.runs_their_code or _delegates(job):
                for name, line in job.granted():
                    if name not in {"id-token", "all"}:
                        what = f"the job {job.name} runs the pull request's code and may write {name}"
                        yield finding(self, workflow.path, line, what)


class CacheOfTheirs:
    """**What.** A job that runs the pull request's code saves a cache that is believed later.

    **Why.** Under a privileged trigger the cache is main's, so that the pull request decides what later runs of
    everybody begin with. Under `pull_request` only later pushes of the same pull request see it; but where it
    holds data, models or DVC's cache, the first push decides what the next one takes for main's results.

    **How to fix.** Use `actions/cache/restore`, and save in the workflow that runs on pushes to main.
    """

    code: ClassVar[str] = "ML004"
    title: ClassVar[str] = "A cache that the pull request's code writes"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each step that saves one."""
        for workflow, job in repo.jobs():
            if job.runs_their_code:
                for step in job.steps:
                    if self._believed(job, step):
                        what = f"the job {job.name} runs the pull request's code and saves a cache"
                        yield finding(self, workflow.path, step.node.line, what)

    def _believed(self, job: Job, step: Step) -> bool:
        if step.action in {"actions/cache", "actions/cache/save"}:
            return job.privileged or bool(_DATA.search(step.inputs.text("path")))
        made_by_setup = step.action.startswith("actions/setup-") and step.inputs.text("cache") not in {"", "false"}
        return job.privileged and made_by_setup


class RemoteWrittenByTheirCode:
    """**What.** A job that runs the pull request's code pushes to the remote.

    **Why.** The remote, its run cache above all, is what every later run takes for the result of a stage. What a
    pull request pushed there before anybody agreed is believed by all.

    **How to fix.** Hand the results over as an artefact (`mergegate run --evidence DIR`); publish after the
    merge, on main (`mergegate run --push`).
    """

    code: ClassVar[str] = "ML005"
    title: ClassVar[str] = "The pull request's job writes to the remote"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each push."""
        for workflow, job in repo.jobs():
            if job.runs_their_code:
                for step in job.steps:
                    for command in step.commands:
                        if _PUSHES.search(command.text):
                            what = f"the job {job.name} runs the pull request's code and pushes to the remote"
                            yield finding(self, workflow.path, command.line, what)


class HeadWithRights:
    """**What.** A workflow that has main's rights (`pull_request_target`, `workflow_run`, `issue_comment`) checks
    out the pull request's commit.

    **Why.** From then on every script, action, configuration and `sitecustomize.py` of the working tree is the
    pull request's, with main's token, secrets and caches.

    **How to fix.** Check out main (no `ref:`), and take what the pull request has to show as an artefact, as
    data. `git fetch` of the commit, without checking it out, is harmless.
    """

    code: ClassVar[str] = "ML006"
    title: ClassVar[str] = "The pull request is checked out with main's rights"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each step that does."""
        for workflow, job in repo.jobs():
            if job.privileged:
                for step in job.steps:
                    if line := step.takes_head:
                        what = f"the job {job.name} has main's rights and checks out the pull request"
                        yield finding(self, workflow.path, line, what)


class ArtefactRun:
    """**What.** A privileged workflow downloads another run's artefact over its working tree, or runs a file of it.

    **Why.** The artefact is the pull request's: it can hold a script, a `Makefile` or a module of the same name
    as main's, and what runs next is that.

    **How to fix.** Download into a folder of its own (`path: evidence`), read it as data, and run nothing of it.
    """

    code: ClassVar[str] = "ML007"
    title: ClassVar[str] = "An artefact of the pull request is run"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each artefact that lies over the working tree, and each command that names one."""
        for workflow, job in repo.jobs():
            if job.privileged:
                yield from self._of(workflow, job)

    def _of(self, workflow: Workflow, job: Job) -> Iterator[LintFinding]:
        folders: list[str] = []
        for number, step in enumerate(job.steps):
            folder = _foreign(step)
            if folder in {"", ".", "./"} and any(later.runs_code for later in job.steps[number + 1 :]):
                what = f"the job {job.name} downloads an artefact over the working tree and runs code from there"
                yield finding(self, workflow.path, step.node.line, what)
            elif folder:
                folders.append(re.escape(folder.strip("/").removeprefix("./")))
            for command in step.commands:
                if folders and re.search(_runs_from(folders), command.text):
                    what = f"the job {job.name} runs a file of the artefact"
                    yield finding(self, workflow.path, command.line, what)


def _runs_from(folders: list[str]) -> str:
    inside = rf"(?:\./)?(?:{'|'.join(folders)})(?:/|\s|$)"
    runner = r"(?:python[\d.]*|bash|sh|source|\.|node|pip\d?\s+install(?:\s+-\S+)*|chmod\s+\S+|make\s+-C|cd)"
    return f"{START}(?:{runner}\\s+)?{inside}"


def _foreign(step: Step) -> str | None:
    """The folder into which a step downloads the artefact of another run; None where it does not."""
    if step.action == "actions/download-artifact" and "run-id" in step.inputs:
        return step.inputs.text("path").replace("${{ github.workspace }}", ".")
    if step.action == "dawidd6/action-download-artifact":
        return step.inputs.text("path")
    for command in step.commands:
        if re.search(START + r"gh\s+run\s+download\b", command.text):
            into = re.search(r"(?:-D|--dir)[ =](\S+)", command.text)
            return into[1].strip("\"'") if into else ""
    return None
