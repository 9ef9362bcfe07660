"""Play the dated releases of the intents as pull requests, in order: `python -m benchmarks.replay [--first N]`.

Each release is collected as the pipeline's data is, tracked with `dvc add` on a branch, run by `mergegate run`, judged
by `mergegate check --base main` and merged, whatever the verdict. Writes metrics/benchmarks/replay.json after each
release. What was collected and trained lies under build/replay and is used again.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
from collections import Counter
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from benchmarks._history import DECISIONS, QUIZ, UTTERANCES, History, PullRequest, new_history, resumed
from benchmarks._made import made
from benchmarks._releases import Collected, Release, collected, fetch, key, languages_of, listed
from benchmarks._scratch import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

OUT = ROOT / "metrics" / "benchmarks" / "replay.json"
LIBRARIES = ("dvc", "hassil", "mergegate", "numpy", "scikit-learn", "scipy")
RUN_BY_STAGE = 10
"""Each tenth release is run by `mergegate run` alone; for the others it confirms what ran in one process."""
Rows = list[dict[str, str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, help="only so many releases, from the oldest")
    parser.add_argument("--every", type=int, default=1, help="only every so many, the newest among them")
    parser.add_argument("--resume", action="store_true", help="go on after the last release that is written down")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "replay")
    parser.add_argument("--out", type=Path, help=f"where the result goes [default: {OUT.name}, of a whole replay]")
    given = parser.parse_args()
    os.nice(max(0, 10 - os.nice(0)))
    folder = given.folder.resolve()
    whole = given.first is None and given.every == 1
    out = given.out or (OUT if whole else folder / OUT.name)
    result = json.loads(out.read_text(encoding="utf-8")) if given.resume else {}
    played = [one["version"] for one in result.get("releases", [])]
    left = [one for one in listed() if not played or key(one.version) > key(played[-1])]
    history = resumed(folder) if played else begin(folder)
    if not played:
        result = {
            "made": made(*LIBRARIES, of_them=", one of them used") | {"commit": history.git("rev-parse", "HEAD")},
            "policy": (history.root / "gate.yaml").read_text(encoding="utf-8"),
        }
        result |= {"summary": {}, "releases": []}
    chosen = left[:: -given.every][::-1][: given.first]
    for release, entry in replay(history, ((one, data_of(one, folder)) for one in chosen)):
        result["releases"].append(entry)
        result["summary"] = summary(result["releases"])
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(release.version, entry.get("decision", "begins"), entry.get("accuracy", {}), flush=True)


def begin(folder: Path) -> History:
    """The scratch repository, with a policy that the past could keep, without the stages that it has no data for."""
    history = new_history(folder)
    for name, change in (("gate.yaml", for_the_past), ("dvc.yaml", without_the_future)):
        file = history.root / name
        kept = change(yaml.safe_load(file.read_text(encoding="utf-8")))
        file.write_text(yaml.safe_dump(kept, sort_keys=False), encoding="utf-8")
    return history


def for_the_past(policy: dict[str, Any]) -> dict[str, Any]:
    """The policy without what only today's data or model can keep: a target, limits, least numbers, unlabelled rows."""
    (model,) = policy["models"].values()
    for part in ("target", "limits", "shadow"):
        model.pop(part, None)
    model["min_coverage"] = 0.5
    for table in policy.get("data", {}).get("tables", {}).values():
        table.pop("min_rows", None)
    return policy


def without_the_future(pipeline: dict[str, Any]) -> dict[str, Any]:
    """The pipeline without the stages that draw unlabelled sentences from the installed release and answer them."""
    return {"stages": {name: one for name, one in pipeline["stages"].items() if name not in {"unlabelled", "shadow"}}}


def replay(
    history: History, releases: Iterable[tuple[Release, Collected | None]]
) -> Iterable[tuple[Release, dict[str, Any]]]:
    """Play the releases one after the other; what is written down of each. A release without data changes nothing."""
    before = rows_of(lying.read_bytes()) if (lying := history.root / UTTERANCES).is_file() else None
    for number, (release, data) in enumerate(releases):
        if data is None:
            yield release, {"version": release.version, "date": release.date, "unread": {"the wheel cannot be had": 1}}
            continue
        rows = rows_of(data.csv)
        entry = {"version": release.version, "date": release.date, **size(rows), "unread": data.unread}
        files = {UTTERANCES: data.csv, QUIZ: quiz_of(rows, history.right_answers())}
        if before is None:
            history.write(files)
            entry["accuracy"] = {"now": history.begin(f"begin with {release.version}")}
        else:
            at_once = bool(number % RUN_BY_STAGE)
            entry |= {"changed": changed(before, rows), "stages_in_one_process": at_once}
            entry |= judged(history.pull_request(release.version, files, at_once=at_once))
        before = rows
        yield release, entry


