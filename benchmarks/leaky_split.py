"""What a split by row shows of a model, what the honest split by group shows, and whether the gate tells them apart.

    python -m benchmarks.leaky_split [--data data/intent/utterances.csv] [--out metrics/benchmarks/leaky-split.json]

The stages' own code: each split is trained and answered anew, with main's features and with runs of characters. Then
gate.yaml judges it: the split by group as the first that there is, the others as a pull request that brings them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from intent import predict, settings, tables, train
from mergegate.facts import Policy, Revision
from mergegate.facts.exam import Exam
from mergegate.judge.verdict import decide
from mergegate.read.holdout import SplitFiles, read_split
from mergegate.read.policy import parse_policy
from mergegate.split import holdout_mask

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
SALT, SHARE, SEED = "mergegate", 0.25, 42
HONEST = "by group"
FEATURES = {
    "words (main)": settings.Features(words_up_to=1, chars_up_to=0, bits=15),
    "words and runs of 3 to 4 characters": settings.Features(words_up_to=1, chars_up_to=4, bits=15),
}
TRAIN = settings.Train(C=1.0, iterations=1000, seed=7)


@dataclass(frozen=True)
class Told:
    """What was measured of one split."""

    split: str
    accuracy: dict[str, float]
    """By features."""
    held_rows: int
    blocks: dict[str, str]
    """By rule that blocks it: what it says."""
    groups_on_both_sides: int
    near_duplicates: int
    """Held-out texts with a near-duplicate in training."""


def splits(frame: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """True for the held-out rows: by the group's hash, by the row's hash, and shuffled as most people do it."""
    shuffled = np.zeros(len(frame), dtype=bool)
    shuffled[np.random.default_rng(SEED).permutation(len(frame))[: round(SHARE * len(frame))]] = True
    by_key = {
        name: np.array(holdout_mask(frame[column], salt=SALT, share=SHARE), dtype=bool)
        for name, column in ((HONEST, "group"), ("by row", "id"))
    }
    return {**by_key, "shuffled": shuffled}


def accuracy(frame: pd.DataFrame, held: NDArray[np.bool_], features: settings.Features) -> float:
    """Train on one side and answer the other, with the stages' own code."""
    fitted = train.fit(frame[~held].reset_index(drop=True), TRAIN, features)
    answers = predict.predictions(frame[held].reset_index(drop=True), fitted, ("group",))
    return round(float((answers["label"] == answers["prediction"]).mean()), 4)


def judged(folder: Path, policy: Policy, name: str, accuracies: dict[str, float]) -> Told:
    """The honest split by itself; any other as a pull request that brings it instead of the honest one."""
    asked = policy.data.splits[""]
    head, honest = (
        SplitFiles(folder / f"{one} train.parquet", folder / f"{one} rows.parquet", SALT) for one in (name, HONEST)
    )
    found = read_split("", asked, head, None if name == HONEST else honest)
    here = Revision("benchmark", "0" * 40)
    verdict = decide(Exam(policy, here, here, splits={"": found}))
    assert found.after is not None
    assert found.near is not None
    return Told(
        split=name,
        accuracy=accuracies,
        held_rows=found.after.held,
        blocks={f"{one.rule} {one.subject}": one.said for one in verdict.findings if one.blocks},
        groups_on_both_sides=found.leaks[0].found,
        near_duplicates=found.near.found,
    )


def measure(frame: pd.DataFrame, policy: Policy, kinds: dict[str, settings.Features]) -> list[Told]:
    """Every split of `frame`, measured and judged."""
    told = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, held in splits(frame).items():
            tables.write_parquet(frame[~held], folder / f"{name} train.parquet")
            tables.write_parquet(frame[held], folder / f"{name} rows.parquet")
            accuracies = {kind: accuracy(frame, held, features) for kind, features in kinds.items()}
            told.append(judged(folder, policy, name, accuracies))
    return told


def own_policy() -> Policy:
    """What this repository asks of its holdout."""
    return parse_policy((ROOT / "gate.yaml").read_bytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, default=ROOT / "data/intent/utterances.csv")
    parser.add_argument("--out", type=Path, default=ROOT / "metrics/benchmarks/leaky-split.json")
    options = parser.parse_args()
    frame = tables.read_csv(options.data, tables.UTTERANCES).sort_values("id", ignore_index=True)
    told = measure(frame, own_policy(), FEATURES)
    facts: dict[str, Any] = {"rows": len(frame), "groups": int(frame["group"].nunique()), "share": SHARE, "salt": SALT}
    options.out.write_text(json.dumps(facts | {"splits": [asdict(one) for one in told]}, indent=1) + "\n")
    for one in told:
        print(f"{one.split}: {one.accuracy}, blocked by {', '.join(one.blocks) or 'nothing'}")


if __name__ == "__main__":
    main()
