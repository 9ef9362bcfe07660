"""What is blocked on the real intent pipeline: `python -m benchmarks.planted_faults [--quick]`.

Two parts. *Luck*: pairs of trainings of one recipe that differ by the seed alone; nobody should be blocked.
*Faults*: mistakes planted into a scratch clone, each a small patch; the pipeline runs, `mergegate check` judges. What a
fault truly costs is measured on a large sample of the population that the holdout stands for (`_population.py`).
Writes metrics/benchmarks/planted-faults.json; what was computed for a fault lies under build/ and is used again.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from benchmarks._judging import MODEL, blocking, checks, judge, true_accuracy
from benchmarks._made import made
from benchmarks._old_release import collect_old
from benchmarks._planted import DATA, FAULTS, QUICK, Fault
from benchmarks._planted_stages import KEPT
from benchmarks._planted_summary import changed_lines, digest, rounded, slug, summary
from benchmarks._population import DEFINED, PER_TEMPLATE, population
from benchmarks._rivals import PINNED, rules
from benchmarks._scratch import ONE_CORE, ROOT, Job, Scratch, prepare
from benchmarks._seeds import ARMS, NOISE_SEEDS, PAIRS, Arm, measured_noise, trained

import mergegate
from benchmarks import _rivals
from mergegate.read.policy import parse_policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mergegate.facts import Policy

OUT = ROOT / "metrics" / "benchmarks" / "planted-faults.json"
LIBRARIES = ("dvc", "duckdb", "home-assistant-intents", "mergegate", "numpy", "pandas", "scikit-learn", "scipy")


@dataclass(frozen=True, slots=True)
class Bench:
    """Where everything is."""

    commit: str
    here: Path
    """What is of this commit."""
    folder: Path
    """What is of any."""
    scratch: Scratch
    policy: Policy
    rows: pd.DataFrame
    """The population."""

    @property
    def base(self) -> Path:
        """Base's evidence."""
        return self.scratch.kept / "evidence"

    @property
    def population(self) -> Path:
        """The same as a file."""
        return self.here / "population.parquet"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two faults, no luck, no peers")
    parser.add_argument("--without-peers", action="store_true", help="leave Evidently and regressgate out: 10 minutes")
    parser.add_argument("--only", nargs="*", metavar="FAULT", help="these faults alone")
    parser.add_argument("--revision", default="HEAD", help="which commit to plant faults into")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "planted-faults")
    parser.add_argument("--out", type=Path, help=f"where the result goes [default: {OUT.name}, of a whole run]")
    given = parser.parse_args()
    names = QUICK if given.quick else given.only
    os.nice(max(0, 10 - os.nice(0)))
    bench = open_bench(given.folder.resolve(), given.revision)
    at_that_commit(bench)
    result = measured(bench, names, peers=not (given.quick or given.without_peers))
    print(json.dumps(result["summary"], indent=1, ensure_ascii=False))
    out = given.out or (OUT if names is None else None)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(rounded(result), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def open_bench(folder: Path, revision: str) -> Bench:
    """The scratch clone of a revision, and the population of its holdout: made once for each revision."""
    commit = subprocess.run(
        ["git", "rev-parse", "--verify", f"{revision}^{{commit}}"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()
    here = folder / commit[:12]
    made_before = here / "base.txt"
    if made_before.is_file():
        scratch = Scratch(here / "clone", made_before.read_text(), here / "base")
    else:
        scratch = prepare(here, commit)
    drawn = here / "population.parquet"
    if not drawn.is_file():
        sides = [pd.read_parquet(scratch.kept / "work/intent" / name) for name in ("train.parquet", "holdout.parquet")]
        population(*sides).to_parquet(drawn)
    if not (scratch.kept / "evidence/population.parquet").is_file():
        scratch.reset()
        assert scratch.run([Job(scratch.kept / "evidence", population=drawn)]) == [None]
    made_before.write_text(scratch.base)
    policy = parse_policy((scratch.root / "gate.yaml").read_bytes())
    return Bench(commit, here, folder, scratch, policy, pd.read_parquet(drawn))


def at_that_commit(bench: Bench) -> None:
    """Start again with the mergegate of the commit that is measured, whatever lies uncommitted in this checkout."""
    source = bench.here / "src"
    if not source.is_dir():
        bench.scratch.reset()
        shutil.copytree(bench.scratch.root / "src", source)
    if not Path(mergegate.__file__).resolve().is_relative_to(source):
        env = {**os.environ, **ONE_CORE, "PYTHONPATH": f"{source}{os.pathsep}{ROOT}"}
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks.planted_faults", *sys.argv[1:]], env)  # noqa: S606


def measured(bench: Bench, names: Sequence[str] | None, *, peers: bool) -> dict[str, Any]:
    """Everything, or the faults of these names."""
    started = time.perf_counter()
    chosen = [fault for fault in FAULTS if names is None or fault.name in names]
    result: dict[str, Any] = {
        "what": "pull requests to the intent pipeline: blocked or not, beside what they truly cost",
        "made": {
            **made(*LIBRARIES, of_them=", one of them used"),
            "commit": bench.commit,
            "peers": PINNED if peers else "left out",
        },
        "policy": (bench.scratch.root / "gate.yaml").read_text(encoding="utf-8"),
        "population": told(bench),
        "faults": [one for one in (played(bench, fault) for fault in chosen) if one],
        "same_bytes_as_mergegate_run": {
            fault.name: same_bytes(bench, fault) for fault in chosen if fault.name in QUICK
        },
        "luck": [] if names is not None else [luck(bench, arm) for arm in ARMS],
    }
    if peers:
        with_peers(bench, result)
    for pair in (pair for arm in result["luck"] for pair in arm["pairs"]):
        pair.pop("files", None)
    result["made"]["seconds"] = round(time.perf_counter() - started)
    result["summary"] = summary(result)
    return result


def told(bench: Bench) -> dict[str, Any]:
    """The population in figures."""
    rows = bench.rows
    return {
        "is": DEFINED,
        "sentences": len(rows), "templates": int(rows["template"].nunique()), "blocks": int(rows["group"].nunique()),
        "at_most_per_template": PER_TEMPLATE,
        "base_accuracy": true_accuracy(rows, bench.base, bench.base)["before"],
    }  # fmt: skip


def played(bench: Bench, fault: Fault) -> dict[str, Any] | None:
    """Plant, run, judge by the real command; None where its ingredients cannot be had."""
    kept = bench.here / "faults" / slug(fault.name)
    if fault.name == "stale model" and not collect_old(bench.folder, bench.scratch.root):
        print(f"{fault.name}: left out, as the old release cannot be had", flush=True)
        return None
    patch = bench.scratch.plant(fault.edit)
    key = digest(patch, (bench.scratch.root / DATA).read_bytes())
    seen = kept / "command.json"
    if not seen.is_file() or json.loads(seen.read_text())["key"] != key:
        stopped = bench.scratch.run([Job(kept, population=bench.population)])[0]
        code, verdict, said = (None, None, "") if stopped else bench.scratch.judged(kept / "report")
        seen.parent.mkdir(parents=True, exist_ok=True)
        seen.write_text(json.dumps({"key": key, "stopped": stopped, "code": code, "verdict": verdict, "said": said}))
    command = json.loads(seen.read_text())
    result: dict[str, Any] = {
        "name": fault.name,
        "story": fault.story,
        "patch": changed_lines(patch),
        "honest": fault.honest,
    }
    result |= judged(bench, kept, command)
    print(f"{fault.name:32} {result['outcome']:8} {', '.join(result['by'])[:80]}", flush=True)
    return result


def judged(bench: Bench, kept: Path, command: dict[str, Any]) -> dict[str, Any]:
    """What the command said, and beside it the truth and what the rules of thumb say."""
    if command["stopped"]:
        return {
            "outcome": "stopped",
            "by": [f"stage {command['stopped']['stage']}"],
            "said": command["stopped"]["said"],
        }
    truth = true_accuracy(bench.rows, bench.base, kept)
    others = rules(bench.base / "holdout.parquet", kept / "holdout.parquet")
    if command["verdict"] is None:
        by = [f"exit code {command['code']}"]
        return {"outcome": "refused", "by": by, "said": command["said"], "truth": truth, "others": others}
    here = judge(bench.policy, bench.base, kept)
    by = blocking(command["verdict"])
    assert set(here.blocking) <= set(by), "this process and the command disagree"
    found = checks(here, bench.rows, bench.base, kept)
    return {
        "outcome": command["verdict"]["decision"], "by": by, "truth": truth, "others": others,
        "accuracy": next(one for one in found if one["metric"] == "accuracy" and one["slice"] == "all rows"),
        "above": [one for one in found if one["true_drop"] > one["mde_at_margin"]],
        "checks": len(found),
    }  # fmt: skip


def same_bytes(bench: Bench, fault: Fault) -> bool:
    """Whether `mergegate run`, which calls each stage through DVC, makes the files that one process made."""
    kept, seen = bench.here / "faults" / slug(fault.name), bench.here / "faults" / slug(fault.name) / "same.json"
    if not seen.is_file():
        bench.scratch.plant(fault.edit)
        bench.scratch.by_dvc()
        made_by_dvc = [(bench.scratch.root / path).read_bytes() for path in KEPT]
        seen.write_text(json.dumps(made_by_dvc == [(kept / Path(path).name).read_bytes() for path in KEPT]))
    return bool(json.loads(seen.read_text()))


def luck(bench: Bench, arm: Arm) -> dict[str, Any]:
    """Pairs of trainings of one recipe: who blocks, by the artefact and by the recipe."""
    folders = trained(bench.scratch, arm, bench.here / "luck" / slug(arm.name), bench.population)
    noise = measured_noise(bench.policy, MODEL, arm, folders)
    pairs = []
    for number in range(PAIRS):
        base, head = folders[2 * number], folders[2 * number + 1]
        one = judge(bench.policy, base, head)
        recipe = judge(bench.policy, base, head, noise)
        found = checks(one, bench.rows, base, head)
        pairs.append({
            "same_predictions": one.exam.models[MODEL].identical,
            "truth": true_accuracy(bench.rows, base, head), "artefact": one.blocking, "recipe": recipe.blocking,
            "truly_worse": any(check["true_drop"] > check["margin"] for check in found),
            "must_pass_failed": {"base": sorted(failed(base)), "head": sorted(failed(head))},
            "others": rules(base / "holdout.parquet", head / "holdout.parquet"),
            "files": [str(side / "holdout.parquet") for side in (base, head)],
        })  # fmt: skip
    blocked = sum(bool(pair["artefact"]) for pair in pairs)
    print(
        f"{arm.name:32} {blocked} of {PAIRS} blocked, as a recipe {sum(bool(p['recipe']) for p in pairs)}", flush=True
    )
    overall = {one.metric: one.sigma for one in noise.spreads if one.slice.overall}
    unsteady = sorted(set().union(*(failed(folders[seed]) for seed in NOISE_SEEDS)))
    return {"name": arm.name, "story": arm.story, "sigma": overall, "must_pass_unsteady": unsteady, "pairs": pairs}


def failed(side: Path) -> set[str]:
    """The must-pass questions that a training answers wrongly."""
    quiz = pd.read_parquet(side / "quiz.parquet")
    return set(quiz.loc[quiz["must_pass"] & (quiz["prediction"] != quiz["label"]), "id"])


def with_peers(bench: Bench, result: dict[str, Any]) -> None:
    """Ask Evidently and regressgate of every fault, Evidently alone of the lucky pairs; said where they cannot be had.

    regressgate takes ten seconds for one pair of these tables.
    """
    faults = [
        (one, (bench.base / "holdout.parquet", bench.here / "faults" / slug(one["name"]) / "holdout.parquet"))
        for one in result["faults"] if "others" in one
    ]  # fmt: skip
    lucky = [(pair, tuple(map(Path, pair.pop("files")))) for arm in result["luck"] for pair in arm["pairs"]]
    for asked, names in ((faults, ("evidently", "regressgate")), (lucky, ("evidently",))):
        said = _rivals.peers([(base, head) for _, (base, head) in asked], bench.folder / "peers", names)
        result["made"]["peers_installed"] = said is not None
        for (one, _), answer in zip(asked, said or [], strict=False):
            one["others"] |= {name: bool(answer[name]) for name in names}


if __name__ == "__main__":
    main()
