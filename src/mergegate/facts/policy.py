"""The policy, `gate.yaml`: what the team accepts. Frozen, validated, with a JSON schema for editors."""

from __future__ import annotations

import datetime as dt
import difflib
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from mergegate.facts.answerpolicy import ConjunctionPolicy, InvariancePolicy, LimitPolicy, ShadowPolicy
from mergegate.facts.criteriapolicy import CriteriaPolicy
from mergegate.facts.datapolicy import TablePolicy
from mergegate.facts.metricfile import MetricFilePolicy
from mergegate.facts.part import NonNegative, Part, Rate, RepoPath
from mergegate.facts.releasepolicy import ReleasePolicy
from mergegate.facts.splitpolicy import HoldoutPolicy

Task = Literal["classification", "regression", "ranking"]
Engine = Literal["duckdb", "spark"]

METRICS: dict[str, tuple[str, ...]] = {
    "classification": (
        "accuracy", "balanced_accuracy", "precision", "recall", "precision_macro", "recall_macro",
        "f1", "f1_macro", "f1_weighted", "false_positive_rate", "false_negative_rate", "mcc",
        "log_loss", "brier", "ece",
    ),
    "ranking": ("auc", "average_precision"),
    "regression": ("mae", "rmse", "r2", "pinball"),
}  # fmt: skip
"""The metrics that the gate can compute, by task; `ranking` metrics may be asked of a classification, too."""

LOWER_IS_BETTER = frozenset(
    {"false_positive_rate", "false_negative_rate", "log_loss", "brier", "ece", "mae", "rmse", "pinball"}
)

UNBOUNDED = frozenset({"mcc", "log_loss", "mae", "rmse", "r2", "pinball"})
"""Metrics of which a drop may be 1 or more."""


def _known_metric(name: str) -> str:
    every = [metric for names in METRICS.values() for metric in names]
    if name not in every:
        close = difflib.get_close_matches(name, every, n=1)
        hint = f"did you mean `{close[0]}`?" if close else f"known are {', '.join(every)}"
        raise ValueError(f"no such metric; {hint}")
    return name


class MetricPolicy(Part):
    """A metric that is judged."""

    name: Annotated[str, AfterValidator(_known_metric)]
    """One of the metrics of the model's task, for example `accuracy`, `f1_macro`, `auc`, `mae`."""
    margin: NonNegative = 0.0
    """The largest drop that the team accepts, in the metric's own unit."""
    positive: str | None = None
    """The positive class, for metrics of one class (`precision`, `recall`, `f1`, `false_positive_rate`, ...)."""
    quantile: Annotated[float, Field(gt=0, lt=1)] | None = None
    """The quantile, for `pinball`."""

    @model_validator(mode="after")
    def _a_drop_can_exceed_the_margin(self) -> MetricPolicy:
        if self.name not in UNBOUNDED and self.margin >= 1:
            points = f"write {self.margin / 100:g} for {self.margin:g} points"
            raise ValueError(f"no drop of `{self.name}` can exceed a margin of {self.margin:g}; {points}")
        return self


class TargetPolicy(Part):
    """A mark that the model must not fall below, possibly rising with time."""

    metric: str = "accuracy"
    """The metric that has the mark."""
    start_at: Rate = Field(alias="from")
    """The mark at the start."""
    step: Annotated[float, Field(ge=0, le=1)] = 0.0
    """How much it rises each time."""
    every: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,2}[dw]$")] = "1w"
    """How often it rises: days or weeks, `1w`, `14d`."""
    steps: Annotated[int, Field(ge=0, le=1000)] = 0
    """How many times it rises."""
    start: dt.date | None = None
    """The day on which the schedule starts (UTC)."""
    floor: Rate | None = None
    """The mark that blocks; the schedule above it only informs. Absent: the schedule itself blocks."""


class QuizPolicy(Part):
    """A small hand-made set with known answers."""

    table: RepoPath
    """The table of answered questions."""
    must_pass: str = "must_pass"  # noqa: S105 - a column name
    """The column that is true for the items that may never fail."""
    text: str = "utterance"
    """The column to show a reader, where the table has it."""
    max_newly_failed: Annotated[int, Field(ge=0)] | None = None
    """How many items may newly fail; absent: the score is tested like any other, by an exact paired test."""


