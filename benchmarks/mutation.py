"""How many small faults do the tests of `stats` and `judge` notice? `make mutation` (`python -m benchmarks.mutation`).

mutmut plants one fault at a time (a sign, a bound, an argument, a word that a reader gets to see) and runs the tests
that reach it. What it mutates and which tests it runs stands in pyproject.toml. It goes on where it was stopped, and
takes an hour or two; `mergegate.stats.bounds.*` asks for one file alone. `--again` asks the survivors anew, after tests
were added; `--share 0.25` plants a fixed quarter of them alone, chosen by a hash of the name. Writes
metrics/benchmarks/mutation.json. What is left, by class, stands in tests/stats/README.md. Functions
with a decorator and module-level constants are left alone by mutmut.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks._made import made

ROOT = Path(__file__).parents[1]
OUT = ROOT / "metrics" / "benchmarks" / "mutation.json"
MUTANTS = ROOT / "mutants"
ROOMS = ("stats", "judge")
FOUND = ("killed", "timeout")
"""A fault by which a test fails, or never ends."""
LATER = "not checked"
LEAST = 0.9
"""Of the faults that were planted, in each room."""


def main() -> None:
    """Plant the faults, count who was noticed, and fail below nine in ten of either room."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="faults, or patterns of their names; without, all not yet judged")
    parser.add_argument("--children", type=int, default=2, help="processes at a time")
    parser.add_argument("--share", type=float, default=1.0, help="this share of the faults, always the same ones")
    parser.add_argument("--again", action="store_true", help="run the survivors again, too")
    parser.add_argument("--count", action="store_true", help="run nothing, count what was found so far")
    given = parser.parse_args()
    if not given.count:
        mutmut(given.children, *(given.names or sample(given.share)))
        if given.again and (left := [name for name, status in statuses() if status not in FOUND]):
            mutmut(given.children, *left)
    result = counted()
    OUT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(result["summary"], indent=1))
    sys.exit(min(result["summary"]["found, by room"].values()) < LEAST)


def sample(share: float) -> list[str]:
    """The names of a share of all faults; none for all of them, which is what mutmut takes for all.

    mutmut knows the names when it has made the faults, and makes them when it is asked for one.
    """
    if share >= 1:
        return []
    if not statuses():
        mutmut(1, "mergegate.stats.sums.*")
    return [name for name, status in statuses() if status == LATER and _chance(name) < share]


def _chance(name: str) -> float:
    """A number from 0 to 1 that is the same for a name in each run."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) / 2**64


def mutmut(children: int, *names: str) -> None:
    """Run mutmut on the faults not yet judged, or on those of these names."""
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", str(children), *names]
    subprocess.run(command, cwd=ROOT, check=True)


def statuses() -> list[tuple[str, str]]:
    """Each fault's name, and what became of it."""
    return [(name, status) for _, name, status in _all()]


def _all() -> list[tuple[Path, str, str]]:
    from mutmut.stats import status_by_exit_code

    found = []
    for meta in sorted(MUTANTS.rglob("*.py.meta")):
        path = meta.relative_to(MUTANTS).with_suffix("")
        codes = json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
        found += [(path, name, status_by_exit_code[code]) for name, code in codes.items()]
    return found


def counted() -> dict[str, Any]:
    """By file, by room and together; the survivors by name, so that each can be looked at (`mutmut show NAME`)."""
    by_file: dict[str, Counter[str]] = {}
    for path, _, status in _all():
        by_file.setdefault(path.as_posix(), Counter())[status] += 1
    rooms = {
        room: sum((count for path, count in by_file.items() if f"mergegate/{room}/" in path), Counter())
        for room in ROOMS
    }
    total = sum(rooms.values(), Counter())
    return {
        "what": "faults planted one at a time by mutmut in stats and judge, and how many their fast tests notice",
        "made": made("mergegate", "mutmut", "numpy", "scipy"),
        "summary": {
            "mutants": total.total(),
            **{status: total[status] for status in ("killed", "timeout", "survived", "no tests", LATER)},
            "found": _share(total),
            "found, 95 % interval": _wilson(total),
            "found, by room": {room: _share(count) for room, count in rooms.items()},
        },
        "files": {path: {"mutants": count.total(), **count, "found": _share(count)} for path, count in by_file.items()},
        "survived": [name for _, name, status in _all() if status not in (*FOUND, LATER)],
    }


def _wilson(count: Counter[str]) -> list[float]:
    """Of all faults, known from those that were planted (Wilson 1927)."""
    from scipy.stats import binomtest

    asked = count.total() - count[LATER]
    if not asked:
        return [0.0, 1.0]
    span = binomtest(sum(count[status] for status in FOUND), asked).proportion_ci(method="wilson")
    return [round(float(span.low), 4), round(float(span.high), 4)]


def _share(count: Counter[str]) -> float:
    """Of those that were planted."""
    return round(sum(count[status] for status in FOUND) / max(count.total() - count[LATER], 1), 4)


if __name__ == "__main__":
    main()
