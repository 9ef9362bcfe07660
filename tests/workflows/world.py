"""One repository on the stub of GitHub: branches, pull requests, merges, and the workflows that they set off."""

from __future__ import annotations

import itertools
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.workflows.act import ActRun, Settings, play
from tests.workflows.stub_github import GitHub

OWNER = "acme"
REPOSITORY = f"{OWNER}/widget"


@dataclass
class PullRequest:
    """A branch that wants to be merged into main."""

    number: int
    branch: str
    head: str
    base: str


@dataclass
class Played:
    """A pull request's run with the judge's after it."""

    run: ActRun
    judge: ActRun
    completed: dict[str, Any]
    """The event that set the judge off."""
    evidence: Path
    """The hand-over as the artefact holds it; the folder is missing where there was none."""
    verdict: Path
    """The artefact of the judge."""
    conclusions: list[str]
    """Of the check `mergegate` on the head commit, the oldest first."""


@dataclass
class World:
    """The origin, the stub, and the folders that GitHub keeps between runs. `close` it."""

    folder: Path
    github: GitHub = field(init=False)
    settings: Settings = field(default_factory=Settings)
    extra: dict[str, dict[str, str]] = field(default_factory=dict)
    """By workflow: what its steps see besides, for example the credentials that its role has."""
    prefix: str = ""
    """What the names of the gate's workflows begin with: `mergegate-` where `mergegate init` wrote them."""

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.github = GitHub(REPOSITORY, self.folder / "tls")
        self.origin = self.folder / "origin.git"
        self.work = self.folder / "work"
        self.started = ""
        """The first commit of main."""
        self._runs = itertools.count(9001)
        self.github.heads = self.tip

    def close(self) -> None:
        """Stop the stub."""
        self.github.close()

    def start(self, files: dict[str, bytes], modes: dict[str, int] | None = None) -> None:
        """Begin the repository with one commit on main that holds `files`."""
        _git(self.folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.origin))
        _git(self.folder, "clone", "--quiet", str(self.origin), str(self.work))
        _git(self.work, "checkout", "--quiet", "-B", "main")
        for name, content in files.items():
            path = self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod((modes or {}).get(name, 0o644))
        self.started = self._commit("Begin")
        _git(self.work, "push", "--quiet", "origin", "main")

    def tip(self, branch: str) -> str:
        """The commit that a branch is at; empty where there is none."""
        return _git(self.origin, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")

    @property
    def main(self) -> str:
        """The commit that main is at."""
        return _git(self.origin, "rev-parse", "refs/heads/main")

    def open_pull_request(self, branch: str, changes: dict[str, str]) -> PullRequest:
        """Push a branch from main with one commit that writes `changes` (path -> whole text), and open it."""
        base = self.main
        _git(self.work, "fetch", "--quiet", "origin")
        _git(self.work, "checkout", "--quiet", "-B", branch, base)
        number = len(self.github.pulls) + 1
        repository = {"id": 1, "full_name": REPOSITORY, "owner": {"login": OWNER}}
        self.github.pulls.append(
            {
                "number": number,
                "state": "open",
                "title": branch,
                "user": {"login": "ada"},
                "head": {"ref": branch, "sha": base, "user": {"login": OWNER}, "repo": repository},
                "base": {"ref": "main", "sha": base, "repo": repository},
            }
        )
        pull = PullRequest(number, branch, base, base)
        self.push(pull, changes)
        return pull

    def opened(self, number: int) -> PullRequest:
        """A pull request that a workflow opened, as GitHub would set off its workflows for it."""
        told = self.github.pulls[number - 1]
        pull = PullRequest(number, told["head"]["ref"], told["head"]["sha"], self.main)
        self._make_merge_ref(pull)
        return pull

    def commit_to_main(self, message: str) -> str:
        """Commit what lies in the working tree, and push it to main past every gate: to begin with."""
        _git(self.work, "checkout", "--quiet", "main")
        sha = self._commit(message)
        _git(self.work, "push", "--quiet", "origin", "main")
        return sha

    def push(self, pull: PullRequest, changes: dict[str, str]) -> None:
        """Add a commit to the pull request."""
        _git(self.work, "checkout", "--quiet", pull.branch)
        for name, content in changes.items():
            path = self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        pull.head = self._commit(f"Change {', '.join(changes)}")
        _git(self.work, "push", "--quiet", "--force", "origin", pull.branch)
        self.github.pulls[pull.number - 1]["head"]["sha"] = pull.head
        self._make_merge_ref(pull)

    def read(self, name: str) -> str:
        """The text of a file on main."""
        return self.read_bytes(name).decode()

    def read_bytes(self, name: str) -> bytes:
        """A file on main."""
        command = ["git", "-C", str(self.origin), "show", f"refs/heads/main:{name}"]
        return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout

    def files(self, folder: str) -> set[str]:
        """The files below a folder of main."""
        return set(_git(self.origin, "ls-tree", "-r", "--name-only", "refs/heads/main", f"{folder}/").splitlines())

    def changed_on_main(self) -> set[str]:
        """The files that the last commit of main changes."""
        return set(_git(self.origin, "diff", "--name-only", "refs/heads/main~1", "refs/heads/main").splitlines())

    def merge(self, pull: PullRequest) -> None:
        """Move main to the merge of the pull request, and close it."""
        merged = _git(self.origin, "rev-parse", f"refs/pull/{pull.number}/merge")
        _git(self.origin, "update-ref", "refs/heads/main", merged)
        self.github.pulls[pull.number - 1]["state"] = "closed"

    def play(self, pull: PullRequest, meanwhile: PullRequest | None = None) -> Played:
        """Play `pull-request`, then `judge` on what it left; `meanwhile` is merged in between."""
        run_id = next(self._runs)
        run = self.play_one(pull, "pull-request", run_id)
        completed = _completed(pull, run.conclusion, run_id, f"{self.prefix}pull-request")
        url = f"{self.github.server_url}/{REPOSITORY}/actions/runs/{run_id}"
        self.github.runs.append({**completed["workflow_run"], "status": "completed", "html_url": url})
        if meanwhile:
            self.merge(meanwhile)
        return self.judge(completed, run)

    def play_one(self, pull: PullRequest, workflow: str, run_id: int = 0) -> ActRun:
        """Play a workflow that the pull request sets off, as the pull request has it."""
        opened = {"action": "synchronize", "number": pull.number, "repository": _repository()}
        payload = {**opened, "pull_request": self.github.pulls[pull.number - 1]}
        return self._run(
            f"refs/pull/{pull.number}/merge", workflow, "pull_request", payload, run_id or next(self._runs)
        )

    def label(self, pull: PullRequest, actor: str, *, on: bool = True) -> ActRun:
        """Put the label `mergegate: accept` on the pull request, or take it off, and play `judge` on that event."""
        self.github.label(pull.number, actor, on=on)
        payload = {
            "action": "labeled" if on else "unlabeled",
            "label": {"name": "mergegate: accept"},
            "pull_request": self.github.pulls[pull.number - 1],
            "repository": _repository(),
        }
        return self._run("refs/heads/main", "judge", "pull_request_target", payload, next(self._runs))

    def play_runner(self, requested: dict[str, Any]) -> ActRun:
        """Play `runner` on a run that has begun; `requested` is the event that tells of it."""
        return self._run("refs/heads/main", "runner", "workflow_run", requested, next(self._runs))

    def judge(self, completed: dict[str, Any], run: ActRun) -> Played:
        """Play `judge` on a run that is over; `completed` is the event that tells of it."""
        judge_id = next(self._runs)
        told = completed["workflow_run"]
        url = f"{self.github.server_url}/{REPOSITORY}/actions/runs/{told['id']}"
        payload = {**completed, "workflow_run": {**told, "html_url": url}}
        return Played(
            run=run,
            judge=self._run("refs/heads/main", "judge", "workflow_run", payload, judge_id),
            completed=completed,
            evidence=self.folder / "artifacts" / str(told["id"]) / "evidence",
            verdict=self.folder / "artifacts" / str(judge_id) / "verdict",
            conclusions=self.github.checks_of(told["head_sha"]),
        )

    def play_main(self, before: str = "") -> ActRun:
        """Play `main` on the tip of main, which was at `before` until the push."""
        payload = {"ref": "refs/heads/main", "before": before, "after": self.main, "repository": _repository()}
        return self._run("refs/heads/main", "main", "push", payload, next(self._runs))

    def play_retrain(self, event: str = "workflow_dispatch") -> ActRun:
        """Play `retrain` on the tip of main: by hand, or on its `schedule`."""
        payload = {"repository": _repository(), "ref": "refs/heads/main"}
        return self._run("refs/heads/main", "retrain", event, payload, next(self._runs))

    def play_promote(self, model: str, to: str, version: str = "") -> ActRun:
        """Play `promote`, as somebody fills in its form."""
        inputs = {"model": model, "to": to, "version": version}
        payload = {"repository": _repository(), "ref": "refs/heads/main", "inputs": inputs}
        return self._run("refs/heads/main", "promote", "workflow_dispatch", payload, next(self._runs))

    def storage_keys(self) -> list[str]:
        """The keys that main's scope of the cache holds."""
        scope = self.folder / "caches" / "main"
        return sorted(path.name for path in scope.iterdir()) if scope.is_dir() else []

    def _run(self, ref: str, workflow: str, event: str, payload: dict[str, Any], run_id: int) -> ActRun:
        clone = self.folder / f"run-{run_id}" / "widget"
        clone.mkdir(parents=True)
        _git(clone, "init", "--quiet")
        _git(clone, "remote", "add", "origin", str(self.origin))
        wanted = ("+refs/heads/*:refs/remotes/origin/*", "refs/tags/*:refs/tags/*", f"+{ref}:refs/remotes/run")
        _git(clone, "fetch", "--quiet", "origin", *wanted)
        _git(clone, "checkout", "--quiet", *(["-B", "main"] if ref == "refs/heads/main" else ["--detach"]), "run")
        # CML writes the address of GitHub with its token into the remote; what answers there is the origin.
        host = self.github.server_url.removeprefix("https://")
        for token in ("fake-token", *self.settings.secrets.values()):
            _git(
                clone,
                "config",
                "--add",
                f"url.{self.origin}.insteadOf",
                f"https://token:{token}@{host}/{REPOSITORY}.git",
            )
        env = {**self._env(ref, run_id), **self.extra.get(workflow, {})}
        run = play(clone, f"{self.prefix}{workflow}", event, payload, env, self.settings)
        (clone.parent / f"{workflow}.log").write_text(run.log, encoding="utf-8")  # for whoever looks at a failure
        return run

    def _env(self, ref: str, run_id: int) -> dict[str, str]:
        return {
            "CI": "true",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SERVER_URL": self.github.server_url,
            "GITHUB_API_URL": self.github.api_url,
            "GITHUB_RUN_ID": str(run_id),
            "GITHUB_REF": ref,
            "SSL_CERT_FILE": str(self.github.certificate),
            "NODE_EXTRA_CA_CERTS": str(self.github.certificate),
            "DVC_SITE_CACHE_DIR": str(self.folder / f"run-{run_id}" / "site-cache"),
            "PATIENTLY_WAIT": "0",
            "STAND_IN_CACHES": str(self.folder / "caches"),
            "STAND_IN_SCOPE": "main" if ref == "refs/heads/main" else ref.replace("/", "-"),
            "STAND_IN_ARTIFACTS": str(self.folder / "artifacts"),
            "STAND_IN_LEAKS": str(self.folder / "leaks.txt"),
            "STAND_IN_LAUNCHED": str(self.folder / "launched.txt"),
            "AWAIT_SECONDS": "0",
        }

    def _make_merge_ref(self, pull: PullRequest) -> None:
        """What GitHub does at every push: merge main and the head, where nobody sees it but `refs/pull`."""
        _git(self.work, "fetch", "--quiet", "origin")
        _git(self.work, "checkout", "--quiet", "--detach", "origin/main")
        _git(self.work, "merge", "--quiet", "--no-ff", "-m", f"Merge {pull.head} into main", pull.head)
        _git(self.work, "push", "--quiet", "--force", "origin", f"HEAD:refs/pull/{pull.number}/merge")
        pull.base = self.main
        self.github.pulls[pull.number - 1]["base"]["sha"] = pull.base

    def _commit(self, message: str) -> str:
        _git(self.work, "add", "--all")
        _git(self.work, "commit", "--quiet", "--allow-empty", "-m", message)
        return _git(self.work, "rev-parse", "HEAD")


def _completed(pull: PullRequest, conclusion: str, run_id: int, workflow: str) -> dict[str, Any]:
    """As for a fork: `pull_requests` is empty, and the pull request has to be found by its head."""
    return {
        "action": "completed",
        "workflow_run": {
            "id": run_id,
            "name": workflow,
            "event": "pull_request",
            "conclusion": conclusion,
            "head_sha": pull.head,
            "head_branch": pull.branch,
            "head_repository": {"id": 1, "full_name": REPOSITORY, "owner": {"login": OWNER}},
            "pull_requests": [],
        },
        "repository": _repository(),
    }


def _repository() -> dict[str, Any]:
    return {
        "id": 1,
        "name": "widget",
        "full_name": REPOSITORY,
        "default_branch": "main",
        "owner": {"login": OWNER},
        "private": False,
    }


def _git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *who, "-C", str(folder), *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode:
        raise AssertionError(f"git {' '.join(arguments)}: {done.stderr}")
    return done.stdout.strip()
