"""What mergegate makes of two trainings' evidence, in this process, with the truth beside each check."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from benchmarks._planted_stages import TABLES
from benchmarks._population import mean_and_error, score

from mergegate.cli.examine import Setting, examine
from mergegate.facts import Evidence, Revision, Slice, TableFile
from mergegate.judge.levels import share_alpha, target_level
from mergegate.judge.verdict import decide
from mergegate.stats.power import mde

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.facts import Policy, Verdict
    from mergegate.facts.exam import Exam
    from mergegate.facts.noise import Noise

MODEL = "intent"
FILES = {f"predictions/intent/{name}.parquet": f"{name}.parquet" for name in TABLES}


@dataclass(frozen=True, slots=True)
class Judged:
    """A pull request, judged."""

    exam: Exam
    verdict: Verdict

    @property
    def blocking(self) -> list[str]:
        """What blocks, as `rule subject slice`."""
        return [blocked(found.rule, found.subject, found.slice) for found in self.verdict.findings if found.blocks]


def blocked(rule: str, subject: str, where: Slice | None) -> str:
    """A finding that blocks, in words."""
    return " ".join([rule, subject, *([str(where)] if where else [])])


def blocking(verdict: dict[str, Any]) -> list[str]:
    """The same of a verdict.json: with the findings on data, split and cost that only the command can have."""
    return [
        blocked(found["rule"], found["subject"], Slice(**found["slice"]) if found["slice"] else None)
        for found in verdict["findings"]
        if found["blocks"]
    ]


def judge(policy: Policy, base: Path, head: Path, noise: Noise | None = None) -> Judged:
    """By the policy, quiz and target included; with `noise` the recipe is judged, without it this artefact."""
    setting = Setting(
        dt.datetime.now(dt.UTC).date(), target_level(policy), noise={MODEL: noise} if noise is not None else {}
    )
    exam = examine(policy, _evidence(base), _evidence(head), setting)
    return Judged(exam, decide(exam))


def _evidence(folder: Path) -> Evidence:
    tables = {}
    for name, file in FILES.items():
        content = (folder / file).read_bytes()
        digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
        tables[name] = TableFile(name, folder / file, digest, len(content))
    return Evidence(Revision(folder.name, "0" * 40), tables)


def checks(judged: Judged, rows: pd.DataFrame, base: Path, head: Path) -> list[dict[str, Any]]:
    """Each tested metric and slice: what was seen, the level, the smallest drop that is found, and the true drop."""
    said = [rows["intent"].to_numpy(), *(_answers(rows, side) for side in (base, head))]
    truth, *answers = np.split(pd.factorize(np.concatenate(said))[0], 3)
    found = []
    for item in share_alpha(judged.exam):
        one = item.comparison
        if item.kind == "quiz" or item.identical:
            continue
        where = (
            np.ones(len(rows), bool) if one.slice.overall else (rows[one.slice.column] == one.slice.value).to_numpy()
        )
        labels, weights = truth[where], rows["weight"].to_numpy()[where]
        before, after = (score(one.metric, labels, side[where], weights) for side in answers) if where.any() else (0, 0)
        found.append({
            "metric": one.metric, "slice": str(one.slice), "n": one.n, "groups": one.groups, "margin": one.margin,
            "seen_drop": -one.change, "level": item.level, "true_drop": before - after,
            "mde_at_0": mde(one.basis, item.level), "mde_at_margin": mde(one.basis, item.level, margin=one.margin),
        })  # fmt: skip
    return found


def true_accuracy(rows: pd.DataFrame, base: Path, head: Path) -> dict[str, float]:
    """Before, after, the drop and its standard error, on the population."""
    right = [(_answers(rows, side) == rows["intent"].to_numpy()).astype(float) for side in (base, head)]
    gain, error = mean_and_error(right[1] - right[0], rows)
    before = float(np.average(right[0], weights=rows["weight"]))
    return {"before": before, "after": before + gain, "drop": -gain, "error": error}


def _answers(rows: pd.DataFrame, side: Path) -> Any:
    said = pd.read_parquet(side / "population.parquet").set_index("id")["prediction"]
    return said.loc[rows["id"]].to_numpy(dtype=object)
