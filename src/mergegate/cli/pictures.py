"""Brings what the HTML report draws beside the verdict, and draws it where that is asked for."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from mergegate.contrast.pictures import confusion_picture, data_picture, power_picture, target_picture
from mergegate.errors import UseError
from mergegate.facts.history import HISTORY_FILE
from mergegate.facts.pictures import Pictures
from mergegate.read.history import values_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from mergegate.facts import Policy, Revision, Verdict
    from mergegate.facts.exam import Exam, ModelExam
    from mergegate.read.git import Git

MOST_METRICS = 6
"""Of one model: more lines than that nobody tells apart."""


def pictures_of(git: Git, base: Revision, policy: Policy, exam: Exam, verdict: Verdict) -> Pictures:
    """What there is to draw of this pull request."""
    models = [exam.models[name] for name in sorted(exam.models)]
    past = values_of(git.show(base.sha, HISTORY_FILE) or b"") if any(model.target for model in models) else {}
    confusions = (confusion_picture(one.name, one.joint) for one in models if not one.identical)
    tables = (data_picture(exam.data[name]) for name in sorted(exam.data))
    return Pictures(
        targets=tuple(
            target_picture(target, one.target, past.get((one.name, one.target.metric), ()))
            for one in models
            if one.target and (target := policy.models[one.name].target)
        ),
        confusions=tuple(picture for picture in confusions if picture),
        data=tuple(picture for picture in tables if picture),
        powers=tuple(picture for one in models for picture in _powers(one, verdict)),
    )


def _powers(model: ModelExam, verdict: Verdict) -> list[Any]:
    """One curve for each metric over all rows, at the level at which it was judged: its interval has it."""
    levels = {
        one.subject: (1 - one.change.confidence) / 2
        for one in verdict.findings
        if (one.rule, one.model) == ("MG301", model.name) and one.change is not None
    }
    wanted = [
        one for one in model.family.comparisons if one.slice.overall and 0 < levels.get(one.metric, 0) < 1
    ][:MOST_METRICS]  # fmt: skip
    curves = [power_picture(one, levels[one.metric]) for one in wanted if not model.identical]
    return [curve for curve in curves if len(curve.points) > 1]


def draw(specifications: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """SVG of each Vega-Lite specification, by the version of Vega-Lite that its `$schema` names; nothing is fetched."""
    try:
        import vl_convert
    except ImportError:
        raise UseError(
            "pictures are drawn by vl-convert, which is not installed", do="pip install 'mergegate[plots]'"
        ) from None
    drawn = {}
    for name, spec in specifications.items():
        # A picture that cannot be drawn is none: its figures stand in the page, which says so, and no verdict waits.
        with suppress(ValueError):
            drawn[name] = vl_convert.vegalite_to_svg(json.dumps(spec), vl_version=VERSION, allowed_base_urls=[])
    return drawn


VERSION = "v5.21"
"""Of Vega-Lite: the last of the major version that DVC's own templates name."""
