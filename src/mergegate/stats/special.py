"""The functions of `scipy.special` that are needed, without the parts of NumPy that nobody here asks for.

`import scipy.special` copies all of NumPy's names, and so loads f2py, masked arrays, polynomials and the testing tools:
more than half of its time, on every command. While it is imported here, these parts stand in as modules that would load
at their first use; afterwards all is as if they had never been asked for.
"""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

_PARTS = ("ctypeslib", "f2py", "ma", "polynomial", "testing")


@contextlib.contextmanager
def _without_parts() -> Iterator[None]:
    lazy = [name for name in _PARTS if "scipy.special" not in sys.modules and _stand_in(name)]
    try:
        yield
    finally:
        for name in lazy:
            # Left in place they would all load as soon as `inspect` looks through the modules, as pydantic lets it.
            del sys.modules[f"numpy.{name}"]
            delattr(np, name)


def _stand_in(name: str) -> bool:
    """Lets `numpy.NAME` load at its first use, as `importlib.util.LazyLoader` documents it; False where it has."""
    full = f"numpy.{name}"
    spec = None if full in sys.modules else importlib.util.find_spec(full)
    if spec is None or spec.loader is None:
        return False
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[full] = module
    spec.loader.exec_module(module)
    setattr(np, name, module)
    return True


with _without_parts():
    from scipy.special import bdtr, betaincinv, gammaincinv, ndtr, ndtri, stdtr, stdtrit

__all__ = ["bdtr", "betaincinv", "gammaincinv", "ndtr", "ndtri", "stdtr", "stdtrit"]
