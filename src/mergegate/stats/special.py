"""The functions of `scipy.special` that are needed, without the parts of NumPy that nobody here asks for.

`import scipy.special` copies all of NumPy's names, and so loads f2py, masked arrays, polynomials and the testing tools:
more than half of its time, on every command. Here these parts load when somebody first uses them.
"""

from __future__ import annotations

import importlib.util
import sys

import numpy as np


def _lazily(name: str) -> None:
    """Lets `numpy.NAME` load at its first use, as `importlib.util.LazyLoader` documents it."""
    full = f"numpy.{name}"
    spec = None if full in sys.modules else importlib.util.find_spec(full)
    if spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[full] = module
    spec.loader.exec_module(module)
    setattr(np, name, module)


if "scipy.special" not in sys.modules:
    for _part in ("ctypeslib", "f2py", "ma", "polynomial", "testing"):
        _lazily(_part)

from scipy.special import bdtr, betaincinv, gammaincinv, ndtr, ndtri, stdtr, stdtrit  # noqa: E402 - after what makes it quick

__all__ = ["bdtr", "betaincinv", "gammaincinv", "ndtr", "ndtri", "stdtr", "stdtrit"]
