"""A tiny repository that is asked everything the gate can ask, and the road from a pull request to its verdict."""

from __future__ import annotations

import contextlib
import hashlib
import html
import io
import json
import os
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mergegate.cli.check import CheckOptions, check
from mergegate.cli.run import RunOptions, run
from mergegate.errors import MergegateError
from tests.scenes.repo import ROOT, Repo, publish, start_repo

SPLIT = '''\
"""Holds out a share of the groups."""
import csv
from mergegate.split import in_holdout
params = dict(line.strip().split(": ") for line in open("params.yaml") if ": " in line)
rows = list(csv.DictReader(open("rows.csv", newline="")))
sides = {"train.csv": [], "held.csv": []}
for row in rows:
    held = in_holdout(row["group"], salt=params["salt"], share=0.5)
    sides["held.csv" if held else "train.csv"].append(row)
for name, side in sides.items():
    with open(name, "w", newline="") as target:
        writer = csv.DictWriter(target, ["id", "group", "language", "text", "label"], lineterminator="\\n")
        writer.writeheader()
        writer.writerows(side)
'''
TRAIN = '''\
"""The model is how many of fifty it gets wrong, and the language that it does not know."""
import json
params = dict(line.strip().split(": ") for line in open("params.yaml") if ": " in line)
json.dump({"wrong": int(params["wrong"]), "broken": params["broken"]}, open("model.json", "w"))
'''
ANSWER = '''\
"""What a model says of a text: the right answer, which the text ends with, unless the text is too hard for it."""
import json
class Model:
    def __init__(self):
        read = json.load(open("model.json"))
        self.wrong, self.broken = int(read["wrong"]), str(read["broken"])
    def says(self, text, language=""):
        hard = sum(text.encode()) * 7 % 50
        return "other" if hard < self.wrong or language == self.broken else text.split()[-1]
'''
PREDICT = '''\
"""Answers the held-out rows and the quiz."""
import csv
from answer import Model
model = Model()
with open("held.csv", newline="") as source, open("holdout.csv", "w", newline="") as target:
    writer = csv.writer(target, lineterminator="\\n")
    writer.writerow(["id", "label", "prediction", "group", "language"])
    for row in csv.DictReader(source):
        said = model.says(row["text"], row["language"])
        writer.writerow([row["id"], row["label"], said, row["group"], row["language"]])
with open("questions.csv", newline="") as source, open("quiz.csv", "w", newline="") as target:
    writer = csv.writer(target, lineterminator="\\n")
    writer.writerow(["id", "label", "prediction", "must_pass", "utterance"])
    for row in csv.DictReader(source):
        said = model.says(row["text"])
        writer.writerow([row["id"], row["label"], said, row["must_pass"], row["text"]])
'''
BESIDE = '''\
"""Answers rows without a label, and pairs that differ in a courtesy."""
import csv
from answer import Model
model = Model()
with open("shadow.csv", "w", newline="") as target:
    writer = csv.writer(target, lineterminator="\\n")
    writer.writerow(["id", "prediction"])
    for number in range(300):
        writer.writerow([f"s{number}", model.says(f"new {number} on")])
with open("pairs.csv", "w", newline="") as target:
    writer = csv.writer(target, lineterminator="\\n")
    writer.writerow(["id", "of", "kind", "text", "prediction"])
    for number in range(300):
        writer.writerow([f"p{number}", "", "", f"say {number}", model.says(f"say {number} on")])
        polite = model.says(f"say {number} on")
        writer.writerow([f"p{number}x", f"p{number}", "politeness", f"please say {number}", polite])
'''
EVALUATE = '''\
"""Writes the share of right answers."""
import csv, json
rows = list(csv.DictReader(open("holdout.csv", newline="")))
right = sum(row["label"] == row["prediction"] for row in rows)
json.dump({"accuracy": round(right / len(rows), 4), "rows": len(rows)}, open("metrics.json", "w"))
'''
DVC = """\
stages:
  split:
    cmd: python split.py
    deps: [split.py, rows.csv]
    params: [salt]
    outs: [train.csv, held.csv]
  train:
    cmd: python train.py
    deps: [train.py, train.csv]
    params: [wrong, broken]
    outs: [model.json]
  predict:
    cmd: python predict.py
    deps: [answer.py, predict.py, held.csv, questions.csv, model.json]
    outs: [holdout.csv, quiz.csv]
  beside:
    cmd: python beside.py
    deps: [answer.py, beside.py, model.json]
    outs: [shadow.csv, pairs.csv]
  evaluate:
    cmd: python evaluate.py
    deps: [evaluate.py, holdout.csv]
    metrics: [{metrics.json: {cache: false}}]
"""
PARAMS = "salt: s\nwrong: 5\nbroken: none\n"
GATE = """\
version: 1
alpha: 0.05
models:
  toy:
    holdout: holdout.csv
    group: group
    slices: [language]
    metrics: [{name: accuracy, margin: 0.01}]
    quiz: {table: quiz.csv}
    shadow: {table: shadow.csv, max_rate: 0.05}
    invariances: {table: pairs.csv, max_rate: 0.02}
    reevaluate: {stage: predict, model: model.json, rows: held.csv}
data:
  holdout: {share: 0.5, key: group, salt: "params.yaml:salt", train: train.csv, rows: held.csv, text: text}
"""
OWNED = ("answer.py", "predict.py", "beside.py", "evaluate.py", "split.py", "questions.csv", "rows.csv", "metrics/")
OWNER = "@acme/mergegate-owners"
IGNORED = "train.csv held.csv model.json holdout.csv quiz.csv shadow.csv pairs.csv report evidence".split()  # noqa: SIM905


