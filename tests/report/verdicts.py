"""Verdicts to be told: ordinary ones, and the worst that a pull request can hand over."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from functools import cache

import pytest

from mergegate.facts import (
    Absent,
    Action,
    Decision,
    Estimate,
    Finding,
    Note,
    Plan,
    Reason,
    Revision,
    RunRecord,
    Slice,
    StagePlan,
    StageRun,
    State,
    Verdict,
)
from mergegate.facts.pictures import (
    Confusion,
    ConfusionPicture,
    DataPicture,
    Pictures,
    PowerPicture,
    TargetPicture,
)
from mergegate.facts.waiver import Waiver

BASE = Revision("main", "5f22041a9c0de1f2a3b4c5d6e7f8091a2b3c4d5e")
HEAD = Revision("HEAD", "8304973bb1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6")
DIGEST = "c0ffee5ca1ab1e00c0ffee5ca1ab1e00c0ffee5ca1ab1e00c0ffee5ca1ab1e00"

HOSTILE = (
    "<script>fetch('https://evil.example')</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "[click](javascript:alert(1))",
    "@octocat and @acme/owners",
    "fixes #1, GH-2, acme/widget#3 and 5f22041a9c0de1f2a3b4c5d6e7f8091a2b3c4d5e",
    "www.evil.example https://evil.example mailto:a@evil.example a.b@evil.example",
    "a | b \\| c \\\\| d ` e `` f",
    "</details></td></table><!-- ",
    "[^1] and [^note]: foot",
    ":boom: $x^2$ $$y$$ ~~gone~~ **bold** __bold__ *it* _it_",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \u202eevil\u202c \u200bzero\x00nul \ud800half",
    "```\nfence\n```\n# heading\n- [ ] task\n| --- |\n\n| new | table |",
    "&lt;b&gt; &#64;octocat &amp;amp;",
    "- [x] item",
    "1. one",
    "# heading",
    "> [!WARNING] quoted",
    "a[1]: https://evil.example",
    'end"]; click s0 "javascript:alert(1)"; %%{init: {"securityLevel": "loose"}}%%',
    "{{ 7 * 7 }} {% raw %} ${jndi:x} `$(id)`",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞",
    "",
    " ",
    "x" * 5000,
)


def finding(**changes: object) -> Finding:
    """A held accuracy, with whatever is asked to be different."""
    usual: dict[str, object] = {
        "rule": "MG301",
        "model": "intent",
        "subject": "accuracy",
        "state": State.HELD,
        "said": "Accuracy is proven to lie within the limit.",
        "slice": Slice(),
        "before": 0.9131,
        "after": 0.9142,
        "change": Estimate(0.0011, -0.0019, 0.0041, 7512, "cluster-robust paired t", groups=401),
        "margin": 0.005,
        "mde": 0.004,
    }
    return Finding(**(usual | changes))  # type: ignore[arg-type]


def fallen() -> Finding:
    return finding(
        state=State.REGRESSED,
        said="Accuracy fell by more than the limit allows.",
        do="Look at the rows under Discrepancies; 214 of 311 new errors are German.",
        after=0.8714,
        change=Estimate(-0.0417, -0.0512, -0.0330, 7512, "cluster-robust paired t", groups=401),
        blocks=True,
        examples=(
            ("id", "language", "utterance", "label", "base", "head"),
            ("de-0017", "de", "mach das Licht im Bad an", "HassTurnOn", "HassTurnOn", "HassTurnOff"),
            ("de-0018", "de", "schalte die Heizung aus", "HassTurnOff", "HassTurnOff", "HassClimateSetTemperature"),
            ("nl-0441", "nl", "doe de lamp uit", "HassTurnOff", "HassTurnOff", "HassTurnOn"),
        ),
    )


def slice_fallen(value: str, before: float, after: float, half: float, n: int) -> Finding:
    return finding(
        rule="MG302",
        state=State.REGRESSED,
        slice=Slice("language", value),
        said=f"Accuracy of language={value} fell by more than the limit allows.",
        do="",
        before=before,
        after=after,
        change=Estimate(after - before, after - before - half, after - before + half, n, "cluster-robust t", groups=80),
        blocks=True,
    )


def plan(*actions: Action) -> Plan:
    names = ("validate", "split", "train", "predict", "evaluate", "quiz")
    upstream = {"split": ("validate",), "train": ("split",), "predict": ("split", "train"), "evaluate": ("predict",)}
    upstream["quiz"] = ("train",)
    why = {
        "train": (Reason("param", "params.yaml:train.C", "1.0", "0.001"), Reason("file", "src/intent/features.py")),
        "predict": (Reason("upstream", "train"),),
    }
    stages = tuple(
        StagePlan(name, action, why.get(name, ()) if action is Action.RUN else (), upstream.get(name, ()))
        for name, action in zip(names, actions, strict=True)
    )
    return Plan(BASE.sha, HEAD.sha, stages)


UNCHANGED = plan(*[Action.UNCHANGED] * 6)
RETRAINED = plan(Action.UNCHANGED, Action.RESTORE, Action.RUN, Action.RUN, Action.RUN, Action.RUN)
RAN = RunRecord(
    (
        StageRun("validate", "unchanged"),
        StageRun("split", "restored"),
        StageRun("train", "ran", 21.4),
        StageRun("predict", "ran", 3.2),
        StageRun("evaluate", "ran", 0.4),
        StageRun("quiz", "ran", 1.1),
    ),
    pulled=4,
    pulled_bytes=1_200_000,
)


def held_slices() -> tuple[Finding, ...]:
    return tuple(
        finding(
            rule="MG302",
            slice=Slice("domain", value),
            change=Estimate(0.0004, -0.0030, 0.0038, n, "cluster-robust paired t", groups=50),
            before=0.95,
            after=0.9504,
        )
        for value, n in (("light", 1804), ("cover", 911), ("climate", 640), ("media_player", 377))
    )


def small_slices() -> tuple[Finding, ...]:
    return tuple(
        finding(
            rule="MG302",
            state=State.CANNOT_TELL,
            slice=Slice("domain", value),
            said=f"domain={value} has {n} rows; about {n * 9} would tell.",
            before=0.9,
            after=0.9 - 1 / n,
            change=Estimate(-1 / n, -1 / n - 0.05, -1 / n + 0.05, n, "cluster-robust paired t", groups=9),
            mde=0.07,
        )
        for value, n in (("vacuum", 61), ("lock", 44))
    )


def merged() -> Verdict:
    f1 = finding(
        subject="f1_macro",
        before=0.884,
        after=0.884,
        margin=0.01,
        change=Estimate(0.0, -0.001, 0.001, 7512, "count bootstrap", groups=401),
    )
    return Verdict(
        Decision.MERGE,
        BASE,
        HEAD,
        findings=(finding(after=0.9131, change=Estimate(0.0, 0.0, 0.0, 7512, "equal", groups=401)), f1, *held_slices()),
        plan=UNCHANGED,
        policy_digest=DIGEST,
    )


def improved() -> Verdict:
    better = finding(
        state=State.IMPROVED,
        after=0.9312,
        change=Estimate(0.0181, 0.0122, 0.0240, 7512, "cluster-robust paired t", groups=401),
        said="Accuracy rose.",
    )
    loss = finding(
        subject="log_loss",
        state=State.IMPROVED,
        better="lower",
        before=0.3121,
        after=0.2507,
        margin=0.01,
        change=Estimate(-0.0614, -0.0702, -0.0526, 7512, "cluster-robust paired t", groups=401),
        said="Log-loss fell.",
    )
    notes = (
        Note(
            "Params changed",
            (("param", "base", "head"), ("params.yaml:train.C", "1.0", "4.0"), ("params.yaml:train.ngrams", "3", "4")),
        ),
    )
    return Verdict(
        Decision.MERGE,
        BASE,
        HEAD,
        findings=(*held_slices(), loss, better),
        notes=notes,
        plan=RETRAINED,
        run=RAN,
        policy_digest=DIGEST,
    )


def blocked() -> Verdict:
    f1 = finding(
        subject="f1_macro",
        state=State.REGRESSED,
        before=0.8840,
        after=0.8451,
        margin=0.01,
        change=Estimate(-0.0389, -0.0497, -0.0281, 7512, "count bootstrap", groups=401),
        said="Macro-F1 fell by more than the limit allows.",
        blocks=True,
    )
    quiz = Finding(
        "MG501",
        "intent",
        "quiz",
        State.REGRESSED,
        "2 items that may never fail now fail: “turn off the oven”, “lock the front door”.",
        do="Make these two pass, or have an owner change must_pass in data/intent/quiz.csv.",
        before=78,
        after=74,
        blocks=True,
    )
    better = finding(
        rule="MG302",
        state=State.IMPROVED,
        slice=Slice("domain", "weather"),
        before=0.88,
        after=0.94,
        change=Estimate(0.06, 0.021, 0.099, 402, "cluster-robust paired t", groups=31),
        said="Accuracy of domain=weather rose.",
    )
    notes = (
        Note("Params changed", (("param", "base", "head"), ("params.yaml:train.lowercase", "true", "false"))),
        Note("Code changed", (("file", "lines"), ("src/intent/tokens.py", "+4 −11"))),
    )
    return Verdict(
        Decision.BLOCK,
        BASE,
        HEAD,
        findings=(
            *held_slices(),
            better,
            *small_slices(),
            quiz,
            f1,
            slice_fallen("nl", 0.902, 0.861, 0.021, 1503),
            fallen(),
            slice_fallen("de", 0.921, 0.801, 0.024, 1498),
        ),
        absent=(Absent("shadow rows", "the stage that writes predictions/intent/shadow.parquet does not exist yet."),),
        notes=notes,
        plan=RETRAINED,
        run=RAN,
        policy_digest=DIGEST,
    )


def unsure() -> Verdict:
    open_question = finding(
        state=State.CANNOT_TELL,
        after=0.9080,
        change=Estimate(-0.0051, -0.0142, 0.0040, 812, "cluster-robust paired t", groups=44),
        mde=0.018,
        said="812 rows show a drop of 1.8 points or more; the policy asks for 1.0.",
        do="About 2,600 rows would tell. Add rows to the holdout, or accept a larger must_detect.",
        unsure=True,
    )
    return Verdict(
        Decision.UNSURE,
        BASE,
        HEAD,
        findings=(open_question, *held_slices()),
        plan=RETRAINED,
        run=RAN,
        policy_digest=DIGEST,
        policy_changed=True,
    )


def bootstrap() -> Verdict:
    return Verdict(
        Decision.MERGE,
        BASE,
        HEAD,
        absent=(
            Absent(
                "predictions/intent/holdout.parquet of the base",
                "main has no such stage yet.",
                bootstrap=True,
            ),
        ),
        plan=plan(*[Action.RUN] * 6),
        policy_digest=DIGEST,
        bootstrap=True,
    )


def absent() -> Verdict:
    gone = Absent(
        "predictions/intent/holdout.parquet of the base",
        "main's dvc.lock names it (MD5 9b1c6a), and neither the cache nor the remote has it.",
        "On main: dvc repro -f predict && dvc push",
    )
    missing = Finding(
        "MG201",
        "intent",
        "coverage",
        State.ABSENT,
        "Nothing could be compared: the base's predictions are gone.",
        do="On main: dvc repro -f predict && dvc push",
        blocks=True,
    )
    return Verdict(Decision.BLOCK, BASE, HEAD, findings=(missing,), absent=(gone,), policy_digest=DIGEST)


def hostile() -> Verdict:
    """Every string of every fact is hostile."""
    findings = []
    for number, text in enumerate(HOSTILE):
        state = tuple(State)[number % len(State)]
        cells = tuple(HOSTILE[(number + step) % len(HOSTILE)] for step in range(4))
        findings.append(
            Finding(
                rule=text,
                model=text,
                subject=text,
                state=state,
                said=text,
                do=text,
                slice=Slice(text or "x", text),
                before=float("nan") if number % 3 == 0 else 0.9,
                after=float("inf") if number % 5 == 0 else 0.8,
                change=Estimate(-0.1, float("-inf") if number % 4 == 0 else -0.2, 0.0, 10, text)
                if number % 2
                else None,
                margin=0.01,
                blocks=state is State.REGRESSED,
                examples=(cells, cells, cells[:1]),
            )
        )
    stages = tuple(StagePlan(text, Action.RUN, (Reason(text, text, text, text),), HOSTILE[:2]) for text in HOSTILE)
    return Verdict(
        Decision.BLOCK,
        Revision(HOSTILE[0], HOSTILE[2]),
        Revision(HOSTILE[4], HOSTILE[7], dirty=True),
        findings=tuple(findings),
        absent=tuple(Absent(text, text, text) for text in HOSTILE),
        notes=tuple(Note(text, (HOSTILE[:3], HOSTILE[3:6], (text,))) for text in HOSTILE),
        plan=Plan(HOSTILE[0], HOSTILE[1], stages),
        run=RunRecord(tuple(StageRun(text, HOSTILE[0]) for text in HOSTILE)),
        policy_digest=HOSTILE[7],
        waiver=waived(HOSTILE[9]),
        question=HOSTILE[5],
    )


def waived(text: str) -> Waiver:
    """An acceptance whose every word is `text`."""
    return Waiver(by=text, role=text, reason=text, head=text, at=text, where=text, covers=(text,) * 6)


def accepted() -> Verdict:
    """A regression that an owner accepted."""
    waiver = Waiver(
        by="olga",
        role="maintain",
        reason="The new device names are worth a point; mended by #88 next week",
        head=HEAD.sha,
        at="2026-11-22T05:41:18Z",
        where="https://github.example/acme/widget/pull/7#issuecomment-1",
        covers=("MG301 intent accuracy",),
    )
    fell = dataclasses.replace(fallen(), blocks=False, waived=True)
    return Verdict(
        Decision.MERGE, BASE, HEAD, findings=(fell, *held_slices()), plan=RETRAINED, run=RAN, policy_digest=DIGEST,
        waiver=waiver,
    )  # fmt: skip


@cache
def many(count: int = 5_000) -> Verdict:
    """A slice for each of thousands of customers, a quarter of them in each state."""
    findings = []
    for number in range(count):
        state, change = (
            (State.REGRESSED, -0.09),
            (State.HELD, 0.0),
            (State.CANNOT_TELL, -0.01),
            (State.IMPROVED, 0.09),
        )[number % 4]
        change -= number % 7 / 1000
        half = 0.05 if state is State.CANNOT_TELL else 0.004
        examples = (("id", "text"), *((f"{number}-{row}", "some words") for row in range(40)))
        findings.append(
            finding(
                rule="MG302",
                state=state,
                slice=Slice("customer", f"customer-{number:05d}"),
                blocks=state is State.REGRESSED,
                before=0.85,
                after=0.85 + change,
                change=Estimate(
                    change, change - half, change + half, 100 + number, "cluster-robust paired t", groups=20
                ),
                margin=0.01,
                said=f"customer-{number:05d}",
                examples=examples if number % 100 == 0 else (),
            )
        )
    return Verdict(Decision.BLOCK, BASE, HEAD, findings=tuple(findings), policy_digest=DIGEST, plan=UNCHANGED)


def drawable(text: str = "") -> Pictures:
    """Everything that a report draws, with `text` in every name."""
    day = dt.date(2026, 12, 1)
    marks = tuple((day + dt.timedelta(weeks=week), 0.8 + 0.01 * week) for week in range(3))
    past = ((day - dt.timedelta(days=20), 0.905), (day + dt.timedelta(days=2), 0.913))
    curve = tuple((0.005 + 0.004 * step / 4, chance) for step, chance in enumerate((0.05, 0.3, 0.5, 0.8, 0.99)))
    cells = (
        Confusion(text or "HassTurnOn", text or "HassTurnOff", 3, 60),
        Confusion("HassTurnOff", text or "HassTurnOn", 9, 40),
        Confusion("HassLightSet", "HassTurnOn", 12, 2),
    )
    model = text or "intent"
    return Pictures(
        targets=(TargetPicture(model, text or "accuracy", marks[2][0], 0.8714, 0.8627, 0.8801, 0.8, marks, past),),
        confusions=(ConfusionPicture(model, cells, 4),),
        data=(
            DataPicture(
                text or "sentences", (("added", 120), ("removed", 4), ("relabelled", 2), ("edited", 0)),
                ((text or "HassTurnOn", 1200, 1300), ("HassTurnOff", 900, 880)), 2,
            ),
        ),
        powers=(PowerPicture(model, text or "accuracy", 0.005, curve), PowerPicture(model, "f1_macro", 0.01, curve)),
    )  # fmt: skip


def pictured() -> Verdict:
    """A blocked pull request, with everything that can be drawn of it."""
    return dataclasses.replace(blocked(), pictures=drawable())


ALL: dict[str, Callable[[], Verdict]] = {
    "merged": merged,
    "improved": improved,
    "blocked": blocked,
    "unsure": unsure,
    "bootstrap": bootstrap,
    "absent": absent,
    "accepted": accepted,
    "hostile": hostile,
    "many": many,
    "pictured": pictured,
}
SCENES = [pytest.param(name, marks=pytest.mark.slow) if name == "many" else name for name in ALL]
"""For `parametrize`: what goes for the small ones goes for thousands of slices, which take their time."""
