"""What each architecture costs: everything in CI, or a service that follows the tag of production.

    python -m benchmarks.architectures [--moves 5] [--idle 60] [--out metrics/benchmarks/architectures.json]
    python -m benchmarks.architectures --page        write the figures into docs/architectures.md anew

The real pipelines of this repository, in scratch clones with an origin and a storage of their own, by the commands that
the workflows call. A first merge has nothing stored anywhere; a second one changes `train.C`, so that the intent model
is trained again; a third one touches the README. Each is run as `main` runs it after a merge, once on a fresh clone
that has to compute, and once on a fresh clone that finds everything stored. Then both versions are registered and
promoted, and production is moved back and forth under a running service. What a CI provider adds (waiting for a
machine, installing the lock) is not in any of these numbers.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks._architectures_page import FIGURES, write_page
from benchmarks._architectures_sizes import sizes
from benchmarks._architectures_world import Cost, Place, Serving, StoppedError, replace
from benchmarks._made import machine, versions

_CHANGE = ("  C: 1.0\n", "  C: 1.2\n")


@dataclass
class Found:
    """What was measured so far."""

    costs: dict[str, Cost] = field(default_factory=dict)
    numbers: dict[str, Any] = field(default_factory=dict)


def merges(place: Place, found: Found) -> Path:
    """Run, and run again from what is stored: everything, one model, nothing. The clone of the second version."""
    first = place.begin()
    place.cost(first, "commit", "--force", "--quiet", "data.dvc", module="dvc")
    if place.git(first, "status", "--porcelain", "data.dvc"):
        raise StoppedError("data/ is not what data.dvc names: call `make data` first")
    place.cost(first, "push", "--quiet", "data.dvc", module="dvc")
    found.costs["run_everything"] = place.cost(first, "run", "--push")
    found.costs["restore_everything"] = place.cost(place.clone("again"), "run", "--push")
    touched(first)
    place.merge(first, "Thank the reader")
    found.costs["run_nothing"] = place.cost(first, "run", "--push")
    found.costs["check_nothing"] = place.cost(first, "check", "--base", "HEAD^", "--out", "report")
    found.costs["register"] = place.cost(first, "register", "intent", "--version", "1.0.0")
    committed(place, first, "Record v1.0.0")
    second = place.clone("second")
    place.cost(second, "run", "--push")
    replace(second / "params.yaml", *_CHANGE)
    found.costs["run_one_model"] = place.cost(second, "run", "--push")
    place.merge(second, "Regularise less")
    found.costs["restore_one_model"] = place.cost(place.clone("third"), "run", "--push")
    found.costs["check_one_model"] = place.cost(second, "check", "--base", "HEAD^", "--out", "report")
    place.cost(second, "register", "intent", "--version", "1.1.0")
    committed(place, second, "Record v1.1.0")
    return second


def touched(clone: Path) -> None:
    """A change that no stage reads."""
    with (clone / "README.md").open("a", encoding="utf-8") as readme:
        readme.write("\nThanks to everybody who reads to the end.\n")


def committed(place: Place, clone: Path, message: str) -> None:
    """Commit the record that registering wrote, if it wrote one."""
    place.git(clone, "add", "--all", "metrics")
    if place.git(clone, "status", "--porcelain", "--untracked-files=no"):
        place.merge(clone, message)


def in_ci(clone: Path, place: Place, found: Found) -> None:
    """Everything in CI: answers come from what main has, by a process that is started for it, or by a batch."""
    with Serving(clone, "--revision", "HEAD") as serving:
        found.numbers["start_to_answer_seconds"] = round(serving.until("unreleased") - serving.started, 2)
    found.costs["batch"] = place.cost(clone, module="intent.predict")
    rows = json.loads((clone / "metrics/intent/holdout.json").read_text(encoding="utf-8"))["rows"]
    found.numbers["batch_rows"] = rows


def carved_out(clone: Path, place: Place, found: Found, moves: int, idle: float) -> None:
    """The service: promoted through test, moved back and forth, and left alone for a while."""
    found.costs["promote_to_test"] = place.cost(clone, "promote", "intent", "--to", "test", "--version", "1.0.0")
    with Serving(place.clone("test"), "--stage", "test", "--poll", "1") as test:
        test.until("v1.0.0")
        smoke = ("promote", "intent", "--to", "prod", "--service", test.url)
        found.costs["promote_to_prod"] = place.cost(clone, *smoke)
        with Serving(place.clone("prod"), "--stage", "prod") as prod:
            found.numbers["service_start_to_answer_seconds"] = round(prod.until("v1.0.0") - prod.started, 2)
            place.cost(clone, "promote", "intent", "--to", "test", "--version", "1.1.0")
            test.until("v1.1.0")
            told = [move(place, clone, prod, number, smoke) for number in range(2 * moves)]
            found.numbers["moves"] = summary(told)
            before, started = prod.processor_seconds(), time.perf_counter()
            time.sleep(idle)
            share = (prod.processor_seconds() - before) / (time.perf_counter() - started)
            found.numbers["service_idle_processor_share"] = round(share, 5)
            found.numbers["service_memory_mb"] = round(prod.memory_mb(), 1)


def move(place: Place, clone: Path, prod: Serving, number: int, smoke: tuple[str, ...]) -> tuple[float, float]:
    """Forwards, and back: seconds from the command's start, and from its end, until the service answers with it."""
    back = number % 2 == 1
    words = ("promote", "intent", "--to", "prod", "--version", "1.0.0") if back else (*smoke, "--version", "1.1.0")
    started = time.perf_counter()
    place.cost(clone, *words)
    pushed = time.perf_counter()
    there = prod.until("v1.0.0" if back else "v1.1.0")
    return there - started, max(0.0, there - pushed)


