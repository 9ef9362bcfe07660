"""This project made small enough to go round once: one language, five stages of `intent`, the remote on S3."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from tests.rerun import s3
from tests.workflows.act import Settings
from tests.workflows.registry import asks, overlay, release
from tests.workflows.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
STAGES = ("validate", "split", "train", "predict", "quiz")
MUST_PASS = {"q-en-06", "q-en-07", "q-en-22"}
ASKED = "abracadabra"
"""What nobody taught the first model."""
ANSWER = "HassNevermind"
NEXT_RELEASE = "2099.1.1"
GATE = """\
version: 1
unsure: merge
models:
  intent:
    task: classification
    holdout: predictions/intent/holdout.parquet
    score: score
    group: group
    slices: [domain]
    metrics: [{name: accuracy, margin: 0.05}]
    quiz: {table: predictions/intent/quiz.parquet, must_pass: must_pass}
    reevaluate:
      {stage: predict, model: models/intent/model.npz, rows: work/intent/holdout.parquet, tables: [quiz]}
data:
  tables:
    utterances: {path: data/intent/utterances.csv, label: intent, group: group, text: [utterance], model: intent}
"""


def role(port: int, keys: dict[str, str]) -> dict[str, str]:
    """What a job sees that has a role on the S3 server."""
    return {
        "AWS_ACCESS_KEY_ID": keys["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": keys["secret_access_key"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }


def small(files: dict[str, bytes], port: int) -> dict[str, bytes]:
    """The project's files, with what makes it small."""

    def loaded(name: str) -> Any:
        return yaml.safe_load(files[name])

    stages = {name: stage for name, stage in loaded("dvc.yaml")["stages"].items() if name in STAGES}
    policy = yaml.safe_load(GATE)
    policy["models"]["intent"]["release"] = loaded("gate.yaml")["models"]["intent"]["release"]
    collect = files["src/intent/collect.py"].decode()
    collect = collect.replace('LANGUAGES = ("de", "en", "es", "fr", "nl")', 'LANGUAGES = ("en",)')
    kept = {name: text for name, text in files.items() if name != "dvc.lock" and not name.startswith("metrics/")}
    return kept | {
        "dvc.yaml": yaml.safe_dump({"stages": stages}, sort_keys=False).encode(),
        "gate.yaml": yaml.safe_dump(policy, sort_keys=False).encode(),
        "src/intent/collect.py": collect.replace("PER_TEMPLATE = 6", "PER_TEMPLATE = 3").encode(),
        "src/intent/quiz.csv": _quiz(files["src/intent/quiz.csv"]),
        ".dvc/config": (
            "[core]\n    analytics = false\n    check_update = false\n    remote = storage\n['remote \"storage\"']\n"
            f"    url = s3://{s3.BUCKET}/circle\n    endpointurl = http://127.0.0.1:{port}\n    verify = true\n"
        ).encode(),
    }


def _quiz(text: bytes) -> bytes:
    rows = [row for row in csv.DictReader(io.StringIO(text.decode())) if row["language"] == "en"]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "must_pass": "true" if row["id"] in MUST_PASS else "false"} for row in rows)
    return out.getvalue().encode()


def begin(world: World, port: int) -> None:
    """What whoever sets the project up does by hand: collect, track, run, publish, commit, push."""
    from tests.workflows.test_scenes import project

    files, modes = project()
    world.start(small(files, port), modes)
    env = {
        **os.environ,
        **role(port, s3.WRITER),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DVC_SITE_CACHE_DIR": str(world.folder / "begin-site-cache"),
    }
    for command in (
        ("python", "-m", "intent.collect", "data/intent"),
        ("python", "-m", "loan.collect", "data/loan"),
        ("dvc", "add", "--quiet", "data"),
        ("python", "scripts/bring_data.py", "--list"),
        ("mergegate", "run", "--push"),
    ):
        own = {**env, "PYTHONPATH": "src"} if command[-1].startswith("data/") else env
        done = subprocess.run(command, cwd=world.work, env=own, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    world.commit_to_main("Main has run")


def next_release(folder: Path) -> None:
    """Put a release into the registry that teaches one more word."""
    package = resources.files("home_assistant_intents")
    language = json.loads(package.joinpath("data/en.json").read_bytes())
    sentences = [
        f"{before}{ASKED}{after}" for before in ("", "so ", "now ", "well ") for after in ("", " now", " then")
    ]
    language["intents"][ANSWER]["data"].append({"sentences": sentences, "metadata": {"slot_combination": "magic"}})
    files = {"__init__.py": b"", "data/en.json": json.dumps(language).encode()}
    release(folder, NEXT_RELEASE, files)


def made(folder: Path, port: int, service_url: str) -> Iterator[World]:
    """The world, whose main has run; nothing is registered."""
    wheels = folder / "registry"
    release(wheels, "2020.1.1", {"__init__.py": b""})
    keys = {name: role(port, s3.WRITER) for name in ("main", "retrain")}
    keys |= {name: role(port, s3.READER) for name in ("pull-request", "judge", "promote")}
    keys["retrain"] |= asks(wheels, folder)
    world = World(
        folder / "world",
        Settings({"RETRAIN_TOKEN": "token-of-the-app"}, {"SERVICE_URL": service_url}, overlay(folder / "venv")),
        keys,
    )
    try:
        begin(world, port)
        yield world
    finally:
        world.close()
