"""The workflows that `mergegate init` writes for another repository, played there: from the event to the check."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.adopt.shapes import SHAPES, build
from tests.adopt.test_subfolder import nested
from tests.scenes.repo import Repo
from tests.workflows.world import Played, PullRequest, World

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.workflows, pytest.mark.node, pytest.mark.slow, pytest.mark.xdist_group("workflows")]

REMOTE = "    remote = storage\n['remote \"storage\"']\n    url = ../.storage\n    verify = true\n"


def tracked(repo: Repo) -> tuple[dict[str, bytes], dict[str, int]]:
    """Every tracked file, and which of them can be executed."""
    names = repo.git("ls-files", "-z").strip("\0").split("\0")
    return {name: (repo.root / name).read_bytes() for name in names}, {
        name: (repo.root / name).stat().st_mode for name in names
    }


@contextmanager
def adopted(project: Repo, top: Repo, folder: Path) -> Iterator[World]:
    """The repository after `mergegate init --yes` in its project, whose main has run once."""
    with (project.root / ".dvc/config").open("a") as config:
        config.write(REMOTE)
    done = project.gate("init", "--yes", "--owner", "@acme/ml")
    assert done.code == 0, done.err
    top.commit("adopt")
    world = World(folder / "world", prefix="mergegate-")
    try:
        world.start(*tracked(top))
        run = world.play_main()
        assert run.exit_code == 0, run.log
        yield world
    finally:
        world.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A repository with predictions, after `mergegate init --yes`, whose main has run once."""
    folder = tmp_path_factory.mktemp("adopted")
    repo = build(folder / "shop", SHAPES["predictions"])
    with adopted(repo, repo, folder) as world:
        yield world


def said(world: World, pull: PullRequest, played: Played) -> tuple[str, list[str], str]:
    """Decision, conclusions of the check, and the comment."""
    file = played.verdict / "verdict.json"
    assert file.is_file(), played.run.log + played.judge.log
    (comment,) = world.github.comments.get(pull.number, [{"body": ""}])
    return json.loads(file.read_text())["decision"], played.conclusions, comment["body"]


def test_a_better_model_merges_and_a_worse_one_is_blocked(shop: World) -> None:
    """The files are committed as `init` wrote them: nobody has to mend anything for the first verdict."""
    better = shop.open_pull_request("better", {"params.yaml": "skill: 0.9\n"})
    decision, conclusions, comment = said(shop, better, shop.play(better))
    assert (decision, conclusions) == ("merge", ["success"])
    assert "mergegate: merge" in comment
    worse = shop.open_pull_request("worse", {"params.yaml": "skill: 0.5\n"})
    decision, conclusions, comment = said(shop, worse, shop.play(worse))
    assert (decision, conclusions) == ("block", ["failure"])
    assert "mergegate: block" in comment
    assert "accuracy" in comment.splitlines()[0]
    shop.merge(better)
    run = shop.play_main(before=better.base)
    assert run.jobs == {"reproduce": "success", "commit": "success"}, run.log
    assert shop.changed_on_main() == {"dvc.lock", "metrics.json", "metrics/history.jsonl"}


def test_a_project_below_git_s_top_is_judged_in_its_folder(tmp_path: Path) -> None:
    """`dvc init --subdir`: the artefacts, the cache and the marked lines are named from the top, as GitHub does."""
    project = nested(tmp_path, "models/cv")
    with adopted(project, Repo(project.root.parents[1]), tmp_path) as world:
        pull = world.open_pull_request("worse", {"models/cv/params.yaml": "skill: 0.5\n"})
        decision, conclusions, comment = said(world, pull, world.play(pull))
        assert (decision, conclusions) == ("block", ["failure"])
        assert "mergegate: block" in comment
        marked = [one["path"] for check in world.github.checks for one in check["output"].get("annotations", ())]
        assert marked == ["models/cv/params.yaml"]


def callers() -> dict[str, str]:
    """The workflows of docs/adopt.md that call ours, as somebody types them off."""
    page = (ROOT / "docs/adopt.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n# (\.github/workflows/[\w-]+\.yml)\n(.*?)```", page, re.DOTALL)
    return {name: text.replace("OWNER/mergegate", "acme/mergegate") for name, text in blocks}


def test_the_callers_pass_every_checker_once_they_name_a_commit(tmp_path: Path) -> None:
    """actionlint, and zizmor at its strictest."""
    for name, text in callers().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text.replace("@v1 # pin the commit", f"@{'1' * 40} # v1.0.0"))
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    for command in (["actionlint"], ["zizmor", "--offline", "--quiet", "--persona", "auditor", ".github"]):
        program = Path(sys.executable).parent / command[0]
        said = subprocess.run([program, *command[1:]], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stdout + said.stderr


def test_callers_of_the_reusable_workflows_and_of_the_action_are_told_the_same(shop: World, tmp_path: Path) -> None:
    """Those of the page; the gate's files lie in another repository, and come at the commit that is pinned."""
    flows = {name: text.replace("    cache-mode: read\n", "") for name, text in callers().items()}  # newer than act
    assert [name.rpartition("-")[2] for name in flows] == ["request.yml", "judge.yml", "inform.yml"]
    for folder in (".github/workflows", ".github/actions", ".github/scripts"):
        shutil.copytree(ROOT / folder, tmp_path / "gate" / folder)
    shutil.copy(ROOT / "action.yml", tmp_path / "gate")
    copies = dict.fromkeys((".github/mergegate/decide.py", ".github/actions/mergegate/action.yml"), "broken: [\n")
    shop.merge(shop.open_pull_request("callers", flows | copies))
    shop.settings = replace(shop.settings, gate=tmp_path / "gate")
    pull = shop.open_pull_request("worse-again", {"params.yaml": "skill: 0.4\n"})
    played = shop.play(pull)
    decision, conclusions, comment = said(shop, pull, played)
    assert (decision, conclusions) == ("block", ["failure"])
    assert "mergegate: block" in comment
    told = shop.play_one(pull, "inform")
    assert told.jobs == {"inform": "failure"}, told.log
    assert "accuracy" in told.summary
    assert "::set-output:: decision=block" in told.log
