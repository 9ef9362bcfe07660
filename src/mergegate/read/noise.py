"""Reads what `mergegate noise` wrote: the spread of a recipe's metrics over seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mergegate.errors import UseError
from mergegate.facts.comparison import Slice
from mergegate.facts.noise import Noise, Spread

if TYPE_CHECKING:
    from pathlib import PurePath

Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Spread(_Part):
    mean: Finite
    sigma: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    df: Annotated[int, Field(ge=1)]
    rows: Annotated[int, Field(ge=1)]


class _File(_Part):
    version: Literal[1]
    model: str
    param: str
    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    seeds: Annotated[list[int], Field(min_length=2)]
    distinct: Annotated[int, Field(ge=1)]
    overall: dict[str, _Spread]
    slices: dict[str, dict[str, dict[str, _Spread]]] = {}
    """Metric -> column -> value."""


def parse_noise(content: bytes, where: str | PurePath) -> Noise:
    """The noise in `content` (JSON); raises `UseError` for what `mergegate noise` did not write."""
    try:
        file = _File.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        at = ".".join(str(part) for part in first["loc"])
        raise UseError(
            f"the file of the training noise cannot be read: {at + ': ' if at else ''}{first['msg']}",
            where=str(where),
            do="let `mergegate noise` write it again, and commit it",
        ) from None
    spreads = [_spread(metric, Slice(), one) for metric, one in file.overall.items()]
    spreads += [
        _spread(metric, Slice(column, value), one)
        for metric, columns in file.slices.items()
        for column, values in columns.items()
        for value, one in values.items()
    ]
    return Noise(file.model, file.param, file.revision, tuple(file.seeds), file.distinct, tuple(spreads))


def noise_document(noise: Noise) -> dict[str, object]:
    """The same as a tree for JSON, with six digits: small, stable, readable in a diff."""
    overall: dict[str, object] = {}
    slices: dict[str, dict[str, dict[str, object]]] = {}
    for one in noise.spreads:
        entry = {"mean": _short(one.mean), "sigma": _short(one.sigma), "df": noise.df, "rows": one.n}
        if one.slice.overall:
            overall[one.metric] = entry
        else:
            slices.setdefault(one.metric, {}).setdefault(one.slice.column, {})[one.slice.value] = entry
    return {
        "version": 1,
        "model": noise.model,
        "param": noise.param,
        "revision": noise.revision,
        "seeds": list(noise.seeds),
        "distinct": noise.distinct,
        "overall": overall,
        "slices": slices,
    }


def _spread(metric: str, where: Slice, one: _Spread) -> Spread:
    return Spread(metric, where, one.mean, one.sigma, one.rows)


def _short(value: float) -> float:
    return float(f"{value:.6g}")
