"""Faults to plant in the intent pipeline: each edits a scratch clone the way a real mistake would.

A fault in the training rows touches no held-out row: otherwise it would change the question along with the model.
"""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from mergegate.split import in_holdout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    Row = dict[str, str]
    Edit = Callable[[Path], None]

DATA = "data/intent/utterances.csv"
OLD_RELEASE = "2025.5.7"
"""Of home-assistant-intents: what the stale model was trained on."""
OLD_ROWS = "../old/utterances.csv"
"""Beside the clone."""
_SEED = 20_261_122


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake and its story."""

    name: str
    story: str
    edit: Edit
    honest: bool = True
    """False where the score rises although the model is no better: a leak."""


def code(path: str, before: str, after: str) -> Edit:
    """Replace the one occurrence of `before`."""

    def edit(clone: Path) -> None:
        file = clone / path
        text = file.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{path} has {text.count(before)} times {before!r}"
        file.write_text(text.replace(before, after), encoding="utf-8")

    return edit


def param(key: str, before: str, after: str) -> Edit:
    """Change a line of params.yaml."""
    return code("params.yaml", f"{key}: {before}", f"{key}: {after}")


def in_training(python: str) -> Edit:
    """Lines that the stage `train` runs on `frame` before it fits."""
    reads = "    frame = tables.read_parquet(ROWS, tables.UTTERANCES)\n"
    lines = "".join(f"    {line}\n" for line in python.strip().splitlines())
    return code("src/intent/train.py", reads, reads + lines)


def training_rows(change: Callable[[list[Row]], Iterable[Row]]) -> Edit:
    """Change the rows of the data file that are not held out."""

    def edit(clone: Path) -> None:
        split = yaml.safe_load((clone / "params.yaml").read_text(encoding="utf-8"))["split"]
        file = clone / DATA
        rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
        held = [in_holdout(row["group"], salt=split["salt"], share=split["share"]) for row in rows]
        kept = [row for row, out in zip(rows, held, strict=True) if out]
        kept += change([row for row, out in zip(rows, held, strict=True) if not out])
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(kept, key=lambda row: row["id"]))
        file.write_text(text.getvalue(), encoding="utf-8")

    return edit


def cut(share: float) -> Edit:
    """Keep the first `share` of the data file's lines."""

    def edit(clone: Path) -> None:
        lines = (clone / DATA).read_text(encoding="utf-8").splitlines(keepends=True)
        (clone / DATA).write_text("".join(lines[: int(len(lines) * share)]), encoding="utf-8")

    return edit


def swapped(one: str, other: str) -> Callable[[list[Row]], list[Row]]:
    names = {one: other, other: one}
    return lambda rows: [row | {"intent": names.get(row["intent"], row["intent"])} for row in rows]


def groups_relabelled(share: float) -> Callable[[list[Row]], list[Row]]:
    """Whole template blocks under another block's label, as when a column was pasted a few lines off."""

    def change(rows: list[Row]) -> list[Row]:
        answers = {row["group"]: row["intent"] for row in rows}
        rng = random.Random(_SEED)
        wrong = {g: rng.choice(sorted(set(answers.values()))) for g in sorted(answers) if rng.random() < share}
        return [row | {"intent": wrong.get(row["group"], row["intent"])} for row in rows]

    return change


def dropped(column: str, value: str, share: float = 1.0) -> Callable[[list[Row]], list[Row]]:
    """Training rows that are gone: all of a class, half of a language."""
    rng = random.Random(_SEED)
    return lambda rows: [row for row in rows if row[column] != value or rng.random() >= share]


def noisy(share: float) -> str:
    return (
        f"rng = np.random.default_rng({_SEED})\n"
        f'frame["intent"] = np.where(rng.random(len(frame)) < {share}, '
        'rng.permutation(frame["intent"]), frame["intent"])'
    )


_WORDS = "words = _WORD.findall(utterance.casefold())"
_NUMBERS = 'return ["0" if word.isdecimal() else word for word in words]'
_FEATURES = "src/intent/features.py"

