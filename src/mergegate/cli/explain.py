"""`mergegate explain`: the rules' own pages."""

from __future__ import annotations

import difflib
import inspect
import json

from mergegate.errors import Exit, UseError
from mergegate.judge.rules import RULES, Rule
from mergegate.judge.waive import WAIVABLE
from mergegate.lint.rules import LINT_RULES, LintRule

EVERY: tuple[Rule | LintRule, ...] = (*RULES, *LINT_RULES)
"""Those of the verdict, and those of `mergegate lint`."""


def page(rule: Rule | LintRule) -> str:
    """The page of a rule, as Markdown: what, why, how to fix, and who may accept it."""
    accepted = "\n**Who may accept it.** An owner, with a reason (MG905).\n" if rule.code in WAIVABLE else ""
    return f"# {rule.code}: {rule.title}\n\n{inspect.getdoc(type(rule))}\n{accepted}"


def explain(code: str | None, *, as_json: bool) -> Exit:
    """Print one rule's page, or the list of all rules."""
    if code is None:
        if as_json:
            every = [{"code": one.code, "title": one.title, "waivable": one.code in WAIVABLE} for one in EVERY]
            print(json.dumps(every, indent=1))
        else:
            print("\n".join(f"{rule.code}  {rule.title}" for rule in EVERY))
        return Exit.FINE
    for rule in EVERY:
        if rule.code == code.upper():
            print(json.dumps({"code": rule.code, "title": rule.title, "page": page(rule)}) if as_json else page(rule))
            return Exit.FINE
    raise UseError(f"there is no rule {code!r}", do=_near(code))


def _near(code: str) -> str:
    """What may have been meant: codes that look like it, and rules whose title has its words."""
    codes = difflib.get_close_matches(code.upper(), [rule.code for rule in EVERY], n=3, cutoff=0.6)
    words = {word for word in code.lower().split() if len(word) > 2}
    titled = [rule.code for rule in EVERY if words and words <= set(rule.title.lower().replace(",", " ").split())]
    found = [rule for rule in EVERY if rule.code in {*codes, *titled[:3]}]
    said = "; ".join(f"`{rule.code}` ({rule.title})" for rule in found)
    return f"did you mean {said}? " * bool(said) + "`mergegate explain` lists them all"
