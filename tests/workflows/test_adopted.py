"""The workflows that `mergegate init` writes for another repository, played there: from the event to the check."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.adopt.shapes import SHAPES, build
from tests.workflows.world import Played, PullRequest, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.scenes.repo import Repo

pytestmark = [pytest.mark.workflows, pytest.mark.node, pytest.mark.slow, pytest.mark.xdist_group("workflows")]

REMOTE = "    remote = storage\n['remote \"storage\"']\n    url = ../.storage\n    verify = true\n"


def tracked(repo: Repo) -> tuple[dict[str, bytes], dict[str, int]]:
    """Every tracked file, and which of them can be executed."""
    names = repo.git("ls-files", "-z").strip("\0").split("\0")
    return {name: (repo.root / name).read_bytes() for name in names}, {
        name: (repo.root / name).stat().st_mode for name in names
    }


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A repository with predictions, after `mergegate init --yes`, whose main has run once."""
    folder = tmp_path_factory.mktemp("adopted")
    repo = build(folder / "shop", SHAPES["predictions"])
    with (repo.root / ".dvc/config").open("a") as config:
        config.write(REMOTE)
    done = repo.gate("init", "--yes", "--owner", "@acme/ml")
    assert done.code == 0, done.err
    repo.commit("adopt")
    world = World(folder / "world", prefix="mergegate-")
    try:
        world.start(*tracked(repo))
        run = world.play_main()
        assert run.exit_code == 0, run.log
        yield world
    finally:
        world.close()


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
