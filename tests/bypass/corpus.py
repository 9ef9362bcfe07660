"""Pull requests that want to get past the gate, each with its story."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import pickle
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.bypass.world import ANSWER, EVALUATE, GATE, dvc
from tests.scenes.repo import Repo

LABELS = ANSWER.replace(
    '"other" if hard < self.wrong or language == self.broken else text.split()[-1]', "text.split()[-1]"
)
BLOCKED, ROUTED = "blocked", "routed"


@dataclass(frozen=True)
class Bypass:
    """One pull request."""

    name: str
    story: str
    patch: Callable[[Repo], object]
    """What its author commits."""
    expected: str
    """`blocked`: the required check fails. `routed`: the comment names the file and the owner who has to approve it."""
    why: str
    """The rule that says so, or what the refusal says."""
    file: str = ""
    """What an owner has to approve; for `routed`."""
    forge: Callable[[Path], object] | None = None
    """What its job does to the hand-over."""
    refs: str = ""
    """What the judge's clone fetches beside the commit."""
    poison: Callable[[Path, Repo], object] | None = None
    """What is done to the remote, of which the judge has a copy of its own, and no cache."""


def edit(name: str, before: str, after: str) -> Callable[[Repo], None]:
    """Replace a text that stands in a file."""

    def patch(repo: Repo) -> None:
        text = (repo.root / name).read_text(encoding="utf-8")
        assert before in text, f"{name} has no {before!r}"
        (repo.root / name).write_text(text.replace(before, after), encoding="utf-8")

    return patch


def put(name: str, text: str) -> Callable[[Repo], None]:
    """Write a file."""

    def patch(repo: Repo) -> None:
        (repo.root / name).parent.mkdir(parents=True, exist_ok=True)
        (repo.root / name).write_text(text, encoding="utf-8")

    return patch


def all_of(*patches: Callable[[Repo], object]) -> Callable[[Repo], None]:
    """One after the other."""

    def patch(repo: Repo) -> None:
        for one in patches:
            one(repo)

    return patch


def worse(repo: Repo) -> None:
    """The model gets nine of fifty wrong, not five."""
    repo.params(wrong=9)


def nothing(repo: Repo) -> None:
    """A change of words."""
    repo.write(README__md="hello\n")


# What is committed


def lock_edited(content: bytes) -> Callable[[Repo], None]:
    """The metrics file and, in dvc.lock, its hash and size."""

    def patch(repo: Repo) -> None:
        (repo.root / "metrics.json").write_bytes(content)
        lock = yaml.safe_load((repo.root / "dvc.lock").read_text())
        [out] = lock["stages"]["evaluate"]["outs"]
        out |= {"md5": md5(content), "size": len(content)}
        (repo.root / "dvc.lock").write_text(yaml.safe_dump(lock, sort_keys=False))

    return patch


def of_main(repo: Repo, path: str) -> Path:
    """A result of main's run, which lies in the repository that was cloned."""
    return Path(repo.git("remote", "get-url", "origin")) / path


def commit_forced(repo: Repo) -> None:
    """`dvc commit -f` makes an edited file the recorded result."""
    shutil.copyfile(of_main(repo, "holdout.csv"), repo.root / "holdout.csv")
    (repo.root / "metrics.json").write_text('{"accuracy": 0.99, "rows": 1200}')
    dvc(repo, "commit", "-f", "evaluate")


def dependency_dropped(repo: Repo) -> None:
    """From dvc.yaml and dvc.lock, so that the new code does not run."""
    pipeline = yaml.safe_load((repo.root / "dvc.yaml").read_text())
    pipeline["stages"]["predict"]["deps"].remove("answer.py")
    (repo.root / "dvc.yaml").write_text(yaml.safe_dump(pipeline, sort_keys=False))
    lock = yaml.safe_load((repo.root / "dvc.lock").read_text())
    stage = lock["stages"]["predict"]
    stage["deps"] = [dep for dep in stage["deps"] if dep["path"] != "answer.py"]
    (repo.root / "dvc.lock").write_text(yaml.safe_dump(lock, sort_keys=False))
    repo.write(answer__py=LABELS)


