"""What may be asked about utterances, and what is answered: checked here, and published as the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.problems import Fault, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_ITEMS = 256
"""Questions in one batch."""
LONGEST = 500
"""Characters of an utterance; the longest that the models were trained on has 200."""
Language = Literal["de", "en", "es", "fr", "nl"]
Word = Annotated[str, Field(pattern="^[a-z][a-z_]{0,59}$")]


class Strict(BaseModel):
    """A part of a request or an answer: nothing is converted, nothing unknown is let in."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class IntentAsked(Strict):
    """An utterance of the bot's user."""

    utterance: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    language: Language
    """The speaker's."""
    area: Word = "any"
    """The room that the speaker is in, such as `kitchen`; `any` where it is unknown."""
    domain: Word = "any"
    """The kind of device that is spoken of, such as `light`; `any` where it is unknown."""


class IntentBatch(Strict):
    """Several utterances, answered by one version."""

    items: Annotated[list[IntentAsked], Field(min_length=1, max_length=MOST_ITEMS)]


class Intent(Strict):
    """What an utterance is for."""

    intent: str
    score: Annotated[float, Field(ge=0, le=1)]
    """The probability of that intent."""


class ByVersion(Strict):
    """Who answered."""

    version: str
    """`v1.2.0`, or `unreleased`."""
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """SHA-256 of the file that decided."""


class IntentAnswer(Intent, ByVersion):
    """The answer to an utterance."""


class IntentAnswers(ByVersion):
    """The answers to a batch, in its order."""

    answers: list[Intent]


class Reason(Strict):
    """Why points were lost."""

    code: str
    """The column that cost them, such as `obrat`."""
    text: str
    """For the applicant, with the limit that was missed."""


class Loan(Strict):
    """What became of an application."""

    decision: str
    """The card's words: `approve` or `deny`."""
    score: int
    """Points."""
    reasons: Annotated[list[Reason], Field(max_length=4)]
    """Of a denial: what cost most comes first; empty for an approval."""


class LoanAnswer(Loan, ByVersion):
    """The answer to an application."""


class LoanAnswers(ByVersion):
    """The answers to a batch, in its order."""

    answers: list[Loan]


class FieldProblem(Strict):
    """What is wrong with one field."""

    path: str
    message: str


class Problem(Strict):
    """A refusal. Nothing of what was sent is in it."""

    code: str
    message: str
    fields: list[FieldProblem] = []


Model = TypeVar("Model", bound=Strict)
_SAID = {
    "missing": "must be given",
    "extra_forbidden": "has a field that is not known here",
    "string_type": "must be a text",
    "string_unicode": "must be a text of whole characters",
    "string_pattern_mismatch": "must be a lower-case word: letters and underscores, at most 60",
    "literal_error": "must be one of de, en, es, fr, nl",
    "list_type": "must be a list",
    "model_type": "must be an object",
}


def checked(kind: type[Model], value: Any) -> Model:
    """The value as that kind; a 422 that says of each field what it must be."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        raise invalid("the request does not fit the schema", [_fault(each) for each in errors[:20]]) from None


def _fault(error: Mapping[str, Any]) -> Fault:
    kind, context = error["type"], error.get("ctx", {})
    at = error["loc"][:-1] if kind == "extra_forbidden" else error["loc"]  # that one's name was sent, and is not ours
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at).lstrip(".")
    limits = {
        "string_too_short": "must not be empty",
        "string_too_long": f"must have at most {context.get('max_length')} characters",
        "too_short": f"must have at least {context.get('min_length')} item",
        "too_long": f"must have at most {context.get('max_length')} items",
    }
    return Fault(path, _SAID.get(kind) or limits.get(kind) or "is not what the schema says")
