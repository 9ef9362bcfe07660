"""From a merge to production and back, with real git, a real origin and a real DVC remote; and what is refused on it.

One world is made for the file; what changes it works on a copy.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mergegate.cli.promote import PromoteOptions, promote
from mergegate.cli.register import RegisterOptions, register
from mergegate.cli.sample import SampleOptions, sample
from mergegate.errors import MergegateError, UseError
from mergegate.facts.release import Standing
from mergegate.read.git import Git
from mergegate.read.objects import Objects
from mergegate.read.releases import in_stage, releases
from mergegate.release.bring import bring
from mergegate.release.sample import Sampling
from mergegate.release.tags import share, who
from tests.release.service import serving
from tests.release.world import World, make_world
from tests.rerun import s3

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def nobody_else() -> Iterator[None]:
    """Who makes a tag is the repository's user, wherever these tests run."""
    actor = os.environ.pop("GITHUB_ACTOR", None)
    yield
    if actor is not None:
        os.environ["GITHUB_ACTOR"] = actor


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two versions of `toy`: v1.0.0, the first that ever ran, and v1.1.0, which is better. Only read by the tests."""
    world = make_world(tmp_path_factory.mktemp("released"))
    for wrong in (5, 3):
        world.merge(wrong=wrong)
        assert register(world.root, RegisterOptions("toy")) == 0
    return world


@pytest.fixture
def world(released: World, tmp_path: Path) -> World:
    """A copy to change."""
    return released.copy(tmp_path)


def to(world: World, stage: str, version: str | None = None, service: str | None = None) -> None:
    promote(world.root, PromoteOptions("toy", stage, version, service))


def standing(world: World, stage: str) -> str:
    found = in_stage(world.root, "toy", stage)
    return found.release.version if isinstance(found, Standing) else ""


def refused(world: World, act: Callable[[], object], *said: str) -> UseError:
    """What an action is refused with; nothing here and nothing in origin was changed by it."""
    before = world.tags()
    with pytest.raises(UseError) as caught:
        act()
    assert world.tags() == before
    for words in said:
        assert words in str(caught.value)
    return caught.value


def tag_message(world: World, name: str) -> dict[str, Any]:
    body = world.repo.git("cat-file", "tag", name)
    told: dict[str, Any] = json.loads(body[body.index("{") :])
    return told


def forge(world: World, name: str, commit: str, told: dict[str, Any] | str) -> None:
    """A tag as a person makes it by hand, in origin, too."""
    text = told if isinstance(told, str) else json.dumps(told)
    world.repo.git("tag", "-a", name, commit, "-m", f"By hand.\n\n{text}")
    world.repo.git("push", "-q", "origin", f"refs/tags/{name}")


def test_a_version_says_how_it_came_about(released: World) -> None:
    """Commit, data, params, libraries, metrics with intervals, verdict, who, when, and the SHA-256 of each file."""
    first, second = releases(released.root, "toy")
    assert (first.version, second.version) == ("v1.0.0", "v1.1.0")
    assert second.commit == released.repo.git("rev-parse", "HEAD")
    assert set(second.data) == {"data/rows.csv"}
    assert second.params == {"params.yaml:wrong": 3}
    assert second.verdict.decision == "merge"
    assert second.verdict.base == first.commit
    assert (second.by, second.waiver) == ("Ada", None)
    assert second.libraries["dvc"].startswith("3.")
    model = released.root / "model.json"
    assert second.digest == hashlib.sha256(model.read_bytes()).hexdigest()
    assert [one.path for one in second.artefacts] == ["model.json", "quiz.csv", "data/questions.csv"]
    accuracy = second.metrics[0]
    assert (accuracy.name, accuracy.value, accuracy.n, accuracy.slice) == ("accuracy", 0.94, 1000, None)
    assert accuracy.low is not None
    assert accuracy.high is not None
    assert accuracy.low < 0.94 < accuracy.high
    assert {one.slice for one in second.metrics[1:]} == {("language", one) for one in ("de", "en", "fr", "nl")}


def test_registering_twice_says_so_and_changes_nothing(released: World) -> None:
    """A commit has one version; its record and its card lie under metrics/releases."""
    before = released.tags()
    done = released.gate("register", "toy")
    assert (done.code, "toy@v1.1.0 was registered before, nothing was changed" in done.out) == (0, True)
    assert released.tags() == before
    folder = released.root / "metrics/releases/toy/v1.1.0"
    assert json.loads((folder / "provenance.json").read_text()) == tag_message(released, "toy@v1.1.0")
    card = (folder / "MODEL_CARD.md").read_text()
    assert r"Knows \&lt;b\&gt;two" in card or "Knows &lt;b&gt;two&lt;/b&gt; answers" in card
    assert "### By language" in card
    assert "Tells on from off." in card


@pytest.mark.parametrize("case", ["dirty", "no verdict", "another commit", "block", "edited", "stale", "unmerged"])
def test_only_a_commit_that_was_let_through_is_registered(world: World, case: str) -> None:
    """A dirty tree, no verdict, another commit's, one that blocks, a stale lock, an unmerged commit."""
    verdict = world.root / "report/verdict.json"
    world.repo.write(note="a new commit")
    world.repo.commit("another commit")
    if case != "unmerged":
        world.repo.git("push", "-q", "origin", "main")
    told = json.loads(verdict.read_text())
    head = world.repo.git("rev-parse", "HEAD")
    if case != "another commit":
        told["head"]["sha"], told["base"]["sha"] = head, world.repo.git("rev-parse", "HEAD^")
    if case == "block":
        told["decision"] = "block"
    verdict.write_text("{" if case == "edited" else json.dumps(told))
    if case == "no verdict":
        verdict.unlink()
    if case == "dirty":
        world.repo.params(wrong=2)
    if case == "stale":
        world.repo.params(wrong=2)
        told["head"]["sha"] = world.repo.commit("not run")
        world.repo.git("push", "-q", "origin", "main")
        verdict.write_text(json.dumps(told))
    said = {
        "dirty": "changes that are in no commit: params.yaml",
        "no verdict": "there is no verdict on this commit",
        "another commit": "the verdict is of commit",
        "block": "was block, and only what may merge is released",
        "edited": "not what `mergegate check` writes",
        "stale": "dvc.lock is stale: train",
        "unmerged": "is not on main",
    }
    refused(world, lambda: register(world.root, RegisterOptions("toy")), said[case])


