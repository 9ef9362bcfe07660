"""Where a revision has a file: DVC, a folder of it, or git; and which bytes are believed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mergegate.read.dvcproject import Content
from mergegate.read.located import content_of, file_of, place_of
from mergegate.read.objects import Objects, Out


class Written:
    """Files of a revision, by path."""

    where = "here"

    def __init__(self, **files: bytes) -> None:
        self._files = files

    def read(self, path: str) -> bytes | None:
        return self._files.get(path)

    def is_dir(self, path: str) -> bool:
        return False

    def metadata(self) -> tuple[str, ...]:
        return ()


MD5 = "0" * 31
FOLDER = Out("data", f"{MD5}1.dir", 10)
INNER = Out("data/inner", f"{MD5}2.dir", 10)
FILE = Out("data.csv", f"{MD5}3", 10, stage="make")


def test_a_file_is_found_alone_in_the_nearest_folder_or_in_git() -> None:
    outputs = {out.path: out for out in (FOLDER, INNER, FILE)}
    files = Written(notes=b"in git")
    alone, inner = place_of("data.csv", outputs, files), place_of("data/inner/x.csv", outputs, files)
    assert alone is not None
    assert (alone.out, alone.within, alone.made) == (FILE, "", "make")
    assert inner is not None
    assert (inner.out, inner.within, inner.made) == (INNER, "x.csv", "")
    in_git = place_of("notes", outputs, files)
    assert in_git is not None
    assert (in_git.out, in_git.data) == (None, b"in git")
    assert place_of("database.csv", outputs, files) is None, "a name that begins like a folder's lies not in it"


def test_an_output_that_is_kept_in_git_has_its_bytes_there() -> None:
    kept = Out("small.csv", f"{MD5}4", 3, cached=False, stage="make")
    place = place_of("small.csv", {"small.csv": kept}, Written(**{"small.csv": b"a,b"}))
    assert place is not None
    assert (place.data, place.made) == (b"a,b", "make")


def test_the_same_bytes_are_known_without_bringing_them() -> None:
    one = place_of("data/x", {"data": FOLDER}, Written())
    other = place_of("data/x", {"data": INNER}, Written())
    assert one is not None
    assert other is not None
    assert one.same_as(one)
    assert not one.same_as(other)


def test_a_handed_listing_is_believed_only_by_its_hash(tmp_path: Path) -> None:
    listing = b'[{"md5": "' + b"a" * 32 + b'", "relpath": "x.csv"}]'
    folder = Out("data", hashlib.md5(listing, usedforsecurity=False).hexdigest() + ".dir", 1)
    place = place_of("data/x.csv", {"data": folder}, Written())
    assert place is not None
    handed = tmp_path / "0.bin"
    handed.write_bytes(listing)
    found = content_of(place, Objects(tmp_path), listing=handed)
    assert found == Content("a" * 32)
    handed.write_bytes(listing.replace(b"aaaa", b"bbbb"))
    with pytest.raises(Exception, match="is not what its name says"):
        content_of(place, Objects(tmp_path), listing=handed)


def test_bytes_out_of_git_are_kept_and_mended(tmp_path: Path) -> None:
    place = place_of("t.csv", {}, Written(**{"t.csv": b"id\n1\n"}))
    assert place is not None
    content = content_of(place, Objects(tmp_path))
    assert content is not None
    kept = file_of(place, content, Objects(tmp_path))
    assert kept is not None
    kept.write_bytes(b"forged")
    again = file_of(place, content, Objects(tmp_path))
    assert again == kept
    assert kept.read_bytes() == b"id\n1\n"
