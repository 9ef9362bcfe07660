"""Cut the request bodies that the tests need out of GitHub's OpenAPI description.

    npm pack @octokit/openapi && tar xzf octokit-openapi-*.tgz
    python tests/workflows/refresh_github_schemas.py package

The description is MIT-licensed (Copyright Gregor Martynus and Octokit contributors); the cut says its version.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

OPERATIONS = (
    ("POST", "/repos/{owner}/{repo}/issues/{issue_number}/comments"),
    ("PATCH", "/repos/{owner}/{repo}/issues/comments/{comment_id}"),
    ("POST", "/repos/{owner}/{repo}/issues/{issue_number}/labels"),
    ("POST", "/repos/{owner}/{repo}/check-runs"),
    ("PATCH", "/repos/{owner}/{repo}/check-runs/{check_run_id}"),
    ("POST", "/repos/{owner}/{repo}/pulls"),
    ("POST", "/repos/{owner}/{repo}/rulesets"),
)
PROSE = {"description", "title", "example", "examples", "externalDocs"}
TARGET = Path(__file__).with_name("github_schemas.json")


def cut(package: Path) -> dict[str, Any]:
    """Operation -> JSON schema of its request body, without prose and with every reference resolved."""
    described = json.loads((package / "generated" / "api.github.com.json").read_text(encoding="utf-8"))
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    bodies = {}
    for method, path in OPERATIONS:
        body = described["paths"][path][method.lower()]["requestBody"]
        bodies[f"{method} {path}"] = _resolved(body["content"]["application/json"]["schema"], described)
    return {"source": f"@octokit/openapi {version}, MIT", "bodies": bodies}


def _resolved(schema: Any, described: Any) -> Any:
    if isinstance(schema, list):
        return [_resolved(item, described) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target = described
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return _resolved(target, described)
    return {
        key: {name: _resolved(value, described) for name, value in inner.items()}
        if key == "properties"
        else _resolved(inner, described)
        for key, inner in schema.items()
        if key not in PROSE or key == "properties"
    }


if __name__ == "__main__":
    TARGET.write_text(json.dumps(cut(Path(sys.argv[1])), indent=1) + "\n", encoding="utf-8")
