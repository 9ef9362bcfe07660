"""Counts what was tried against the gate, and what of it got past: `python -m benchmarks.trust`.

Runs the tests that try it, reads what became of each from pytest's own record, and writes
`metrics/benchmarks/trust.json`. `--only PART` measures one part and leaves the others of the file as they are;
`--record PART=FILE` takes a record that a run of the same tests left (`pytest --junitxml`, or `fuzz_parsers --out`).
A part that has not been measured is not in the file.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._made import made

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "metrics" / "benchmarks" / "trust.json"
REPORTS, INPUTS = 100_000, 1_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of attempt: the tests that make it, each of which is one, or as many as it recorded as `cases`."""

    what: str
    paths: tuple[str, ...]
    tests: tuple[str, ...]
    """Names of the test functions that count, without their parameters."""
    settings: tuple[tuple[str, str], ...] = ()


PARTS = {
    "bypass": Part(
        "pull requests that try to get past the gate; each is blocked, or told to the owner of what it changes",
        ("tests/bypass/test_corpus.py",),
        ("test_no_bypass_merges_silently",),
    ),
    "hostile_artefacts": Part(
        "hand-overs that are no honest run's: manifests, folders and tables",
        ("tests/read/test_handover.py",),
        ("test_a_hostile_manifest_is_refused", "test_a_hostile_folder_is_refused",
         "test_a_hostile_table_is_refused_and_never_read_in_part"),
    ),
    "bad_workflows": Part(
        "workflows that leave a way around the gate, found for what is wrong with them",
        ("tests/lint",),
        ("test_a_bad_workflow_is_caught_for_what_is_wrong_with_it",),
    ),
    "good_workflows": Part(
        "workflows after public examples, in which nothing is found",
        ("tests/lint",),
        ("test_a_workflow_after_a_public_example_raises_no_alarm",),
    ),
    "reports": Part(
        "reports whose every word is hostile, parsed back as Markdown, HTML, Mermaid and terminal text",
        ("tests/report/test_inert.py",),
        ("test_no_report_of_hostile_words_holds_anything_that_is_not_ours",),
        (("MERGEGATE_FUZZ_REPORT", str(REPORTS)),),
    ),
    "github_faults": Part(
        "calls to GitHub's API, each failing in each way: no pass, and no other check",
        ("tests/workflows/test_faults.py",),
        ("test_a_question_that_fails_is_no_answer", "test_a_question_that_fails_for_a_while_is_asked_again",
         "test_a_comment_that_fails_changes_no_check", "test_what_fails_once_is_done_once_in_the_end",
         "test_a_check_that_cannot_be_created_is_missing_and_never_a_pass"),
    ),
    "remote_faults": Part(
        "operations on the remote, each failing in each way at its requests: the result is right, or there is none",
        ("tests/rerun/test_faults.py",),
        ("test_a_run_ends_right_or_says_why_and_then_ends_right", "test_a_check_never_passes_what_is_worse",
         "test_a_publish_is_complete_or_says_what_is_missing_and_then_is_complete"),
    ),
}  # fmt: skip
FUZZED = "fuzzed_inputs"


def measure(part: Part) -> dict[str, Any]:
    """Run the tests of a part and count them."""
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "record.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout", "0"]
        names = " or ".join(part.tests)
        done = subprocess.run(
            [*command, f"--junitxml={record}", "-k", names, *part.paths],
            cwd=ROOT,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **dict(part.settings)},
            check=False,
        )
        if not record.is_file():
            raise SystemExit(f"pytest left no record (exit code {done.returncode})")
        return counted(part, record)


def counted(part: Part, record: Path) -> dict[str, Any]:
    """What a record of pytest says of the tests of a part."""
    cases = ET.parse(record).getroot().iter("testcase")  # noqa: S314 - pytest's own file
    wanted = [case for case in cases if case.get("name", "").partition("[")[0] in part.tests]
    if not wanted:
        raise SystemExit(f"{record} has no test of this part")
    bad = [case for case in wanted if case.find("failure") is not None or case.find("error") is not None]
    skipped = [case for case in wanted if case.find("skipped") is not None]
    tried = sum(_cases(case) for case in wanted if case not in skipped)
    return {
        "what": part.what,
        "tried": tried,
        "held": tried - sum(map(_cases, bad)),
        "not_tried": len(skipped),
        "failed": sorted(case.get("name", "") for case in bad),
    }


def _cases(case: ET.Element) -> int:
    found = [one.get("value", "1") for one in case.iter("property") if one.get("name") == "cases"]
    return int(found[0]) if found else 1


def fuzzed(record: Path | None) -> dict[str, Any]:
    """What the fuzzer of the parsers counted."""
    with tempfile.TemporaryDirectory() as folder:
        if record is None:
            record = Path(folder) / "fuzz.json"
            command = [sys.executable, "-W", "ignore", "-m", "benchmarks.fuzz_parsers", "--inputs", str(INPUTS)]
            subprocess.run([*command, "--out", str(record)], cwd=ROOT, check=False)
        told = json.loads(record.read_text(encoding="utf-8"))
    parsers = told["parsers"]
    return {
        "what": "broken inputs to the parsers of what a pull request writes; each is read or refused",
        "tried": sum(one["inputs"] for one in parsers.values()),
        "held": sum(one["read"] + one["refused"] for one in parsers.values()),
        "crashes": sum(one["crashes"] for one in parsers.values()),
        "seed": told["seed"],
        "by_parser": {name: {key: one[key] for key in ("inputs", "read", "refused")} for name, one in parsers.items()},
    }


def stamped(counts: dict[str, Any]) -> dict[str, Any]:
    """The counts with where and when."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    return {**counts, **made(), "commit": commit.stdout.strip()[:12]}


def _of(part: Part, record: Path | None) -> dict[str, Any]:
    return counted(part, record) if record else measure(part)


def main() -> int:
    """Measure, and write the file; 1 where anything got past."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=[*PARTS, FUZZED])
    parser.add_argument("--record", action="append", default=[], metavar="PART=FILE")
    parser.add_argument("--out", type=Path, default=OUT)
    told = parser.parse_args()
    records = {name: Path(file) for name, _, file in (one.partition("=") for one in told.record)}
    chosen = told.only or list(records) or [*PARTS, FUZZED]
    found = json.loads(told.out.read_text(encoding="utf-8"))["parts"] if told.out.is_file() else {}
    for name in chosen:
        record = records.get(name)
        counts = fuzzed(record) if name == FUZZED else _of(PARTS[name], record)
        found[name] = stamped(counts)
        print(f"{name}: {counts['held']:,} of {counts['tried']:,} held")
    ordered = {name: found[name] for name in (*PARTS, FUZZED) if name in found}
    document = {"what": "What was tried against the gate, and how much of it was held off.", "parts": ordered}
    told.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return int(any(part["held"] < part["tried"] for part in ordered.values()))


if __name__ == "__main__":
    sys.exit(main())
