"""A tiny lender: a pipeline that writes a points card, generates code from it and decides by it; all of it real."""

from __future__ import annotations

import random
from math import exp
from typing import TYPE_CHECKING

from tests.scenes.repo import Repo, publish, start_repo

if TYPE_CHECKING:
    from pathlib import Path

SPLIT = '''\
"""Every third applicant is held out."""
import csv
with open("applicants.csv") as source:
    rows = list(csv.DictReader(source))
for name, chosen in (("holdout.csv", rows[::3]), ("train.csv", rows[1::3] + rows[2::3])):
    with open(name, "w", newline="") as target:
        writer = csv.DictWriter(target, rows[0], lineterminator="\\n")
        writer.writeheader()
        writer.writerows(chosen)
'''
CARD = '''\
"""The card that the params ask for, with the training rows of each bin."""
import csv, yaml
params = yaml.safe_load(open("params.yaml"))
with open("train.csv") as source:
    rows = list(csv.DictReader(source))

def rule(feature, title, way, edges, points):
    ends = [None, *edges, None]
    bins = []
    for low, high, worth in zip(ends, ends[1:], points):
        of = [row for row in rows if row[feature] != "" and (low is None or float(row[feature]) >= low)
              and (high is None or float(row[feature]) < high)]
        edge = {key: value for key, value in (("from", low), ("below", high)) if value is not None}
        bins.append({**edge, "points": worth, "rows": len(of)})
    return {"feature": feature, "title": title, "monotone": way, "reference": edges[0],
            "missing": 0, "bins": bins}

edge, top, points = params["edge"], params["top"], params["points"]
made = [rule("obrat", "debt-to-income ratio", params["way"], [33, edge, top], points)]
inputs = {"obrat": {"type": "number", "min": 0, "max": 100, "unit": "%"}, "married": {"type": "flag"}}
flags = [{"is": value, "points": worth, "rows": sum(row["married"] == value for row in rows)}
         for value, worth in (("0", 0), ("1", 4))]
made.append({**rule("obrat", "", "free", [1], [0, 0]), "feature": "married", "title": "married", "bins": flags})
for extra in filter(None, params["extra"].split()):
    inputs[extra] = {"type": "number", "min": 0, "max": 99}
    made.append(rule(extra, extra, "free", [0.5 if extra != "tract" else 7], [3, 0] if extra != "typur" else [-60, 40]))
card = {"version": 1, "name": "toy", "decides": {"column": "approve", "yes": "approve", "no": "deny"}, "start": 500,
        "cutoff": params["cutoff"], "inputs": inputs, "rules": made}
open("card.yaml", "w").write(yaml.safe_dump(card, sort_keys=False, default_flow_style=None, width=200))
'''
GENERATE = '''\
"""Code from the card."""
import hashlib, json, yaml
card = yaml.safe_load(open("card.yaml"))
text = json.dumps(card, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
digest = hashlib.sha256(text.encode()).hexdigest()
open("toy.sql", "w").write(f"-- card sha256:{digest}\\nSELECT {card['cutoff']}\\n")
'''
PREDICT = '''\
"""What the card decides; or, if the params say so, what a model does."""
import csv, math, yaml
card, params = yaml.safe_load(open("card.yaml")), yaml.safe_load(open("params.yaml"))

def points(rule, text):
    if text == "":
        return rule["missing"]
    for one in rule["bins"]:
        if one["is"] == text if "is" in one else float(text) < one.get("below", math.inf):
            return one["points"]

with open("holdout.csv") as source, open("predictions.csv", "w", newline="") as target:
    writer = csv.writer(target, lineterminator="\\n")
    writer.writerow(["id", "label", "prediction", "ceiling", "black"])
    for row in csv.DictReader(source):
        total = card["start"] + sum(points(rule, row[rule["feature"]]) for rule in card["rules"])
        ceiling = 1 / (1 + math.exp((float(row["obrat"] or 33) - 38) / 4))
        yes = ceiling > 0.4 if params["serve"] == "model" else total >= card["cutoff"]
        writer.writerow([row["id"], row["label"], "approve" if yes else "deny", ceiling, row["black"]])
'''
CROSS = '''\
"""What the card of the params, which no row has made, and the ceiling say of each training row."""
import bisect, csv, math, yaml
params = yaml.safe_load(open("params.yaml"))
with open("train.csv") as source, open("crossfit.csv", "w", newline="") as target:
    writer = csv.writer(target, lineterminator="\\n")
    writer.writerow(["id", "card0", "ceiling0"])
    for row in csv.DictReader(source):
        debts = float(row["obrat"] or 33)
        worth = params["points"][bisect.bisect([33, params["edge"], params["top"]], debts)] if row["obrat"] else 0
        points = worth + 4 * (row["married"] == "1")
        writer.writerow([row["id"], points, 1 / (1 + math.exp((debts - 38) / 4))])
'''
CROSS_STAGE = """\
  cross:
    cmd: python cross.py
    deps: [cross.py, train.csv]
    params: [edge, top, points]
    outs: [crossfit.csv]
"""
DVC = """\
stages:
  split:
    cmd: python split.py
    deps: [split.py, applicants.csv]
    outs: [holdout.csv, train.csv]
  card:
    cmd: python card.py
    deps: [card.py, train.csv]
    params: [edge, top, points, way, extra, cutoff]
    outs: [{card.yaml: {cache: false}}]
  generate:
    cmd: python generate.py
    deps: [generate.py, card.yaml]
    outs: [{toy.sql: {cache: false}}]
  predict:
    cmd: python predict.py
    deps: [predict.py, card.yaml, holdout.csv]
    params: [serve]
    outs: [predictions.csv]
"""
PARAMS = "edge: 40\ntop: 47\npoints: [20, 5, -30, -45]\nway: falling\nextra: ''\ncutoff: 505\nserve: card\n"
GATE = """\
version: 1
models:
  loan:
    holdout: predictions.csv
    positive: approve
    metrics: [{name: accuracy, margin: 0.05}]
    criteria:
      card: card.yaml
      rows: holdout.csv
      train: train.csv
      generated: [toy.sql]
      stage: generate
      audit: [black, min30]
      leaks: [typur]
      ceiling: ceiling
      gap: 0.05
      max_flips: 0.05
      min_rows: 20
      max_rules: 3
    auditable: required
"""
IGNORED = "/holdout.csv\n/train.csv\n/predictions.csv\n/report\n/evidence\n__pycache__\n"


