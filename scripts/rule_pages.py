"""Writes docs/rules/: a page for each rule and their table, from the rules' own docstrings."""

from __future__ import annotations

from pathlib import Path

from mergegate.cli.explain import page
from mergegate.judge.rules import RULES
from mergegate.judge.waive import WAIVABLE

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "rules"


def pages() -> dict[str, str]:
    """File name -> text of every page."""
    found = {f"{rule.code}.md": page(rule) for rule in RULES}
    rows = "\n".join(
        f"| [{rule.code}]({rule.code}.md) | {rule.title} | {'yes' if rule.code in WAIVABLE else ''} |" for rule in RULES
    )
    found["README.md"] = (
        "# The rules\n\n`mergegate explain CODE` prints the same pages. Made by `make docs` from the rules "
        "themselves.\n\n"
        f"| code | title | an owner may [accept](MG905.md) it |\n| --- | --- | --- |\n{rows}\n"
    )
    return found


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
