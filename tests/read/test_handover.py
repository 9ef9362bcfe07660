"""The hand-over is refused unless it is exactly what the pull-request workflow writes."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import socket
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mergegate.errors import Exit, TableError
from mergegate.facts import ModelPolicy
from mergegate.facts.handover import MAX_MANIFEST_BYTES
from mergegate.read.agreement import agreement
from mergegate.read.handover import HandoverError, evidence_of, files_of, read_handover

DATA = b"id,label,prediction\n1,a,a\n"
MD5 = hashlib.md5(DATA, usedforsecurity=False).hexdigest()


def manifest() -> dict[str, Any]:
    return {
        "schema_version": 1,
        "base": "a" * 40,
        "head": "b" * 40,
        "policy_digest": "c" * 64,
        "files": [{"name": "tables/0.csv", "path": "predictions/h.csv", "md5": MD5, "size": len(DATA)}],
        "params": {"params.yaml:train.C": 1.5},
        "metrics": {},
        "stages": [{"name": "train", "outcome": "ran", "seconds": 1.5, "peak_bytes": 10}],
        "plan": [{"name": "train", "action": "will run", "reasons": [["param", "C", "1", "2"]], "upstream": []}],
        "pulled": 1,
        "pulled_bytes": 10,
        "failed": None,
    }


def write(folder: Path, content: dict[str, Any] | bytes | str | None = None) -> Path:
    (folder / "tables").mkdir(parents=True)
    (folder / "models").mkdir()
    (folder / "tables/0.csv").write_bytes(DATA)
    given = manifest() if content is None else content
    raw = (
        given if isinstance(given, bytes) else given.encode() if isinstance(given, str) else json.dumps(given).encode()
    )
    (folder / "evidence.json").write_bytes(raw)
    return folder


def test_an_honest_hand_over_is_read(tmp_path: Path) -> None:
    handed = read_handover(write(tmp_path / "e"))
    evidence = evidence_of(tmp_path / "e", handed, ["predictions/h.csv", "predictions/quiz.csv"])
    assert evidence.revision.sha == "b" * 40
    assert getattr(evidence.tables["predictions/h.csv"], "md5", None) == MD5
    assert "did not write it" in getattr(evidence.tables["predictions/quiz.csv"], "why", "")


def changed(**fields: Any) -> dict[str, Any]:
    return {**manifest(), **fields}


def with_file(**fields: Any) -> dict[str, Any]:
    return changed(files=[{**manifest()["files"][0], **fields}])


BAD_MANIFESTS: dict[str, dict[str, Any] | bytes | str] = {
    "no JSON": b"not json",
    "empty": b"",
    "a list": b"[]",
    "binary": b"\x00\xff\xfe",
    "a pickle": b"\x80\x04\x95\x10\x00cos\nsystem\n",
    "too deep": "[" * 100_000,
    "NaN": json.dumps(manifest()).replace("1.5", "NaN"),
    "too large": b" " * (MAX_MANIFEST_BYTES + 1),
    "an unknown field": changed(extra=1),
    "another version": changed(schema_version=2),
    "a version as text": changed(schema_version="1"),
    "a short sha": changed(head="b" * 39),
    "a branch as sha": changed(base="main"),
    "a sha with a newline": changed(base="a" * 40 + "\n"),
    "an option as sha": changed(head="--upload-pack=touch /tmp/x"),
    "files as a mapping": changed(files={}),
    "too many files": changed(files=[manifest()["files"][0]] * 101),
    "a file twice": changed(files=[manifest()["files"][0]] * 2),
    "an absolute name": with_file(name="/etc/passwd"),
    "a name that climbs": with_file(name="../0.csv"),
    "a name that climbs inside": with_file(name="tables/../../0.csv"),
    "a name with a NUL": with_file(name="tables/0\x00.csv"),
    "another folder": with_file(name="src/0.csv"),
    "a shell name": with_file(name="tables/$(id).csv"),
    "a backslash": with_file(name="tables\\0.csv"),
    "an unknown suffix": with_file(name="tables/0.pkl"),
    "another hash": with_file(md5="0" * 32),
    "a hash in capitals": with_file(md5=MD5.upper()),
    "another size": with_file(size=len(DATA) + 1),
    "a negative size": with_file(size=-1),
    "an enormous size": with_file(size=10**15),
    "a file that is not there": with_file(name="tables/1.csv"),
    "an enormous path": with_file(path="x" * 501),
    "an unknown outcome": changed(stages=[{"name": "train", "outcome": "passed"}]),
    "negative seconds": changed(stages=[{"name": "train", "outcome": "ran", "seconds": -1.0}]),
    "infinite seconds": json.dumps(manifest()).replace("1.5, ", "1e999, "),
    "a nested param": changed(params={"a": {"b": 1}}),
    "a reason of five parts": changed(plan=[{"name": "t", "action": "x", "reasons": [["a"] * 5]}]),
    "negative objects": changed(pulled=-1),
    "a name twice": json.dumps(manifest())[:-1] + ', "files": []}',
    "a name twice, written otherwise": json.dumps(manifest())[:-1] + ', "f\\u0069les": []}',
    "a name twice inside": json.dumps(manifest()).replace('"size":', '"size": 1, "size":'),
    "UTF-16": json.dumps(manifest()).encode("utf-16"),
    "UTF-32": json.dumps(manifest()).encode("utf-32-be"),
    "a byte order mark": b"\xef\xbb\xbf" + json.dumps(manifest()).encode(),
    "Latin-1": json.dumps(changed(params={"params.yaml:na\xefve": 1}), ensure_ascii=False).encode("latin-1"),
    "half a character": json.dumps(manifest()).replace("train.C", "\\ud800"),
    "a gzip bomb": gzip.compress(b"[" * 10_000_000),
    "a zip": b"PK\x03\x04" + json.dumps(manifest()).encode(),
    "too deep inside": json.dumps(manifest()).replace("1.5}", "[" * 50_000 + "]" * 50_000 + "}"),
    "an endless number": json.dumps(manifest()).replace('"pulled": 1', '"pulled": ' + "9" * 5_000),
    "two documents": json.dumps(manifest()) * 2,
    "a comment": json.dumps(manifest()) + "// trust me",
    "cut off": json.dumps(manifest())[:-20],
    "too many params": changed(params={f"params.yaml:{n}": n for n in range(5_001)}),
    "a value of a megabyte": changed(params={"params.yaml:a": "x" * 1_000_000}),
    "a failure of a megabyte": changed(failed={"what": "x" * 1_000_000}),
    "true for a size": with_file(size=True),
    "a prototype": changed(__proto__={"files": []}),
}


@pytest.mark.parametrize("case", BAD_MANIFESTS)
def test_a_hostile_manifest_is_refused(case: str, tmp_path: Path) -> None:
    with pytest.raises(HandoverError) as caught:
        read_handover(write(tmp_path / "e", BAD_MANIFESTS[case]))
    assert caught.value.code == Exit.USE
    assert len(str(caught.value)) < 2_000


def _link_file(folder: Path) -> None:
    (folder / "tables/0.csv").unlink()
    (folder / "tables/0.csv").symlink_to("/etc/passwd")


def _link_folder(folder: Path) -> None:
    (folder / "models").rmdir()
    (folder / "models").symlink_to("/etc")


def _link_manifest(folder: Path) -> None:
    (folder / "evidence.json").rename(folder.parent / "real.json")
    (folder / "evidence.json").symlink_to(folder.parent / "real.json")


def _fifo(folder: Path) -> None:
    os.mkfifo(folder / "tables/1.csv")


def _socket(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(folder / "tables/s"))


def _many(folder: Path) -> None:
    for number in range(150):
        (folder / f"tables/{number}.csv").write_bytes(b"")


def _manifest_folder(folder: Path) -> None:
    (folder / "evidence.json").unlink()
    (folder / "evidence.json").mkdir()


def _manifest_fifo(folder: Path) -> None:
    (folder / "evidence.json").unlink()
    os.mkfifo(folder / "evidence.json")


def _table_folder(folder: Path) -> None:
    (folder / "tables/0.csv").unlink()
    (folder / "tables/0.csv").mkdir()


BAD_FOLDERS: dict[str, Callable[[Path], object]] = {
    "a linked table": _link_file,
    "a linked folder": _link_folder,
    "a linked manifest": _link_manifest,
    "a fifo": _fifo,
    "a socket": _socket,
    "an extra file on top": lambda folder: (folder / "sitecustomize.py").write_text("x"),
    "an extra folder": lambda folder: (folder / ".dvc").mkdir(),
    "a folder in a folder": lambda folder: (folder / "tables/deep").mkdir(),
    "an unnamed table": lambda folder: (folder / "tables/9.csv").write_bytes(b"x"),
    "too many entries": _many,
    "no manifest": lambda folder: (folder / "evidence.json").unlink(),
    "a manifest that is a folder": _manifest_folder,
    "a manifest that is a fifo": _manifest_fifo,
    "a table that is a folder": _table_folder,
    "a dangling link": lambda folder: (folder / "tables/1.csv").symlink_to("nowhere"),
    "a link in a circle": lambda folder: (folder / "models/1.bin").symlink_to("1.bin"),
    "a hole of four gigabytes": lambda folder: os.truncate(folder / "tables/0.csv", 4_000_000_001),
    "a name in another case": lambda folder: (folder / "tables/0.csv").rename(folder / "tables/0.CSV"),
    "git's own folder": lambda folder: (folder / ".git").mkdir(),
    "a code file": lambda folder: (folder / "models/conftest.py").write_text("x"),
}


def count() -> int:
    """How many hostile artefacts are tried."""
    return len(BAD_MANIFESTS) + len(BAD_FOLDERS) + len(BAD_TABLES)


@pytest.mark.parametrize("case", BAD_FOLDERS)
def test_a_hostile_folder_is_refused(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = write(tmp_path / "e")
    BAD_FOLDERS[case](folder)
    with pytest.raises(HandoverError):
        read_handover(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(HandoverError, match="no such folder"):
        read_handover(tmp_path / "nothing")


def test_a_table_that_grew_after_it_was_named_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "e")
    (folder / "tables/0.csv").write_bytes(DATA + b"2,a,a\n")
    with pytest.raises(HandoverError, match="bytes"):
        read_handover(folder)


def parquet(query: str, folder: Path) -> bytes:
    """What DuckDB writes of a query."""
    path = folder / "made.parquet"
    duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


HONEST = "SELECT range AS id, 'a' AS label, 'a' AS prediction FROM range(100)"
BAD_TABLES: dict[str, tuple[str, Callable[[Path], bytes]]] = {
    "a gzip bomb for a CSV": ("0.csv", lambda _: gzip.compress(b"1,a,a\n" * 5_000_000)),
    "a deflate bomb for a Parquet": ("0.parquet", lambda _: b"PAR1" + zlib.compress(b"0" * 50_000_000) + b"PAR1"),
    "a Parquet cut off": ("0.parquet", lambda folder: parquet(HONEST, folder)[:-100]),
    "a Parquet with a footer of 2 GB": ("0.parquet", lambda _: b"PAR1" + b"\xff\xff\xff\x7fPAR1"),
    "a Parquet whose footer lies": ("0.parquet", lambda folder: parquet(HONEST, folder)[:-8] + b"\x01\0\0\0PAR1"),
    "a Parquet of one id, ten million times": (
        "0.parquet", lambda folder: parquet(HONEST.replace("range AS", "1 AS").replace("100", "10000000"), folder),
    ),
    "a Parquet with cells of lists": (
        "0.parquet", lambda folder: parquet(HONEST.replace("'a' AS prediction", "range(9) AS prediction"), folder),
    ),
    "a Parquet without rows": ("0.parquet", lambda folder: parquet(HONEST.replace("(100)", "(0)"), folder)),
    "a Parquet that is a pickle": ("0.parquet", lambda _: b"\x80\x04\x95\x10\x00cos\nsystem\n"),
    "a CSV of NULs": ("0.csv", lambda _: b"id,label,prediction\n" + b"\0" * 1_000_000),
    "a CSV in UTF-16": ("0.csv", lambda _: DATA.decode().encode("utf-16")),
    "a CSV with one line of 50 MB": ("0.csv", lambda _: b"id,label,prediction\n1,a," + b"x" * 50_000_000),
    "a CSV with a column twice": ("0.csv", lambda _: DATA.replace(b"label", b"prediction")),
    "a CSV with an open quote": ("0.csv", lambda _: DATA + b'2,"a,a\n' * 1_000),
}  # fmt: skip


LARGE = {"a deflate bomb for a Parquet", "a Parquet of one id, ten million times", "a CSV with one line of 50 MB"}


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=pytest.mark.slow) if case in LARGE else case for case in BAD_TABLES]
)
def test_a_hostile_table_is_refused_and_never_read_in_part(case: str, tmp_path: Path) -> None:
    """Its name, size and hash are what the manifest says: only who reads it can tell."""
    name, make = BAD_TABLES[case]
    content = make(tmp_path)
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    file = {"name": f"tables/{name}", "path": "predictions/h.csv", "md5": md5, "size": len(content)}
    folder = write(tmp_path / "e", changed(files=[file]))
    (folder / "tables/0.csv").unlink()
    (folder / f"tables/{name}").write_bytes(content)
    handed = files_of(folder, read_handover(folder))["predictions/h.csv"]
    honest = tmp_path / "honest.csv"
    honest.write_bytes(DATA)
    model = ModelPolicy.model_validate({"holdout": "predictions/h.csv", "metrics": [{"name": "accuracy"}]})
    with pytest.raises(TableError) as caught:
        agreement(honest, handed.path, model)
    assert len(str(caught.value)) < 2_000


def test_at_least_forty_hostile_artefacts_are_tried() -> None:
    assert count() >= 40
