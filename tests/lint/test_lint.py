"""`mergegate lint` finds each seeded way around the gate, and nothing in workflows that have none."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest
from tests.lint.seeds import SAFE, Seed, bad, good

from mergegate.cli.lint import lint as command
from mergegate.errors import Exit, UseError
from mergegate.facts.lint import LintFinding, TextFile
from mergegate.lint import LINT_RULES, lint
from mergegate.read.owners import owners_of
from mergegate.read.settings import read_settings

ROOT = Path(__file__).parents[2]
JUDGE, PULL = ".github/workflows/judge.yml", ".github/workflows/pull-request.yml"


BOMB = "a0: &a0 x\n" + "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]\n" for n in range(12))


def codes(files: tuple[TextFile, ...]) -> set[str]:
    return {found.code for found in lint(files)}


@pytest.mark.parametrize("seed", bad(), ids=lambda seed: seed.name)
def test_a_bad_workflow_is_caught_for_what_is_wrong_with_it(seed: Seed) -> None:
    assert codes(seed.files) == seed.expected
    assert len(seed.story) > 40


@pytest.mark.parametrize("seed", good(), ids=lambda seed: seed.name)
def test_a_workflow_after_a_public_example_raises_no_alarm(seed: Seed) -> None:
    assert lint(seed.files) == ()


def test_the_corpus_has_its_size_and_every_rule_catches_something() -> None:
    assert len(bad()) == 25
    assert len(good()) == 10
    assert {rule.code for rule in LINT_RULES} == {code for seed in bad() for code in seed.expected}


def test_our_own_repository_raises_no_alarm() -> None:
    files = read_settings(ROOT)
    assert {JUDGE, PULL, ".dvc/config", ".github/CODEOWNERS", "rulesets/main.json", "gate.yaml"} <= {
        f.path for f in files
    }
    assert lint(files) == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "old", "new", "code"),
    [
        (PULL, "      contents: read # to check out\n    steps", "      id-token: write\n    steps", "ML002"),
        (PULL, "      contents: read # to check out\n    steps", "      statuses: write\n    steps", "ML003"),
        (PULL, "actions/cache/restore@", "actions/cache@", "ML004"),
        (PULL, 'run: mergegate run --base "$BASE_SHA"', 'run: mergegate run --push --base "$BASE_SHA"', "ML005"),
        (JUDGE, "          fetch-depth: 0\n", "          ref: ${{ github.event.workflow_run.head_sha }}\n", "ML006"),
        (JUDGE, "          path: evidence\n", "          path: .\n", "ML007"),
        (JUDGE, "      always() && needs.judge", "      needs.judge", "ML009"),
        (JUDGE, ' --conclusion="$CONCLUSION"', "", "ML010"),
        (JUDGE, "|| code=$?", "|| true", "ML012"),
        (JUDGE, "          path: .storage\n", "          path: .dvc\n", "ML015"),
        (JUDGE, 'mkdir -p evidence report', 'mkdir -p "${{ steps.run.outputs.url }}" report', "ML017"),
        (".dvc/config", "    verify = true\n", "", "ML016"),
        ("rulesets/main.json", '_policy": true', '_policy": false', "ML019"),
        (".github/CODEOWNERS", "/gate.yaml  ", "/gate.yml  ", "ML018"),
        (".github/workflows/checks.yml", "    if: always()\n", "", "ML009"),
        (".github/workflows/checks.yml", "EVERYTHING: ${{ needs.everything.result }}", "EVERYTHING: success", "ML009"),
    ],
)  # fmt: skip
def test_each_guard_of_our_own_that_is_taken_away_is_missed(path: str, old: str, new: str, code: str) -> None:
    """So the silence about our own repository is not for want of looking."""
    files = {file.path: file for file in read_settings(ROOT)}
    assert old in files[path].text
    files[path] = TextFile(path, files[path].text.replace(old, new))
    assert code in codes(tuple(files.values()))


def test_a_finding_names_the_line_and_says_what_why_and_what_to_do() -> None:
    script = "      - run: |\n          echo one\n          # no command\n\n          pip \\\n            install x\n"
    workflow = f"on: push\njobs:\n  a:\n    steps:\n{script}"
    (found,) = lint((TextFile(".github/workflows/a.yml", workflow),))
    assert (found.path, found.line, found.code) == (".github/workflows/a.yml", 9, "ML014")
    assert "hashes" in found.what
    assert found.why.startswith("One bad release")
    assert found.do.startswith("Lock with hashes")


def test_a_finding_can_be_left_out_where_the_line_gives_a_reason() -> None:
    def workflow(comment: str) -> tuple[TextFile, ...]:
        text = f"on: push\njobs:\n  a:\n    steps:\n      {comment}\n      - uses: acme/tool@v1\n"
        return (TextFile(".github/workflows/a.yml", text),)

    assert codes(workflow("# mergegate: ignore[ML013] our own, and tags there are protected")) == set()
    assert codes(workflow("# mergegate: ignore[ML013]")) == {"ML013"}
    assert codes(workflow("# mergegate: ignore[ML014] another rule")) == {"ML013"}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("on: [push\njobs: {}\n", "a.yml:2"),
        ("- just\n- a list\n", "a.yml"),
        ("", "a.yml"),
        pytest.param(BOMB, "a.yml", marks=pytest.mark.slow),
        ("a: &a [*a]\n", "a.yml"),
        ("a: " + "[" * 500 + "]" * 500, "a.yml"),
        ("a: !!python/object/apply:os.system [id]\nb: \x00", "a.yml"),
    ],
    ids=["syntax", "list", "empty", "bomb", "loop", "deep", "control"],
)  # fmt: skip
def test_what_is_no_workflow_is_an_error_and_no_verdict(text: str, where: str) -> None:
    with pytest.raises(UseError) as caught:
        lint((TextFile(".github/workflows/a.yml", text),))
    assert caught.value.where == f".github/workflows/{where}"


@pytest.mark.parametrize(
    "text",
    ["on: push\njobs: 7\n", "on: {push: }\njobs: {a: [1], b: {steps: {}, needs: {x: y}, permissions: [w]}}\n", "{}"],
)
def test_odd_shapes_are_read_for_what_they_hold(text: str) -> None:
    assert lint((TextFile(".github/workflows/a.yml", text), TextFile(".github/actions/x/action.yml", text))) == ()


def test_the_command_ends_with_0_1_or_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UseError, match="no such folder"):
        command(tmp_path / "nowhere", as_json=False)
    with pytest.raises(UseError, match="nothing to look at"):
        command(tmp_path, as_json=False)
    (tmp_path / ".dvc").mkdir()
    (tmp_path / SAFE[0]).write_text(SAFE[1], encoding="utf-8")
    assert command(tmp_path, as_json=False) is Exit.FINE
    (tmp_path / SAFE[0]).write_text("['remote \"\x1b[2J@all\"']\n    url = x\n", encoding="utf-8")
    capsys.readouterr()
    assert command(tmp_path, as_json=False) is Exit.BLOCK
    shown = capsys.readouterr().out
    assert shown.splitlines()[0] == ".dvc/config:1: ML016 the remote \\x1b[2J@all is not verified"
    assert shown.splitlines()[-1] == "1 finding in 1 files"
    assert command(tmp_path, as_json=True) is Exit.BLOCK
    (told,) = json.loads(capsys.readouterr().out)
    assert set(told) == set(LintFinding.__dataclass_fields__)


def test_a_link_is_not_followed_and_a_file_that_is_too_large_or_no_text_is_refused(tmp_path: Path) -> None:
    workflows = tmp_path / "repo/.github/workflows"
    workflows.mkdir(parents=True)
    (tmp_path / "elsewhere.yml").write_text("on: push\njobs: {}\n", encoding="utf-8")
    (workflows / "a.yml").symlink_to(tmp_path / "elsewhere.yml")
    assert read_settings(tmp_path / "repo") == ()
    (workflows / "b.yml").write_bytes(b"\xff\xfe")
    with pytest.raises(UseError, match="UTF-8"):
        read_settings(tmp_path / "repo")
    (workflows / "b.yml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(UseError, match="bytes"):
        read_settings(tmp_path / "repo")


@pytest.mark.parametrize(
    ("text", "is_owned"),
    [
        ("* @acme/all", True),
        ("/.github/ @acme/all", True),
        (".github/ @acme/all", True),
        ("*.yml @acme/all", True),
        ("/.github/**/judge.yml @acme/all", True),
        ("/.github/* @acme/all", False),
        ("/.github @acme/all", True),
        ("* @acme/all\n/.github/workflows/judge.yml", False),
        ("# * @acme/all", False),
        ("/workflows/ @acme/all", False),
        ("workflows/ @acme/all", True),
        ("", False),
    ],
)
def test_owners_are_found_as_github_finds_them(text: str, is_owned: bool) -> None:
    assert (JUDGE in owners_of(text, [JUDGE])) is is_owned


def test_every_rule_explains_itself() -> None:
    assert len({rule.code for rule in LINT_RULES}) == len(LINT_RULES)
    for rule in LINT_RULES:
        page = inspect.getdoc(type(rule)) or ""
        assert [page.count(part) for part in ("**What.**", "**Why.**", "**How to fix.**")] == [1, 1, 1]
