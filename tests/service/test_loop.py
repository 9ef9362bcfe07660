"""The loop closes: what production was asked becomes, masked, what the next pull request is compared on."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from benchmarks._service_process import service
from benchmarks._service_world import INTENT, ROOT, World, questions, small_model
from dvc.repo import Repo as DvcRepo

from mergegate.cli.check import CheckOptions, check
from mergegate.cli.run import RunOptions, run
from mergegate.errors import MergegateError, UseError
from mergegate.read.dvcmeta import load_project
from mergegate.read.dvctree import WorkTree
from service import shadow
from service.sample import COLUMNS
from service.tracked import _without, track
from tests.scenes.repo import Repo

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
SHADOW = "work/intent/unlabelled.parquet"
GATE = """\
version: 1
unsure: merge
models:
  intent:
    task: classification
    holdout: predictions/intent/holdout.parquet
    metrics: [{name: accuracy, margin: 0.9}]
    shadow: {table: predictions/intent/shadow.parquet, max_rate: 1.0}
"""


@dataclass
class Loop(World):
    """The service's world, whose pipeline is this project's own stage `shadow`, and one that makes sentences up."""

    def begin(self) -> None:
        """Version 1.0.0 is in production."""
        self.start()
        real = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]["shadow"]
        stages = {
            "unlabelled": {"cmd": "make sentences up", "outs": [SHADOW]},
            "shadow": {
                "cmd": real["cmd"].replace("PYTHONPATH=src", f"PYTHONPATH={ROOT / 'src'}"),
                "deps": [path for path in real["deps"] if path.endswith((".npz", ".parquet"))],
                "outs": real["outs"],
            },
        }
        Repo(self.repo).write(gate__yaml=GATE, dvc__yaml=yaml.safe_dump({"stages": stages}))
        (self.repo / ".gitignore").write_text("/report\n")
        self.model(1)
        self.commit(*INTENT)
        self.register("intent", "v1.0.0")
        self.promote("intent", "v1.0.0")

    def model(self, seed: int) -> None:
        """Another model, and its answers with labels beside them."""
        self.put_intent(small_model(seed), questions())
        answers = pq.read_table(self.repo / INTENT[1]).to_pylist()
        self._table(INTENT[1], [row | {"label": "HassIntent0"} for row in answers])

    def take_over(self, served: Path) -> None:
        """What somebody does to have the next pull requests compared on what was asked."""
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(sys, "argv", ["shadow", str(served), SHADOW, "--track"])
            shadow.main()
        self.run()

    def run(self) -> None:
        """Rerun what changed, publish it, commit it."""
        assert run(self.repo, RunOptions(push=True)) == 0  # in this process: the command itself is played elsewhere
        self.git("add", "-A")
        self.git("commit", "--quiet", "-m", "Run")


def test_what_production_was_asked_is_what_the_next_pull_request_is_compared_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    loop = Loop(tmp_path / "world")
    loop.begin()
    monkeypatch.chdir(loop.repo)
    (tmp_path / "key").write_bytes(b"sixteen bytes or more")
    sampled = ("--sample", "1", "--sample-into", str(tmp_path / "served"), "--sample-key", str(tmp_path / "key"))
    asked = [{"utterance": f"call 0170 {number} at {word}", "language": "en", "area": "kitchen"}
             for number, word in enumerate(("noon", "night", "noon", "home", "work", "once", "eight"))]  # fmt: skip
    options = ("--stage", "prod", "--poll", "0", *sampled, "--sample-mask", "area=hmac")
    with service(loop.clone("prod"), tmp_path / "log", *options) as process:
        process.wait_for_line('"taken","model":"intent"')
        for question in (*asked, asked[0]):
            assert process.post("/v1/intent", question)[1]["version"] == "v1.0.0"
        assert f"service_sampled_total {len(asked) + 1}.0" in process.ask("GET", "/metrics")[2].decode()
    loop.take_over(tmp_path / "served")
    assert "the stage unlabelled, which wrote it, is gone" in capsys.readouterr().out
    before = loop.git("rev-parse", "HEAD")

    loop.model(2)
    with DvcRepo(str(loop.repo)) as tracking:
        tracking.add(list(INTENT))
    loop.run()
    assert check(loop.repo, CheckOptions(base=before)) == 0
    report = Repo(loop.repo).report()
    assert f"of {len(asked)} shadow rows" in report, "one was asked twice"
    assert "call 0000 0 at" in report
    assert not {"0170", "kitchen"} & set(report.split())


def test_rows_stay_beside_new_ones_where_they_are_to_be_kept(tmp_path: Path) -> None:
    """So that the pull request that takes the next questions over has rows to be compared on, too."""
    table, served = tmp_path / "table.parquet", tmp_path / "served"
    served.mkdir()
    old, new = (dict(zip(COLUMNS, (ident, "g", "en", "any", "any", "on"), strict=True)) for ident in ("b", "a"))
    (served / "served-000001.csv").write_text(f"{','.join(COLUMNS)}\n{','.join(new.values())}\na,cut o")
    pq.write_table(pa.Table.from_pylist([old]), table)
    assert shadow.write(served, table, keep=True) == 2
    assert pq.read_table(table).to_pylist() == [new, old]
    assert shadow.write(served, table) == 1
    pq.write_table(pa.table({"id": ["x"]}), table)
    with pytest.raises(UseError, match="its rows cannot be kept"):
        shadow.write(served, table, keep=True)


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        ("a: {cmd: x, outs: [t.parquet, other.csv]}", "the stage a writes other.csv, too"),
        ("a: {foreach: [t], do: {cmd: x, outs: ['${item}.parquet']}}", "is written by a template"),
        ("a: {cmd: x, outs: [t.parquet]}", "DVC does not track it"),  # the table is not there
    ],
)
def test_a_stage_that_cannot_be_taken_out_stays_as_it_is(tmp_path: Path, stages: str, said: str) -> None:
    text = f"stages:\n  {stages}\n"
    (tmp_path / "dvc.yaml").write_text(text)
    (tmp_path / ".dvc").mkdir()
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    for git in (("init", "-q"), (*who, "commit", "-q", "--allow-empty", "-m", "Begin")):
        subprocess.run(["git", *git], cwd=tmp_path, check=True)
    with pytest.raises(MergegateError, match=said):
        track(tmp_path / "t.parquet")
    assert (tmp_path / "dvc.yaml").read_text() == text


def test_only_the_lines_of_the_stage_go(tmp_path: Path) -> None:
    text = "stages:\n  # of a\n  a:\n    cmd: x\n    outs: [t.parquet]\n\n  # of b\n  b: {cmd: y}  # stays\n"
    (tmp_path / "dvc.yaml").write_text(text)
    stage = load_project(WorkTree(tmp_path)).stages[0]
    assert _without(tmp_path / "dvc.yaml", stage) == "stages:\n  # of a\n  # of b\n  b: {cmd: y}  # stays\n"
