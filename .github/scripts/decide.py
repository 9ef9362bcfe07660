"""What the check `mergegate` concludes, and what the comment says: `decide.py REPORT_FOLDER COMMENT_FILE`.

A pass needs everything at once: the run of the pull request succeeded, so did the judge's job, the verdict can be
read, and it agrees with the exit code of `mergegate check`. Whatever else there is, is a failure that says so.
"""
# ruff: noqa: INP001  (a folder of scripts, run by path)

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

LONGEST = 60_000
"""Characters of a comment; GitHub refuses more than 65,536, and CML adds its watermark."""
LONGEST_ERROR = 4_000
EXIT_CODES = {"merge": "0", "block": "1", "unsure": "3"}


@dataclass(frozen=True)
class Verdict:
    """The fields of `verdict.json` that decide."""

    decision: str
    unsure_passes: bool
    base: str
    """The commit of main that it was made against."""


@dataclass(frozen=True)
class Outcome:
    """The conclusion of the check; `problem` is one sentence where there is no verdict."""

    conclusion: str
    problem: str = ""


def read_verdict(path: Path) -> Verdict | None:
    """The verdict, or None where it is missing, unreadable or not of the form that the gate writes."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    decision, unsure_passes, base = told.get("decision"), told.get("unsure_passes"), told.get("base")
    sha = base.get("sha") if isinstance(base, dict) else None
    if decision not in list(EXIT_CODES) or not isinstance(unsure_passes, bool) or not isinstance(sha, str):
        return None
    return Verdict(decision, unsure_passes, sha)


@dataclass(frozen=True)
class Told:
    """What the event and the judge's job say."""

    run_conclusion: str
    judge_result: str
    exit_code: str
    base: str
    """The commit of main that was judged against."""


def decide(told: Told, verdict: Verdict | None) -> Outcome:
    """The first problem there is, or what the verdict comes to."""
    problem = _problem(told, verdict)
    if problem or verdict is None:
        return Outcome("failure", problem)
    if verdict.decision == "unsure":
        return Outcome("neutral" if verdict.unsure_passes else "failure")
    return Outcome("success" if verdict.decision == "merge" else "failure")


def _problem(told: Told, verdict: Verdict | None) -> str:
    """Why there is no verdict to go by, in one sentence; empty where there is one."""
    if told.run_conclusion != "success":
        return "The workflow `pull-request` did not succeed, so there is nothing to judge."
    if told.judge_result != "success":
        return "The workflow `judge` did not finish."
    if told.exit_code not in EXIT_CODES.values():
        return f"`mergegate check` ended with exit code {told.exit_code or 'unknown'}: an error."
    if verdict is None:
        return "`mergegate check` left no verdict that can be read."
    return _disagreement(told, verdict)


def _disagreement(told: Told, verdict: Verdict) -> str:
    """How the verdict differs from what else is known; empty where it does not."""
    if EXIT_CODES[verdict.decision] != told.exit_code:
        return f"The verdict ({verdict.decision}) and the exit code ({told.exit_code}) disagree."
    if verdict.base != told.base:
        return "The verdict was made against another commit of main than the one that is checked out."
    return ""


def no_verdict(problem: str, error: str, run_url: str, judge_url: str) -> str:
    """The comment where there is no verdict: what happened, where to look, what to do."""
    lines = [
        "## mergegate: no verdict",
        "",
        f"{problem} This says nothing about the model, and it is not a pass: the check fails.",
        "",
        f"- [The run of this pull request]({run_url})",
        f"- [The judge]({judge_url})",
        "",
        "Mend what they show and push again, or re-run the failed workflow where the fault was not this change's.",
    ]
    if error:
        lines += ["", fenced(error)]
    return "\n".join(lines) + "\n"


def fenced(text: str) -> str:
    """`text` as a code block that it cannot end: no link, mention or HTML in it comes alive."""
    clean = re.sub(r"[^\n\t\x20-\x7e\u00a0-\u1fff\u2100-\uffef]", "", text)[:LONGEST_ERROR].strip()
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", clean)), default=0))
    return f"{fence}text\n{clean}\n{fence}"


def capped(text: str, judge_url: str, longest: int = LONGEST) -> str:
    """At most `longest` characters, cut at the end of a line, with what the cut left open closed again."""
    if len(text) <= longest:
        return text
    kept = text[: longest - 500].rsplit("\n", 1)[0]
    closing = "\n```" if len(re.findall(r"^```", kept, flags=re.MULTILINE)) % 2 else ""
    closing += "\n\n</details>" * (kept.count("<details") - kept.count("</details>"))
    return f"{kept}{closing}\n\n*Cut here: the whole report is in [the summary of the judge's run]({judge_url}).*\n"


def page_link(url: str, judge_url: str) -> str:
    """The last line of a comment: where the report is as a page; empty where it is not known, or not of this run."""
    repository = judge_url.rpartition("/actions/runs/")[0]
    if not re.fullmatch(re.escape(repository) + r"/actions/runs/[0-9]+/artifacts/[0-9]+", url):
        return ""
    return f"\n[The whole report as a page]({url}), with every row and picture (kept for 30 days).\n"


def main(report: Path, comment: Path) -> int:
    """Read what is there, write the comment and the output `conclusion`."""
    env = os.environ
    verdict = read_verdict(report / "verdict.json")
    told = Told(env["RUN_CONCLUSION"], env["JUDGE_RESULT"], env["JUDGE_EXIT_CODE"], env["GITHUB_SHA"])
    outcome = decide(told, verdict)
    text = report / "report.md"
    if not outcome.problem and not text.is_file():
        outcome = Outcome("failure", "`mergegate check` left no report.")
    if outcome.problem:
        error = report / "error.txt"
        said = error.read_text(encoding="utf-8", errors="replace") if error.is_file() else ""
        body = no_verdict(outcome.problem, said, env["RUN_URL"], env["JUDGE_URL"])
    else:
        body = text.read_text(encoding="utf-8", errors="replace")
    link = "" if outcome.problem else page_link(env.get("REPORT_URL", ""), env["JUDGE_URL"])
    comment.write_text(capped(body, env["JUDGE_URL"], LONGEST - len(link)) + link, encoding="utf-8")
    with Path(env["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as output:
        output.write(f"conclusion={outcome.conclusion}\n")
    sys.stdout.write(f"{outcome.conclusion} {outcome.problem}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
