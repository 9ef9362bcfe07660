"""The parts of NumPy that nobody here asks for come back as they were."""

from __future__ import annotations

import sys

import numpy as np
import numpy.ma

from mergegate.stats.special import _stand_in


def test_a_part_that_is_loaded_already_is_left_as_it_is() -> None:
    before = sys.modules["numpy.ma"]
    assert not _stand_in("ma")
    assert sys.modules["numpy.ma"] is before
    assert np.ma is before
