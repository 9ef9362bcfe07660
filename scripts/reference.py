"""Writes docs/policy-reference.md and docs/schemas/ from the types of the policy and the contract of the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mergegate.cli.schema import NAMES, schema_of, text_of

DOCS = Path(__file__).resolve().parent.parent / "docs"
_HEAD = """\
# Policy reference

Every key of `gate.yaml`, with its type, its default and what it means. Made by `make docs` from the types that read the
policy; [policy.md](policy.md) explains how the keys work together. The same as a JSON schema, by which editors complete
and check: [schemas/gate.schema.json](schemas/gate.schema.json), or `mergegate schema gate`. For an editor with the YAML
language server, the first line of `gate.yaml`:

```yaml
# yaml-language-server: $schema=./docs/schemas/gate.schema.json
```

`verdict.json` has one, too: [schemas/verdict.schema.json](schemas/verdict.schema.json), or `mergegate schema verdict`.
"""
_WHERE = {
    "ModelPolicy": "models.NAME", "MetricPolicy": "models.NAME.metrics[]", "TargetPolicy": "models.NAME.target",
    "QuizPolicy": "models.NAME.quiz", "ShadowPolicy": "models.NAME.shadow",
    "InvariancePolicy": "models.NAME.invariances", "LimitPolicy": "models.NAME.limits[]",
    "ConjunctionPolicy": "models.NAME.worst_conjunction", "CostPolicy": "models.NAME.cost",
    "ReevaluatePolicy": "models.NAME.reevaluate", "CriteriaPolicy": "models.NAME.criteria",
    "ReleasePolicy": "models.NAME.release", "SmokePolicy": "models.NAME.release.smoke", "DataPolicy": "data",
    "HoldoutPolicy": "data.holdout, data.holdouts.NAME", "TablePolicy": "data.tables.NAME",
    "ColumnPolicy": "data.tables.NAME.columns.COLUMN", "RowLimits": "data.tables.NAME.limits",
    "DriftPolicy": "data.tables.NAME.drift", "TextPolicy": "data.tables.NAME.texts",
    "LeakPolicy": "data.tables.NAME.leaks", "AttributionPolicy": "attribution", "WaiverPolicy": "waiver",
}  # fmt: skip
"""Where a part stands, by the name of its type; in the order of the page. One that is new stands under its own name."""
_LIMITS = {
    "minimum": "≥ {}", "maximum": "≤ {}", "exclusiveMinimum": "> {}", "exclusiveMaximum": "< {}",
    "minItems": "at least {}", "pattern": "like `{}`",
}  # fmt: skip


def reference() -> str:
    """The page."""
    schema = schema_of("gate")
    parts: dict[str, Any] = schema["$defs"]
    ordered = [*(name for name in _WHERE if name in parts), *(name for name in sorted(parts) if name not in _WHERE)]
    pieces = [_HEAD, f"## The top of the file\n\n{_table(schema, parts)}"]
    for name in ordered:
        title = _WHERE.get(name, name)
        said = parts[name].get("description", "")
        pieces.append(f"## `{title}`\n\n{_cell(said)}\n\n{_table(parts[name], parts)}")
    return "\n".join(pieces)


def _table(part: dict[str, Any], parts: dict[str, Any]) -> str:
    needed = set(part.get("required", ()))
    rows = [
        f"| `{key}` | {_type(value)} | {'**required**' if key in needed else _default(value)} | "
        f"{_cell(value.get('description') or _meaning(value, parts))} |"
        for key, value in part["properties"].items()
    ]
    return "\n".join(["| key | type | default | meaning |", "| --- | --- | --- | --- |", *rows]) + "\n"


def _meaning(node: dict[str, Any], parts: dict[str, Any]) -> str:
    """What the part that a key leads to says of itself."""
    for one in (node, *node.get("anyOf", ())):
        if "$ref" in one:
            return str(parts[one["$ref"].rpartition("/")[2]].get("description", ""))
    return ""


def _type(node: dict[str, Any]) -> str:
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        where = _WHERE.get(name, name)
        anchor = "".join(char for char in where.lower().replace(" ", "-") if char.isalnum() or char in "-_")
        return f"[{where.rpartition('.')[2] if ',' not in where else 'holdout'}](#{anchor})"
    if "anyOf" in node:
        return " or ".join(dict.fromkeys(_type(one) for one in node["anyOf"] if one.get("type") != "null"))
    if "enum" in node or "const" in node:
        return ", ".join(f"`{value}`" for value in node.get("enum", [node.get("const")]))
    kinds = {"string": "text", "array": "list", "object": "mapping"}
    kind = kinds.get(node.get("type", ""), node.get("type", "any"))
    if kind == "list" and "items" in node:
        kind = f"list of {_type(node['items'])}"
    if kind == "mapping" and isinstance(node.get("additionalProperties"), dict):
        kind = f"name → {_type(node['additionalProperties'])}"
    limits = [said.format(_cell(str(node[key]))) for key, said in _LIMITS.items() if key in node]
    return ", ".join([kind, *limits])


def _default(node: dict[str, Any]) -> str:
    value = node.get("default")
    if isinstance(value, dict):
        return "its defaults"
    return "" if value is None or value == [] else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def files() -> dict[str, str]:
    """Path below docs/ -> text of everything that is made here."""
    return {"policy-reference.md": reference()} | {f"schemas/{name}.schema.json": text_of(name) for name in NAMES}


def main() -> None:
    for name, text in files().items():
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
