"""Reads `gate.yaml`: every error at once, each with its line, its value and its remedy."""

from __future__ import annotations

import contextlib
import difflib
import hashlib
from typing import TYPE_CHECKING, Any

from mergegate.errors import PolicyError, UseError
from mergegate.facts.policy import Policy
from mergegate.read.dvcyaml import load_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from mergegate.facts.part import Part

POLICY_FILE = "gate.yaml"
_MAX_BYTES = 1_000_000


def parse_policy(content: bytes, *, where: str = POLICY_FILE) -> Policy:
    """The policy in `content` (YAML 1.2, UTF-8); raises `PolicyError` that lists everything wrong with it."""
    from pydantic import ValidationError

    with contextlib.suppress(UseError, ValidationError, UnicodeDecodeError, RecursionError):
        # Nearly every policy is right, and then nobody asks for its lines, which take ten times as long to read.
        return Policy.model_validate(load_yaml(_text(content, where), where))
    tree = _load(content, where)
    try:
        return Policy.model_validate(_plain(tree))
    except ValidationError as error:
        raise _collected(error, tree, where) from None


def _text(content: bytes, where: str) -> str:
    if len(content) > _MAX_BYTES:
        raise PolicyError(f"the policy is larger than {_MAX_BYTES:,} bytes", where=where, do="shorten it")
    return content.decode("utf-8")


def digest(content: bytes) -> str:
    """SHA-256 of a policy file, in hex: what a verdict says it was judged by."""
    return hashlib.sha256(content).hexdigest()


def _load(content: bytes, where: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    yaml = YAML(typ="rt")
    yaml.version = (1, 2)
    try:
        tree = yaml.load(_text(content, where))
    except UnicodeDecodeError as error:
        raise PolicyError(f"the policy is not UTF-8 (byte {error.start})", where=where, do="save it as UTF-8") from None
    except MarkedYAMLError as error:
        line = f"{where}:{error.problem_mark.line + 1}" if error.problem_mark else where
        raise PolicyError(f"the policy is not YAML: {error.problem}", where=line, do="mend the syntax there") from None
    except (YAMLError, ValueError, RecursionError, TypeError, AttributeError) as error:  # a mapping as a key, `!!set x`
        raise PolicyError(f"the policy is not YAML: {error}", where=where, do="mend the syntax") from None
    if not isinstance(tree, dict):
        raise PolicyError("the policy is empty or no mapping", where=where, do="start with `version: 1` and `models:`")
    return tree


def _plain(node: Any) -> Any:
    """The YAML tree as plain Python values, so that pydantic sees no parser types."""
    if isinstance(node, dict):
        return {(str(key) if not isinstance(key, str) else key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    if isinstance(node, bool) or node is None:
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node


def _collected(error: ValidationError, tree: Any, where: str) -> PolicyError:
    details = error.errors(include_url=False)
    roots = {detail["loc"][:cut] for detail in details for cut in range(len(detail["loc"]))}
    told = [detail for detail in details if not (detail["type"] == "too_short" and detail["loc"] in roots)]
    told.sort(key=lambda detail: _line(tree, detail["loc"]))
    lines = [f"  {where}:{_line(tree, detail['loc'])}: {_said(detail)}" for detail in told]
    count = "1 error" if len(lines) == 1 else f"{len(lines)} errors"
    return PolicyError("\n".join([f"the policy has {count}:", *lines]), where=where, do="mend these lines")


def _said(detail: ErrorDetails) -> str:
    path = ".".join(str(part) for part in detail["loc"]) or "(top)"
    if detail["type"] == "extra_forbidden":
        return f"{path}: nothing has this name{_nearest(detail['loc'])}"
    if detail["type"] == "missing":
        return f"{path}: is missing; add it"
    message = detail["msg"].removeprefix("Value error, ")
    shown = repr(detail["input"])
    return f"{path}: {message[0].lower()}{message[1:]} (it is {shown if len(shown) <= 60 else shown[:57] + '...'})"


def _nearest(loc: Sequence[int | str]) -> str:
    known = _names_beside(loc)
    close = difflib.get_close_matches(str(loc[-1]), known, n=1)
    return f"; did you mean `{close[0]}`?" if close else f"; known here: {', '.join(sorted(known))}" if known else ""


def _names_beside(loc: Sequence[int | str]) -> list[str]:
    """The field names that are known where `loc` points."""
    from mergegate.facts import answerpolicy
    from mergegate.facts import policy as parts
    from mergegate.facts.criteriapolicy import CriteriaPolicy, CrossfitPolicy
    from mergegate.facts.metricfile import MetricFilePolicy
    from mergegate.facts.releasepolicy import ReleasePolicy, SmokePolicy
    from mergegate.facts.splitpolicy import HoldoutPolicy

    owners: dict[str, type[Part]] = {
        "metrics": parts.MetricPolicy, "target": parts.TargetPolicy, "quiz": parts.QuizPolicy,
        "shadow": answerpolicy.ShadowPolicy, "invariances": answerpolicy.InvariancePolicy, "cost": parts.CostPolicy,
        "reevaluate": parts.ReevaluatePolicy, "holdout": HoldoutPolicy, "data": parts.DataPolicy,
        "limits": answerpolicy.LimitPolicy, "worst_conjunction": answerpolicy.ConjunctionPolicy,
        "waiver": parts.WaiverPolicy, "attribution": parts.AttributionPolicy,
        "criteria": CriteriaPolicy, "crossfit": CrossfitPolicy, "release": ReleasePolicy, "smoke": SmokePolicy,
    }  # fmt: skip
    named = [str(part) for part in loc[:-1] if isinstance(part, str)]
    if named[:2] == ["data", "tables"]:
        return _names_of_table(named[3:])
    if not named:
        owner: type[Part] = parts.Policy
    elif named == ["metrics"]:
        owner = MetricFilePolicy
    elif "holdouts" in named[:-1]:
        owner = HoldoutPolicy
    else:
        owner = owners.get(named[-1], parts.ModelPolicy)
    return [field.alias or name for name, field in owner.model_fields.items()]


def _names_of_table(below: Sequence[str]) -> list[str]:
    """The field names below `data.tables.NAME`."""
    from mergegate.facts import datapolicy as parts

    owners: dict[str, type[Part]] = {
        "columns": parts.ColumnPolicy, "limits": parts.RowLimits, "drift": parts.DriftPolicy,
        "texts": parts.TextPolicy, "leaks": parts.LeakPolicy,
    }  # fmt: skip
    return list(owners.get(below[0], parts.TablePolicy).model_fields if below else parts.TablePolicy.model_fields)


def _line(tree: Any, loc: Sequence[int | str]) -> int:
    """The line (from 1) of the deepest part of `loc` that the file has."""
    line, node = 1, tree  # ruamel's CommentedMap and CommentedSeq
    for part in loc:
        try:
            position = node.lc.item(part) if isinstance(part, int) else node.lc.key(part)
            node = node[part]
        except (KeyError, AttributeError, IndexError, TypeError):
            break
        line = position[0] + 1 if position else line  # some tags (`!!binary`) leave no position
    return line