def rows_of(content: bytes) -> Rows:
    """The rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(content.decode())))


def data_of(release: Release, folder: Path) -> Collected | None:
    """The utterances of a release, collected once."""
    kept = folder / "collected" / f"{release.version}.csv"
    told = kept.with_suffix(".json")
    if not told.is_file():
        wheel = fetch(release, folder / "wheels")
        if wheel is None:
            return None
        data = collected(languages_of(wheel))
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(data.csv)
        told.write_text(json.dumps(data.unread), encoding="utf-8")
    return Collected(kept.read_bytes(), json.loads(told.read_text(encoding="utf-8")))


def quiz_of(rows: Rows, right: set[str]) -> bytes:
    """The quiz of this repository without the questions whose answer the release does not know yet.

    Of its must-pass questions those stay so that main's model answers rightly (`right`): a team marks what it has.
    """
    known = {row["intent"] for row in rows}
    asked = csv.DictReader(io.StringIO(resources.files("intent").joinpath("quiz.csv").read_text(encoding="utf-8")))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(asked.fieldnames or ()), lineterminator="\n")
    writer.writeheader()
    for row in asked:
        if row["intent"] in known:
            marked = row["must_pass"] if row["id"] in right else "false"
            writer.writerow(row | {"must_pass": marked})
    return text.getvalue().encode()


def size(rows: Rows) -> dict[str, int]:
    """How large a release is."""
    return {
        "rows": len(rows),
        "intents": len({row["intent"] for row in rows}),
        "groups": len({row["group"] for row in rows}),
    }  # fmt: skip


def changed(before: Rows, after: Rows) -> dict[str, int]:
    """Rows by their question (language, area, domain, words): an id is made of the answer, too."""

    def asked(rows: Rows) -> dict[tuple[str, ...], str]:
        return {(row["language"], row["area"], row["domain"], row["utterance"]): row["intent"] for row in rows}

    old, new = asked(before), asked(after)
    both = old.keys() & new.keys()
    return {
        "added": len(new) - len(both), "removed": len(old) - len(both),
        "relabelled": sum(old[question] != new[question] for question in both),
    }  # fmt: skip


def judged(pull: PullRequest) -> dict[str, Any]:
    """What the gate said, generically: how many findings of each rule are in which state, and what blocks."""
    entry: dict[str, Any] = {"exit_code": pull.code, "crashed": pull.code not in DECISIONS, "seconds": pull.seconds}
    if pull.verdict is None:
        return entry | {"decision": None, "said": pull.said, "accuracy": {"now": pull.accuracy}}
    findings = pull.verdict["findings"]
    states: dict[str, Counter[str]] = {}
    for found in findings:
        states.setdefault(found["rule"], Counter())[found["state"]] += 1
    return entry | {
        "decision": pull.verdict["decision"],
        "findings": {rule: dict(sorted(count.items())) for rule, count in sorted(states.items())},
        "blocking": [told(found) for found in findings if found["blocks"]],
        "data": [told(found) for found in findings if worth_telling(found)],
        "absent": [f"{one['what']}: {one['why']}" for one in pull.verdict["absent"]],
        "accuracy": {"now": pull.accuracy, **on_common_rows(findings)},
    }


def worth_telling(found: dict[str, Any]) -> bool:
    """Which rows changed, and what the rules on data and holdout did not find in order."""
    counts = found["rule"] == "MG102" and not found["said"].startswith("for information")
    return counts or (found["rule"].startswith(("MG1", "MG2")) and found["state"] != "held")


def told(found: dict[str, Any]) -> dict[str, Any]:
    """A finding in short."""
    where = f" {found['slice']['column']}={found['slice']['value']}" if (found["slice"] or {}).get("column") else ""
    said = {"rule": found["rule"], "of": f"{found['subject']}{where}", "state": found["state"], "said": found["said"]}
    return said | {name: round(found[name], 5) for name in ("before", "after") if found[name] is not None}


def on_common_rows(findings: list[dict[str, Any]]) -> dict[str, Any]:
    """Accuracy before and after as the gate judged it, over all rows that both holdouts have."""
    for found in findings:
        if found["rule"] == "MG301" and found["subject"] == "accuracy" and not (found["slice"] or {}).get("column"):
            change = found["change"] or {}
            return {
                "judged_before": round(found["before"], 5), "judged_after": round(found["after"], 5),
                "state": found["state"], "rows": change.get("n"), "groups": change.get("groups"),
            }  # fmt: skip
    return {}


def summary(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """All pull requests in figures."""
    pulls = [one for one in entries if "exit_code" in one]
    return {
        "releases": len(entries),
        "pull_requests": len(pulls),
        "crashed": sum(one["crashed"] for one in pulls),
        "decisions": dict(sorted(Counter(str(one["decision"]) for one in pulls).items())),
        "blocked_by": dict(sorted(Counter(rule for one in pulls for rule in blockers(one)).items())),
        "templates_not_read": sum(sum(one["unread"].values()) for one in entries),
        "seconds": round(sum(sum(one["seconds"].values()) for one in pulls)),
    }


def blockers(entry: dict[str, Any]) -> set[str]:
    """The rules that block a pull request."""
    return {found["rule"] for found in entry.get("blocking", [])}


if __name__ == "__main__":
    main()
