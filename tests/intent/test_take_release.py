"""Taking a data release, from a folder of wheels in the place of a registry: real uv, git and DVC."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.workflows import registry
from tests.workflows.registry import PACKAGE

ROOT = Path(__file__).parents[2]
COLLECT = """import pathlib, sys
from home_assistant_intents import WORDS
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True)
folder.joinpath("utterances.csv").write_text(WORDS)
"""
LOAN = """import pathlib, sys
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True)
folder.joinpath("applications.csv").write_text("an application\\n")
"""
pytestmark = pytest.mark.slow


def wheel(folder: Path, version: str, words: str) -> None:
    """A release whose data is `words`."""
    registry.release(folder, version, {"__init__.py": f"WORDS = {words!r}\n".encode()})


@dataclass(frozen=True)
class Project:
    """A project that pins release 2026.1.1 and has its data."""

    root: Path

    def call(self, *command: str) -> str:
        env = {
            "PATH": f"{self.root.parent / 'venv' / 'bin'}:/usr/bin:/bin",
            "HOME": str(self.root.parent),
            **registry.asks(self.root.parent / "wheels", self.root.parent),
            "DVC_SITE_CACHE_DIR": str(self.root.parent / "site-cache"),
        }
        done = subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def take(self) -> str:
        return self.call("python", "-m", "scripts.take_release").strip().splitlines()[-1]

    def changed(self) -> set[str]:
        return set(self.call("git", "diff", "--name-only").split())

    def read(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, its environment and a folder of wheels with the one release that it pins."""
    folder = tmp_path_factory.mktemp("release")
    wheel(folder / "wheels", "2026.1.1", "id\na\n")
    registry.overlay(folder / "venv")
    root = folder / "project"
    for name in ("scripts/take_release.py", "scripts/bring_data.py", "src/intent/release.py", "src/intent/faults.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, root / name)
    locked = (
        f"a==1 \\\n    --hash=sha256:{'0' * 64}\n{PACKAGE}==2026.1.1 \\\n    --hash=sha256:{'1' * 64}\n    # via x\n"
    )
    lock = locked + f"hassil==3 \\\n    --hash=sha256:{'2' * 64}\n"
    files = {
        "src/intent/__init__.py": "",
        "src/loan/__init__.py": "",
        "src/intent/collect.py": COLLECT,
        "src/loan/collect.py": LOAN,
        "pyproject.toml": f'pipelines = [\n  "hassil==3",\n  "{PACKAGE}==2026.1.1",\n]\n',
        **{f"requirements/{name}.txt": lock for name in ("dev", "pipelines", "spark")},
        "requirements/intent-release.txt": f"hassil==3\n{PACKAGE}==2026.1.1\n",
        "data/intent/utterances.csv": "id\na\n",
        "data/loan/applications.csv": "an application\n",
        ".dvc/config": "[core]\n    remote = here\n    analytics = false\n['remote \"here\"']\n    url = ../.storage\n",
        ".gitignore": "/build\n/.storage\n__pycache__\n",
        ".dvc/.gitignore": "/tmp\n/cache\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    project = Project(root)
    project.call("git", "init", "-q", "-b", "main")
    project.call("python", "-m", "dvc", "add", "-q", "data")
    project.call("python", "scripts/bring_data.py", "--list")
    project.call("git", "add", "-A")
    project.call("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "main")
    return folder


@pytest.fixture
def project(begun: Path) -> Project:
    made = Project(begun / "project")
    made.call("git", "checkout", "-q", ".")
    made.call("python", "-m", "dvc", "checkout", "-q", "--force")
    for path in (begun / "wheels").glob("*2026.[2-9]*"):
        path.unlink()
    registry.index(begun / "wheels")
    return made


def test_the_newest_release_is_pinned_installed_collected_and_tracked(project: Project) -> None:
    """In every lock, with its own hash, and no other pin is touched."""
    wheels = project.root.parent / "wheels"
    wheel(wheels, "2026.2.1", "id\nb\n")
    wheel(wheels, "2026.10.1", "id\na\nc\n")
    wheel(wheels, "2027.1.1rc1", "id\nz\n")
    try:
        assert project.take() == f"{PACKAGE} 2026.1.1 → 2026.10.1"
        locks = {f"requirements/{name}.txt" for name in ("dev", "pipelines", "spark", "intent-release")}
        assert project.changed() == {"data.dvc", "data.md5", "pyproject.toml", *locks}
        assert project.read("data/intent/utterances.csv") == "id\na\nc\n"
        assert project.read("requirements/intent-release.txt") == f"hassil==3\n{PACKAGE}==2026.10.1\n"
        md5 = hashlib.md5(b"id\na\nc\n", usedforsecurity=False).hexdigest()
        assert f"{md5}  data/intent/utterances.csv\n" in project.read("data.md5")
        digest = hashlib.sha256((wheels / "home_assistant_intents-2026.10.1-py3-none-any.whl").read_bytes()).hexdigest()
        for lock in locks - {"requirements/intent-release.txt"}:
            diff = [line for line in project.call("git", "diff", "-U0", lock).splitlines()[4:] if line[0] in "+-"]
            assert diff == [
                f"-{PACKAGE}==2026.1.1 \\", f"-    --hash=sha256:{'1' * 64}",
                f"+{PACKAGE}==2026.10.1 \\", f"+    --hash=sha256:{digest}",
            ]  # fmt: skip
        assert project.take() == f"nothing new: {PACKAGE} 2026.10.1 is the newest release"
    finally:
        (wheels / "home_assistant_intents-2027.1.1rc1-py3-none-any.whl").unlink()
        (wheels / "home_assistant_intents-2026.10.1-py3-none-any.whl").unlink()


def test_a_release_with_the_same_data_leaves_everything_as_it_was(project: Project) -> None:
    """So it makes no pull request."""
    wheel(project.root.parent / "wheels", "2026.3.1", "id\na\n")
    assert project.take() == f"nothing new: {PACKAGE} 2026.3.1 gives the data of 2026.1.1"
    assert project.changed() == set()
    assert os.listdir(project.root / "data/intent") == ["utterances.csv"]  # noqa: PTH208
