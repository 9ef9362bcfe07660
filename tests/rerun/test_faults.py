"""For every n, the n-th request to the remote fails in each way there is: no run, publish or check makes it a pass."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.rerun import s3
from tests.rerun.conftest import ENV, Repo, new_repo, point_to

from mergegate.cli.check import CheckOptions, check
from mergegate.errors import Exit, MergegateError
from mergegate.read.objects import Objects
from mergegate.rerun.publish import publish
from mergegate.rerun.run import RunSettings, run

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.s3, pytest.mark.slow]
KINDS = ["503", "403", "hang", "short", "corrupt", "kill"]
EVERY = int(os.environ.get("MERGEGATE_FUZZ") or 0)
Act = Callable[[Path], int]


@dataclass
class Bucket:
    """The server behind the proxy."""

    proxy: s3.Proxy

    def use(self, repo: Repo, prefix: str) -> None:
        url = f"http://127.0.0.1:{self.proxy.port}"
        point_to(repo, f"s3://{s3.BUCKET}/{prefix}", endpointurl=url, **s3.WRITER)


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    with s3.seaweed(tmp_path_factory.mktemp("weed")) as port, s3.proxy(port) as proxy:
        yield Bucket(proxy)


def in_a_process(act: Act, root: Path, started: Callable[[int], None]) -> int:
    """The exit code of `act` in a process of its own, forked from one that has imported everything."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.rerun.test_faults", "dvc.repo", "dvc_s3", "s3fs", "botocore.session"])
    environment = {**os.environ, "MERGEGATE_DEADLINE": "1", "AWS_MAX_ATTEMPTS": "1"}
    process = context.Process(target=_child, args=(act, root, environment))
    process.start()
    assert process.pid is not None
    started(process.pid)
    process.join(120)
    assert process.exitcode is not None, "it hangs"
    return process.exitcode


