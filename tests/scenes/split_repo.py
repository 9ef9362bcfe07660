"""A tiny repository whose pipeline splits its rows, trains and predicts: for scenes about the holdout."""

from __future__ import annotations

import re
from pathlib import Path

from tests.scenes.repo import Repo, publish, start_repo

SPLIT = '''\
"""Holds out a share of the groups, or, if the params say so, of the rows."""
import csv
from mergegate.split import in_holdout
params = dict(line.strip().split(": ") for line in open("params.yaml") if ": " in line)
with open("rows.csv", newline="") as source:
    rows = list(csv.DictReader(source))
sides = {"train.csv": [], "held.csv": []}
for row in rows:
    held = in_holdout(row[params["by"]], salt=params["salt"], share=float(params["share"]))
    sides["held.csv" if held else "train.csv"].append(row)
for name, side in sides.items():
    with open(name, "w", newline="") as target:
        writer = csv.DictWriter(target, ["id", "group", "text", "label"], lineterminator="\\n")
        writer.writeheader()
        writer.writerows(side)
'''
TRAIN = '''\
"""The model knows the groups that it was trained on, and has some skill with all others."""
import csv, json
params = dict(line.strip().split(": ") for line in open("params.yaml") if ": " in line)
with open("train.csv", newline="") as source:
    groups = sorted({row["group"] for row in csv.DictReader(source)})
with open("model.json", "w") as target:
    json.dump({"skill": int(params["skill"]), "groups": groups}, target)
'''
PREDICT = '''\
"""Right on every row of a group that the model knows, and on a fixed part of the other rows."""
import csv, hashlib, json
with open("model.json") as source:
    model = json.load(source)
with open("held.csv", newline="") as source, open("holdout.csv", "w", newline="") as target:
    writer = csv.writer(target, lineterminator="\\n")
    writer.writerow(["id", "label", "prediction", "group"])
    for row in csv.DictReader(source):
        luck = int(hashlib.md5(row["id"].encode()).hexdigest()[:8], 16) % 100
        right = row["group"] in model["groups"] or luck < model["skill"]
        writer.writerow([row["id"], row["label"], row["label"] if right else "other", row["group"]])
'''
DVC = """\
stages:
  split:
    cmd: python split.py
    deps: [split.py, rows.csv]
    params: [salt, share, by]
    outs: [train.csv, held.csv]
  train:
    cmd: python train.py
    deps: [train.py, train.csv]
    params: [skill]
    outs: [model.json]
  predict:
    cmd: python predict.py
    deps: [predict.py, model.json, held.csv]
    outs: [holdout.csv]
"""
PARAMS = "salt: s\nshare: 0.25\nby: group\nskill: 80\n"
GATE = """\
version: 1
models:
  toy:
    holdout: holdout.csv
    group: group
    metrics: [{name: accuracy, margin: 0.01}]
    must_detect: 0.2
    min_coverage: 0.5
    reevaluate: {stage: predict, model: model.json, rows: held.csv}
data:
  holdout:
    share: 0.25
    key: group
    salt: params.yaml:salt
    train: train.csv
    rows: held.csv
    text: text
"""
VERBS = ("start", "stop", "raise", "lower", "find", "paint", "count", "move", "clean", "open")


def rows(groups: range = range(160), *, each: int = 10) -> list[tuple[str, str, str, str]]:
    """(id, group, text, label): the words of a group are its own, so that none is nearly the same as another's."""
    return [
        (f"r{group}-{number}", f"g{group}", f"{VERBS[number % 10]} {noun(group)} {number}", ("off", "on")[number % 2])
        for group in groups
        for number in range(each)
    ]  # fmt: skip


def noun(group: int) -> str:
    """A word that no other group has, nor anything like it."""
    letters = "bcdfghjklmnpqrstvwxz"
    digits = [(group * 7 + step * 11 + group // 20 * step) % 20 for step in range(4)]
    return "".join(f"{letters[digit]}{'aeiou'[(digit + group) % 5]}" for digit in digits) + str(group)


def as_csv(table: list[tuple[str, str, str, str]]) -> str:
    """The rows as the pipeline reads them."""
    return "id,group,text,label\n" + "".join(",".join(row) + "\n" for row in table)


def make_split_repo(folder: Path, *, gate: str = GATE) -> Repo:
    """A repository whose main has run and is published."""
    repo = start_repo(folder)
    repo.write(split__py=SPLIT, train__py=TRAIN, predict__py=PREDICT, dvc__yaml=DVC, params__yaml=PARAMS)
    repo.write(rows__csv=as_csv(rows()), gate__yaml=gate)
    names = ("train.csv", "held.csv", "model.json", "holdout.csv", "report", "evidence")
    (repo.root / ".gitignore").write_text("".join(f"/{name}\n" for name in names) + "__pycache__\n")
    publish(repo)
    return repo


def told(report: str) -> str:
    """What a report says of the holdout: the rows and tables of its rules, without what differs from run to run."""
    codes = r"MG20[1-9]|MG303"
    rows = [line for line in report.splitlines() if re.match(rf"\| \*\*[a-z ]+\*\* ({codes})<br>", line)]
    tables = re.findall(rf"^[^|\n]*, (?:{codes})\n\n(?:\|.*\n)+", report, flags=re.MULTILINE)
    return "\n".join([*rows, "", *tables])
