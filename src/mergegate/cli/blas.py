"""One thread for NumPy's linear algebra, in this process alone."""

from __future__ import annotations

import os

_SETTING = "OPENBLAS_NUM_THREADS"


def one_thread() -> None:
    """Load NumPy with a single-threaded OpenBLAS, unless somebody set its threads; call it before NumPy is imported.

    The matrices here have some hundred rows. On a busy machine OpenBLAS's threads wait for each other a hundred times
    longer than such a matrix takes, and their number changes the last bits of a result. The setting is taken back, as
    a stage that trains is a child of this process and wants all its cores.
    """
    if _SETTING in os.environ:
        return
    os.environ[_SETTING] = "1"
    try:
        import numpy as np  # noqa: F401 - it reads the setting when it is loaded
    finally:
        del os.environ[_SETTING]
