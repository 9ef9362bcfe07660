"""Run the scripts of `.github/scripts` as a step would."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).parents[2] / ".github" / "scripts"


@dataclass(frozen=True)
class Step:
    """What a step came to."""

    exit_code: int
    log: str
    outputs: dict[str, str]


def run_step(command: list[str], folder: Path, env: dict[str, str], given: str = "") -> Step:
    """Run `command` in `folder` with an empty environment but `env`, and read what it wrote to GITHUB_OUTPUT.

    `given` is its standard input.
    """
    output = folder / "output.txt"
    output.write_text("", encoding="utf-8")
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "GITHUB_OUTPUT": str(output), **env},
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    outputs = dict(line.partition("=")[::2] for line in output.read_text(encoding="utf-8").splitlines())
    return Step(done.returncode, done.stdout + done.stderr, outputs)


def run_script(name: str, folder: Path, env: dict[str, str], *arguments: str, given: str = "") -> Step:
    """Run a Python script of `.github/scripts`; `given` is its standard input."""
    return run_step([sys.executable, str(SCRIPTS / name), *arguments], folder, env, given)
