"""The judge's workflow for another repository: our own, which is played by the tests, under other names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mergegate.adopt.gatefile import quoted

if TYPE_CHECKING:
    from mergegate.facts.adoption import Surroundings

_TOP = """\
# Written by `mergegate init`. Judges what `mergegate-pull-request` handed over, and again when an owner accepts it by a
# label. This file, the gate, its policy and the baseline are main's, whatever the pull request changes; the artefact is
# read as data and trusted in nothing.
"""
_NAMES = {
    "name: judge\n": "name: mergegate-judge\n",
    "workflows: [pull-request]": "workflows: [mergegate-pull-request]",
    ".github/scripts/": ".github/mergegate/",
    "uses: ./.github/actions/setup\n": "uses: ./.github/actions/mergegate # zizmor: ignore[self-repository]\n",
    "  BASE_BRANCH:": "  EVIDENCE_WORKFLOW: mergegate-pull-request.yml\n  BASE_BRANCH:",
}
"""What is called otherwise there: in the order of replacing, and each of them has to be found."""
_STORAGE = re.compile(r"      - name: Bring main's storage\n(?:(?!      - name: ).*\n)*")


def judge_for(ours: str, around: Surroundings) -> str:
    """Our workflow `ours`, for a repository of these surroundings; `ValueError` where it is another than known."""
    _, found, body = ours.partition("name: judge\n")
    text = found + body
    for mine, theirs in {**_NAMES, "branches: [main]": f"branches: [{quoted(around.branch)}]"}.items():
        if mine not in text:
            raise ValueError(f"the judge's workflow has no {mine!r} any more")
        text = text.replace(mine, theirs)
    text = text.replace("path: .storage\n", f"path: {around.storage}\n") if around.storage else _STORAGE.sub("", text)
    return _TOP + (_below(text, around.folder) if around.folder else text)


def _below(text: str, folder: str) -> str:
    """For a DVC project in a folder: commands run there, and what GitHub's actions carry is named from the top."""
    shell = "  run:\n    shell: bash\n"
    if shell not in text:
        raise ValueError("the judge's workflow has no shell of its own any more")
    text = text.replace(shell, f"{shell}    working-directory: {folder}\n")
    text = text.replace(".github/mergegate/", f"{'../' * (folder.count('/') + 1)}.github/mergegate/")
    return re.sub(r"( path: )((?:evidence|report)\b)", rf"\g<1>{folder}/\g<2>", text)