class CostPolicy(Part):
    """What a run may cost."""

    seconds: Annotated[float, Field(gt=0)] | None = None
    """The budget of the stages that the predictions need, together."""
    peak_bytes: Annotated[int, Field(gt=0)] | None = None
    """The budget of the largest of these stages."""
    model_bytes: Annotated[int, Field(gt=0)] | None = None
    """The budget of the model file."""
    milliseconds_per_row: Annotated[float, Field(gt=0)] | None = None
    """The budget of the stage that writes the predictions, for each row of the holdout, its start included."""
    model: RepoPath | None = None
    """The model file; by default the one of `reevaluate`."""
    compare: bool = False
    """Whether the predictions of base's and head's model are measured here, in turn, with base's code."""
    growth: Annotated[float, Field(ge=1, allow_inf_nan=False)] | None = None
    """How many times base's cost blocks; absent: it informs."""
    required: bool = False
    """Whether a budget without evidence blocks."""


class ReevaluatePolicy(Part):
    """How the judge runs the candidate's model with base's own code."""

    stage: str
    """The stage of base's dvc.yaml that writes the predictions."""
    model: RepoPath
    """The candidate's model file, which that stage reads."""
    rows: RepoPath | None = None
    """The table of held-out rows that the stage reads. Named: where it changes, base's model answers the new rows, too,
    so that the report can tell what the model changed from what the data changed."""
    tables: tuple[Literal["quiz", "shadow", "invariances"], ...] | None = None
    """Which other tables of this model are answered again, each by the stage of base's dvc.yaml that writes it. Absent:
    every one that the policy names; an empty list: none."""


class ModelPolicy(Part):
    """What is asked of one model."""

    task: Task = "classification"
    """What the model answers: a class, a number, or an order."""
    holdout: RepoPath
    """The table of predictions on the holdout."""
    id: str = "id"
    """The column of the name of a row, the same on base and head."""
    label: str = "label"
    """The column of the right answer."""
    prediction: str = "prediction"
    """The column of the model's answer."""
    score: str | None = None
    """The column of the probability of the positive or the predicted class, where a metric needs it."""
    positive: str | None = None
    """The positive class of a binary classification or ranking."""
    group: str | None = None
    """The column of rows that belong together."""
    slices: tuple[str, ...] = ()
    """Columns whose values are judged one by one."""
    metrics: Annotated[tuple[MetricPolicy, ...], Field(min_length=1)]
    min_coverage: Rate = 0.99
    """The share of base's holdout ids that head must have answered."""
    min_slice: Annotated[int, Field(ge=1)] = 30
    """Slices with fewer rows are shown in sum and not judged."""
    target: TargetPolicy | None = None
    quiz: QuizPolicy | None = None
    shadow: ShadowPolicy | None = None
    invariances: InvariancePolicy | None = None
    limits: tuple[LimitPolicy, ...] = ()
    """Absolute limits on head's mistakes, for each class or slice."""
    worst_conjunction: ConjunctionPolicy | None = None
    """Ask for the conjunction of two slice columns that got worse most: found on one half of the rows, tested on the
    other."""
    must_detect: NonNegative = 0.05
    """A drop of a metric in [0, 1] that these rows must be able to show with 80 % power; if they cannot, and the
    answer is "cannot tell", the verdict is `unsure`."""
    noise: RepoPath | None = None
    """The JSON file, in git, that `mergegate noise` writes: how much training again moves each metric."""
    seed: Annotated[str, Field(pattern=r"^[^:]+:[^:]+$")] | None = None
    """The param that `mergegate noise` changes: `params.yaml:train.seed`."""
    question: Literal["artefact", "recipe"] | None = None
    """What is judged: this trained model, or the recipe, with its noise. Absent: the recipe where `noise` is named."""
    cost: CostPolicy | None = None
    reevaluate: ReevaluatePolicy | None = None
    criteria: CriteriaPolicy | None = None
    """A points card that decides instead of the model, and what is asked of it."""
    auditable: Literal["required"] | None = None
    """`required`: nothing but the card of `criteria` may decide."""
    release: ReleasePolicy | None = None
    """Which files a version is made of, and what may go to production; absent: the model cannot be registered."""

    @property
    def judges_recipe(self) -> bool:
        """Whether the recipe is judged where its noise is known."""
        return self.noise is not None and self.question != "artefact"

    @model_validator(mode="after")
    def _a_recipe_has_noise(self) -> ModelPolicy:
        if self.question == "recipe" and self.noise is None:
            raise ValueError("`question: recipe` needs `noise`: the file that `mergegate noise` writes")
        return self

    @model_validator(mode="after")
    def _criteria_decide_between_two(self) -> ModelPolicy:
        if self.auditable and not self.criteria:
            raise ValueError("`auditable: required` needs `criteria`: the card that decides")
        if self.criteria and (self.task != "classification" or not self.positive):
            raise ValueError("`criteria` need `task: classification` and `positive`: the label of those to approve")
        return self

    @model_validator(mode="after")
    def _a_smoke_quiz_sends_something(self) -> ModelPolicy:
        smoke = self.release.smoke if self.release else None
        if smoke and not smoke.fields and not self.criteria:
            raise ValueError(
                "`release.smoke` needs `fields`, the columns that are sent, where no `criteria` name a card"
            )
        return self

    @model_validator(mode="after")
    def _limits_name_what_there_is(self) -> ModelPolicy:
        if (self.limits or self.worst_conjunction) and self.task != "classification":
            raise ValueError("`limits` and `worst_conjunction` are for `task: classification`")
        for limit in self.limits:
            if limit.per != "class" and limit.per not in self.slices:
                raise ValueError(f"a limit is per `{limit.per}`, which is neither `class` nor one of `slices`")
            if limit.per != "class" and limit.metric != "error_rate" and not (limit.positive or self.positive):
                raise ValueError(f"the {limit.metric} per {limit.per} needs `positive`: the class that it is of")
        if self.worst_conjunction and len(self.slices) < (1 if self.worst_conjunction.label else 2):
            raise ValueError("`worst_conjunction` needs two columns in `slices`, or one and the label")
        return self

    @model_validator(mode="after")
    def _metrics_fit_the_task(self) -> ModelPolicy:
        known = METRICS[self.task] + (METRICS["ranking"] if self.task == "classification" else ())
        wrong = [metric.name for metric in self.metrics if metric.name not in known]
        if wrong:
            raise ValueError(f"no {self.task} metric: {', '.join(wrong)}; known are {', '.join(known)}")
        names = [(metric.name, metric.positive, metric.quantile) for metric in self.metrics]
        if len(set(names)) < len(names):
            raise ValueError("a metric stands twice in `metrics`")
        return self


