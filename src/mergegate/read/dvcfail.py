"""What the operating system says, in words: a full disk and a missing right are no verdict and no traceback."""

from __future__ import annotations

import contextlib
import errno
from typing import TYPE_CHECKING

from mergegate.errors import SurroundingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

_REMEDY = {
    errno.ENOSPC: "make room on that disk, then run it again: what is done is not done twice",
    errno.EDQUOT: "make room within your quota, then run it again: what is done is not done twice",
    errno.EFBIG: "let this process write larger files (`ulimit -f`), then run it again",
    errno.EACCES: "give this user the right to that file",
    errno.EPERM: "give this user the right to that file",
    errno.EROFS: "that disk is mounted for reading only: use another folder",
    errno.EMFILE: "allow more open files: `ulimit -n 4096`",
}


@contextlib.contextmanager
def disk_words(where: str) -> Iterator[None]:
    """Turns an `OSError` of the block into `SurroundingsError`; `where` is used when the error names no file."""
    try:
        yield
    except OSError as error:
        said = (error.strerror or str(error) or type(error).__name__).lower()
        raise SurroundingsError(
            f"the disk failed: {said}",
            where=str(error.filename or where),
            do=_REMEDY.get(error.errno or 0, "see to that file or disk, then run it again"),
        ) from error


_OURS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})


@contextlib.contextmanager
def own_disk_words(to: str) -> Iterator[None]:
    """Where a file is fetched to `to` and that disk is full, it is not the remote that failed."""
    try:
        yield
    except OSError as error:
        if error.errno not in _OURS:
            raise
        with disk_words(to):
            raise OSError(error.errno, error.strerror, to) from error