def _child(act: Act, root: Path, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    os.chdir(root)
    try:
        code = act(root)
    except MergegateError as error:
        code = error.code if error.what and error.where and error.do else 99
    os._exit(code)  # as the command does it: threads that hang are left behind


def failing(bucket: Bucket, at: int, kind: str, act: Act, root: Path) -> int:
    """How `act` ends where the n-th request fails, and all later ones where it is no single event."""
    bucket.proxy.reset()
    pids: list[int] = []

    def fault(_: int, method: str, __: str) -> str:
        n = len(struck(bucket, kind))
        if not hits(kind, method):
            return ""
        if kind == "kill":
            if n == at:
                os.kill(pids[0], signal.SIGKILL)
            return ""
        return kind if n == at or (n > at and kind != "corrupt") else ""

    bucket.proxy.fault = fault
    try:
        return in_a_process(act, root, pids.append)
    finally:
        bucket.proxy.fault = lambda *_: ""


FAILED = {Exit.SURROUNDINGS, -signal.SIGKILL}


def points(total: int) -> list[int]:
    """Which requests fail: all of them with `make fuzz`, else four, from the first to the last."""
    return list(range(1, total + 1)) if EVERY else sorted({1, total // 3, 2 * total // 3, total})


def hits(kind: str, method: str) -> bool:
    """A HEAD carries no bytes that could be corrupted."""
    return kind != "corrupt" or method != "HEAD"


def struck(bucket: Bucket, kind: str) -> list[str]:
    """The requests so far that such a fault can hit."""
    return [path for method, path in bucket.proxy.seen if hits(kind, method)]


def counted(bucket: Bucket, kind: str, act: Act, root: Path) -> int:
    """How many requests that the fault can hit it takes where nothing fails."""
    bucket.proxy.reset()
    act(root)
    return len(struck(bucket, kind))


def running(root: Path) -> int:
    run(root)
    return 0


def publishing(root: Path) -> int:
    publish(root)
    return 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_ends_right_or_says_why_and_then_ends_right(
    made: Repo, bucket: Bucket, tmp_path: Path, kind: str
) -> None:
    bucket.use(made, f"run-{kind}")
    publish(made.root)
    made.commit("on S3")

    def fresh(name: str) -> Repo:
        clone = made.clone(tmp_path / name)
        clone.write({"train.sh": "# other\n"})
        return clone

    failures = 0
    total = counted(bucket, kind, running, fresh("calm").root)
    for at in range(1, total + 1):
        clone = fresh(f"at{at}")
        code = failing(bucket, at, kind, running, clone.root)
        assert code in {0, *FAILED}, f"request {at}"
        if code:
            failures += 1
            assert "evaluate" in run(clone.root).ran
        assert (clone.root / "model.txt").read_text() == "a\nb\nc\n# other\n  depth: 3\n"
        shutil.rmtree(clone.root)
    assert failures == total or (kind == "corrupt" and failures)


@pytest.mark.parametrize("kind", KINDS)
def test_a_publish_is_complete_or_says_what_is_missing_and_then_is_complete(
    made: Repo, bucket: Bucket, tmp_path: Path, kind: str
) -> None:
    def fresh(name: str) -> Repo:
        bucket.use(made, f"publish-{kind}-{name}")
        return made.copy(tmp_path / name)

    calm = fresh("calm")
    total = counted(bucket, kind, publishing, calm.root)
    wanted = contents(calm)
    assert len(wanted) > 5
    failures = 0
    for at in points(total):
        repo = fresh(f"at{at}")
        code = failing(bucket, at, kind, publishing, repo.root)
        assert code in {0, *FAILED}, f"request {at}"
        if code:
            failures += 1
            publish(repo.root)
        assert contents(repo) == wanted, f"request {at}"
        shutil.rmtree(repo.root)
    assert failures


def contents(repo: Repo) -> dict[str, str]:
    """Key -> hash of every object that the remote holds, asked for past the proxy's faults."""
    objects = Objects(repo.root)
    back = repo.root.parent / "back"
    found = {}
    for key in keys(repo):
        assert objects.remote().get(key, back), key
        found[key] = hashlib.md5(back.read_bytes(), usedforsecurity=False).hexdigest()
    return found


def keys(repo: Repo) -> list[str]:
    """What the local cache holds of objects is what a publish of everything has to send."""
    cache = repo.root / ".dvc/cache"
    return sorted(str(path.relative_to(cache)) for path in cache.rglob("*") if path.is_file())


GATE = "version: 1\nmodels: {toy: {holdout: holdout.csv, metrics: [{name: accuracy, margin: 0.01}]}}\n"
ANSWERS = (
    "awk -v wrong=$(cut -d' ' -f2 params.yaml) 'BEGIN { print \"id,label,prediction\"; for (n = 0; n < 900; n++) "
    'print n ",on," (n < wrong ? "off" : "on") }\' > holdout.csv'
)


@pytest.fixture(scope="module")
def worse(bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A branch whose model is much worse than main's; both are published, and nothing of either is in a clone."""
    base = tmp_path_factory.mktemp("worse")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**ENV, "DVC_SITE_CACHE_DIR": str(base / "site")}.items():
            patch.setenv(name, value)
        repo = new_repo(base / "origin")
        bucket.use(repo, "check")
        repo.write({"params.yaml": "wrong: 20\n", "gate.yaml": GATE, ".gitignore": "/report\n"})
        repo.pipeline({"stages": {"predict": {"cmd": ANSWERS, "params": ["wrong"], "outs": ["holdout.csv"]}}})
        run(repo.root, RunSettings(push=True))
        repo.commit("main")
        repo.git("switch", "-qc", "worse")
        repo.write({"params.yaml": "wrong: 300\n"})
        run(repo.root, RunSettings(push=True))
        repo.commit("worse")
    return repo


def judge(root: Path) -> int:
    return check(root, CheckOptions(base="origin/main", out=root / "report", json=True))


@pytest.mark.parametrize("kind", KINDS)
def test_a_check_never_passes_what_is_worse(worse: Repo, bucket: Bucket, tmp_path: Path, kind: str) -> None:
    calm = worse.clone(tmp_path / "calm")
    bucket.proxy.reset()
    assert judge(calm.root) == Exit.BLOCK
    total = len(bucket.proxy.seen)
    assert total >= 2, "base's predictions and head's come from the remote"
    for at in range(1, total + 1):
        clone = worse.clone(tmp_path / f"at{at}")
        assert failing(bucket, at, kind, judge, clone.root) in FAILED, f"request {at}"
        assert not (clone.root / "report/verdict.json").exists()
        assert judge(clone.root) == Exit.BLOCK
