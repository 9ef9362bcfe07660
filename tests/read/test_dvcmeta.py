# ruff: noqa: F811 - fixtures are imported by the names under which tests ask for them
"""DVC's metadata is read as DVC reads it, without DVC, from disk and from any commit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.rerun.conftest import made, new_repo, quiet_world, template  # noqa: F401 - fixtures

from mergegate.errors import UseError
from mergegate.read.dvcmeta import load_project
from mergegate.read.dvcparams import pick, read_values
from mergegate.read.dvcproject import Project, Stage
from mergegate.read.dvctree import Files, GitTree, WorkTree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rerun.conftest import Repo

RICH = """
vars:
  - extra.yaml
  - local: {name: here}
stages:
  plain:
    cmd: [echo 1, 'echo "${train.depth}" \\${not}']
    wdir: sub
    deps: [../a.txt, ./b.txt]
    params: [train, {other.json: [x.y, z]}, {whole.toml: }, ../more.yaml: [k]]
    outs: [out.txt, kept.txt: {persist: true}, {big: {cache: false, push: false}}]
    metrics: [m.json: {cache: false}]
    plots: [p.csv: {x: a, y: b, cache: false}, 'q.csv']
    always_changed: true
  each:
    foreach: ${names}
    do:
      cmd: echo ${item}
      outs: ['${local.name}/${item}.txt']
  grid:
    matrix: {a: [1, 2], b: ['${extra_value}', y]}
    cmd: run ${item.a} ${item.b} ${key}
    frozen: true
    outs: ['grid/${key}.txt']
  own:
    vars: [{mine: 7}]
    cmd: echo ${mine}
