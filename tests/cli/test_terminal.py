"""How the commands behave for a person at a terminal, for a pipe and for a program."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperCommand, TyperGroup

from mergegate.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def commands() -> dict[str, TyperCommand]:
    """Every command of the application by its words, those of groups included."""
    found: dict[str, TyperCommand] = {}

    def walk(words: str, command: object) -> None:
        if isinstance(command, TyperGroup):
            for name, child in command.commands.items():
                walk(f"{words} {name}".strip(), child)
        elif isinstance(command, TyperCommand):
            found[words] = command

    walk("", typer.main.get_command(app))
    return found


def test_there_are_commands() -> None:
    assert {"check", "compare", "explain", "lint", "plan", "report", "run", "schema"} <= commands().keys()


@pytest.mark.parametrize("words", list(commands()))
def test_every_command_has_json_and_says_what_it_does(words: str) -> None:
    command = commands()[words]
    assert any("--json" in param.opts for param in command.params), words
    assert (command.help or "").strip().endswith(".")
    shown = command.get_short_help_str(limit=63)  # what the list of commands has room for on 80 columns
    assert not shown.endswith("..."), shown


def environment(**more: str) -> dict[str, str]:
    env = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "GITHUB_ACTIONS", "FORCE_COLOR"}}
    return {**env, "PYTHONPATH": str(ROOT / "src"), "TERM": "xterm-256color", "COLUMNS": "80", **more}


def at_a_terminal(*words: str, cwd: Path, **env: str) -> str:
    """What a person sees, raw: standard output and error of a command on one pseudo-terminal."""
    master, slave = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "mergegate", *words],
        stdin=slave, stdout=slave, stderr=slave, cwd=cwd, env=environment(**env),
    )  # fmt: skip
    os.close(slave)
    said = bytearray()
    patience = time.monotonic() + 120
    while time.monotonic() < patience:
        ready, _, _ = select.select([master], [], [], 0.5)
        try:
            part = os.read(master, 65_536) if ready else b""
        except OSError:  # the terminal is closed
            break
        said += part
        if not part and child.poll() is not None:
            break
    child.wait(10)
    os.close(master)
    return said.decode("utf-8", "replace")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    for name, wrong in (("before.csv", 50), ("after.csv", 400)):
        rows = "".join(f"{n},a,{'b' if n < wrong else 'a'},{('de', 'en')[n % 2]}\n" for n in range(2_000))
        (folder / name).write_text(f"id,label,prediction,language\n{rows}")
    return folder


COMPARE = ("compare", "before.csv", "after.csv", "--slices", "language", "--margin", "0.01")


@pytest.mark.slow
def test_a_person_sees_colour_and_progress_that_leaves_nothing_behind(tables: Path) -> None:
    said = at_a_terminal(*COMPARE, cwd=tables)
    assert "comparing row by row" in said
    assert "\x1b[1;31mmergegate: block" in said
    last = said.rpartition("comparing row by row")[2]
    assert "\x1b[2K" in last.partition("mergegate: block")[0], "the line is taken away before the verdict is written"


@pytest.mark.slow
def test_no_color_is_respected_at_a_terminal(tables: Path) -> None:
    said = at_a_terminal(*COMPARE, cwd=tables, NO_COLOR="1")
    verdict = said[said.index("mergegate: block") - 20 :]
    assert "\x1b[1;31m" not in said
    assert not re.search(r"\x1b\[[0-9;]*m", verdict.partition("\n")[0])


@pytest.mark.slow
def test_a_pipe_gets_plain_text_and_no_progress(tables: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mergegate", *COMPARE],
        cwd=tables, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")
    assert not CONTROL.search(done.stdout)
    told = subprocess.run(
        [sys.executable, "-m", "mergegate", *COMPARE, "--json"],
        cwd=tables, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert json.loads(told.stdout)["decision"] == "block"


MERGEGATE = Path(sys.executable).parent / "mergegate"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_to_complete(shell: str) -> None:
    """The script is typer's own, which asks the command itself for what fits."""
    env = environment(_MERGEGATE_COMPLETE=f"source_{shell}")
    done = subprocess.run([MERGEGATE], env=env, capture_output=True, text=True, check=False, cwd=ROOT)
    assert "_MERGEGATE_COMPLETE=complete_" in done.stdout


@pytest.mark.slow
def test_completion_in_bash_names_commands_and_options() -> None:
    def completed(line: str) -> set[str]:
        words = line.split(" ")
        env = environment(
            _MERGEGATE_COMPLETE="complete_bash",
            COMP_WORDS=line,
            COMP_CWORD=str(len(words) - 1),
            _TYPER_COMPLETE_ARGS=line,
        )
        return set(subprocess.run([MERGEGATE], env=env, capture_output=True, text=True, check=False).stdout.split())

    assert {"check", "compare", "explain"} <= completed("mergegate ")
    assert {"--junit", "--json", "--annotations"} <= completed("mergegate check --")


@pytest.mark.slow
def test_an_unknown_rule_is_answered_with_near_ones() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mergegate", "explain", "MG2O3"],
        env=environment(), capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 2
    assert "did you mean `MG203`" in done.stderr
