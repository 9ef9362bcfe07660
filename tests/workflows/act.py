"""Play one workflow file with act, as GitHub would: a fresh clone, an event, an empty environment."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STAND_INS = Path(__file__).with_name("stand_ins")
VENV = Path(sys.prefix)
USES = re.compile(r"^\s*(?:- )?uses:\s*([\w.-]+/[\w./-]+)@([0-9a-f]{40})", flags=re.MULTILINE)
MINUTES = 8
OWN_MACHINE = "gpu"
"""The label of the one machine that is not GitHub's."""
GATE = "acme/mergegate@v1"
"""This repository, as another one names it."""
RUNNER_TOKEN = "the-token-of-the-environment-runner"


@dataclass
class ActRun:
    """What one run of a workflow came to."""

    exit_code: int
    lines: list[dict[str, Any]] = field(repr=False)
    stderr: str = field(default="", repr=False)
    steps: dict[tuple[str, str], str] = field(default_factory=dict)
    """(job id, step name) -> success, failure or skipped."""
    jobs: dict[str, str] = field(default_factory=dict)
    """job id -> success or failure; a job whose `if` is false is not there."""

    @property
    def conclusion(self) -> str:
        """What `workflow_run.conclusion` would be."""
        return "success" if self.exit_code == 0 else "failure"

    @property
    def log(self) -> str:
        """Everything that was printed, for the message of a failed assertion and for what a step said."""
        lines = (f"[{line.get('jobID', '')}] {line.get('msg', '').rstrip()}" for line in self.lines)
        said = "\n".join(line for line in lines if " LocalRepositoryCache " not in line)
        return f"{said}\n{self.stderr}"

    @property
    def summary(self) -> str:
        """The step summaries, one after the other."""
        return "\n".join(line["content"] for line in self.lines if line.get("command") == "summary")


def actions_used(clone: Path) -> set[tuple[str, str]]:
    """(action, commit) of every third-party action that the workflows and local actions of `clone` use."""
    files = [*(clone / ".github").rglob("*.yml"), *(clone / ".github").rglob("*.yaml"), *clone.glob("action.yml")]
    return {found for file in files for found in USES.findall(file.read_text(encoding="utf-8"))}


@dataclass(frozen=True)
class Settings:
    """What the repository's settings give to its workflows."""

    secrets: dict[str, str] = field(default_factory=lambda: {"RUNNER_TOKEN": RUNNER_TOKEN})
    variables: dict[str, str] = field(default_factory=lambda: {"MERGEGATE_RUNNER": "cml"})
    venv: Path = VENV
    """The environment that a self-hosted runner keeps."""
    gate: Path | None = None
    """What `acme/mergegate@v1` is, where a repository calls its workflows and its action instead of keeping a copy."""


def play(
    clone: Path,
    workflow: str,
    event: str,
    payload: dict[str, Any],
    env: dict[str, str],
    settings: Settings = Settings(),
) -> ActRun:
    """Run `.github/workflows/<workflow>.yml` of `clone` for `event`; `env` is added to what every step sees."""
    scratch = clone.parent / f"{clone.name}.act"
    (scratch / "home").mkdir(parents=True)
    event_file = scratch / "event.json"
    event_file.write_text(json.dumps(payload), encoding="utf-8")
    command = [
        *(str(VENV / "bin" / "act"), event, "-W", f".github/workflows/{workflow}.yml", "-e", str(event_file)),
        *("-P", "ubuntu-24.04=-self-hosted", "-P", f"{OWN_MACHINE}=-self-hosted", "--action-cache-path", str(scratch)),
        *("-s", "GITHUB_TOKEN=fake-token"),
        *(word for name, value in settings.secrets.items() for word in ("-s", f"{name}={value}")),
        *(word for name, value in settings.variables.items() for word in ("--var", f"{name}={value}")),
        *("--no-cache-server", "--rm", "--json", "--concurrent-jobs", "1"),
    ]
    used = actions_used(clone)
    if settings.gate is not None:
        used |= actions_used(settings.gate)
        command += ["--local-repository", f"{GATE}={settings.gate}"]
        env = {**env, "STAND_IN_GATE": str(settings.gate)}
    for action, commit in sorted(used):
        command += ["--local-repository", f"{_repository(action)}@{commit}={_stand_in(action)}"]
    told = {
        "TERM": "dumb",
        "PAGER": "cat",
        "NO_COLOR": "1",
        "VENV": str(settings.venv),
        "STAND_INS": str(STAND_INS),
        **env,
    }
    for name, value in told.items():
        command += ["--env", f"{name}={value}"]
    done = subprocess.run(
        command,
        cwd=clone,
        env={
            "PATH": _path_without_venv(),
            "HOME": str(scratch / "home"),
            "LANG": "C.UTF-8",
            "ACT_DISABLE_VERSION_CHECK": "1",
            "DOCKER_HOST": "unix:///nonexistent.sock",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=MINUTES * 60,
    )
    return _read(done)


def _repository(action: str) -> str:
    return "/".join(action.split("/")[:2])


def _stand_in(action: str) -> Path:
    return STAND_INS / action.split("/")[1]


def _path_without_venv() -> str:
    """The commands of the machine: what a job wants of the environment, its own set-up puts on PATH."""
    return os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if not part.startswith(str(VENV)))


def _read(done: subprocess.CompletedProcess[str]) -> ActRun:
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    run = ActRun(done.returncode, lines, done.stderr)
    for line in lines:
        if "stepResult" in line and line.get("stage") == "Main" and len(line["stepID"]) == 1:
            run.steps[line["jobID"], line["step"]] = line["stepResult"]
        if "jobResult" in line:
            run.jobs[line["jobID"]] = line["jobResult"]
    return run
