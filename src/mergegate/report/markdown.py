"""The comment on the pull request: GitHub-flavoured Markdown, the verdict first, what held folded away."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from mergegate.facts.plan import Action
from mergegate.facts.waiver import LABEL
from mergegate.report.escape import CUT, before_colon, code, fit, length, markup
from mergegate.report.mermaid import drawable, mermaid, words
from mergegate.report.remarks import remarks
from mergegate.report.rows import HEADER, Brief, at_length, brief
from mergegate.report.sections import ROWS_AT_LENGTH, ROWS_KEPT, Section, plain_table, share, table
from mergegate.report.story import MARKS, Story, also, of_criteria, reason, story, unsaid
from mergegate.stats.retry import retry_level

if TYPE_CHECKING:
    from mergegate.facts import Finding, Note, Revision, RunRecord, StagePlan, Verdict

COMMENT = 60_000
"""Characters of a comment; GitHub takes 65,536."""
SUMMARY = 300_000
"""Characters of a job's summary: GitHub takes a megabyte, and one of ours may be three bytes."""
WIDE = 115
"""Characters of a remark that are one line on a desk."""
LEAST = 14_000
"""Characters that the unfolded part may take at its worst, so that no input can push the verdict out."""

_CHANGED, _JUDGED = "changed", "judged"
"""What was done and what came of it; what was judged and did not move: a fold each."""


def markdown(verdict: Verdict, *, limit: int = COMMENT) -> str:
    """Write the comment, in at most `limit` characters whatever the verdict holds."""
    if limit < LEAST:
        raise ValueError(f"a comment needs at least {LEAST} characters, not {limit}")
    told = story(verdict)
    moved = _brief(verdict, told) if told.telling else None
    top = "\n".join(_top(verdict, told, moved))
    bottom = _last(verdict)
    most = ROWS_KEPT if limit <= COMMENT else ROWS_AT_LENGTH
    folded = share(
        [replace(section, most=most) for section in _sections(verdict, told, moved, most)],
        limit - length(top) - length(bottom) - 8,
    )
    return "\n\n".join(part for part in (top, folded, bottom) if part) + "\n"


def _top(verdict: Verdict, told: Story, moved: Brief | None) -> list[str]:
    """What everybody reads: the verdict, what else moved, and a row for each thing that moved."""
    mark = MARKS[verdict.decision]
    lines = [f"## {mark} mergegate: {verdict.decision} — {fit(reason(verdict, told), 300)}"]
    if other := also(verdict, told):
        lines += ["", fit(other, 300)]
    for lead, remark in remarks(verdict):
        lines += ["", f"**{lead}** {fit(remark, 500)}"]
    if moved:
        lines += ["", *moved.lines]
    return lines


