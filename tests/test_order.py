"""The files that begin are there, so that none lost its place with its name."""

from tests.conftest import HERE, LONGEST


def test_the_files_that_begin_are_there() -> None:
    assert [name for name in LONGEST if not (HERE / name).is_file()] == []