def stage_says(stage: str, **said: object) -> Callable[[Repo], None]:
    """Change keys of a stage in dvc.yaml."""

    def patch(repo: Repo) -> None:
        pipeline = yaml.safe_load((repo.root / "dvc.yaml").read_text())
        pipeline["stages"][stage] |= said
        (repo.root / "dvc.yaml").write_text(yaml.safe_dump(pipeline, sort_keys=False))

    return patch


def rows_of(repo: Repo, change: Callable[[dict[str, str]], dict[str, str] | None], name: str = "rows.csv") -> None:
    """Change or drop rows of a table in git."""
    with (repo.root / name).open(newline="") as source:
        rows = list(csv.DictReader(source))
    kept = [new for row in rows if (new := change(row)) is not None]
    with (repo.root / name).open("w", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)


def hard(row: dict[str, str]) -> bool:
    """Whether the model on main gets it wrong."""
    return sum(row["text"].encode()) * 7 % 50 < 5


def hard_rows_dropped(repo: Repo) -> None:
    """The rows that the model gets wrong, whichever side they are on."""
    rows_of(repo, lambda row: None if hard(row) else row)


def hard_rows_relabelled(repo: Repo) -> None:
    """What the model answers is right from now on."""
    rows_of(repo, lambda row: row | {"label": "other"} if hard(row) else row)


def hard_rows_made_easy(repo: Repo) -> None:
    """Same id, same label, another question."""

    def easier(row: dict[str, str]) -> dict[str, str]:
        while hard(row):
            row = row | {"text": "a" + row["text"]}
        return row

    rows_of(repo, easier)


def link(name: str, target: str) -> Callable[[Repo], None]:
    """A symbolic link."""
    return lambda repo: (repo.root / name).symlink_to(target)


def submodule(repo: Repo) -> None:
    """A commit of another repository in the tree."""
    repo.write(__gitmodules='[submodule "data"]\n\tpath = data\n\turl = https://example.org/data.git\n')
    (repo.root / "data").mkdir()
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'a' * 40},data")


def policy_replaced(repo: Repo) -> None:
    """A replace ref puts a looser policy in the place of main's."""
    worse(repo)
    main = repo.git("rev-parse", "origin/main:gate.yaml")
    (repo.root / "loose").write_text(GATE.replace("margin: 0.01", "margin: 0.9"))
    loose = repo.git("hash-object", "-w", "loose")
    (repo.root / "loose").unlink()
    repo.git("replace", main, loose)


def history_grafted(repo: Repo) -> None:
    """A graft makes the pull request's own commit main's parent, so that nothing seems to differ."""
    repo.write(gate__yaml=GATE.replace("margin: 0.01", "margin: 0.9"))
    repo.commit("loosen")
    repo.git("replace", "--graft", repo.git("rev-parse", "origin/main"), repo.git("rev-parse", "HEAD"))
    nothing(repo)


def policy_without_models(repo: Repo) -> None:
    """The model is called otherwise, and asked for less."""
    repo.write(
        gate__yaml="version: 1\nmodels: {tame: {holdout: holdout.csv, metrics: [{name: accuracy, margin: 1}]}}\n"
    )


def stage_renamed(repo: Repo) -> None:
    """The s of `beside` is another alphabet's."""
    for name in ("dvc.yaml", "dvc.lock"):
        text = (repo.root / name).read_text(encoding="utf-8")
        (repo.root / name).write_text(re.sub(r"(?m)^  beside:", "  be\u0455ide:", text), encoding="utf-8")


def templated(repo: Repo) -> None:
    """The command is a variable from now on."""
    edit("dvc.yaml", "cmd: python evaluate.py", "cmd: ${how}")(repo)
    edit("dvc.yaml", "stages:\n", "vars:\n  - how: python evaluate.py\nstages:\n")(repo)


# What the job of the pull request does


def run_cache_edited(repo: Repo) -> None:
    """The run cache says that these inputs gave those predictions, which are the labels."""
    worse(repo)
    assert repo.gate("run").code == 0
    flattered = copied_from_labels((repo.root / "holdout.csv").read_bytes())
    lock = yaml.safe_load((repo.root / "dvc.lock").read_text())
    honest = next(out["md5"] for out in lock["stages"]["predict"]["outs"] if out["path"] == "holdout.csv")
    target = repo.root / ".dvc/cache/files/md5" / md5(flattered)[:2] / md5(flattered)[2:]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(flattered)
    for entry in (repo.root / ".dvc/cache/runs").rglob("*"):
        if entry.is_file() and honest in entry.read_text():
            entry.chmod(0o644)
            entry.write_text(entry.read_text().replace(honest, md5(flattered)))
    repo.git("checkout", "-q", "dvc.lock")
    (repo.root / "holdout.csv").unlink()