def test_through_test_to_production_and_back(world: World) -> None:
    """To production only from test, after the service of test answered; back without asking again."""
    refused(world, lambda: to(world, "prod"), "nothing of toy is in test")
    to(world, "test", "1.0.0")
    refused(world, lambda: to(world, "prod"), "which service is that?")
    refused(world, lambda: to(world, "prod", "1.1.0"), "v1.1.0 is not in test (v1.0.0 is)")
    with serving(world.root, answer="something else") as url:
        refused(world, lambda: to(world, "prod", service=url), "answers question", "and 'on' is right")
    with serving(world.root) as url:
        to(world, "prod", service=url)
        to(world, "test")
        to(world, "prod", service=url)
    assert (standing(world, "test"), standing(world, "prod")) == ("v1.1.0", "v1.1.0")
    told = tag_message(world, "toy#prod#4")
    assert (told["came_from"], told["smoke"]["asked"], told["smoke"]["passed"]) == ("test", 3, 3)
    to(world, "prod", "v1.0.0")
    assert standing(world, "prod") == "v1.0.0"
    assert tag_message(world, "toy#prod#5")["rollback"]
    shown = world.gate("show")
    assert shown.code == 0
    assert "params params.yaml:wrong: 5 → 3" in shown.out
    told = json.loads(world.gate("show", "--json").out)["toy"]
    assert told["differs"]["version"] == ["v1.0.0", "v1.1.0"]
    history = world.gate("show", "toy", "--history").out
    assert "rolled back in prod" in history
    assert "3 of 3 answers right" in history


