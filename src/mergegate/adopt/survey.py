"""Looks at a repository: what its pipelines write that could be judged, and what is missing."""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING

from mergegate.adopt.answers import find_tables
from mergegate.adopt.content import Now
from mergegate.adopt.numbers import NOT_HERE, find_numbers
from mergegate.errors import UseError
from mergegate.facts.adoption import Survey

if TYPE_CHECKING:
    from mergegate.facts.adoption import AnswerTable, Number
    from mergegate.read.git import Git

_NOTEBOOK = re.compile(r"\b(?:papermill|nbconvert|jupyter)\b|\.ipynb\b")
_LIBRARIES = (
    ("sklearn", re.compile(rb"\bsklearn\b|\bscikit-learn\b")),
    ("torch", re.compile(rb"\btorch\b|\blightning\b")),
)


def survey(git: Git) -> Survey:
    """Everything that can be found out; raises `UseError` where the gate cannot work here, with what is missing."""
    _demand_dvc(git)
    now = Now.of(git)
    tables, more = find_tables(now)
    numbers, remarks = find_numbers(now)
    numbers = _beside(now, numbers, tables)
    found = Survey(
        stages=len(now.project.stages),
        pipelines=tuple(dict.fromkeys(stage.file for stage in now.project.stages)),
        numbers=numbers,
        tables=tables,
        remarks=(*more, *remarks, *_about_stages(now)),
        library=_library(now),
    )
    if not found.stages and not found.judged:
        raise UseError(
            "there is no stage: dvc.yaml is missing or empty",
            where=str(git.root),
            do="describe the pipeline first: `dvc stage add -n train -d train.py -M metrics.json python train.py`",
        )
    if not found.tables and not found.judged:
        lacks = any(NOT_HERE in remark for remark in found.remarks)
        raise UseError("\n".join(_nothing(found)), where=str(git.root), do=_BRING if lacks else _WHAT_WOULD)
    return found


_WHAT_WOULD = (
    "let a stage write a metrics file (`metrics: [metrics.json]` in dvc.yaml) or, better, predictions row by row: a "
    "CSV with the columns id, label and prediction; `mergegate explain MG801` has the lines"
)

_BRING = "bring what the stages wrote, as said above; where nobody has it any more, `mergegate run` makes it again"


def _nothing(found: Survey) -> list[str]:
    lines = ["nothing here can be judged yet: no metrics file with a known number, and no table of predictions"]
    lines += [f"  {one.key} of {one.file}: {one.why_not}" for one in found.numbers[:8]]
    return lines + [f"  {remark}" for remark in found.remarks[:8]]


def _demand_dvc(git: Git) -> None:
    if (git.root / ".dvc").is_dir():
        return
    found = (path for pattern in ("*/.dvc", "*/*/.dvc", "*/*/*/.dvc") for path in git.root.glob(pattern))
    below = sorted(path.parent.relative_to(git.root).as_posix() for path in found if path.is_dir())
    if below:
        raise UseError(
            f"DVC starts in {', '.join(below[:8])}, and not at the top of the git repository",
            where=str(git.root),
            do=f"call it there: `cd {shlex.quote(below[0])} && mergegate init`; docs/adopt.md says what CI can judge",
        )
    raise UseError(
        "this git repository is no DVC repository",
        where=str(git.root),
        do="`dvc init` at its top, then describe a stage",
    )


def _beside(now: Now, numbers: tuple[Number, ...], tables: tuple[AnswerTable, ...]) -> tuple[Number, ...]:
    """Without the numbers of a pipeline that has rows: the gate computes those itself."""
    with_rows = {now.pipeline_of(table.path) for table in tables}
    return tuple(one for one in numbers if now.pipeline_of(one.file) not in with_rows)


def _about_stages(now: Now) -> list[str]:
    """What a reader should know of some stages before the first run."""
    said = []
    if not now.project.stages:
        said.append("no stage writes these numbers: what is judged is what somebody committed")
    books = [stage.address for stage in now.project.stages if _NOTEBOOK.search(str(stage.cmd))]
    if books:
        said.append(
            f"{', '.join(books[:5])} run a notebook: what it writes is judged like the rest, but a notebook that is "
            "an output itself differs with every run"
        )
    never = [stage.address for stage in now.project.stages if stage.lock is None]
    if never:
        said.append(f"{', '.join(never[:5])} never ran: call `mergegate run` on main once, and commit dvc.lock")
    return said


def _library(now: Now) -> str:
    """With what the code of the stages trains, by its imports; empty where that is not one known library."""
    texts = b"".join(
        now.read(path) or b""
        for stage in now.project.stages
        for _, path in stage.deps
        if path.endswith((".py", ".ipynb")) and (now.git.root / path).is_file()
    )
    texts += b"".join(now.read(name) or b"" for name in ("requirements.txt", "pyproject.toml"))
    return next((name for name, pattern in _LIBRARIES if pattern.search(texts)), "")


def folder_name(git: Git) -> str:
    """What the repository is called, as the name of a model."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", posixpath.basename(str(git.root))).strip("-").lower() or "model"