FAULTS = (
    Fault("short words lost", "a clean-up drops words of up to three letters: off, on, no",
          code(_FEATURES, _WORDS, "words = [word for word in _WORD.findall(utterance.casefold()) if len(word) > 3]")),
    Fault("lower case lost", "casefold() went missing in a refactoring",
          code(_FEATURES, _WORDS, "words = _WORD.findall(utterance)")),
    Fault("numbers dropped", "numbers were taken for noise",
          code(_FEATURES, _NUMBERS, "return [word for word in words if not word.isdecimal()]")),
    Fault("every number a word", "the step that folds numbers into one was lost",
          code(_FEATURES, _NUMBERS, "return words")),
    Fault("only six words", "an utterance is cut after six words",
          code(_FEATURES, _NUMBERS, 'return ["0" if word.isdecimal() else word for word in words[:6]]')),
    Fault("language feature lost", "the speaker's language no longer reaches the model",
          code(_FEATURES, '    yield f"language={language}"\n', "")),
    Fault("domain feature lost", "the context of the device no longer reaches the model",
          code(_FEATURES, '    yield f"domain={domain}"\n', "")),
    Fault("language renamed in serving", "predict writes DE where training wrote de",
          code("src/intent/predict.py", "features.matrix(frame,",
               'features.matrix(frame.assign(language=frame["language"].str.upper()),')),
    Fault("label noise 5 %", "one training label in twenty is another row's", in_training(noisy(0.05))),
    Fault("label noise 10 %", "one training label in ten is another row's", in_training(noisy(0.10))),
    Fault("label noise 30 %", "three training labels in ten are another row's", in_training(noisy(0.30))),
    Fault("label noise in the file", "one training label in twenty is wrong in the data file itself",
          training_rows(lambda rows: [
              row | {"intent": rows[(7919 * k) % len(rows)]["intent"]} if k % 20 == 0 else row
              for k, row in enumerate(rows)])),
    Fault("blocks mislabelled 5 %", "one template block in twenty has another block's label",
          training_rows(groups_relabelled(0.05))),
    Fault("two classes swapped", "turn on and turn off are swapped in the training labels",
          training_rows(swapped("HassTurnOn", "HassTurnOff"))),
    Fault("two rare classes swapped", "mute and unmute are swapped in the training labels",
          training_rows(swapped("HassMediaPlayerMute", "HassMediaPlayerUnmute"))),
    Fault("labels of one language shuffled", "a join went wrong for Spanish", in_training(
        f'es = frame["language"] == "es"\nrng = np.random.default_rng({_SEED})\n'
        'frame.loc[es, "intent"] = rng.permutation(frame.loc[es, "intent"])')),
    Fault("data file truncated", "the upload stopped after nine tenths of the file", cut(0.9)),
    Fault("training stops early", "a head() for a quick test was left in train",
          in_training("frame = frame.head(len(frame) * 9 // 10)")),
    Fault("wrong encoding in training", "training rows were read as latin-1, answers are given to UTF-8",
          in_training('frame["utterance"] = [text.encode().decode("latin-1") for text in frame["utterance"]]')),
    Fault("wrong encoding everywhere", "the reader takes UTF-8 for latin-1, in training and in serving alike",
          code("src/intent/tables.py", 'na_filter=False, encoding="utf-8"', 'na_filter=False, encoding="latin-1"')),
    Fault("a class deleted", "no training row of HassSetVolume is left",
          training_rows(dropped("intent", "HassSetVolume"))),
    Fault("a rare class deleted", "no training row of HassNevermind is left",
          training_rows(dropped("intent", "HassNevermind"))),
    Fault("one language halved", "half of the French training rows are gone",
          training_rows(dropped("language", "fr", 0.5))),
    Fault("one language gone", "all French training rows are gone", training_rows(dropped("language", "fr"))),
    Fault("majority class ten times", "the largest class was appended ten times", in_training(
        "import pandas\n"
        'many = frame[frame["intent"] == frame["intent"].mode()[0]]\n'
        "frame = pandas.concat([frame, *[many] * 9], ignore_index=True)")),
    Fault("stale model", f"the model is the one of the release {OLD_RELEASE} of the data", in_training(
        f'old = tables.read_csv(Path("{OLD_ROWS}"), tables.UTTERANCES)\n'
        'frame = old[~np.array(holdout_mask(old["group"], salt="mergegate", share=0.25), dtype=bool)]')),
    Fault("hash bits 15 to 8", "to save memory, features share 256 columns", param("bits", "15", "8")),
    Fault("hash bits 15 to 11", "to save memory, features share 2,048 columns", param("bits", "15", "11")),
    Fault("regularisation 1000 times", "C is 0.001", param("C", "1.0", "0.001")),
    Fault("regularisation 10 times", "C is 0.1", param("C", "1.0", "0.1")),
    Fault("one pass of training", "the fit stops after one iteration", param("iterations", "1000", "1")),
    Fault("leak", "the held-out rows are trained on, too",
          code("src/intent/split.py", "write_parquet(frame[~held], TRAIN)", "write_parquet(frame, TRAIN)"),
          honest=False),
)  # fmt: skip
QUICK = ("short words lost", "label noise 5 %")