def test_a_tag_on_an_unmerged_commit_is_refused(world: World) -> None:
    """However right its provenance is."""
    told = tag_message(world, "toy@v1.1.0")
    world.repo.git("switch", "-qc", "side")
    world.repo.write(note="never merged")
    commit = world.repo.commit("side")
    forge(world, "toy@v2.0.0", commit, {**told, "version": "v2.0.0", "commit": commit})
    world.repo.git("switch", "-q", "main")
    refused(world, lambda: to(world, "test"), "is not on main: only what was merged")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("trust me", "holds no provenance"),
        ({"commit": "e" * 40}, "names toy v2.0.0 of commit eeeeeeeeeeee"),
        ({"params": {"params.yaml:wrong": 0}}, "the params that it names are not those of commit"),
        ({"data": {"data/rows.csv": "0" * 32}}, "the data that it names are not those of commit"),
        ({"sha256": "f" * 64}, "is not what was registered: SHA-256"),
        ({"value": 0.99}, "it claims accuracy 0.99, and its predictions give 0.94"),
        ({"md5": "f" * 32}, "and ffffffffffffffffffffffffffffffff was registered"),
        ({"metrics": []}, "it says nothing of accuracy"),
        ({"artefacts": 1}, "not those that gate.yaml of its commit names (data/questions.csv, quiz.csv)"),
        ({"artefacts": 0}, "not those that gate.yaml of its commit names (a file twice)"),
        ({"at": "2026-13-45T99:99:99Z"}, "its provenance is wrong at at"),
    ],
)
def test_a_tag_by_hand_or_an_edited_provenance_is_refused(world: World, told: Any, said: str) -> None:
    """No provenance; one of another commit; one whose params, data or digests the commit and the remote deny."""
    right = tag_message(world, "toy@v1.1.0")
    commit = right["commit"]
    world.repo.git("tag", "-d", "toy@v1.1.0")  # GTO knows one version of a commit
    world.repo.git("push", "-q", "origin", ":refs/tags/toy@v1.1.0")
    right["version"] = "v2.0.0"
    if isinstance(told, dict):
        if "artefacts" in told:
            files = right["artefacts"]
            told = {"artefacts": files[: told["artefacts"]] or [files[0], *files]}
        artefact = {key: value for key, value in told.items() if key in {"sha256", "md5"}}
        right["artefacts"][0] |= artefact
        if "value" in told:
            right["metrics"][0] |= told
            artefact = told
        told = right | {key: value for key, value in told.items() if key not in artefact}
    forge(world, "toy@v2.0.0", commit, told)
    refused(world, lambda: to(world, "test"), said)


def test_a_second_version_of_a_commit_by_hand_is_refused_and_leaves_no_tag_of_the_stage(world: World) -> None:
    """GTO notices it only after it has made the tag; a service that follows this clone would take it."""
    told = tag_message(world, "toy@v1.1.0")
    forge(world, "toy@v99.0.0", told["commit"], {**told, "version": "v99.0.0"})
    refused(world, lambda: to(world, "test"), "Multiple versions are not allowed")


def test_a_tag_that_was_moved_in_origin_is_refused_and_named(world: World) -> None:
    other = world.repo.git("rev-parse", "toy@v1.0.0")
    world.origin.git("update-ref", "refs/tags/toy@v1.1.0", other)
    refused(world, lambda: to(world, "test"), "a tag here is another than in origin", "toy@v1.1.0")


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("v01.2.3", "'v01.2.3' is no version"),
        ("1.2.0-rc1", "'v1.2.0-rc1' is no version"),
        ("1.0.5", "toy is at v1.1.0 already, and versions only rise"),
    ],
)
def test_a_version_is_three_numbers_that_rise(world: World, version: str, said: str) -> None:
    world.repo.git("tag", "-d", "toy@v1.1.0")
    world.repo.git("push", "-q", "origin", ":refs/tags/toy@v1.1.0")
    if version == "1.0.5":
        world.repo.git("tag", "-a", "toy@v1.1.0", "toy@v1.0.0^{}", "-m", "By hand")
    refused(world, lambda: register(world.root, RegisterOptions("toy", version=version)), said)