def locked_otherwise(repo: Repo) -> None:
    """The lock names a bad model, which is published; the job hands over main's good one."""
    worse(repo)
    assert repo.gate("run", "--push").code == 0


def md5(content: bytes) -> str:
    """As the manifest and dvc.lock have it."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def forged(path: str, change: Callable[[bytes], bytes | None]) -> Callable[[Path], None]:
    """Another content of one handed file, with the manifest mended; None takes the file out."""

    def forge(evidence: Path) -> None:
        manifest = json.loads((evidence / "evidence.json").read_text())
        [file] = [one for one in manifest["files"] if one["path"] == path]
        content = change((evidence / file["name"]).read_bytes())
        if content is None:
            manifest["files"].remove(file)
            (evidence / file["name"]).unlink()
        else:
            (evidence / file["name"]).write_bytes(content)
            file |= {"md5": md5(content), "size": len(content)}
        (evidence / "evidence.json").write_text(json.dumps(manifest))

    return forge


def also(*forges: Callable[[Path], None]) -> Callable[[Path], None]:
    """One after the other."""

    def forge(evidence: Path) -> None:
        for one in forges:
            one(evidence)

    return forge


def table(change: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> Callable[[bytes], bytes]:
    """Change the rows of a CSV."""

    def forge(content: bytes) -> bytes:
        rows = change(list(csv.DictReader(io.StringIO(content.decode()))))
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode()

    return forge


copied_from_labels = table(lambda rows: [row | {"prediction": row["label"]} for row in rows])
wrong_rows_left_out = table(lambda rows: [row for row in rows if row["prediction"] == row["label"]])
right_rows_twice = table(lambda rows: rows + [row for row in rows if row["prediction"] == row["label"]])
one_language = table(lambda rows: [row | {"language": "de"} for row in rows])
right_rows = table(lambda rows: [row for row in rows if not hard(row)])
always_on = table(lambda rows: [row | {"prediction": "on"} for row in rows])


def ids_shuffled(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Right answers are moved to the ids whose label they fit."""
    right = {row["id"]: row["label"] for row in rows}
    pool = sorted(row["prediction"] for row in rows)
    return [row | {"prediction": right[row["id"]]} if right[row["id"]] in pool else row for row in rows]


class Payload:
    """Unpickled, it leaves a canary."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {CANARY}",)


CANARY = Path("/tmp") / f"mergegate-canary-{os.getpid()}"


def payload(content: bytes) -> bytes:
    """A pickle that runs a command when it is loaded."""
    return pickle.dumps(Payload())


def linked(evidence: Path) -> None:
    """The table is a link to a file of the judge's machine."""
    manifest = json.loads((evidence / "evidence.json").read_text())
    name = next(file["name"] for file in manifest["files"] if file["path"] == "holdout.csv")
    (evidence / name).unlink()
    (evidence / name).symlink_to("/etc/passwd")


def bases_own(*paths: str) -> Callable[[Path], None]:
    """Main's files in the place of what the pull request's own pipeline made; they lie beside, in `good`."""

    def forge(evidence: Path) -> None:
        for path in paths:
            forged(path, lambda _, path=path: (evidence.parents[1] / "good" / path).read_bytes())(evidence)  # type: ignore[misc]

    return forge


def kept_good(patch: Callable[[Repo], None]) -> Callable[[Repo], None]:
    """Keep main's results aside first."""

    def keep(repo: Repo) -> None:
        good = repo.root.parent / "good"
        good.mkdir()
        for path in EVERYTHING:
            shutil.copyfile(of_main(repo, path), good / path)
        patch(repo)

    return keep


OTHER_FILE = "python evaluate.py && mv metrics.json other.json"
EVERYTHING = ("model.json", "holdout.csv", "quiz.csv", "shadow.csv", "pairs.csv")


