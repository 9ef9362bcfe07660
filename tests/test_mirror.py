"""What must not matter does not: the order of rows, what classes are called, who is called base; by the public call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn import metrics as sk

from mergegate import Verdict, compare
from tests.read.table_files import rows_of, write_parquet

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.facts import Estimate

    Columns = dict[str, np.ndarray]

CLASSES = np.array(["no", "yes", "maybe"])
METRICS = (
    "accuracy", "balanced_accuracy", "f1_macro", "f1_weighted", "mcc", "recall", "precision", "f1",
    "false_positive_rate", "log_loss", "brier", "ece", "auc", "average_precision",
)  # fmt: skip


def tables(seed: int, rows: int = 300) -> tuple[Columns, Columns]:
    """Two models of the same rows, three classes, and the probability of `yes`."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, rows)
    shared = {"id": np.arange(rows), "region": rng.choice(["n", "s"], rows), "group": rng.integers(0, 60, rows)}
    made = []
    for wrong in (0.2, 0.3):
        answer = np.where(rng.random(rows) < wrong, rng.integers(0, 3, rows), truth)
        score = np.clip(rng.beta(2, 2, rows) * 0.7 + 0.3 * (truth == 1), 0.001, 0.999)
        made.append(shared | {"label": CLASSES[truth], "prediction": CLASSES[answer], "score": score})
    return made[0], made[1]


def judged(folder: Path, base: Columns, head: Columns, group: str | None, positive: str = "yes") -> Verdict:
    before, after = (
        write_parquet(folder / f"{side}.parquet", rows_of({name: values.tolist() for name, values in table.items()}))
        for side, table in (("base", base), ("head", head))
    )
    return compare(before, after, metrics=METRICS, slices=("region",), positive=positive, score="score", group=group)


def numbers(verdict: Verdict) -> dict[tuple[str, str], tuple[float, float, Estimate]]:
    """Before, after and the change of each metric, over all rows and by slice."""
    return {
        (one.subject, str(one.slice or "")): (one.before, one.after, one.change)
        for one in verdict.findings
        if one.change is not None and one.before is not None and one.after is not None
    }


@pytest.fixture(params=[None, "group"])
def group(request: pytest.FixtureRequest) -> str | None:
    found: str | None = request.param
    return found


def test_the_order_of_the_rows_does_not_matter(tmp_path: Path, group: str | None) -> None:
    base, head = tables(1)
    rng = np.random.default_rng(2)
    mixed = [{name: values[order] for name, values in table.items()} for table, order in (
        (base, rng.permutation(300)), (head, rng.permutation(300)))]  # fmt: skip
    one, other = judged(tmp_path, base, head, group), judged(tmp_path, mixed[0], mixed[1], group)
    assert one.findings == other.findings
    assert one.decision is other.decision


def test_what_classes_are_called_does_not_matter(tmp_path: Path, group: str | None) -> None:
    """Names that sort the other way round, one of them hostile."""
    base, head = tables(3)
    names = dict(zip(CLASSES.tolist(), ["\u202eZ\n'`\"\0", "nan", "Ａ😀"], strict=True))
    renamed = [
        table
        | {name: np.array([names[value] for value in table[name]], dtype=object) for name in ("label", "prediction")}
        for table in (base, head)
    ]
    one = numbers(judged(tmp_path, base, head, group))
    other = numbers(judged(tmp_path, renamed[0], renamed[1], group, "nan"))
    assert one.keys() == other.keys()
    for key, (before, after, change) in one.items():
        found = other[key]
        assert (before, after) == pytest.approx(found[:2], abs=1e-12), key
        assert (change.low, change.high) == pytest.approx((found[2].low, found[2].high), abs=1e-9), key


def test_changing_base_and_head_about_mirrors_every_interval(tmp_path: Path, group: str | None) -> None:
    """Intervals only where both have the same level: step-down gives a check that is clear more to others."""
    base, head = tables(4)
    one, other = numbers(judged(tmp_path, base, head, group)), numbers(judged(tmp_path, head, base, group))
    assert one.keys() == other.keys()
    alike = 0
    for key, (before, after, change) in one.items():
        back = other[key]
        assert (before, after) == pytest.approx((back[1], back[0]), abs=1e-12), key
        assert change.value == pytest.approx(-back[2].value, abs=1e-12), key
        if change.confidence == pytest.approx(back[2].confidence, abs=1e-12):
            alike += 1
            assert (change.low, change.high) == pytest.approx((-back[2].high, -back[2].low), abs=1e-9), key
    assert alike > 10


def test_the_values_are_scikit_learns(tmp_path: Path) -> None:
    base, head = tables(5)
    found = numbers(judged(tmp_path, base, head, None))
    for side, table in ((0, base), (1, head)):
        label, answer, yes = table["label"], table["prediction"], table["label"] == "yes"
        one = {"labels": ["yes"], "average": "macro"}
        expected = {
            "accuracy": sk.accuracy_score(label, answer),
            "balanced_accuracy": sk.balanced_accuracy_score(label, answer),
            "f1_macro": sk.f1_score(label, answer, average="macro"),
            "f1_weighted": sk.f1_score(label, answer, average="weighted"),
            "mcc": sk.matthews_corrcoef(label, answer),
            "recall": sk.recall_score(label, answer, **one),
            "precision": sk.precision_score(label, answer, **one),
            "f1": sk.f1_score(label, answer, **one),
            "false_positive_rate": float(np.mean(answer[~yes] == "yes")),
            "log_loss": sk.log_loss(yes, table["score"]),
            "brier": sk.brier_score_loss(yes, table["score"]),
            "auc": sk.roc_auc_score(yes, table["score"]),
            "average_precision": sk.average_precision_score(yes, table["score"]),
        }
        for name, value in expected.items():
            assert found[name, ""][side] == pytest.approx(value, abs=1e-9), name
