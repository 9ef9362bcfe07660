"""Did a number in a metrics file move the wrong way? For repositories that have no rows to show yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mergegate.facts import Finding, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.exam import Exam
    from mergegate.facts.metricfile import MetricMove
    from mergegate.judge.levels import Levelled

_ROUNDING = 1e-9
"""0.8 - 0.79 is a little more than 0.01: so much, relative to the numbers, is no drop."""


class MetricFileMoved:
    """**What.** A number in a metrics file that `metrics` in the policy names, against the same number of base, with
    the tolerance that the policy gives it.

    **Why.** It is all that a repository has which keeps no predictions. Two things cannot be known of such a
    number. It has no interval: nobody can tell noise from change by it, so the tolerance is a guess of the team's, and
    a smaller real drop passes while worse luck blocks. And the pull request's own run wrote it: the gate
    can see that it is what the stage wrote, but cannot compute it again. Rows end both: with a table of predictions
    (`id`, `label`, `prediction`) the gate computes the number itself, pairs it row by row, and gives the interval.

    The lines that write such a table, for scikit-learn:

    ```python
    answers = {"label": y_test, "prediction": model.predict(X_test)}
    table = pd.DataFrame(answers, index=X_test.index)
    table.to_csv("predictions.csv", index_label="id")
    ```

    for PyTorch (a loader that does not shuffle):

    ```python
    rows = [torch.stack([y, model(x).argmax(1)], 1) for x, y in loader]
    table = pd.DataFrame(torch.cat(rows).numpy(), columns=["label", "prediction"])
    table.to_csv("predictions.csv", index_label="id")
    ```

    and for anything else:

    ```python
    with open("predictions.csv", "w", newline="") as file:
        rows = [("id", "label", "prediction"), *zip(ids, labels, predictions)]
        csv.writer(file).writerows(rows)
    ```

    Name the file as an output of that stage in `dvc.yaml`, and call `mergegate init` again: it says what to add to
    `gate.yaml`.

    **How to fix.** Find what made it worse. Where the tolerance is smaller than what another seed does, have an owner
    raise it in `gate.yaml`; an owner can also accept it once.
    """

    code: ClassVar[str] = "MG801"
    waivable: ClassVar[bool] = True
    title: ClassVar[str] = "A metric in a file moved the wrong way"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each number that both sides have."""
        for move in exam.metrics:
            drop = move.drop
            if drop is not None:
                yield self._judge(move, drop)

    def _judge(self, move: MetricMove, drop: float) -> Finding:
        asked, before, after = move.policy, move.before.value or 0.0, move.after.value or 0.0
        slack = _ROUNDING * max(abs(before), abs(after), 1e-300)
        state = State.HELD
        if drop > asked.tolerance + slack:
            state = State.REGRESSED
        elif drop < -slack:
            state = State.IMPROVED
        moved = f"{asked.name} went from {before:.6g} to {after:.6g}"
        if state is State.REGRESSED:
            said = f"{moved}: {drop:.4g} worse, and the tolerance is {asked.tolerance:g}"
        elif state is State.IMPROVED:
            said = f"{moved}: better"
        elif before == after:
            said = f"{asked.name} is {after:.6g}, as on base"
        else:
            said = f"{moved}: within the tolerance of {asked.tolerance:g}"
        whose = "" if move.stage else "; no stage writes the file, so it says what somebody committed"
        return Finding(
            rule=self.code,
            model="",
            subject=asked.name,
            state=state,
            said=said + whose,
            do="find what made it worse; rows would tell noise from change" if state is State.REGRESSED else "",
            before=before,
            after=after,
            margin=asked.tolerance,
            blocks=state is State.REGRESSED,
            better=asked.better,
        )


class MetricFileLost:
    """**What.** A number that `metrics` in the policy names is no longer in its file, or is no finite number: empty, a
    text, NaN.

    **Why.** A metric that is gone cannot get worse, and NaN is neither more nor less than anything: silence would
    look like a pass. A number that base does not have either blocks nothing: it is told, and compared from the next
    pull request on.

    **How to fix.** Let the stage write it again. To drop or rename it for good, change `gate.yaml` in a pull request of
    its own: the gate judges with the policy of base.
    """

    code: ClassVar[str] = "MG802"
    title: ClassVar[str] = "A metric is gone, or is no number"

    def check(self, exam: Exam, levelled: tuple[Levelled, ...]) -> Iterator[Finding]:  # noqa: ARG002
        """One finding for each number that a side lacks."""
        for move in exam.metrics:
            if move.drop is not None:
                continue
            lost = move.after.value is None and move.before.value is not None
            here = f"{move.after.why}" if move.after.value is None else f"it is {move.after.value:.6g} now"
            base = (
                f"on base it was {move.before.value:.6g}" if move.before.value is not None else "base had none either"
            )
            if move.after.value is not None:
                base = f"base had none ({move.before.why})"
            yield Finding(
                rule=self.code,
                model="",
                subject=move.policy.name,
                state=State.ABSENT,
                said=f"{here}; {base}",
                do="let the stage write it again, or change gate.yaml in a pull request of its own" if lost else "",
                before=move.before.value,
                after=move.after.value,
                blocks=lost,
                better=move.policy.better,
            )