class WaiverPolicy(Part):
    """Who may accept what got worse."""

    role: Literal["write", "maintain", "admin"] = "maintain"
    """The least that a person must be in the repository to accept it."""
    by_author: bool = False
    """Whether who opened the pull request may accept it, too."""


class AttributionPolicy(Part):
    """How long it may take to find out what made a model change."""

    seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    """For all mixed pipelines of one model together; what was run before comes from the run cache."""


class DataPolicy(Part):
    """What is asked of the data."""

    holdout: HoldoutPolicy = HoldoutPolicy()
    holdouts: dict[str, HoldoutPolicy] = Field(default_factory=dict)
    """By a name of your own, where several pipelines each have a holdout."""
    tables: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._ -]{0,59}$")], TablePolicy] = Field(
        default_factory=dict
    )
    """Tables of data, by the name that the report calls them."""

    @property
    def splits(self) -> dict[str, HoldoutPolicy]:
        """The splits that are checked, by name; `holdout` itself has an empty one."""
        every = {"": self.holdout, **self.holdouts}
        return {name: one for name, one in sorted(every.items()) if one.train}


class Policy(Part):
    """`gate.yaml`. The gate judges with the policy of base."""

    version: Literal[1]
    """The version of the form of this file."""
    alpha: Annotated[float, Field(gt=0, le=0.5)] = 0.05
    """The chance that a pull request that made nothing worse is blocked, over all checks."""
    unsure: Literal["merge", "block"] = "merge"
    """What `unsure` does to the required check."""
    engine: Engine = "duckdb"
    """What joins and counts the rows: DuckDB in this process, or Spark where one machine is too small."""
    models: Annotated[dict[str, ModelPolicy], Field(min_length=1, default_factory=dict)]
    metrics: tuple[MetricFilePolicy, ...] = ()
    """Numbers in metrics files, for what has no predictions yet: no interval, and the pull request's own word."""
    data: DataPolicy = DataPolicy()
    attribution: AttributionPolicy | None = None
    """Whether `mergegate check` at home runs mixed pipelines, to say what made a model worse."""
    waiver: WaiverPolicy | None = WaiverPolicy()
    """Who may accept what got worse; `null` for nobody."""

    @model_validator(mode="after")
    def _asks_something(self) -> Policy:
        if not self.models and not self.metrics:
            raise ValueError("there is nothing to judge: add `models`, or `metrics` where there are no predictions yet")
        if len({(one.file, one.key) for one in self.metrics}) < len(self.metrics):
            raise ValueError("a number stands twice in `metrics`")
        return self

    @model_validator(mode="after")
    def _tables_name_models(self) -> Policy:
        for name, table in self.data.tables.items():
            if table.model is not None and table.model not in self.models:
                raise ValueError(f"data.tables.{name}.model: there is no model `{table.model}`")
        return self
