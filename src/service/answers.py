"""The released files of each model, loaded as data, and asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from intent import model as intent_model
from intent.faults import StageError
from intent.single import Single
from loan import card_file
from loan.card import digest
from loan.card_check import CardError
from loan.score import Scorer
from service import golden
from service.faults import NotServedError
from service.problems import Fault, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from loan.card import Card

_ASKED = ("utterance", "language", "area", "domain")


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a version on this disk, by what they are for."""

    model: Path
    code: tuple[Path, ...]
    golden: tuple[Path, ...]


class Answers(Protocol):
    """Whatever a model answers with."""

    def prove(self, files: Files) -> int:
        """How many golden answers held; NotServedError for the first that did not."""


class IntentAnswers:
    """The intent model, one utterance at a time."""

    def __init__(self, files: Files) -> None:
        try:
            self.single = Single(intent_model.load(files.model))
        except StageError as error:
            raise NotServedError(error.what, where=str(files.model), do=error.do) from None

    def prove(self, files: Files) -> int:
        """See `Answers.prove`: the intent, and its probability to the last decimal."""
        asked = golden.rows(files.golden, (*_ASKED, "prediction", "score"))
        return golden.hold(
            asked,
            lambda row: self.single.answer(*(row[name] for name in _ASKED)),
            lambda row: (row["prediction"], row["score"]),
        )


class LoanAnswers:
    """The points card, read as data. The generated code of the version has to be of this very card."""

    def __init__(self, files: Files) -> None:
        try:
            self.card: Card = card_file.read(files.model)
        except CardError as error:
            raise NotServedError(str(error).splitlines()[0], where=str(files.model), do="register it again") from None
        self.scorer = Scorer.of(self.card)
        self.inputs = {rule.feature: self.card.input(rule.feature) for rule in self.card.rules}
        for path in files.code:
            if digest(self.card).encode() not in path.read_bytes():
                raise NotServedError(
                    "the generated code is of another card",
                    where=str(path),
                    do="register a commit with `dvc repro`",
                )

    def decide(self, applicant: Mapping[str, Any], at: str = "") -> dict[str, Any]:
        """Decision, points and reasons; a 422 that says of each column what it must be."""
        if type(applicant) is not dict:
            raise invalid("the request does not fit the schema", [Fault(at, "must be an object")])
        said = self.scorer.decide(applicant)
        faults = [Fault(f"{at}.{each.field}".lstrip("."), each.reason) for each in said.refused]
        if any(name not in self.inputs for name in applicant):
            faults.append(Fault(at, "has a field that is not known here"))
        if faults:
            raise invalid("the application cannot be decided", faults)
        reasons = [{"code": code, "text": text} for code, text in zip(said.causes, said.reasons, strict=True)]
        return {"decision": said.decision, "score": said.points, "reasons": reasons}

    def prove(self, files: Files) -> int:
        """See `Answers.prove`: the decision, the points and every word of the reasons."""
        asked = golden.rows(files.golden, (*self.inputs, "prediction", "points", "reasons"))
        return golden.hold(asked, self._recorded_form, lambda row: (row["prediction"], row["points"], row["reasons"]))

    def _recorded_form(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        said = self.scorer.decide({name: _plain(row[name]) for name in self.inputs})
        return said.decision, said.points, "; ".join(said.reasons)


def _plain(value: Any) -> Any:
    """A cell as an applicant's record has it: None where nothing is known (NaN, too), 1 for 1.0."""
    if value is None or value != value:  # noqa: PLR0124 - only NaN is unlike itself
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def load(model: str, files: Files) -> IntentAnswers | LoanAnswers:
    """The files of a model as something that answers; NotServedError where they are not what they should be."""
    return IntentAnswers(files) if model == "intent" else LoanAnswers(files)


def of_roles(roles: Sequence[tuple[str, Path]]) -> Files:
    """Files by their roles; NotServedError where none decides."""
    models = [path for role, path in roles if role == "model"]
    if not models:
        raise NotServedError("the version has no file that decides", do="register it again")
    code, tables = (tuple(path for role, path in roles if role == kind) for kind in ("code", "golden"))
    return Files(models[0], code, tables)