"""


def rich(tmp_path: Path) -> Repo:
    repo = new_repo(tmp_path / "rich")
    repo.write(
        {
            "dvc.yaml": RICH,
            "params.yaml": "train: {depth: 3, frozen: true}\nnames: [u, v]\n",
            "extra.yaml": "extra_value: e\n",
            "sub/other.json": '{"x": {"y": 1}, "z": [1, 2]}',
            "sub/whole.toml": "t = 1\n",
            "more.yaml": "k: 1\n",
            "deep/dvc.yaml": "stages: {d: {cmd: echo, deps: [x], outs: [y]}}\n",
            "a.txt": "a",
            "sub/b.txt": "b",
        }
    )
    repo.commit()
    return repo


def by_dvc(repo: Repo) -> dict[str, Any]:
    from dvc.repo import Repo as DvcRepo

    dvc = DvcRepo(str(repo.root))
    try:
        return {stage.addressing.split("/repo/")[-1]: described(stage, repo) for stage in dvc.index.stages if stage.cmd}
    finally:
        dvc.close()


def described(stage: Any, repo: Repo) -> dict[str, Any]:
    from dvc.dependency import ParamsDependency

    plain = [dep for dep in stage.deps if not isinstance(dep, ParamsDependency)]
    params = [dep for dep in stage.deps if isinstance(dep, ParamsDependency)]
    return {
        "cmd": stage.cmd,
        "wdir": stage.wdir,
        "deps": sorted((dep.def_path, dep.fs_path) for dep in plain),
        "params": {dep.def_path: tuple(dep.params) for dep in params},
        "outs": sorted((out.def_path, out.fs_path, out.use_cache, out.persist, out.can_push) for out in stage.outs),
        "frozen": stage.frozen,
        "always": stage.always_changed,
    }


def by_us(stage: Stage, root: Path) -> dict[str, Any]:
    return {
        "cmd": stage.cmd,
        "wdir": str(root / stage.folder).removesuffix("/."),
        "deps": sorted((name, str(root / path)) for name, path in stage.deps),
        "params": dict(stage.params),
        "outs": sorted((out.name, str(root / out.path), out.cache, out.persist, out.push) for out in stage.outs),
        "frozen": stage.frozen,
        "always": stage.always,
    }


def test_stages_are_read_as_dvc_reads_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = rich(tmp_path)
    monkeypatch.chdir(repo.root)
    project = load_project(WorkTree(repo.root))
    assert {stage.address: by_us(stage, repo.root) for stage in project.stages} == by_dvc(repo)


@pytest.mark.parametrize("where", ["disk", "commit"])
def test_a_commit_reads_like_the_disk(tmp_path: Path, where: str) -> None:
    repo = rich(tmp_path)
    sha = repo.git("rev-parse", "HEAD")
    on_disk = load_project(WorkTree(repo.root)).stages
    if where == "commit":
        repo.write({"params.yaml": "names: []\n", "dvc.yaml": "stages: {}\n"})
    files: Files = GitTree(repo.root, sha) if where == "commit" else WorkTree(repo.root)
    assert load_project(files).stages == on_disk


def test_a_repository_below_the_top_of_git_reads_its_own_files(tmp_path: Path) -> None:
    repo = new_repo(tmp_path / "top")
    repo.write(
        {"inner/.dvc/config": "", "inner/dvc.yaml": "stages: {s: {cmd: x, outs: [o]}}\n", "dvc.yaml": "stages: {}\n"}
    )
    sha = repo.commit()
    inner = repo.root / "inner"
    for files in (WorkTree(inner), GitTree(inner, sha)):
        assert [stage.address for stage in load_project(files).stages] == ["s"]
        assert files.read("dvc.yaml") == b"stages: {s: {cmd: x, outs: [o]}}\n"
        assert files.is_dir(".dvc")
        assert not files.is_dir("dvc.yaml")


def test_what_dvcignore_names_is_not_read(tmp_path: Path) -> None:
    repo = rich(tmp_path)
    repo.write({".dvcignore": "# a comment\ndeep\n"})
    assert "deep/dvc.yaml:d" not in {stage.address for stage in load_project(WorkTree(repo.root)).stages}


def test_the_lock_and_the_data_are_read_with_their_hashes(made: Repo) -> None:
    project = load_project(WorkTree(made.root))
    train = project.stage("train")
    assert train.locked("deps")["sorted.txt"] == project.stage("split").locked("outs")["sorted.txt"]
    (data,) = project.tracked
    assert (data.file, data.out.path, data.content.is_dir, data.content.files) == ("data.dvc", "data", True, 2)
    with pytest.raises(UseError, match=r"(?s)no stage 'tra'.*name one of: .*train"):
        project.stage("tra")


def test_params_files_of_every_kind_are_read_as_dvc_reads_them(tmp_path: Path) -> None:
    files = WorkTree(tmp_path)
    texts = {"a.yaml": "x: 1e3\n", "b.json": '{"x": 1}', "c.toml": "x = 1\n", "d.py": "x = 1\nclass y:\n    z = 2\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found = {name: read_values(files, name) for name in texts}
    assert found == {"a.yaml": {"x": 1000.0}, "b.json": {"x": 1}, "c.toml": {"x": 1}, "d.py": {"x": 1, "y": {"z": 2}}}
    assert read_values(files, "none.yaml") is None
    for name, text in {"a.yaml": "x: [", "b.json": "{", "c.toml": "x", "d.py": "x ="}.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(UseError):
            read_values(files, name)


@pytest.mark.parametrize(
    ("key", "found"),
    [("a.b", (True, 1)), ("a", (True, {"b": 1, "c": [5, {"d": 6}]})), ("a.c.0", (True, 5)), ("a.c.1.d", (True, 6)),
     ("a.x", (False, None)), ("a.c.7", (False, None)), ("a.b.c", (False, None)), ("n", (True, None)), ("7", (True, 8))],
)  # fmt: skip
def test_a_dotted_key_finds_what_dvc_finds(key: str, found: tuple[bool, Any]) -> None:
    import dpath

    values = {"a": {"b": 1, "c": [5, {"d": 6}]}, "n": None, "7": 8}
    assert pick(values, key) == found
    try:
        theirs = (True, dpath.get(json.loads(json.dumps(values)), key, separator="."))
    except KeyError:
        theirs = (False, None)
    assert theirs == found


def test_an_old_one_file_stage_is_refused_in_words(made: Repo) -> None:
    made.write({"old.dvc": "cmd: echo\nouts:\n- path: x\n  md5: 00000000000000000000000000000000\n"})
    with pytest.raises(UseError, match="old one-file format"):
        load_project(WorkTree(made.root))


def test_a_project_knows_nothing_where_there_is_nothing(tmp_path: Path) -> None:
    assert load_project(WorkTree(tmp_path)) == Project(WorkTree(tmp_path), (), ())
