"""Reports of scenes, so that they can be compared with a snapshot: what differs from run to run is left out."""

from __future__ import annotations

import re


def unfolded(report: str) -> str:
    """The part of a comment that everybody reads, without what differs from run to run."""
    return without_hashes(report.partition("<details>")[0])


def without_hashes(report: str) -> str:
    """A report with every commit and digest, and every time that was measured, replaced by its kind."""
    report = re.sub(r"\b[0-9a-f]{40}\b", "COMMIT", report)
    report = re.sub(r"\b[0-9a-f]{6}&#8203;[0-9a-f]{6}\b|\b[0-9a-f]{12}\b", "SHA", report)
    return re.sub(r"\b\d+(\.\d+)? s\b", "N s", report)
