"""NumPy's linear algebra on one thread, and nobody else's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ASK = """
import json, os
from pathlib import Path
from mergegate.cli.blas import one_thread
one_thread()
import numpy as np
np.eye(500) @ np.eye(500)
print(json.dumps([len(list(Path("/proc/self/task").iterdir())), os.environ.get("OPENBLAS_NUM_THREADS")]))
"""


def asked(**setting: str) -> list[object]:
    env = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"} | setting
    done = subprocess.run([sys.executable, "-c", ASK], env=env, capture_output=True, text=True, check=True)
    answer: list[object] = json.loads(done.stdout)
    return answer


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted where Linux shows them")
def test_numpy_has_one_thread_and_children_inherit_no_setting() -> None:
    assert asked() == [1, None]


def test_a_setting_that_is_there_stays() -> None:
    assert asked(OPENBLAS_NUM_THREADS="2")[1] == "2"
