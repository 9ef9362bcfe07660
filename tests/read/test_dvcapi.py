# ruff: noqa: F811 - fixtures are imported by the names under which tests ask for them
"""DVC's private interfaces do what the one file that touches them believes."""

from __future__ import annotations

import shutil
from importlib.metadata import version
from pathlib import Path

import pytest
from tests.rerun.conftest import Repo, made, quiet_world, template  # noqa: F401 - fixtures

from mergegate.errors import SurroundingsError, UseError
from mergegate.read.dvcapi import (
    Workshop,
    dvc_words,
    explain_invalid,
    ignore_filter,
    md5_of_text,
    remote_file_system,
    resolve_templates,
)
from mergegate.read.dvctree import WorkTree


def test_this_is_the_dvc_that_the_interfaces_were_read_in() -> None:
    assert version("dvc").startswith("3.67.")


def test_templates_are_resolved_from_any_files(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("a: {b: 1e3}\n")
    content = {"stages": {"s": {"cmd": "echo ${a.b} \\${no}"}}}
    assert resolve_templates(WorkTree(tmp_path), "", content) == {"s": {"cmd": "echo 1000.0 ${no}"}}
    with pytest.raises(UseError, match=r"a\.c"):
        resolve_templates(WorkTree(tmp_path), "", {"stages": {"s": {"cmd": "${a.c}"}}})


def test_a_wrong_pipeline_is_explained_by_the_schema_and_a_right_one_is_not() -> None:
    explain_invalid({"stages": {"s": {"cmd": "x"}}}, "dvc.yaml")
    with pytest.raises(UseError, match="extra keys not allowed"):
        explain_invalid({"stages": {"s": {"cmd": "x", "depz": []}}}, "dvc.yaml")


def test_dvcignore_is_asked(tmp_path: Path) -> None:
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvcignore").write_text("*.log\n")
    ignored = ignore_filter(tmp_path)
    assert ignored(tmp_path / "a.log")
    assert not ignored(tmp_path / "a.txt")


def test_the_hash_of_dvc_2_takes_line_ends_of_text_as_lf(tmp_path: Path) -> None:
    (tmp_path / "unix").write_bytes(b"a\nb\n")
    (tmp_path / "dos").write_bytes(b"a\r\nb\r\n")
    assert md5_of_text(tmp_path / "unix") == md5_of_text(tmp_path / "dos")


def test_what_dvc_raises_becomes_words(made: Repo) -> None:
    from dvc.exceptions import DvcException

    with pytest.raises(SurroundingsError, match="DVC: no luck"), dvc_words():
        raise DvcException("no luck")
    with pytest.raises(SurroundingsError, match="nothing"):
        remote_file_system(made.root, "nothing")


def test_a_part_of_a_folder_is_checked_out_and_the_rest_is_not(made: Repo) -> None:
    shutil.rmtree(made.root / "data")
    workshop = Workshop(made.root)
    workshop.check_out("data.dvc", None, "data", "data/extra/more.txt")
    workshop.close()
    assert [path.name for path in (made.root / "data").rglob("*") if path.is_file()] == ["more.txt"]


def test_the_lock_that_is_written_is_the_lock_that_dvc_writes(made: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    from dvc.repo import Repo as DvcRepo

    monkeypatch.chdir(made.root)
    workshop = Workshop(made.root)
    stage = workshop.load("dvc.yaml", "train")
    entry = workshop.record(stage)
    workshop.close()
    written = (made.root / "dvc.lock").read_bytes()
    dvc = DvcRepo(str(made.root))
    dvc.commit(force=True)
    dvc.close()
    assert (made.root / "dvc.lock").read_bytes() == written
    assert made.lock["train"] == {**entry, "params": {"params.yaml": {"train.depth": 3}}}


def test_an_entry_is_restored_with_its_outputs_and_its_lock(made: Repo) -> None:
    entry = made.lock["evaluate"]
    for name in ("score.txt", "metrics.json"):
        (made.root / name).unlink()
    made.write({"dvc.lock": "schema: '2.0'\n"})
    workshop = Workshop(made.root)
    assert isinstance(entry, dict)
    workshop.restore(workshop.load("dvc.yaml", "evaluate"), entry)
    workshop.close()
    assert made.lock == {"evaluate": entry}
    assert (made.root / "metrics.json").read_text() == (made.root / "score.txt").read_text()
    assert not (made.root / "metrics.json").is_symlink()
