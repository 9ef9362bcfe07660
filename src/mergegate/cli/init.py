"""`mergegate init`: proposes what a repository needs to be gated, and writes what is not there yet."""

from __future__ import annotations

import json
import sys
import textwrap
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from mergegate.adopt.around import demand_plain, hook_place, judged_already, look_around
from mergegate.adopt.content import Now
from mergegate.adopt.direction import UNKNOWN
from mergegate.adopt.drafts import SCRIPTS, drafts, hook, of_project
from mergegate.adopt.gatefile import gate_text
from mergegate.adopt.lines import lines_for
from mergegate.adopt.place import compare, demand_room, put
from mergegate.adopt.survey import folder_name, survey
from mergegate.errors import Exit, MergegateError, UseError
from mergegate.facts import Action
from mergegate.facts.adoption import Fate, Placed
from mergegate.read.git import open_repository
from mergegate.read.policy import POLICY_FILE, parse_policy
from mergegate.report.escape import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mergegate.facts.adoption import Number, Survey
    from mergegate.read.git import Git

_WIDTH = 79
_SHOWN = 8
"""Missing lines of one file that are shown."""


@dataclass(frozen=True, slots=True)
class InitOptions:
    """What was asked for."""

    yes: bool = False
    """Write without asking; with neither this nor a person at a terminal nothing is written."""
    dry: bool = False
    owner: str = ""
    json: bool = False


def init(start: Path, options: InitOptions) -> Exit:
    """Survey, propose, and write what is not there; never changes a file that is."""
    asks = not (options.yes or options.dry or options.json)
    if asks and not sys.stdin.isatty():
        raise UseError("nobody is there to ask", do="`mergegate init --yes` writes; `--dry-run` only shows")
    git = open_repository(start)
    demand_plain(git.prefix, options.owner)
    found = survey(git)
    found = replace(found, remarks=(*found.remarks, *_stale(git)))
    if asks:
        found = replace(found, numbers=tuple(_asked(one) for one in found.numbers))
    gate = gate_text(found, folder_name(git))
    parse_policy(gate.encode(), where=POLICY_FILE)  # what is proposed can be used, or this is where it is noticed
    known = look_around(Now.of(git), version("mergegate"), options.owner)
    place, no_hook = hook_place(git)
    other = judged_already(git.top, known.around.folder)
    around = known.around
    files = of_project(gate, around) if other else drafts(gate, around)
    wanted = [*files, *([hook(place, around)] if place else [])]
    placed = compare(git.top, wanted)
    if not options.dry:
        demand_room(git.top, placed)
        _demand_usable(git.root / POLICY_FILE)
    ask = [other] if other else list(known.ask)
    todo = list(_todo(placed, (*ask, *([no_hook] if no_hook else [])), alone=not other))
    if options.json:
        print(json.dumps(_as_json(found, placed, todo, gate), indent=1, ensure_ascii=False))
    else:
        print("\n".join([*_seen(found), *_files(placed, dry=options.dry)]))
    if options.dry and not options.json:
        print("\n".join(["", f"{POLICY_FILE}:", *(f"  {clean(line)}" for line in gate.splitlines())]))
    if asks and not _agreed(placed):
        print("nothing was written")
        return Exit.FINE
    if (options.yes or asks) and not options.dry:
        put(git.top, placed)
    if not options.json:
        print("\n".join(_closing(found, todo)))
    return Exit.FINE


def _stale(git: Git) -> Iterator[str]:
    """What on this commit is not what the stages would write: a gate cannot begin there."""
    from mergegate.rerun.plan import make_plan

    try:
        made = make_plan(git.root)
    except MergegateError as error:
        yield f"`mergegate plan` cannot tell what would run: {error.what.splitlines()[0][:200]}"
        return
    never = {stage.address for stage in Now.of(git).project.stages if stage.lock is None}
    stale = [one.name for one in made.stages if one.action in {Action.RUN, Action.RESTORE} and one.name not in never]
    if stale:
        yield f"{', '.join(stale[:5])} would run again: call `mergegate run` on main once, and commit what it changes"


def _demand_usable(path: Path) -> None:
    """Raises `UseError` for a policy of theirs that nothing can be judged by; there may be none yet."""
    if path.is_file():
        parse_policy(path.read_bytes(), where=POLICY_FILE)
    elif path.exists() or path.is_symlink():
        raise UseError(
            f"{POLICY_FILE} is there, and is no file", where=str(path), do="move it away, and call init again"
        )


def _asked(one: Number) -> Number:
    """What nobody can find out is asked; Enter leaves the number out."""
    if one.why_not != UNKNOWN:
        return one
    answer = ""
    while answer not in {"higher", "lower", "skip"}:
        answer = input(f"{clean(one.key)} of {clean(one.file)} is {one.value:.4g}: higher, lower or [skip]? ") or "skip"
    return one if answer == "skip" else replace(one, better=answer, why_not="")


