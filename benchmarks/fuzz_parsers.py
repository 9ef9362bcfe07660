"""Feeds broken input to everything that parses what a pull request can write; only the gate's own errors may come out.

`python -m benchmarks.fuzz_parsers --inputs 1000000` prints how many inputs each parser got, how many it read, how many
it refused, and each crash with the input that makes it; the exit code is 1 where there is one. Inputs are valid files
with up to eight mutations (bytes flipped, cut, doubled and spliced; tokens that parsers stumble over put in), the same
for the same seed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks._mutations import mutated
from benchmarks._parsers import TARGETS, Target

from mergegate.errors import MergegateError

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Tally:
    """What came of the inputs of one parser."""

    read: int = 0
    refused: int = 0
    crashes: dict[str, str] = field(default_factory=dict)
    """By the place and kind of the error: the first input that made it, as Python writes it."""
    seconds: float = 0.0

    times: Counter[str] = field(default_factory=Counter)

    @property
    def inputs(self) -> int:
        """All of them."""
        return self.read + self.refused + sum(self.times.values())

    def crashed(self, error: BaseException, data: bytes) -> None:
        """Note one."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        key = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}: {str(error)[:120]}"
        self.times[key] += 1
        self.crashes.setdefault(key, repr(data[:400]))


def fuzz(target: Target, inputs: int, seed: int, folder: Path) -> Tally:
    """Feed so many inputs to one parser; `folder` is an empty one of its own."""
    rng = random.Random(f"{seed} {target.name}")
    tally = Tally()
    handed = folder / "handed"
    handed.mkdir(exist_ok=True)
    begun = time.perf_counter()
    for _ in range(inputs):
        data = mutated(rng, target.corpus)
        try:
            target.call(data, handed)
            tally.read += 1
        except MergegateError as error:
            str(error).encode("utf-8", "surrogatepass")
            tally.refused += 1
        except Exception as error:  # noqa: BLE001 - every other kind is what is looked for
            tally.crashed(error, data)
    tally.seconds = round(time.perf_counter() - begun, 1)
    return tally


def run(inputs: int, seed: int = 20261122, targets: Iterable[Target] = TARGETS) -> dict[str, Tally]:
    """Feed all parsers, each its share of `inputs` and at least ten."""
    found = {}
    for target in targets:
        with tempfile.TemporaryDirectory() as folder:
            found[target.name] = fuzz(target, max(10, round(inputs * target.share)), seed, Path(folder))
    return found


def main() -> int:
    """Print the tallies, and each crash."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--only", action="append", help="only this parser")
    parser.add_argument("--out", type=Path, help="write the counts there, as JSON")
    told = parser.parse_args()
    chosen = [target for target in TARGETS if not told.only or target.name in told.only]
    tallies = run(told.inputs, told.seed, chosen)
    for name, tally in tallies.items():
        print(
            f"{name:10} {tally.inputs:8,} inputs, {tally.read:8,} read, {tally.refused:8,} refused, {tally.seconds} s"
        )
        for crash, data in tally.crashes.items():
            print(f"    CRASH {crash}\n      {data}")
    counts = {
        name: {
            "inputs": t.inputs,
            "read": t.read,
            "refused": t.refused,
            "crashes": len(t.crashes),
            "seconds": t.seconds,
        }
        for name, t in tallies.items()
    }
    if told.out:
        told.out.write_text(json.dumps({"seed": told.seed, "parsers": counts}, indent=1) + "\n", encoding="utf-8")
    print(f"{sum(tally.inputs for tally in tallies.values()):,} inputs")
    return int(any(tally.crashes for tally in tallies.values()))


if __name__ == "__main__":
    sys.exit(main())