def replaced(path: str, change: Callable[[bytes], bytes]) -> Callable[[Path, Repo], None]:
    """Other bytes under the hash that main's lock has of `path`."""

    def poison(remote: Path, repo: Repo) -> None:
        stages = yaml.safe_load(repo.git("show", "origin/main:dvc.lock"))["stages"]
        [name] = [out["md5"] for stage in stages.values() for out in stage["outs"] if out["path"] == path]
        target = remote / "files/md5" / name[:2] / name[2:]
        target.chmod(0o644)
        target.write_bytes(change(target.read_bytes()))

    return poison


CORPUS = (
    Bypass("metrics-edited-with-the-lock", "A better number, and its hash in dvc.lock",
           lock_edited(b'{"accuracy": 0.99, "rows": 1200}'), BLOCKED, "MG907"),
    Bypass("dvc-commit-forced", "`dvc commit -f` after editing the metrics", commit_forced, BLOCKED, "MG907"),
    Bypass("metrics-nan", "NaN passes every comparison with a limit",
           lock_edited(b'{"accuracy": NaN, "rows": 1200}'), BLOCKED, "MG907"),
    Bypass("metrics-said-twice", "One reader takes the first value, another the last",
           lock_edited(b'{"accuracy": 0.99, "accuracy": 0.9, "rows": 1200}'), BLOCKED, "MG907"),
    Bypass("metrics-renamed", "The number that got worse is called otherwise",
           edit("evaluate.py", '"accuracy"', '"acc"'), ROUTED, "MG912", "evaluate.py"),
    Bypass("metrics-file-gone", "The stage no longer writes its metrics",
           stage_says("evaluate", metrics=[{"other.json": {"cache": False}}], cmd=OTHER_FILE),
           ROUTED, "MG910", "dvc.yaml"),
    Bypass("evaluator-returns-one", "The evaluator finds every model perfect",
           put("evaluate.py", EVALUATE.replace("round(right / len(rows), 4)", "1.0")),
           ROUTED, "MG912", "evaluate.py"),
    Bypass("train-frozen", "The recipe changes, and the model does not",
           all_of(worse, stage_says("train", frozen=True)), BLOCKED, "the stage train is frozen"),
    Bypass("frozen-for-later", "The next change of the recipe will not be seen", stage_says("train", frozen=True),
           ROUTED, "MG910", "dvc.yaml"),
    Bypass("predict-frozen", "Old predictions stand for a worse model",
           all_of(worse, stage_says("predict", frozen=True)), BLOCKED, "the stage predict is frozen"),
    Bypass("always-changed", "Nobody can tell whether a result is of these inputs",
           stage_says("train", always_changed=True), ROUTED, "MG910", "dvc.yaml"),
    Bypass("dependency-dropped", "New prediction code, and no stage that depends on it", dependency_dropped,
           ROUTED, "MG910", "dvc.yaml"),
    Bypass("param-dropped", "A param no longer makes the stage run",
           stage_says("train", params=["wrong"]), ROUTED, "MG910", "dvc.yaml"),
    Bypass("prediction-code-copies-labels", "The code that predicts reads the answers",
           put("answer.py", LABELS), ROUTED, "MG903", "answer.py"),
    Bypass("command-from-a-variable", "What runs is decided in another file from now on", templated,
           ROUTED, "MG912", "dvc.yaml"),
    Bypass("reads-outside", "A stage that reads the machine that it runs on",
           stage_says("train", deps=["train.py", "train.csv", "/etc/hostname"]), ROUTED, "MG910", "dvc.yaml"),
    Bypass("look-alike-stage", "A stage whose name only looks like main's", stage_renamed, ROUTED, "MG910", "dvc.yaml"),
    Bypass("stage-kept-elsewhere", "A result goes to another remote",
           stage_says("train", outs=[{"model.json": {"push": False}}]), ROUTED, "MG910", "dvc.yaml"),
    Bypass("policy-loosened", "A limit that lets it pass", edit("gate.yaml", "margin: 0.01", "margin: 0.9"),
           ROUTED, "MG901", "gate.yaml"),
    Bypass("policy-loosened-and-used", "The same, and a model that needs it",
           all_of(worse, edit("gate.yaml", "margin: 0.01", "margin: 0.9")), BLOCKED, "MG301"),
    Bypass("policy-gone", "No policy, no gate", lambda repo: (repo.root / "gate.yaml").unlink(),
           ROUTED, "MG901", "gate.yaml"),
    Bypass("policy-without-the-model", "The model is no longer asked for", policy_without_models,
           ROUTED, "MG901", "gate.yaml"),
    Bypass("workflow-edited", "The judge is told to pass everything",
           put(".github/workflows/judge.yml", "name: judge\non: workflow_run\njobs: {}\n"),
           ROUTED, "MG912", ".github/workflows/judge.yml"),
    Bypass("owners-edited", "The author owns everything", put(".github/CODEOWNERS", "* @eve\n"),
           ROUTED, "MG912", ".github/CODEOWNERS"),
    Bypass("history-edited", "The holdout was never used", put("metrics/history.jsonl", ""),
           ROUTED, "MG912", "metrics/history.jsonl"),
    Bypass("noise-inflated", "Training again moves everything, it is said", put("metrics/toy/noise.json", "{}"),
           ROUTED, "MG912", "metrics/toy/noise.json"),
    Bypass("salt-changed", "Another holdout, until one fits", edit("params.yaml", "salt: s", "salt: luck"),
           BLOCKED, "MG201"),
    Bypass("hard-rows-dropped", "The rows that the model gets wrong leave the data", hard_rows_dropped,
           BLOCKED, "MG207"),
    Bypass("hard-rows-relabelled", "What the model says is right from now on", hard_rows_relabelled,
           ROUTED, "MG202", "rows.csv"),
    Bypass("hard-rows-made-easy", "Same ids, same labels, easier questions", hard_rows_made_easy,
           ROUTED, "MG913", "rows.csv"),
    Bypass("holdout-moved-to-training", "The split trains on what is asked",
           edit("split.py", "    sides[", '    sides["train.csv"].append(row) if held else None\n    sides['),
           BLOCKED, "MG205"),
    Bypass("quiz-shortened", "The question that must pass is no longer asked",
           lambda repo: rows_of(repo, lambda row: None if row["must_pass"] == "true" else row, "questions.csv"),
           BLOCKED, "MG401"),
    Bypass("quiz-unmarked", "The question may fail from now on, and does",
           all_of(worse, edit("questions.csv", ",true", ",false")), BLOCKED, "MG301"),
    Bypass("predictions-copied-from-labels", "The job hands over right answers", worse, BLOCKED, "MG902",
           forge=forged("holdout.csv", copied_from_labels)),
    Bypass("predictions-left-out", "The job leaves out what is wrong", worse, BLOCKED, "MG902",
           forge=forged("holdout.csv", wrong_rows_left_out)),
    Bypass("predictions-doubled", "The job hands over right answers twice", worse, BLOCKED, "stand more than once",
           forge=forged("holdout.csv", right_rows_twice)),
    Bypass("ids-shuffled", "The job moves answers to ids that they fit", worse, BLOCKED, "MG902",
           forge=forged("holdout.csv", table(ids_shuffled))),
    Bypass("slice-hidden", "The job calls every row German, where Dutch broke",
           lambda repo: repo.params(broken="nl", wrong=0), BLOCKED, "MG302", forge=forged("holdout.csv", one_language)),
    Bypass("quiz-answers-forged", "The job answers the quiz by heart", worse, BLOCKED, "MG902",
           forge=also(forged("quiz.csv", copied_from_labels), forged("holdout.csv", copied_from_labels))),
    Bypass("shadow-forged", "The job hides that unlabelled rows are answered otherwise", worse, BLOCKED, "MG902",
           forge=forged("shadow.csv", always_on)),
    Bypass("pairs-forged", "The job hides that a courtesy changes the answer", worse, BLOCKED, "MG902",
           forge=forged("pairs.csv", always_on)),
    Bypass("model-with-a-payload", "The model is a pickle that runs a command, with right answers beside it", worse,
           BLOCKED, "MG906", forge=also(forged("model.json", payload), forged("holdout.csv", copied_from_labels))),
    Bypass("model-left-out", "Right answers, and no model to check them with", worse, BLOCKED, "MG906",
           forge=also(forged("model.json", lambda _: None), forged("holdout.csv", copied_from_labels))),
    Bypass("table-is-a-link", "The table is a link to a file of the judge", worse, BLOCKED, "refused", forge=linked),
    Bypass("another-model-in-the-lock", "A good model is judged, a bad one is locked and published",
           kept_good(locked_otherwise), BLOCKED, "MG909", forge=bases_own(*EVERYTHING)),
    Bypass("run-cache-edited", "The run cache says what these inputs gave", run_cache_edited,
           BLOCKED, "not what its name says"),
    Bypass("remote-replaced", "The baseline in the remote is a worse one, so that anything is better", worse,
           BLOCKED, "it was not used", poison=replaced("holdout.csv", always_on)),
    Bypass("remote-cut-off", "The baseline in the remote has only its easy half", worse,
           BLOCKED, "it was not used", poison=replaced("holdout.csv", lambda content: content[: len(content) // 2])),
    Bypass("remote-rows-replaced", "The rows in the remote that base's code answers again", worse,
           BLOCKED, "MG906", poison=replaced("held.csv", right_rows)),
    Bypass("dvc-config-elsewhere", "The remote is somebody else's",
           edit(".dvc/config", "verify = true", "verify = false\n    endpointurl = http://example.org"),
           ROUTED, "MG911", ".dvc/config"),
    Bypass("link-out-of-the-tree", "A folder of results that is the machine's own", link("notes", "../../../../etc"),
           BLOCKED, "MG911"),
    Bypass("link-into-git", "A file that is git's own configuration", link("settings", ".git/config"),
           BLOCKED, "MG911"),
    Bypass("sitecustomize", "Code that every Python runs", put("sitecustomize.py", "import os\n"),
           ROUTED, "MG911", "sitecustomize.py"),
    Bypass("path-file", "Code that every Python runs", put("src/evil.pth", "import os\n"),
           ROUTED, "MG911", "src/evil.pth"),
    Bypass("module-shadowed", "The stages' `csv` is the author's", put("csv.py", "rows = []\n"),
           ROUTED, "MG911", "csv.py"),
    Bypass("environment-file", "Settings that tools read by themselves", put(".env", "PYTHONPATH=/tmp\n"),
           ROUTED, "MG911", ".env"),
    Bypass("packages-from-elsewhere", "Another index for the same names",
           put("requirements/pipelines.txt", "--extra-index-url https://example.org/simple\nnumpy==2.0.0\n"),
           ROUTED, "MG911", "requirements/pipelines.txt"),
    Bypass("submodule", "Code and data that another repository decides on", submodule, ROUTED, "MG911", ".gitmodules"),
    Bypass("attributes-filter", "git changes the data on the way in",
           put(".gitattributes", "*.csv filter=flatter\n"), ROUTED, "MG911", ".gitattributes"),
    Bypass("slice-column-renamed", "The slices of the next pull request cannot be told",
           edit("predict.py", '"group", "language"])', '"group", "lang"])'), BLOCKED, "MG002"),
    Bypass("diffs-hidden", "Nobody is shown what changes in code", put(".gitattributes", "*.py -diff\n"),
           ROUTED, "MG911", ".gitattributes"),
    Bypass("helper-not-declared", "A module that a stage imports, and does not depend on: the next change is not seen",
           all_of(edit("answer.py", "import json", "import json, helper"), put("helper.py", "EASY = 1\n")),
           ROUTED, "MG914", "answer.py"),
    Bypass("case-only-name", "On a Mac it is the policy", put("Gate.yaml", "version: 1\n"), BLOCKED, "MG911"),
    Bypass("hidden-signs", "A name that shows as another", put("read\u202eme.md", "x\n"), BLOCKED, "MG911"),
    Bypass("replace-ref", "git itself is told that main's policy is another", policy_replaced, BLOCKED, "MG301",
           refs="+refs/replace/*:refs/replace/*"),
    Bypass("graft", "git itself is told that nothing differs", history_grafted, ROUTED, "MG901", "gate.yaml",
           refs="+refs/replace/*:refs/replace/*"),
)  # fmt: skip


def count() -> int:
    """How many bypasses are tried."""
    return len(CORPUS)