def _brief(verdict: Verdict, told: Story) -> Brief:
    """The table above the folds, in the lines that the remarks leave it."""
    return brief(told.telling, sum(1 + (len(lead) + len(remark)) // WIDE for lead, remark in remarks(verdict)))


def _sections(verdict: Verdict, told: Story, moved: Brief | None, most: int) -> list[Section]:
    """Everything else, folded, in the order in which it is given up last to first."""
    criteria = _criteria(told)
    sections = [
        _findings("What moved, in full", told.telling, most) if moved and not moved.whole else None,
        criteria if criteria and not criteria.shelf else None,
        _discrepancies(told, most),
        *_on(_CHANGED, *(_note(note, most) for note in verdict.notes), _plan(verdict, most)),
        *_on(
            _JUDGED,
            _absent(verdict, told, most),
            criteria if criteria and criteria.shelf else None,
            _findings("For information", _others(told.informing), most),
            _findings("Slices too small to tell", _others(told.unclear), most),
            _findings("Held", _others(told.held), most),
        ),
    ]
    return [section for section in sections if section is not None]


def _on(shelf: str, *sections: Section | None) -> list[Section]:
    return [replace(section, shelf=shelf) for section in sections if section is not None]


def _findings(title: str, findings: tuple[Finding, ...], most: int) -> Section | None:
    """Findings as rows; those that will not be shown anyway are counted and not written."""
    if not findings:
        return None
    written = [at_length(finding) for finding in findings[:most]]
    top, rule, *rows = table(HEADER, written)
    return Section(title, len(findings), f"{top}\n{rule}", tuple(rows), "findings", len(findings) - len(rows))


def _absent(verdict: Verdict, told: Story, most: int) -> Section | None:
    gone = [(a.what, a.why, a.do) for a in unsaid(verdict)]
    gone += [(f"{f.model} {f.subject} {f.rule}", f.said, f.do) for f in told.absent]
    if not gone:
        return None
    rows = [(fit(what, 160), fit(why, 300), fit(do, 300)) for what, why, do in gone[:most]]
    top, rule, *body = table(("What", "Why", "What to do"), rows)
    return Section("Absent evidence", len(gone), f"{top}\n{rule}", tuple(body), unwritten=len(gone) - len(rows))


def _note(note: Note, most: int) -> Section | None:
    count = len(note.rows) - 1
    if count < 1:
        return None
    top, rule, *rows = plain_table(note.rows[: most + 1])
    title = fit(note.title, 120, markup)
    return Section(title, count, f"{top}\n{rule}", tuple(rows), unwritten=count - len(rows))


def _discrepancies(told: Story, most: int) -> Section | None:
    """The rows that findings show, one table for each finding, each table one piece."""
    ordered = (*told.telling, *told.unclear, *told.absent, *told.informing, *told.held)
    shown = [finding for finding in _others(ordered) if len(finding.examples) > 1]
    if not shown:
        return None
    written = tuple(_examples(finding) for finding in shown[:most])
    count = sum(len(finding.examples) - 1 for finding in shown)
    return Section("Discrepancies", count, "", written, "tables", len(shown) - len(written))


def _others(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Those that do not stand among the criteria."""
    return tuple(finding for finding in findings if not of_criteria(finding))


def _criteria(told: Story) -> Section | None:
    """All that is said of points cards, rule by rule; of what stands above only that which has a table."""
    quiet = (*told.unclear, *told.informing, *told.held)
    shown = [finding for finding in (*told.telling, *quiet) if of_criteria(finding)]
    shown = [finding for finding in shown if finding in quiet or len(finding.examples) > 1]
    if not shown:
        return None
    shown.sort(key=lambda finding: finding.rule)
    shelf = "" if any(len(finding.examples) > 1 for finding in shown) else _JUDGED
    rows = tuple(_criterion(finding) for finding in shown)
    return Section("Criteria", len(shown), "", rows, "findings", shelf=shelf)


def _criterion(finding: Finding) -> str:
    what, said = (cell.replace("<br>", " · ") for cell in at_length(finding))
    table_of = ["", *plain_table(finding.examples[:41])] if len(finding.examples) > 1 else []
    more = len(finding.full) - len(finding.examples)
    rest = [f"\n{more:,} more rows are in `report.html`."] if more > 0 else []
    return "\n".join([f"{before_colon(what)}: {said}", *table_of, *rest, ""])


def _examples(finding: Finding) -> str:
    lines = plain_table(finding.examples[:26])
    where = f", {fit(str(finding.slice), 120, code)}" if finding.slice and not finding.slice.overall else ""
    title = f"{fit(f'{finding.model} {finding.subject}'.strip(), 120)}{where}, {fit(finding.rule, 40)}"
    more = len(finding.examples) - 26
    rest = [f"\n{more:,} more rows are in `report.html`."] if more > 0 else []
    return "\n".join([title, "", *lines, *rest, ""])


def _plan(verdict: Verdict, most: int) -> Section | None:
    """The stages: as a graph where it is small enough to read, and as a table with the reasons."""
    plan = verdict.plan
    if plan is None or not plan.stages:
        return None
    graph = f"```mermaid\n{mermaid(plan, verdict.run)}\n```" if drawable(plan) else ""
    stages = [stage for stage in plan.stages if stage.reasons or not graph]
    rows = table(("Stage", "What became of it", "Why"), [_stage(stage, verdict.run) for stage in stages[:most]])
    counts = Counter(words(stage, verdict.run).partition(" in ")[0] for stage in plan.stages)
    order = sorted(counts, key=lambda word: (word == Action.UNCHANGED, not word.startswith(("ran", "will"))))
    title = f"Stages: {fit(', '.join(f'{counts[word]:,} {word}' for word in order), 200, markup)}"
    head = "\n\n".join(part for part in (graph, "\n".join(rows[:2]) if stages else "") if part)
    unwritten = max(len(stages) - most, 0)
    return Section(title, len(plan.stages), head, rows[2:], "stages", unwritten)


def _stage(stage: StagePlan, run: RunRecord | None) -> tuple[str, ...]:
    causes = "<br>".join(_cause(r.name, r.before, r.after, r.kind) for r in stage.reasons[:5])
    return fit(stage.name, 120, code), fit(words(stage, run), 80), causes


def _cause(name: str, before: str, after: str, kind: str) -> str:
    values = f": {fit(_short(before), 60)} → {fit(_short(after), 60)}" if before or after else ""
    return f"{fit(kind, 20)} {fit(name, 120, code)}{values}"


def _short(value: str) -> str:
    """A value of a cause; of a file's hash as much as tells it from another."""
    return re.sub(r"\b([0-9a-f]{8})[0-9a-f]{24,}\b", r"\1" + CUT, value) or "none"


def _last(verdict: Verdict) -> str:
    """Against what, by which policy, and how to see the same at home."""
    parts = [f"base {_revision(verdict.base)}", f"head {_revision(verdict.head)}"]
    if verdict.policy_digest:
        parts.append(f"policy {code(verdict.policy_digest[:12])}")
    parts.append(f"judged: {fit(verdict.question, 60)}")
    level = f", to be proven at {retry_level(verdict.alpha, verdict.attempt):.2g}" if verdict.attempt > 1 else ""
    parts.append(f"attempt {verdict.attempt}{level}")
    if verdict.to_accept:
        parts.append(
            f"to accept it, an owner comments {code(f'{LABEL} {verdict.to_accept} REASON')}, then sets that label"
        )
    parts.append(f"at home: {code(f'mergegate check --base {verdict.base.sha[:12]}')}")
    return f"<sub>{' · '.join(parts)}</sub>"


def _revision(revision: Revision) -> str:
    dirty = " with uncommitted changes" if revision.dirty else ""
    named = "" if revision.name in {revision.sha, ""} else f" ({fit(revision.name, 100)})"
    return f"{code(revision.sha[:12])}{named}{dirty}"