def test_main_keeps_a_copy_that_an_edited_tag_has_to_match(world: World) -> None:
    """Once the record of a version is on main, metrics cannot be made better in its tag."""
    world.repo.commit("records")
    world.repo.git("push", "-q", "origin", "main")
    told = tag_message(world, "toy@v1.0.0")
    told["metrics"][0]["value"] = 0.99
    world.repo.git("tag", "-d", "toy@v1.0.0")
    world.repo.git("push", "-q", "origin", ":refs/tags/toy@v1.0.0")
    forge(world, "toy@v1.0.0", told["commit"], told)
    refused(world, lambda: to(world, "test", "1.0.0"), "provenance.json on", "says otherwise")


def test_what_is_gone_from_the_remote_or_was_replaced_there_is_refused(world: World) -> None:
    """The cache on this machine has it still; a service elsewhere would not."""
    md5 = next(one.md5 for one in releases(world.root, "toy")[1].artefacts if one.role == "model")
    stored = world.storage / "files/md5" / md5[:2] / md5[2:]
    content = stored.read_bytes()
    stored.chmod(0o644)
    stored.write_bytes(content.replace(b"3", b"0"))
    refused(world, lambda: to(world, "test"), "model.json is not what was registered")
    stored.unlink()
    refused(world, lambda: to(world, "test"), "model.json is gone: the remote has no object")


def test_what_is_there_already_or_unknown_is_refused(world: World) -> None:
    """The same version twice, an unknown stage, model and version: through the command, with exit 2."""
    to(world, "test")
    before = world.tags()
    assert "toy v1.1.0 is in test already" in world.error("promote", "toy", "--to", "test")["what"]
    assert "no stage 'live'" in world.error("promote", "toy", "--to", "live")["what"]
    assert "no model 'cat'" in world.error("promote", "cat", "--to", "test")["what"]
    refused(world, lambda: to(world, "test", "9.0.0"), "toy v9.0.0 was never registered")
    assert world.tags() == before


def test_of_two_promotions_at_once_the_second_loses_and_is_told_to_whom(world: World) -> None:
    """Both saw the same state; origin takes one of them, and the other leaves nothing behind."""
    other = World(world.repo.clone(world.root.parent / "other"))
    other.repo.git("remote", "set-url", "origin", str(world.origin.root))
    other.repo.git("config", "user.name", "Bob")
    other.repo.git("config", "user.email", "bob@example.org")
    hook = world.origin.root / "hooks/pre-receive"  # the first waits inside origin until the second has begun
    hook.write_text("#!/bin/sh\nsleep 1\n")
    hook.chmod(0o755)
    said: list[str] = []

    def go(who: World, version: str) -> None:
        try:
            to(who, "test", version)
        except MergegateError as error:
            said.append(str(error))

    both = [threading.Thread(target=go, args=pair) for pair in ((world, "1.0.0"), (other, "1.1.0"))]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(said) == 1, said
    assert "another was quicker: " in said[0]
    assert "promoted toy v1." in said[0]
    tags = world.origin.git("tag", "--list", "toy#*").splitlines()
    assert tags == ["toy#test#1"]
    assert standing(world, "test") == standing(other, "test")


def test_a_promotion_that_a_later_number_overtook_is_taken_back(world: World) -> None:
    """Numbers are counted over all stages, so that two promotions may make two tags: the lower one is not in force."""
    commit = world.repo.git("rev-parse", "HEAD")
    forge(world, "toy#test#2", commit, "won")
    world.repo.git("tag", "-d", "toy#test#2")
    world.repo.git("tag", "-a", "toy#test#1", "-m", "lost")
    with pytest.raises(UseError, match="another was quicker: Bob by toy#test#2"):
        share(Git(world.root), ("toy@v1.1.0", "toy#test#1"), lambda tag: f"Bob by {tag}")
    assert world.repo.git("tag", "--list", "toy#*") == "toy#test#2"
    assert world.origin.git("tag", "--list", "toy#*") == "toy#test#2"


def test_a_version_that_was_taken_back_goes_nowhere(world: World) -> None:
    """By GTO's own tag for that: `toy@v1.1.0!`."""
    forge(world, "toy@v1.1.0!", world.repo.git("rev-parse", "HEAD"), "no good")
    refused(world, lambda: to(world, "test"), "toy v1.1.0 was taken back")