def summary(told: list[tuple[float, float]]) -> dict[str, float]:
    """Medians and extremes; a service looks every five seconds, so that luck is in each of these."""
    whole, waited = ([each[place] for each in told] for place in (0, 1))
    return {
        "count": len(told),
        "command_to_answer_median_seconds": round(statistics.median(whole), 2),
        "command_to_answer_most_seconds": round(max(whole), 2),
        "tag_to_answer_median_seconds": round(statistics.median(waited), 2),
        "tag_to_answer_most_seconds": round(max(waited), 2),
    }


def derived(costs: dict[str, Cost], numbers: dict[str, Any]) -> dict[str, float]:
    """What follows from the figures; docs/architectures.md says what each means."""
    start = numbers["start_to_answer_seconds"]
    moved = numbers["moves"]["command_to_answer_median_seconds"]
    ceremony = costs["register"].seconds + costs["promote_to_test"].seconds + moved
    runs = {
        "nothing_stored": costs["run_everything"].seconds,
        "trained": costs["run_one_model"].seconds,
        "restored": costs["restore_one_model"].seconds,
    }
    idle_day = numbers["service_idle_processor_share"] * 86_400
    return {
        **{f"ci_{name}_seconds": round(seconds + start, 1) for name, seconds in runs.items()},
        **{f"service_{name}_seconds": round(seconds + ceremony, 1) for name, seconds in runs.items()},
        # A revert is a pull request: run and check there, run again on main, start.
        "ci_rollback_seconds": round(2 * runs["restored"] + costs["check_one_model"].seconds + start, 1),
        "service_rollback_seconds": moved,
        "ceremony_seconds": round(ceremony, 1),
        "ceremony_in_trainings": round(ceremony / runs["trained"], 2),
        "idle_processor_seconds_a_day": round(idle_day, 1),
        "batches_a_day_that_cost_as_much": round(idle_day / costs["batch"].processor_seconds, 1),
    }


def results(found: Found, begun: datetime, load: float) -> dict[str, Any]:
    """The file's content."""
    return {
        "what": (__doc__ or "").split("\n")[0],
        "date": begun.isoformat(timespec="seconds"),
        "minutes": round((datetime.now(UTC) - begun).total_seconds() / 60, 1),
        "machine": machine(load),
        "versions": versions("dvc", "gto", "fastapi", "uvicorn"),
        "costs": {name: cost.rounded() for name, cost in found.costs.items()},
        **found.numbers,
        "derived": derived({name: Cost(**cost.rounded()) for name, cost in found.costs.items()}, found.numbers),
    }  # fmt: skip


def main() -> None:
    """Measure, or write the page from what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=5, help="forwards and back, so often")
    parser.add_argument("--idle", type=float, default=60.0, help="seconds that the service is left alone")
    parser.add_argument("--out", type=Path, default=FIGURES)
    parser.add_argument("--page", action="store_true", help="only write the figures into the page")
    asked = parser.parse_args()
    if not asked.page:
        found, begun, load = Found(), datetime.now(UTC), os.getloadavg()[0]
        with tempfile.TemporaryDirectory(prefix="architectures-") as folder:
            place = Place(Path(folder))
            clone = merges(place, found)
            in_ci(clone, place, found)
            carved_out(clone, place, found, asked.moves, asked.idle)
            found.numbers["sizes"] = sizes(clone)
        text = json.dumps(results(found, begun, load), indent=2) + "\n"
        asked.out.write_text(text, encoding="utf-8", newline="\n")
        print(text)
    if asked.page or asked.out == FIGURES:
        write_page()


if __name__ == "__main__":
    main()
