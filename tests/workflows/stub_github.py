"""A small GitHub: the endpoints that the workflows and CML call, with state, over TLS, and with faults on demand.

Request bodies are checked against GitHub's own OpenAPI description (`github_schemas.json`), and the two limits that
it does not write down are kept: 65,536 characters of a comment, 30 items on a page that names no size.
"""

from __future__ import annotations

import itertools
import json
import re
import ssl
import threading
import time
import zlib
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import jsonschema
from tests.workflows.certificate import write_certificate
from tests.workflows.refresh_github_schemas import TARGET as SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LONGEST_BODY = 65_536
BOT = "github-actions[bot]"


class RequestError(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


@dataclass
class Fault:
    """What goes wrong with the requests that match, `times` times (None: from now on)."""

    matches: str
    """A regular expression that must be found in `METHOD /path`."""
    status: int = 0
    """The status to answer with; 0 answers nothing and hangs for `seconds`."""
    times: int | None = None
    retry_after: int | None = None
    seconds: float = 30.0


@dataclass
class Request:
    """One request as it arrived, with the status it was answered with."""

    method: str
    path: str
    body: Any = None
    status: int = 0


@dataclass
class GitHub:
    """The state of one repository, and the server that shows it."""

    repository: str
    folder: Path
    pulls: list[dict[str, Any]] = field(default_factory=list)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    checks: list[dict[str, Any]] = field(default_factory=list)
    labels: dict[int, list[str]] = field(default_factory=dict)
    events: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    """By login: the role in the repository, as `role_name` tells it."""
    heads: Callable[[str], str] = lambda _: "0" * 40
    """The commit that a branch is at; empty where there is no such branch."""
    runs: list[dict[str, Any]] = field(default_factory=list)
    """Of the workflow `pull-request`, the oldest first."""
    running: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By id: a workflow run's `status` and its `jobs`."""
    faults: list[Fault] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ids = itertools.count(1001)
        self._lock = threading.Lock()
        self._bodies = json.loads(SCHEMAS.read_text(encoding="utf-8"))["bodies"]
        self.certificate, key = write_certificate(self.folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._closed = threading.Event()
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def server_url(self) -> str:
        """What GITHUB_SERVER_URL is on this GitHub."""
        return f"https://127.0.0.1:{self._server.server_port}"

    @property
    def api_url(self) -> str:
        """What GITHUB_API_URL is on this GitHub, an Enterprise server to its clients."""
        return f"{self.server_url}/api/v3"

    def close(self) -> None:
        """Stop the server, and let go of whoever hangs."""
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()

    def comment(self, number: int, body: str, author: str = BOT) -> dict[str, Any]:
        """Write a comment as `author`."""
        comment_id = next(self._ids)
        comment = {
            "id": comment_id,
            "body": body,
            "user": account(author),
            "created_at": "2026-11-22T05:00:00Z",
            "updated_at": "2026-11-22T05:00:00Z",
            "html_url": f"{self.server_url}/{self.repository}/pull/{number}#issuecomment-{comment_id}",
        }
        self.comments.setdefault(number, []).append(comment)
        return comment

    def label(self, number: int, actor: str, name: str = "mergegate: accept", *, on: bool = True) -> None:
        """Put a label on a pull request, or take it off, as `actor`."""
        names = self.labels.setdefault(number, [])
        if on:
            names.append(name)
        else:
            names.remove(name)
        event = {"id": next(self._ids), "event": "labeled" if on else "unlabeled", "actor": account(actor)}
        told = {**event, "label": {"name": name, "color": "ededed"}, "created_at": "2026-11-22T05:01:00Z"}
        self.events.setdefault(number, []).append(told)

    def checks_of(self, sha: str, name: str = "mergegate") -> list[str]:
        """The conclusions of the check runs of that name on a commit, the oldest first."""
        return [check["conclusion"] for check in self.checks if check["head_sha"] == sha and check["name"] == name]

    def answer(self, request: Request, authorization: str) -> tuple[int, Any]:
        """Status and JSON body for one request."""
        url = urlsplit(request.path)
        path = url.path.removeprefix("/api/v3")
        with self._lock:
            self.requests.append(request)
            fault = next((f for f in self.faults if re.search(f.matches, f"{request.method} {path}")), None)
            if fault and fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self.faults.remove(fault)
        if fault:
            self._fail(fault)
        if not re.fullmatch(r"(token|Bearer) \S+", authorization):
            raise RequestError(401, "Bad credentials")
        with self._lock:
            for method, pattern, respond in self._routes():
                found = re.fullmatch(pattern, path)
                if method == request.method and found:
                    self._validate(method, pattern, request.body)
                    return respond(found, parse_qs(url.query), request.body)
        raise RequestError(404, f"Not Found: {request.method} {path}")

    def _fail(self, fault: Fault) -> None:
        if fault.status:
            after = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            raise RequestError(fault.status, "a fault that the test asked for", after)
        self._closed.wait(fault.seconds)
        raise RequestError(504, "hung until the end")

    def _routes(self) -> list[tuple[str, str, Callable[..., tuple[int, Any]]]]:
        repo = f"/repos/{self.repository}"
        return [
            ("GET", r"/users/(?P<login>[^/]+)", self._user),
            ("GET", f"{repo}/pulls", self._list_pulls),
            ("POST", f"{repo}/pulls", self._open_pull),
            ("GET", f"{repo}/pulls/(?P<pull_number>\\d+)", self._get_pull),
            ("GET", f"{repo}/commits/(?P<commit_sha>[0-9a-f]+)/pulls", self._pulls_of_commit),
            ("GET", f"{repo}/issues/(?P<issue_number>\\d+)/events", self._list_events),
            ("GET", f"{repo}/collaborators/(?P<username>[^/]+)/permission", self._permission),
            ("GET", f"{repo}/actions/workflows/(?:mergegate-)?pull-request.yml/runs", self._list_runs),
            ("GET", f"{repo}/issues/(?P<issue_number>\\d+)/comments", self._list_comments),
            ("POST", f"{repo}/issues/(?P<issue_number>\\d+)/comments", self._post_comment),
            ("PATCH", f"{repo}/issues/comments/(?P<comment_id>\\d+)", self._patch_comment),
            ("GET", f"{repo}/issues/(?P<issue_number>\\d+)/labels", self._list_labels),
            ("POST", f"{repo}/issues/(?P<issue_number>\\d+)/labels", self._add_labels),
            ("GET", f"{repo}/actions/runs/(?P<run_id>\\d+)", self._running),
            ("GET", f"{repo}/actions/runs/(?P<run_id>\\d+)/jobs", self._jobs),
            ("POST", f"{repo}/check-runs", self._create_check),
            ("PATCH", f"{repo}/check-runs/(?P<check_run_id>\\d+)", self._update_check),
            ("GET", f"{repo}/commits/(?P<ref>[0-9a-f]+)/check-runs", self._list_checks),
        ]

    def _validate(self, method: str, pattern: str, body: Any) -> None:
        general = pattern.replace(f"/repos/{self.repository}", "/repos/{owner}/{repo}")
        general = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", general)
        schema = self._bodies.get(f"{method} {general}")
        if schema is None:
            return
        try:
            jsonschema.validate(body, schema, cls=jsonschema.Draft202012Validator)
        except jsonschema.ValidationError as error:
            raise RequestError(422, f"Invalid request.\n\n{error.message}") from error

    def _user(self, found: re.Match[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        return 200, {"login": found["login"], "id": 41898282, "name": None, "type": "User"}

    def _list_pulls(self, found: re.Match[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        state, head = query.get("state", ["open"])[0], query.get("head", [""])[0]
        pulls = [pull for pull in self.pulls if state in {"all", pull["state"]}]
        if head:
            owner, _, ref = head.partition(":")
            pulls = [p for p in pulls if p["head"]["ref"] == ref and p["head"]["user"]["login"] == owner]
        return 200, _page(pulls, query)

    def _open_pull(self, found: re.Match[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        if not self.heads(body["head"]):
            raise RequestError(422, f"Validation Failed: no branch {body['head']}")
        if any(pull["head"]["ref"] == body["head"] and pull["state"] == "open" for pull in self.pulls):
            raise RequestError(422, f"A pull request already exists for {body['head']}.")
        owner, number = self.repository.split("/")[0], len(self.pulls) + 1
        pull = {
            "number": number,
            "state": "open",
            "title": body.get("title", ""),
            "body": body.get("body", ""),
            "user": account(BOT),
            "html_url": f"{self.server_url}/{self.repository}/pull/{number}",
            "head": {
                "ref": body["head"], "sha": self.heads(body["head"]), "user": {"login": owner}, "repo": self._repo()
            },
            "base": {"ref": body["base"], "sha": self.heads(body["base"]), "repo": self._repo()},
        }  # fmt: skip
        self.pulls.append(pull)
        return 201, pull

    def _get_pull(self, found: re.Match[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        number = int(found["pull_number"])
        for pull in self.pulls:
            if pull["number"] == number:
                return 200, {**pull, "labels": [{"name": name} for name in self.labels.get(number, [])]}
        raise RequestError(404, "Not Found")

    def _pulls_of_commit(self, found: re.Match[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        sha = found["commit_sha"]
        return 200, _page([p for p in self.pulls if sha in {p.get("merge_commit_sha"), p["head"]["sha"]}], query)

    def _list_events(self, found: re.Match[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        return 200, _page(self.events.get(int(found["issue_number"]), []), query)

    def _permission(self, found: re.Match[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        """Who is no collaborator of a public repository may read it; `permission` knows four roles alone."""
        role = self.roles.get(found["username"], "read")
        legacy = {"maintain": "write", "triage": "read"}.get(role, role)
        base = legacy if legacy in {"admin", "write", "read", "none"} else "write"
        return 200, {"permission": base, "role_name": role, "user": account(found["username"])}

    def _list_runs(self, found: re.Match[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        wanted = {key: query[key][0] for key in ("head_sha", "event") if key in query}
        runs = [run for run in reversed(self.runs) if all(run[key] == value for key, value in wanted.items())]
        return 200, {"total_count": len(runs), "workflow_runs": _page(runs, query)}

    def _repo(self) -> dict[str, Any]:
        return {"id": 1, "full_name": self.repository}

    def _list_comments(self, found: re.Match[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        return 200, _page(self.comments.get(int(found["issue_number"]), []), query)

    def _post_comment(self, found: re.Match[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        _demand_short(body["body"])
        return 201, self.comment(int(found["issue_number"]), body["body"])

    def _patch_comment(self, found: re.Match[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        _demand_short(body["body"])
        for comment in itertools.chain.from_iterable(self.comments.values()):
            if comment["id"] == int(found["comment_id"]):
                comment["body"] = body["body"]
                return 200, comment
        raise RequestError(404, "Not Found")

    def _list_labels(self, found: re.Match[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        return 200, [{"name": name} for name in self.labels.get(int(found["issue_number"]), [])]

    def _add_labels(self, found: re.Match[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        names = body if isinstance(body, list) else body.get("labels", [])
        self.labels.setdefault(int(found["issue_number"]), []).extend(map(str, names))
        return self._list_labels(found, query, body)

    def _running(self, found: re.Match[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        run = self.running.get(int(found["run_id"]))
        if run is None:
            raise RequestError(404, "Not Found")
        return 200, {"id": int(found["run_id"]), "status": run["status"]}

    def _jobs(self, found: re.Match[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        jobs = self.running[int(found["run_id"])]["jobs"]
        return 200, {"total_count": len(jobs), "jobs": _page(jobs, query)}

    def _create_check(self, found: re.Match[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        self.checks.append({**body, "id": next(self._ids), "app": {"slug": "github-actions"}})
        return 201, self.checks[-1]

    def _update_check(self, found: re.Match[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        """Annotations are added to those that are there; what else is given replaces."""
        for check in self.checks:
            if check["id"] == int(found["check_run_id"]):
                output = {**check.get("output", {}), **body.get("output", {})}
                before = check.get("output", {}).get("annotations", [])
                output["annotations"] = [*before, *body.get("output", {}).get("annotations", [])]
                check.update({**body, "output": output})
                return 200, check
        raise RequestError(404, "Not Found")

    def _list_checks(self, found: re.Match[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        runs = [check for check in self.checks if check["head_sha"] == found["ref"]]
        return 200, {"total_count": len(runs), "check_runs": _page(runs, query)}


def account(login: str) -> dict[str, Any]:
    """A person, or a bot; the same name has the same id."""
    kind = "Bot" if login.endswith("[bot]") else "User"
    return {"login": login, "id": zlib.crc32(login.casefold().encode()), "type": kind}


def _demand_short(text: str) -> None:
    if len(text) > LONGEST_BODY:
        raise RequestError(422, f"Body is too long (maximum is {LONGEST_BODY} characters)")


def _page(items: list[Any], query: dict[str, list[str]]) -> list[Any]:
    size = min(int(query.get("per_page", ["30"])[0]), 100)
    start = (int(query.get("page", ["1"])[0]) - 1) * size
    return items[start : start + size]


def _handler(github: GitHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def _respond(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.command, self.path)
            headers: dict[str, str] = {}
            try:
                request.body = json.loads(raw) if raw else None
                request.status, answer = github.answer(request, self.headers.get("Authorization", ""))
            except RequestError as error:
                request.status, answer, headers = error.status, {"message": str(error)}, error.headers
            except json.JSONDecodeError:
                request.status, answer = 400, {"message": "Problems parsing JSON"}
            payload = json.dumps(answer).encode()
            try:
                self.send_response(request.status)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(payload)))
                self.send_header("Date", self.date_time_string(int(time.time())))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(payload)
            except OSError:
                self.close_connection = True  # the client gave up on a request that hung

        do_GET = do_POST = do_PATCH = _respond  # noqa: N815  (the names that http.server looks for)

        def log_message(self, *args: object) -> None:
            """Say nothing: the requests are kept in `requests`."""

    return Handler
