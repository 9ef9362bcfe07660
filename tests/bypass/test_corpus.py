"""Every bypass is blocked, or routed to an owner with the reason in the comment: none merges silently."""

from __future__ import annotations

import json
import pickle
import shutil
import sys
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.bypass.corpus import BLOCKED, CANARY, CORPUS, ROUTED, Bypass, count, forged, payload
from tests.bypass.world import OWNER, Judged, collect, judge
from tests.scenes.repo import ROOT, Repo
from tests.scenes.words import unfolded

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def main(published: Repo, tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """The judge's clone. Nothing that it reads is ever written into its working tree."""
    return published.clone(tmp_path_factory.mktemp("judge") / "main")


def tried(published: Repo, main: Repo, bypass: Bypass, folder: Path) -> Judged:
    """The pull request from its first commit to the verdict."""
    repo = published.clone(folder / "pull")
    repo.git("switch", "-qc", "topic")
    base = repo.git("rev-parse", "origin/main")
    bypass.patch(repo)
    repo.commit(bypass.story)
    failed = collect(repo, base)
    if failed is not None and bypass.forge is None:
        return Judged(int(failed.code), str(failed), {}, "")
    if bypass.forge is not None:
        bypass.forge(repo.root / "evidence")
    if bypass.poison is not None:
        remote = folder / "remote"
        shutil.copytree(published.root.parent / "storage", remote)
        bypass.poison(remote, repo)
        main = published.clone(folder / "main")
        (main.root / ".dvc/config.local").write_text(f"['remote \"storage\"']\n    url = {remote}\n")
    main.git("checkout", "-q", "--detach", base)
    before = main.git("for-each-ref", "--format=%(refname)")
    try:
        return judge(main, repo, bypass.refs)
    finally:
        assert main.git("status", "--porcelain") == "", "the judge's working tree was written to"
        for ref in set(main.git("for-each-ref", "--format=%(refname)").split()) - set(before.split()):
            main.git("update-ref", "-d", ref)


@pytest.mark.parametrize("bypass", CORPUS, ids=[one.name for one in CORPUS])
def test_no_bypass_merges_silently(bypass: Bypass, published: Repo, main: Repo, tmp_path: Path) -> None:
    found = tried(published, main, bypass, tmp_path)
    assert not CANARY.exists()
    if bypass.expected == BLOCKED:
        assert found.stopped, found.report
        assert bypass.why in found.rules or bypass.why in found.said, (sorted(found.rules), found.said)
    else:
        assert not found.stopped, (sorted(found.rules), found.said)
        assert bypass.why in found.rules, sorted(found.rules)
        assert f"{bypass.file} ({OWNER})" in found.seen


UNPICKLED: list[str] = []
"""What a pickle names that is loaded anywhere in this process."""


def listen(event: str, args: tuple[object, ...]) -> None:
    """An audit hook; Python tells it of each name that an unpickler looks up."""
    if event == "pickle.find_class":
        UNPICKLED.append(f"{args[0]}.{args[1]}")


@pytest.mark.parametrize("place", ["model.json", "holdout.csv", "quiz.csv", "train.csv", "cache"])
def test_a_pickle_never_runs_wherever_it_lies(place: str, published: Repo, main: Repo, tmp_path: Path) -> None:
    """In the model, in a table, in the data; or in each file that DVC's own state would be read from."""
    forge = None if place == "cache" else forged(place, payload)

    def patch(repo: Repo) -> None:
        repo.params(wrong=2, salt="other" if place == "train.csv" else "s")
        for name in ("cache.db", "links/cache.db", "md5s/local/cache.db", "index.pkl") if place == "cache" else ():
            for folder in (repo.root / ".dvc/tmp", main.root / ".dvc/tmp"):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(payload(b""))

    sys.addaudithook(listen)
    UNPICKLED.clear()
    found = tried(published, main, Bypass("canary", "A pickle", patch, BLOCKED, "", forge=forge), tmp_path)
    assert not CANARY.exists()
    assert UNPICKLED == []
    assert found.stopped == (place != "cache"), (found.said, found.report)


def test_the_canary_would_have_sung() -> None:
    """Loaded on purpose, the same bytes run their command, and the hook hears of it."""
    sys.addaudithook(listen)
    UNPICKLED.clear()
    pickle.loads(payload(b""))  # noqa: S301 - a canary of our own
    assert CANARY.exists()
    CANARY.unlink()
    assert UNPICKLED


@pytest.mark.parametrize("name", ["metrics-edited-with-the-lock", "dependency-dropped"])
def test_what_the_comment_says(
    name: str, published: Repo, main: Repo, tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    """One that is blocked, one that waits for an owner; to be read by a person."""
    bypass = next(one for one in CORPUS if one.name == name)
    assert unfolded(tried(published, main, bypass, tmp_path).report) == snapshot


def test_an_honest_pull_request_is_none_of_these(published: Repo, main: Repo, tmp_path: Path) -> None:
    """A better model, run at home and committed with its results, merges, and nothing is said of a bypass."""

    def better(repo: Repo) -> None:
        repo.params(wrong=2)
        assert repo.gate("run").code == 0

    found = tried(published, main, Bypass("honest", "A better model", better, ROUTED, ""), tmp_path)
    assert found.code == 0, (found.said, found.report)
    assert found.rules & {f"MG9{n:02}" for n in range(1, 16)} == {"MG912"}, "params.yaml has owners, and nothing else"


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    assert count() >= 30
    assert len({bypass.name for bypass in CORPUS}) == count()


def test_what_is_routed_waits_for_an_owner() -> None:
    """The ruleset asks for their review, of the last push, and nobody may go around it."""
    ruleset = json.loads((ROOT / "rulesets/main.json").read_text())
    assert ruleset["bypass_actors"] == []
    [asked] = [rule["parameters"] for rule in ruleset["rules"] if rule["type"] == "pull_request"]
    assert asked["require_code_owner_review"]
    assert asked["require_last_push_approval"]
    assert asked["dismiss_stale_reviews_on_push"]