def make_world(folder: Path) -> Repo:
    """The published main; its CODEOWNERS is the project's own, and names the files of this pipeline, too."""
    repo = start_repo(folder)
    root = repo.root
    (root / ".gitignore").write_text("".join(f"/{name}\n" for name in IGNORED) + "__pycache__\n")
    owners = (ROOT / ".github/CODEOWNERS").read_text() + "".join(f"/{name} {OWNER}\n" for name in OWNED)
    for name, text in {".github/CODEOWNERS": owners, ".github/workflows/judge.yml": "name: judge\n"}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    repo.write(split__py=SPLIT, train__py=TRAIN, answer__py=ANSWER, predict__py=PREDICT, beside__py=BESIDE)
    repo.write(evaluate__py=EVALUATE, dvc__yaml=DVC, params__yaml=PARAMS, gate__yaml=GATE)
    languages, answers = ("de", "en", "nl", "fr"), ("off", "on")
    repo.write(
        rows__csv="id,group,language,text,label\n"
        + "".join(
            f"r{n},g{n // 5},{languages[n // 5 % 4]},{noun(n)} {answers[n % 2]},{answers[n % 2]}\n"
            for n in range(2_400)
        ),
        questions__csv="id,text,label,must_pass\n"
        + "".join(f"q{n},ask {n} on,on,{'true' if n == 4 else 'false'}\n" for n in range(40)),
    )
    publish(repo)
    return repo


def noun(number: int) -> str:
    """Words that no other row has, nor anything like them."""
    digest = hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:9]} {digest[9:20]} {digest[20:]}"


@dataclass(frozen=True)
class Judged:
    """What came of a pull request."""

    code: int
    """As `mergegate check` ends; of the run, where that left no evidence."""
    said: str
    """What an error says; empty where there is a verdict."""
    verdict: dict[str, Any]
    report: str

    @property
    def rules(self) -> set[str]:
        """The rules that have something to say that is not that all is well."""
        findings = self.verdict.get("findings", [])
        return {one["rule"] for one in findings if one["state"] not in {"held", "improved"}}

    @property
    def seen(self) -> str:
        """The comment as a reader sees it: without what keeps names from being links and mentions."""
        text = html.unescape(re.sub(r"<[^>]*>|\\(?=[^\w\s])", "", self.report))
        return "".join(sign for sign in text if unicodedata.category(sign) != "Cf")

    @property
    def stopped(self) -> bool:
        """Whether the required check fails; `.github/scripts/decide.py` takes every other code for a failure."""
        return self.code not in {0, 3}

    @property
    def unsure(self) -> bool:
        """Whether the verdict is left open."""
        return self.code == 3


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """With the pipeline's Python on the path, as the workflows have it."""
    before = {name: os.environ.get(name) for name in ("PYTHONPATH", "DVC_NO_ANALYTICS", "PYTHONDONTWRITEBYTECODE")}
    os.environ.update(PYTHONPATH=str(ROOT / "src"), DVC_NO_ANALYTICS="1", PYTHONDONTWRITEBYTECODE="1")
    with contextlib.chdir(folder), contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})


def collect(repo: Repo, base: str) -> MergegateError | None:
    """As the workflow `pull-request` does it: `mergegate run --base SHA --evidence evidence`."""
    shutil.rmtree(repo.root / "evidence", ignore_errors=True)
    with inside(repo.root):
        try:
            run(repo.root, RunOptions(base=base, evidence=repo.root / "evidence"))
        except MergegateError as error:
            return error
    return None


def judge(main: Repo, repo: Repo, refs: str = "") -> Judged:
    """As the workflow `judge` does it: in a clone of main, the commit fetched as data, the artefact beside it."""
    main.git("fetch", "-q", "--no-tags", "--no-recurse-submodules", str(repo.root), "HEAD", *([refs] if refs else []))
    head = repo.git("--no-replace-objects", "rev-parse", "HEAD")
    out = repo.root.parent / "report"
    shutil.rmtree(out, ignore_errors=True)
    with inside(main.root):
        try:
            code: int = check(main.root, CheckOptions("HEAD", head, repo.root / "evidence", out))
        except MergegateError as error:
            return Judged(int(error.code), str(error), {}, "")
    return Judged(code, "", json.loads((out / "verdict.json").read_text()), (out / "report.md").read_text())


def dvc(repo: Repo, *args: str) -> None:
    """Call DVC itself, as the author of a pull request would at home."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "DVC_NO_ANALYTICS": "1"}
    subprocess.run(["dvc", *args], cwd=repo.root, env=env, check=True, capture_output=True)
