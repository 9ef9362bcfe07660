"""What the rules say, and the decision for the pull request."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from mergegate.facts.pictures import Pictures

if TYPE_CHECKING:
    from mergegate.facts.comparison import Estimate, Slice
    from mergegate.facts.evidence import Absent, Revision
    from mergegate.facts.plan import Plan, RunRecord
    from mergegate.facts.waiver import Waiver


class State(StrEnum):
    """What is known of one subject."""

    IMPROVED = "improved"
    HELD = "held"
    REGRESSED = "regressed"
    CANNOT_TELL = "cannot-tell"
    ABSENT = "absent"


class Decision(StrEnum):
    """The verdict on a pull request."""

    MERGE = "merge"
    BLOCK = "block"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says of one subject."""

    rule: str
    """A code, `MG301`."""
    model: str
    subject: str
    """The metric, the quiz, the table: what the finding is about."""
    state: State
    said: str
    """One sentence for a reader, plain text: renderers escape it."""
    do: str = ""
    """What to do about it, plain text; empty where nothing is to be done."""
    slice: Slice | None = None
    before: float | None = None
    after: float | None = None
    change: Estimate | None = None
    margin: float | None = None
    mde: float | None = None
    """The smallest drop that these rows would show with 80 % power, at the level this finding was judged at."""
    blocks: bool = False
    """True where this finding alone forbids the merge."""
    unsure: bool = False
    """True where this finding alone makes the verdict unsure (unless another blocks)."""
    waived: bool = False
    """True where it would block, or leave the verdict open, had an owner not accepted it."""
    better: str = "higher"
    """Which way is better for the subject: `higher` or `lower`."""
    examples: tuple[tuple[str, ...], ...] = ()
    """Rows to show, the first of them the header; data, so renderers escape each cell."""
    informs: bool = False
    """True where nothing is judged: it is shown, and counts among no checks."""
    full: tuple[tuple[str, ...], ...] = ()
    """The whole table of which `examples` are a sample, for report.html alone; empty where there is no more."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that changed or happened, shown beside the findings; never decides."""

    title: str
    rows: tuple[tuple[str, ...], ...]
    """The first row is the header."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision with everything that led to it."""

    decision: Decision
    base: Revision
    head: Revision
    findings: tuple[Finding, ...] = ()
    absent: tuple[Absent, ...] = ()
    notes: tuple[Note, ...] = ()
    plan: Plan | None = None
    run: RunRecord | None = None
    policy_digest: str = ""
    """SHA-256 of base's policy file, the one that judged."""
    policy_changed: bool = False
    waiver: Waiver | None = None
    """An owner's acceptance that is in force."""
    to_accept: str = ""
    """The commit that an owner names to accept what got worse; empty where that would not make it a merge."""
    bootstrap: bool = False
    """True where base has nothing to compare with: passed once, and said so."""
    unsure_passes: bool = True
    """What the policy makes of `unsure` for the required check."""
    alpha: float = 0.05
    attempt: int = 1
    """1 until a head of this pull request is blocked; then each other head that is judged is one attempt more."""
    question: str = field(default="this artefact")
    """`this artefact` or `this recipe`: which of the two was judged."""
    pictures: Pictures = field(default_factory=Pictures)
    """What report.html draws beside its tables; in no other file."""
