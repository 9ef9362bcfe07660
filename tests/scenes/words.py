"""Reports of scenes, so that they can be compared with a snapshot: what differs from run to run is left out."""

from __future__ import annotations

import re


def unfolded(report: str) -> str:
    """The part of a comment that everybody reads, without what differs from run to run."""
    return without_hashes(report.partition("<details>")[0])


def without_fold(report: str, title: str) -> str:
    """A comment without the folded part whose heading begins like that, and without the folds in it."""
    start = report.index(f"<details><summary>{title}")
    depth = 0
    for mark in re.finditer(r"<(/?)details>", report[start:]):
        depth += -1 if mark[1] else 1
        if not depth:
            return report[:start] + report[start + mark.end() :].lstrip("\n")
    raise AssertionError(f"the fold {title} is never closed")


def without_hashes(report: str) -> str:
    """A report with every commit and digest, and every time that was measured, replaced by its kind."""
    report = re.sub(r"\b[0-9a-f]{40}\b", "COMMIT", report)
    report = re.sub(r"\b[0-9a-f]{6}&#8203;[0-9a-f]{6}\b|\b[0-9a-f]{12}\b", "SHA", report)
    return re.sub(r"\b\d+(\.\d+)? s\b", "N s", report)
