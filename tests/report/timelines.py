"""What a repository has been through, made in memory."""

from __future__ import annotations

import datetime as dt

from mergegate.facts import Absent
from mergegate.facts.history import Moved, Told, ToldWaiver
from mergegate.facts.release import Artefact, Judged, Measured, Release, Standing
from mergegate.facts.timeline import Marks, Size, Timeline, Use

FIRST = dt.date(2026, 9, 7)


def ordinary(text: str = "") -> Timeline:
    """Ten merges, two versions and one acceptance, with `text` wherever somebody else's words stand."""
    model = text or "intent"
    merges = tuple(_merge(number, model, text) for number in range(10))
    release = Release(
        model, text or "v1.2.0", "b" * 40, (Artefact("model", "models/m", "c" * 32, "d" * 64, 9, in_git=False),),
        {}, {}, {}, (Measured("accuracy", 0.9131, 0.905, 0.92, 7512, 0.95, "Wilson"),),
        Judged("merge", "e" * 40, "this artefact", "f" * 64, "0" * 64), None, text or "ada", "2026-11-02T12:00:00Z",
    )  # fmt: skip
    days = [FIRST + dt.timedelta(weeks=week) for week in range(10)]
    return Timeline(
        "a" * 40,
        merges=merges,
        sizes=tuple(Size(text or "data/rows.csv", day, 3_000_000 + 90_000 * week, 1) for week, day in enumerate(days)),
        uses=(Use(model, "0" * 16, 8, 24, 1.31, current=False), Use(model, "1" * 16, 2, 24, 1.08, current=True)),
        targets=(Marks(model, text or "accuracy", 0.8, ((FIRST, 0.85), (days[4], 0.86), (days[9], 0.87))),),
        releases=(release,),
        standings=(Standing(model, "test", release, "2026-11-03T08:00:00Z", text or "ada", "", 1),),
        absent=(Absent(f"{model} in prod", text or "nothing was promoted there yet", text),),
    )


def _merge(number: int, model: str, text: str) -> Told:
    before, after = 0.88 + 0.003 * number, 0.883 + 0.003 * number
    waiver = ToldWaiver(text or "grace", text or "the new intents matter more", (text or "accuracy",), "9" * 40, "")
    moved = Moved(before, after, -0.002, 0.008, text or "held")
    return Told(
        f"{number}" * 40, FIRST + dt.timedelta(weeks=number), text or "merge", text or "this artefact",
        {(model, text or "accuracy"): moved, (model, "f1_macro"): Moved(0.8, None, None, None, "absent")},
        {model: "1" * 16}, waiver if number == 6 else None,
    )  # fmt: skip
