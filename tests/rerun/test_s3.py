"""A real S3 server: exact requests, roles that hold, and every kind of failure at every place."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.rerun import s3
from tests.rerun.conftest import Repo, point_to

from mergegate.errors import SurroundingsError
from mergegate.facts.plan import Action
from mergegate.read.dvcs3 import S3Remote
from mergegate.read.objects import Objects, fetch_object, outputs_of
from mergegate.rerun.plan import make_plan
from mergegate.rerun.publish import publish
from mergegate.rerun.run import RunSettings, run

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.s3, pytest.mark.slow]


@dataclass
class Bucket:
    """The server behind the proxy, and a prefix of one's own."""

    proxy: s3.Proxy
    prefix: str

    def use(self, repo: Repo, keys: dict[str, str]) -> None:
        options = {"endpointurl": f"http://127.0.0.1:{self.proxy.port}", **keys}
        point_to(repo, f"s3://{s3.BUCKET}/{self.prefix}", **options)

    @property
    def objects(self) -> list[str]:
        """Keys of the objects and entries that were asked for, in order, without the bucket and the prefix."""
        start = f"/{s3.BUCKET}/{self.prefix}/"
        return [path.split("?")[0].removeprefix(start) for method, path in self.proxy.seen if method == "GET"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with s3.seaweed(tmp_path_factory.mktemp("weed")) as port:
        yield port


@pytest.fixture
def bucket(server: int, request: pytest.FixtureRequest) -> Iterator[Bucket]:
    with s3.proxy(server) as proxy:
        yield Bucket(proxy, f"p{abs(hash(request.node.name)) % 10**9}")


@pytest.fixture
def published(made: Repo, bucket: Bucket) -> Repo:
    """The pipeline's repository, with all of it on S3."""
    bucket.use(made, s3.WRITER)
    publish(made.root)
    made.commit("on S3")
    bucket.proxy.reset()
    return made


def test_publish_sends_everything_once_and_audits_it(made: Repo, bucket: Bucket) -> None:
    bucket.use(made, s3.WRITER)
    sent = publish(made.root)
    written = [path for method, path in bucket.proxy.seen if method == "PUT"]
    assert len(written) == len(set(written)) == sent
    bucket.proxy.reset()
    assert publish(made.root) == 0
    assert {method for method, _ in bucket.proxy.seen} == {"HEAD"}


def test_a_run_fetches_exactly_the_objects_it_needs(published: Repo, bucket: Bucket, tmp_path: Path) -> None:
    clone = published.clone(tmp_path / "clone")
    clone.write({"train.sh": "# other\n"})
    record = run(clone.root)
    assert record.ran == ("train", "evaluate")
    outs = outputs_of(clone.root, clone.git("rev-parse", "HEAD"))
    fetched = {key.removeprefix("files/md5/").replace("/", "") for key in bucket.objects if key.startswith("files/")}
    assert fetched == {outs["data"].md5, outs["sorted.txt"].md5}
    assert record.pulled == 2


def test_a_hit_fetches_one_entry_and_the_outputs(published: Repo, bucket: Bucket, tmp_path: Path) -> None:
    published.write({"note.txt": "other\n"})
    run(published.root, RunSettings(push=True))
    clone = published.clone(tmp_path / "clone")
    clone.write({"note.txt": "other\n"})
    bucket.proxy.reset()
    plan = make_plan(clone.root)
    assert {stage.name for stage in plan.stages if stage.action is Action.RESTORE} == {"lonely"}
    run(clone.root)
    assert len([key for key in bucket.objects if key.startswith("runs/")]) == 1
    assert (clone.root / "copy.txt").read_text() == "other\n"


def test_the_number_of_entries_in_the_run_cache_costs_nothing(published: Repo, bucket: Bucket, tmp_path: Path) -> None:
    store = Objects(published.root).remote()
    entry = tmp_path / "entry"
    entry.write_text("cmd: x\n")
    for number in range(30):
        store.put(entry, f"runs/{number:02x}/{number:064x}/{number:064x}")
    requests = []
    for name in ("one", "two"):
        clone = published.clone(tmp_path / name)
        clone.write({"note.txt": f"{name}\n"})
        bucket.proxy.reset()
        run(clone.root)
        requests.append(len(bucket.proxy.seen))
    assert requests[0] == requests[1] < 10


def test_a_pull_request_can_read_and_cannot_write(published: Repo, bucket: Bucket, tmp_path: Path) -> None:
    clone = published.clone(tmp_path / "clone")
    bucket.use(clone, s3.READER)
    clone.write({"train.sh": "# other\n"})
    assert run(clone.root).ran == ("train", "evaluate")
    with pytest.raises(SurroundingsError, match="refused"):
        publish(clone.root)


def test_a_setting_that_only_dvc_honours_is_honoured_by_dvc(published: Repo, bucket: Bucket, tmp_path: Path) -> None:
    """Then its own file system reads: objects, entries of the run cache, and what is not there."""
    published.write({"note.txt": "other\n"})
    run(published.root, RunSettings(push=True))
    clone = published.clone(tmp_path / "clone")
    bucket.use(clone, {**s3.READER, "checksum_jobs": "2"})
    clone.write({"note.txt": "other\n", "train.sh": "# other\n"})
    record = run(clone.root)
    assert {stage.name: stage.outcome for stage in record.stages}["lonely"] == "restored"
    assert record.ran == ("train", "evaluate")
    assert not isinstance(Objects(clone.root).remote(), S3Remote)
    assert isinstance(Objects(published.root).remote(), S3Remote)


def test_wrong_credentials_are_named(published: Repo, bucket: Bucket, tmp_path: Path) -> None:
    clone = published.clone(tmp_path / "clone")
    bucket.use(clone, {**s3.READER, "secret_access_key": "wrong"})
    with pytest.raises(SurroundingsError, match="refused"):
        fetch_object(clone.root, outputs_of(clone.root, "")["sorted.txt"].md5)


def test_a_remote_that_hangs_is_given_up(published: Repo, bucket: Bucket, tmp_path: Path) -> None:
    clone = published.clone(tmp_path / "clone")
    bucket.proxy.fault = lambda *_: "hang"
    with pytest.raises(SurroundingsError, match="no progress for 1 s"):
        fetch_object(clone.root, outputs_of(clone.root, "")["sorted.txt"].md5, timeout=1)


def test_the_whole_process_ends_when_the_remote_hangs(
    published: Repo, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = published.clone(tmp_path / "clone")
    bucket.proxy.fault = lambda *_: "hang"
    monkeypatch.setenv("MERGEGATE_DEADLINE", "1")
    done = subprocess.run(
        [sys.executable, "-m", "mergegate", "run"],
        cwd=clone.root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 70
    assert "no progress for 1 s" in done.stderr


def test_reads_use_one_request_and_no_data_base_of_dvc(published: Repo, bucket: Bucket, tmp_path: Path) -> None:
    clone = published.clone(tmp_path / "clone")
    md5 = outputs_of(clone.root, "")["sorted.txt"].md5
    code = (
        "import sys; from pathlib import Path; from mergegate.read.objects import fetch_object;"
        f"print(fetch_object(Path({str(clone.root)!r}), {md5!r})); assert 'dvc.repo' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert Path(done.stdout.strip()).read_text() == "a\nb\nc\n"
    assert len(bucket.proxy.seen) == 1