def _agreed(placed: tuple[Placed, ...]) -> bool:
    count = sum(one.fate is Fate.WRITTEN for one in placed)
    return not count or input(f"Write these {count} files? [Y/n] ").strip().lower() in {"", "y", "yes"}


def _seen(found: Survey) -> Iterator[str]:
    more = " ..." if len(found.pipelines) > 3 else ""
    where = f" in {clean(', '.join(found.pipelines[:3]))}{more}" if found.stages else ""
    yield f"{_count(found.stages, 'stage')}{where}"
    for table in found.tables:
        yield from _told(f"judged row by row: {clean(table.path)} ({table.rows:,} rows, {table.fields['task']})")
    for one in found.judged[:_SHOWN]:
        guess = f"{one.better} is better, guessed" if one.better else "higher is better? nothing says so"
        yield from _told(f"judged by number: {clean(one.key)} of {clean(one.file)}, {one.value:.4g} ({guess})")
    if len(found.judged) > _SHOWN:
        yield f"  and {len(found.judged) - _SHOWN} more numbers"
    for one in [one for one in found.numbers if one.why_not][:_SHOWN]:
        yield from _told(f"not judged: {clean(one.key)} of {clean(one.file)} ({one.why_not})")
    for remark in found.remarks[:_SHOWN]:
        yield from _told(clean(remark))


def _files(placed: tuple[Placed, ...], *, dry: bool) -> Iterator[str]:
    yield ""
    words = {Fate.WRITTEN: "would write" if dry else "new", Fate.THERE: "as it is", Fate.YOURS: "kept yours"}
    scripts = [one for one in placed if one.draft.path.startswith(SCRIPTS)]
    folded = bool(scripts) and len({one.fate for one in scripts}) == 1 and scripts[0].fate is not Fate.YOURS
    if folded:
        placed = tuple(one for one in placed if one not in scripts[1:])
    for one in placed:
        name = f"{SCRIPTS} ({len(scripts)} scripts of the workflows)" if folded and one in scripts else one.draft.path
        yield f"{words[one.fate]:<12}{clean(name)}"
        for line in one.missing[:_SHOWN]:
            yield f"{'':<12}+ {clean(line)}"
        if len(one.missing) > _SHOWN:
            yield f"{'':<12}+ {len(one.missing) - _SHOWN} more lines that yours has not"


def _todo(placed: tuple[Placed, ...], ask: tuple[str, ...], *, alone: bool) -> Iterator[str]:
    """What a person has to look at, in the order of doing; `alone` where the workflows are this project's."""
    fates = {one.draft.path: one.fate for one in placed}
    yield "look at every GUESSED in gate.yaml"
    if any(fate is Fate.YOURS for fate in fates.values()):
        yield "see which of the lines above (+) your own files should have"
    yield from ask
    if not alone:
        return
    lock = next(path for path in fates if path.endswith("requirements/mergegate.in"))
    yield f"lock what CI installs: the command stands in {lock}"
    yield "commit, push, and make the ruleset: gh api repos/OWNER/NAME/rulesets --input .github/rulesets/mergegate.json"


def _closing(found: Survey, todo: list[str]) -> Iterator[str]:
    yield ""
    if found.judged and not found.tables:
        name, lines = lines_for(found.library)
        yield from textwrap.wrap(
            "These numbers have no interval: nobody can tell noise from change by them. Predictions row by row would. "
            f"For {name}, in the stage that evaluates, with predictions.csv among its outputs:", _WIDTH,
        )  # fmt: skip
        yield from (f"  {line}" for line in lines)
        yield ""
    never = any("never ran" in remark for remark in found.remarks)
    yield f"First verdict:  mergegate run   {'(reproduces what never ran)' if never else '(runs what you changed)'}"
    yield "                mergegate check"
    yield ""
    yield "Before CI can use it:"
    for number, one in enumerate(todo, 1):
        yield from textwrap.wrap(clean(one), _WIDTH, initial_indent=f"{number:>2}. ", subsequent_indent="    ")


def _told(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _as_json(found: Survey, placed: tuple[Placed, ...], todo: list[str], gate: str) -> dict[str, object]:
    return {
        "stages": found.stages,
        "pipelines": list(found.pipelines),
        "tables": [{"path": one.path, "rows": one.rows, **one.fields} for one in found.tables],
        "metrics": [
            {"file": one.file, "key": one.key, "value": one.value, "better": one.better, "tolerance": one.tolerance,
             "judged": not one.why_not, "why_not": one.why_not}
            for one in found.numbers
        ],
        "remarks": list(found.remarks),
        "files": [
            {"path": one.draft.path, "fate": one.fate.value, "missing": list(one.missing)} for one in placed
        ],
        "todo": todo,
        "gate": gate,
    }  # fmt: skip
