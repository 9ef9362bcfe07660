"""Asks a running service what it must know before its version goes to production."""

from __future__ import annotations

import csv
import hashlib
import json
import math
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mergegate.errors import SurroundingsError, UseError
from mergegate.facts.release import Smoke

if TYPE_CHECKING:
    from pathlib import Path

    from mergegate.facts.policy import ModelPolicy
    from mergegate.facts.release import Release
    from mergegate.facts.releasepolicy import SmokePolicy

_DEADLINE = 10.0
_LARGEST = 1_000_000
_TRUE = {"true", "True", "TRUE", "1"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is sent, and what has to come back."""

    id: str
    body: dict[str, object]
    expected: str


def questions_of(policy: SmokePolicy, model: ModelPolicy, questions: Path, answers: Path) -> list[Question]:
    """The questions in a stable order; raises `UseError` where there are none.

    With `must_pass` those that are marked, and their label has to come back; else rows drawn by the hash of their id,
    and what the released model predicted has to come back.
    """
    asked = {str(row.get(model.id)): row for row in _rows(questions)}
    chosen: list[Question] = []
    for row in sorted(_rows(answers), key=lambda row: hashlib.sha256(str(row.get(model.id)).encode()).digest()):
        body = asked.get(str(row.get(model.id)))
        if body is None or (policy.must_pass and str(row.get(policy.must_pass)) not in _TRUE):
            continue
        missing = [name for name in policy.fields if name not in body]
        if missing:
            raise UseError(f"the questions have no column {', '.join(missing)}", where=policy.questions)
        expected = row.get(model.label if policy.must_pass else model.prediction)
        chosen.append(Question(str(row[model.id]), {name: _plain(body[name]) for name in policy.fields}, str(expected)))
    if not chosen:
        raise UseError(
            "there is no question to ask",
            where=f"{policy.questions}, {policy.answers}",
            do="correct `release.smoke` in gate.yaml: the two tables share ids",
        )
    return chosen[: policy.most]


def ask(service: str, path: str, answer: str, release: Release, questions: list[Question]) -> Smoke:
    """Ask the service everything; raises `UseError` for the first that is wrong, or where it serves another version.

    Every answer has to carry the version and the digest, so that a service that changes in between is noticed.
    """
    base = service.rstrip("/")
    if not base.startswith(("http://", "https://")):
        raise UseError(f"{service!r} is no address of a service", do="name one: --service http://127.0.0.1:8000")
    _demand_version(f"{base}/version", release)
    for question in questions:
        told = _call(f"{base}{path}", question.body)
        _demand_same(told, release, f"{base}{path}")
        if str(told.get(answer)) != question.expected:
            raise UseError(
                f"the service answers question {question.id} with {str(told.get(answer))[:80]!r}, "
                f"and {question.expected[:80]!r} is right",
                where=f"{base}{path}",
                do="nothing was changed; mend the model or the service, and promote again",
            )
    return Smoke(_without_secrets(base), len(questions), len(questions))


def _without_secrets(url: str) -> str:
    """The address without a user's name and password: it is written into a tag."""
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _demand_version(url: str, release: Release) -> None:
    told = _call(url).get(release.model)
    _demand_same(told if isinstance(told, dict) else {}, release, url)


def _demand_same(told: dict[str, Any], release: Release, url: str) -> None:
    found = (str(told.get("version")), str(told.get("digest")).removeprefix("sha256:"))
    if found != (release.version, release.digest):
        raise UseError(
            f"the service serves {release.model} {found[0][:40]} ({found[1][:16]}), "
            f"and {release.version} ({release.digest[:16]}) is to go to production",
            where=url,
            do="wait until the service of test has taken the version over, or name the right service",
        )


def _call(url: str, body: dict[str, object] | None = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body, default=str).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 - http(s) only
    try:
        with urllib.request.urlopen(request, timeout=_DEADLINE) as answer:  # noqa: S310
            told = json.loads(answer.read(_LARGEST))
    except urllib.error.HTTPError as error:
        raise SurroundingsError(f"the service answers {error.code}", where=url, do="look at its log") from None
    except (OSError, ValueError) as error:
        raise SurroundingsError(
            f"the service does not answer: {getattr(error, 'reason', error)}",
            where=url,
            do="start it (docs/environments.md), or name another",
        ) from None
    if not isinstance(told, dict):
        raise SurroundingsError("the service answers with something else than an object", where=url)
    return told


def _plain(value: object) -> object:
    """What JSON can say: a number that is none is nothing."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _rows(path: Path) -> list[dict[str, object]]:
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as stream:
            return [dict(row) for row in csv.DictReader(stream)]
    from mergegate.read.duck import database

    with database({"base": path}) as (connection, links):
        found = connection.execute(f"SELECT * FROM read_parquet({links['base']})")  # noqa: S608 - a name made by us
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