def applicants(count: int = 3_000) -> str:
    """The same people each time: debts decide, the tract tells the neighbourhood, `typur` who bought the loan."""
    draw = random.Random(7)
    lines = ["id,label,obrat,married,tract,typur,black,min30"]
    for number in range(count):
        black = draw.random() < 0.15
        obrat = round(draw.gauss(36 if black else 33, 6), 1)
        approve = draw.random() < 1 / (1 + exp((obrat - 38) / 2.5))
        min30 = draw.random() < (0.6 if black else 0.2)
        tract = draw.randint(7, 9) if draw.random() < (0.95 if min30 else 0.08) else draw.randint(0, 6)
        typur = draw.randint(1, 9) if approve and draw.random() < 0.99 else 0
        label, shown = ("approve" if approve else "deny"), ("" if number % 97 == 0 else obrat)
        flags = (int(draw.random() < 0.6), tract, typur, int(black), int(min30))
        lines.append(f"a{number},{label},{shown},{','.join(map(str, flags))}")
    return "\n".join(lines) + "\n"


def make_lender(folder: Path, *, crossfit: bool = False) -> Repo:
    """Main has run: a card of two rules, code, predictions; and where that is wanted, a cross-fit."""
    repo = start_repo(folder)
    repo.write(split__py=SPLIT, card__py=CARD, generate__py=GENERATE, predict__py=PREDICT, dvc__yaml=DVC)
    repo.write(params__yaml=PARAMS, applicants__csv=applicants(), gate__yaml=GATE, __gitignore=IGNORED)
    if crossfit:
        repo.write(cross__py=CROSS, dvc__yaml=DVC + CROSS_STAGE, __gitignore=IGNORED + "/crossfit.csv\n")
        asked = "gap: 0.075\n      crossfit: {rows: crossfit.csv, stage: cross}"
        repo.write(gate__yaml=GATE.replace("gap: 0.05", asked))
    publish(repo)
    return repo
