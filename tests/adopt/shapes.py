"""Small repositories after the shapes of public DVC examples: real git, real DVC, stages that take no time."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.scenes.repo import Repo

READ = """\
import csv, json, os, pathlib
params = {k.strip(): float(v) for k, _, v in (l.partition(":") for l in open(PARAMS)) if v.strip()}
"""


@dataclass(frozen=True)
class Shape:
    """What the repository holds, and the file whose number makes it better or worse."""

    files: dict[str, str]
    knob: str = "params.yaml"
    better: str = "skill: 0.9\n"
    worse: str = "skill: 0.5\n"
    start: str = "skill: 0.8\n"
    ignored: tuple[str, ...] = ()
    judged: tuple[str, ...] = ()
    """What `init` must find: `FILE KEY BETTER`, or `TABLE PATH`."""
    dvc: bool = False
    """Built by `dvc repro`, as its author would have."""
    remarks: tuple[str, ...] = field(default=())


def script(body: str, params: str = "params.yaml") -> str:
    return READ.replace("PARAMS", repr(params)) + body


GET_STARTED = Shape(
    {
        "dvc.yaml": """\
stages:
  prepare:
    cmd: python src/prepare.py
    deps: [src/prepare.py]
    outs: [data/prepared]
  train:
    cmd: python src/train.py
    deps: [src/train.py, data/prepared]
    params: [skill]
    outs: [model.json]
  evaluate:
    cmd: python src/evaluate.py
    deps: [src/evaluate.py, model.json, data/prepared]
    outs: [eval]
metrics: [eval/metrics.json]
plots:
  - ROC:
      template: simple
      x: fpr
      y:
        eval/plots/roc/train.json: tpr
        eval/plots/roc/test.json: tpr
  - eval/importance.png
""",
        "src/prepare.py": script(
            "os.makedirs('data/prepared', exist_ok=True)\nopen('data/prepared/a', 'w').write('1')\n"
        ),
        "src/train.py": script("json.dump(params, open('model.json', 'w'))\n"),
        "src/evaluate.py": """\
import json, os
from math import sqrt  # sklearn.metrics
skill = json.load(open("model.json"))["skill"]
os.makedirs("eval/plots/roc", exist_ok=True)
numbers = {"avg_prec": {"train": 0.99, "test": skill}, "roc_auc": {"train": 0.99, "test": sqrt(skill)}}
json.dump(numbers, open("eval/metrics.json", "w"))
for side in ("train", "test"):
    json.dump([{"fpr": 0.0, "tpr": 0.0}, {"fpr": 1.0, "tpr": 1.0}], open(f"eval/plots/roc/{side}.json", "w"))
open("eval/importance.png", "w").write("png")
""",
        "requirements.txt": "scikit-learn\n",
    },
    ignored=("/data", "/model.json", "/eval"),
    judged=("eval/metrics.json avg_prec.test higher", "eval/metrics.json roc_auc.test higher"),
    dvc=True,
)

DVCLIVE = Shape(
    {
        "dvc.yaml": """\
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [skill]
    outs:
      - models/model.json
      - results/train: {cache: false}
metrics:
  - results/train/metrics.json
plots:
  - results/train/plots/metrics: {x: step}
""",
        "train.py": script("""\
os.makedirs("models", exist_ok=True)
os.makedirs("results/train/plots/metrics/eval", exist_ok=True)
json.dump(params, open("models/model.json", "w"))
with open("results/train/plots/metrics/eval/loss.tsv", "w") as out:
    out.write("step\\tloss\\n" + "".join(f"{n}\\t{1 - params['skill'] + 1 / (n + 1)}\\n" for n in range(3)))
numbers = {"step": 2, "train": {"loss": 0.1}, "eval": {"loss": 1 - params["skill"], "dice_multi": params["skill"]}}
json.dump(numbers, open("results/train/metrics.json", "w"))
"""),
    },
    ignored=("/models",),
    judged=(
        "results/train/metrics.json eval.loss lower", "results/train/metrics.json eval.dice_multi higher",
    ),
)  # fmt: skip

MATRIX = Shape(
    {
        "dvc.yaml": """\
vars:
  - langs: [de, en]
stages:
  train:
    foreach: ${langs}
    do:
      cmd: python train.py ${item}
      deps: [train.py]
      params: [skill]
      outs: ['model-${item}.json']
  evaluate:
    matrix:
      lang: ${langs}
    cmd: python evaluate.py ${item.lang}
    deps: ['model-${item.lang}.json', evaluate.py]
    metrics:
      - 'scores-${item.lang}.yaml': {cache: false}
""",
        "train.py": script("import sys\njson.dump(params, open(f'model-{sys.argv[1]}.json', 'w'))\n"),
        "evaluate.py": """\
