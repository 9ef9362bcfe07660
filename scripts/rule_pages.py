"""Writes docs/rules/: a page for each rule and their table, from the rules' own docstrings."""

from __future__ import annotations

from pathlib import Path

from mergegate.cli.explain import EVERY, page
from mergegate.judge.rules import RULES
from mergegate.judge.waive import WAIVABLE
from mergegate.lint.rules import LINT_RULES

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "rules"


def pages() -> dict[str, str]:
    """File name -> text of every page."""
    found = {f"{rule.code}.md": page(rule) for rule in EVERY}
    rows = "\n".join(
        f"| [{rule.code}]({rule.code}.md) | {rule.title} | {'yes' if rule.code in WAIVABLE else ''} |" for rule in RULES
    )
    linted = "\n".join(f"| [{rule.code}]({rule.code}.md) | {rule.title} |" for rule in LINT_RULES)
    found["README.md"] = (
        "# The rules\n\n`mergegate explain CODE` prints the same pages. Made by `make docs` from the rules "
        "themselves.\n\n"
        f"| code | title | an owner may [accept](MG905.md) it |\n| --- | --- | --- |\n{rows}\n\n"
        "## Of workflows and settings\n\n`mergegate lint` looks for what lets a pull request around its gate, and for "
        "what general checkers of workflows do not see. A line that is meant as it is says so, on itself or on the "
        "line above: `# mergegate: ignore[ML013] REASON`.\n\n"
        f"| code | title |\n| --- | --- |\n{linted}\n"
    )
    return found


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
