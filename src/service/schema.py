"""The schema that the service publishes: made of what checks the requests, and of the card that is served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from service import asked
from service.answers import LoanAnswers

if TYPE_CHECKING:
    from fastapi import FastAPI

    from loan.card import Input, Rule
    from service.board import Board

_REF = "#/components/schemas/{model}"
_KINDS = (
    asked.IntentAsked, asked.IntentBatch, asked.IntentAnswer, asked.IntentAnswers, asked.LoanAnswer,
    asked.LoanAnswers, asked.Problem,
)  # fmt: skip
_BODIES = {
    "/v1/intent": ("IntentAsked", "IntentAnswer"),
    "/v1/intent/batch": ("IntentBatch", "IntentAnswers"),
    "/v1/loan": ("LoanAsked", "LoanAnswer"),
    "/v1/loan/batch": ("LoanBatch", "LoanAnswers"),
}
_REFUSALS = {
    "408": "The body did not arrive in time.",
    "413": "The body is too large; it was not read.",
    "415": "The body does not call itself application/json.",
    "422": "The request cannot be answered; the fields say why. Nothing of it is repeated.",
    "503": "Not ready, too busy or closing: come again.",
}
_STANDING = {
    "type": "object",
    "required": ["version", "digest", "commit", "since", "stage", "released", "golden", "refused"],
    "properties": {
        **{name: {"type": ["string", "null"]} for name in ("version", "digest", "commit", "since", "stage")},
        "released": {"type": "boolean"},
        "golden": {"type": "integer", "description": "Recorded answers that this service gave again."},
        "refused": {
            "type": ["object", "null"],
            "description": "The newer version that could not be taken, and why; the old one goes on answering.",
            "required": ["version", "why", "at"],
            "properties": {name: {"type": "string"} for name in ("version", "why", "at")},
        },
    },
}
_READY = {
    "type": "object",
    "required": ["ready", "waiting_for", "draining"],
    "properties": {
        "ready": {"type": "boolean"},
        "waiting_for": {"type": "array", "items": {"type": "string"}},
        "draining": {"type": "boolean"},
    },
}
_LIVE = {"type": "object", "required": ["live"], "properties": {"live": {"const": True}}}


def of(app: FastAPI, board: Board) -> dict[str, Any]:
    """The OpenAPI document, with the applicant of the card that is served right now."""
    document = get_openapi(title=app.title, version=app.version, routes=app.routes, description=app.description)
    _, defined = models_json_schema([(kind, "validation") for kind in _KINDS], ref_template=_REF)
    document["components"] = {"schemas": {**defined["$defs"], **_loan(board)}}
    for path, (question, answer) in _BODIES.items():
        operation = document["paths"][path]["post"]
        operation["requestBody"] = {"required": True, "content": _json(_ref(question))}
        refusals = {
            status: {"description": said, "content": _json(_ref("Problem"))} for status, said in _REFUSALS.items()
        }
        refusals["503"]["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
        operation["responses"] = {"200": {"description": "The answer.", "content": _json(_ref(answer))}, **refusals}
    _state(document["paths"])
    return document


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REF.format(model=name)}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _state(paths: dict[str, Any]) -> None:
    def set_(path: str, answers: dict[str, tuple[str, dict[str, Any]]]) -> None:
        paths[path]["get"]["responses"] = {
            status: {"description": said, "content": content} for status, (said, content) in answers.items()
        }

    version = {
        "type": "object",
        "required": ["intent", "loan", "api"],
        "properties": {"intent": _STANDING, "loan": _STANDING, "api": {"type": "string"}},
    }
    set_("/livez", {"200": ("The process answers.", _json(_LIVE))})
    set_("/readyz", {"200": ("Send requests.", _json(_READY)), "503": ("Send none.", _json(_READY))})
    set_("/version", {"200": ("Who answers.", _json(version))})
    set_("/metrics", {"200": ("Prometheus's text format.", {"text/plain": {"schema": {"type": "string"}}})})


def _loan(board: Board) -> dict[str, Any]:
    """The applicant that the served card wants; any object before one is served."""
    served = board.served.get("loan")
    applicant: dict[str, Any] = {"type": "object", "title": "LoanAsked"}
    if served is not None and isinstance(served.answers, LoanAnswers):
        answers = served.answers
        rules = {rule.feature: _column(rule, answers.inputs[rule.feature]) for rule in answers.card.rules}
        applicant |= {"properties": rules, "required": list(rules), "additionalProperties": False}
    items = {"type": "array", "items": _ref("LoanAsked"), "minItems": 1, "maxItems": asked.MOST_ITEMS}
    batch = {
        "type": "object", "title": "LoanBatch", "properties": {"items": items}, "required": ["items"],
        "additionalProperties": False,
    }  # fmt: skip
    return {"LoanAsked": applicant, "LoanBatch": batch}


def _column(rule: Rule, known: Input) -> dict[str, Any]:
    """What one column may hold; null where the card has points for a missing value."""
    described = f"{rule.title}, in {known.unit}" if known.unit else rule.title
    if known.kind == "flag":
        allowed: list[Any] = [0, 1, False, True]
        return {"enum": [*allowed, *([] if rule.missing is None else [None])], "description": described}
    null = [] if rule.missing is None else ["null"]
    if known.kind == "category":
        return {"enum": [*known.allowed, *([None] if null else [])], "description": described}
    return {"type": ["number", *null], "minimum": known.min, "maximum": known.max, "description": described}