def test_a_shallow_clone_is_told_what_it_lacks(world: World) -> None:
    """Not that the commit was never merged."""
    (world.root / ".git/shallow").write_text(world.repo.git("rev-parse", "HEAD") + "\n")
    refused(world, lambda: to(world, "test", "1.0.0"), "this shallow clone does not say", "--unshallow")


def test_a_model_that_was_not_trained_on_the_production_data_is_refused(world: World) -> None:
    """Its lock came to main without its data."""
    from mergegate.release.checks import demand_production_data

    commit = world.repo.git("rev-parse", "HEAD")
    with pytest.raises(UseError, match=r"trained on data/rows\.csv as 000000000000"):
        demand_production_data(Git(world.root), commit, {"data/rows.csv": "0" * 32}, "main")


def test_a_released_file_is_brought_from_remote_and_git(world: World, tmp_path: Path) -> None:
    """Without any cache; what is in git comes from the commit, not from the working tree."""
    shutil.rmtree(world.root / ".dvc/cache")
    release = releases(world.root, "toy")[0]
    for artefact in release.artefacts:
        path = bring(world.root, artefact, release.commit, tmp_path / "into")
        assert path == tmp_path / "into" / artefact.path
        assert hashlib.sha256(path.read_bytes()).hexdigest() == artefact.sha256


def test_a_part_of_productions_data_comes_to_a_branch_by_whole_groups(world: World) -> None:
    """It replaces what DVC knows, and nothing that it does not know."""
    path = world.root / "data/rows.csv"
    before = path.read_bytes()
    options = SampleOptions("data/rows.csv", "main", Sampling(0.2, "group", masks={"language": "drop"}))
    assert sample(world.root, options) == 0
    lines = path.read_text().splitlines()
    assert lines[0] == "id,label,group"
    groups = [line.split(",")[2] for line in lines[1:]]
    assert 0 < len(groups) < 500
    assert all(groups.count(group) == 5 for group in set(groups))
    assert set(lines[1:]) <= {line.rpartition(",")[0] for line in before.decode().splitlines()}
    with pytest.raises(UseError, match="has changes that DVC does not know"):
        sample(world.root, options)
    with pytest.raises(UseError, match="is a folder at main"):
        sample(world.root, SampleOptions("data", "main", Sampling()))


@pytest.mark.s3
def test_from_a_real_s3_server_too(world: World, tmp_path: Path) -> None:
    """Promoted by whoever may only read; what was replaced there, or is gone, is refused."""
    with s3.seaweed(tmp_path / "weed") as port:
        config = world.root / ".dvc/config.local"
        url = f"['remote \"storage\"']\n    url = s3://{s3.BUCKET}/p\n    endpointurl = http://127.0.0.1:{port}\n"

        def keys(who: dict[str, str]) -> str:
            return url + "".join(f"    {name} = {key}\n" for name, key in who.items())

        config.write_text(keys(s3.WRITER))
        remote = Objects(world.root).remote()
        for path in sorted((world.storage / "files").rglob("*")):
            if path.is_file():
                remote.put(path, path.relative_to(world.storage).as_posix())
        config.write_text(keys(s3.READER))
        to(world, "test", "1.0.0")
        model = releases(world.root, "toy")[1].artefacts[0]
        key = f"files/md5/{model.md5[:2]}/{model.md5[2:]}"
        forged = tmp_path / "forged"
        forged.write_bytes(b'{"wrong": 0}')
        remote.put(forged, key)
        refused(world, lambda: to(world, "test", "1.1.0"), "model.json is not what was registered", "s3://dvc/p")
    assert standing(world, "test") == "v1.0.0"


@pytest.mark.parametrize(
    ("actor", "known"), [("ada", True), ("nektos/act", True), ("dependabot[bot]", True), ('a"}\n{', False)]
)
def test_who_makes_a_tag_is_an_actor_whom_git_can_name(
    released: World, monkeypatch: pytest.MonkeyPatch, actor: str, known: bool
) -> None:
    monkeypatch.setenv("GITHUB_ACTOR", actor)
    if known:
        assert who(Git(released.root)).shown == actor
        return
    with pytest.raises(UseError, match="no name of somebody"):
        who(Git(released.root))