import json, sys
skill = json.load(open(f"model-{sys.argv[1]}.json"))["skill"]
text = f"report:\\n  weighted avg:\\n    f1-score: {skill}\\n    support: 100\\n"
open(f"scores-{sys.argv[1]}.yaml", "w").write(text)
""",
    },
    ignored=("/model-*.json",),
    judged=("scores-de.yaml report.weighted avg.f1-score higher", "scores-en.yaml report.weighted avg.f1-score higher"),
)

PREDICTIONS = """\
rows = [(n, ("cat", "dog")[n % 2], ("north", "south")[n // 2 % 2]) for n in range(400)]
os.makedirs("out", exist_ok=True)
with open("out/test.csv", "w", newline="") as file:
    answers = [(i, y, y if i % 100 < 100 * params["skill"] else "fish", 0.5, region) for i, y, region in rows]
    csv.writer(file).writerows([("id", "label", "prediction", "score", "region"), *answers])
json.dump({"accuracy": params["skill"]}, open("metrics.json", "w"))
"""

MONOREPO = Shape(
    {
        "churn/dvc.yaml": """\
stages:
  predict:
    cmd: python predict.py
    deps: [predict.py]
    params: [skill]
    outs: [out/test.csv]
    metrics:
      - metrics.json: {cache: false}
""",
        "churn/predict.py": script(PREDICTIONS),
        "price/dvc.yaml": """\
stages:
  fit:
    cmd: python fit.py
    deps: [fit.py]
    params: [skill]
    metrics: [metrics.toml]
""",
        "price/fit.py": script(
            "open('metrics.toml', 'w').write(f'[test]\\nrmse = {100 - 50 * params[\"skill\"]}\\n')\n"
        ),
        "price/params.yaml": "skill: 0.8\n",
        "params.yaml": "",
    },
    knob="churn/params.yaml",
    ignored=("/churn/out", "/price/metrics.toml"),
    judged=("TABLE churn/out/test.csv", "price/metrics.toml test.rmse lower"),
)

IMAGES = Shape(
    {
        "dvc.yaml": """\
stages:
  train:
    cmd: python train.py classify.ipynb
    deps: [train.py, classify.ipynb]
    params: [skill]
    metrics:
      - metrics.yaml: {cache: false}
""",
        "train.py": script("open('metrics.yaml', 'w').write(f'top1_error: {1 - params[\"skill\"]}\\nepochs: 3\\n')\n"),
        "classify.ipynb": "{}\n",
    },
    judged=("metrics.yaml top1_error lower",),
    remarks=("train run a notebook",),
)

PLOTS = Shape(
    {
        "dvc.yaml": """\
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [skill]
    plots:
      - training.csv: {cache: false, x: epoch, y: val_accuracy}
""",
        "train.py": script("""\
with open("training.csv", "w") as out:
    out.write("epoch,val_accuracy\\n" + "".join(f"{n},{params['skill'] - 0.1 / (n + 1)}\\n" for n in range(5)))
"""),
    },
    judged=("training.csv val_accuracy higher",),
)

ROWS = Shape(
    {
        "dvc.yaml": """\
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [skill]
    outs: [model.json]
  predict:
    cmd: python predict.py
    deps: [predict.py, model.json]
    outs: [out/test.csv]
    metrics:
      - metrics.json: {cache: false}
""",
        "train.py": script("json.dump(params, open('model.json', 'w'))\n"),
        "predict.py": f"import csv, json, os\nparams = json.load(open('model.json'))\n{PREDICTIONS}",
    },
    ignored=("/out", "/model.json"),
    judged=("TABLE out/test.csv",),
    dvc=True,
)

SHAPES = {
    "example-get-started": GET_STARTED,
    "dvclive": DVCLIVE,
    "foreach-matrix": MATRIX,
    "monorepo": MONOREPO,
    "images": IMAGES,
    "plots-only": PLOTS,
    "predictions": ROWS,
}


def start(folder: Path, files: dict[str, str], ignored: tuple[str, ...] = ()) -> Repo:
    """A repository with DVC's settings and no remote, as most begin."""
    folder.mkdir(parents=True, exist_ok=True)
    repo = Repo(folder)
    repo.git("init", "-q", "-b", "main")
    (folder / ".dvc").mkdir()
    (folder / ".dvc/config").write_text("[core]\n    analytics = false\n    check_update = false\n")
    (folder / ".dvc/.gitignore").write_text("/config.local\n/tmp\n/cache\n")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / ".gitignore").write_text("".join(f"{line}\n" for line in (*ignored, "__pycache__")))
    return repo


def build(folder: Path, shape: Shape) -> Repo:
    """The repository as its authors left it: reproduced, and committed on main."""
    repo = start(folder, {**shape.files, shape.knob: shape.start}, shape.ignored)
    repo.commit("code")
    if shape.dvc:
        command = [sys.executable, "-m", "dvc", "repro", "-q", "--no-commit"]
        subprocess.run(command[:-1], cwd=folder, check=True, capture_output=True)
    else:
        assert repo.gate("run").code == 0
    repo.commit("results")
    return repo
