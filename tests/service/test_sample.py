"""What is kept of the questions: a share, masked, bounded, and never at an answer's cost."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from intent.features import tokens
from service import shadow
from service.asked import IntentAsked
from service.sample import MASKED, Sampler, Sampling
from service.settings import from_arguments

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from service.sample import Mask

KEY = b"sixteen bytes or more"


def sampler(into: Path, *, masks: Mapping[str, Mask] = MASKED, share: float = 1.0, files: int = 10) -> Sampler:
    how = Sampling(into, share, KEY, masks, file_bytes=2_000, files=files)
    return Sampler(how, pytest.fail, random.Random(1))


def asked(words: str, area: str = "kitchen") -> IntentAsked:
    return IntentAsked(utterance=words, language="en", area=area, domain="light")


def test_numbers_are_masked_and_the_model_sees_no_less_by_it(tmp_path: Path) -> None:
    said = "set a timer for 25 minutes, 0170 555"
    sampler(tmp_path).take(asked(said))
    *context, kept = shadow.rows(tmp_path)[0][2:]
    assert (context, kept) == (["en", "kitchen", "light"], "set a timer for 00 minutes, 0000 000")
    assert tokens(kept) == tokens(said)


def test_a_column_can_be_dropped_or_named_by_a_key_that_stays_here(tmp_path: Path) -> None:
    masks: dict[str, Mask] = {**MASKED, "area": "hmac", "domain": "drop"}
    taking = sampler(tmp_path, masks=masks)
    for area in ("kitchen", "cellar", "any"):
        taking.take(asked("light", area))
    areas = {row[3] for row in shadow.rows(tmp_path)}
    assert len(areas) == 3
    assert "any" in areas
    assert not areas & {"kitchen", "cellar"}
    assert {row[4] for row in shadow.rows(tmp_path)} == {"any"}


def test_the_same_question_is_one_row_and_the_same_words_are_one_group(tmp_path: Path) -> None:
    taking = sampler(tmp_path)
    for words, area in [("Light on", "kitchen"), ("light on", "kitchen"), ("light on", "cellar"), ("off", "any")]:
        taking.take(asked(words, area))
    rows = shadow.rows(tmp_path)
    assert (len(rows), len({row[1] for row in rows})) == (3, 2)


def test_the_folder_never_grows_beyond_its_files(tmp_path: Path) -> None:
    taking = sampler(tmp_path, files=3)
    for number in range(300):
        taking.take(asked(f"light {'x' * (number % 60)}"))
    there = sorted(tmp_path.glob("*.csv"))
    assert len(there) == 3
    assert sum(path.stat().st_size for path in there) < 3 * 2_300
    assert there[0].name != "served-000001.csv"


def test_about_the_share_is_kept(tmp_path: Path) -> None:
    taking = sampler(tmp_path, share=0.1, files=1000)
    kept = sum(taking.take(asked(f"light {number}")) for number in range(2000))
    assert 140 < kept < 260


def test_a_disk_that_fails_stops_the_sampling_and_says_so_once(tmp_path: Path) -> None:
    said: list[str] = []
    taking = Sampler(Sampling(tmp_path / "gone", 1.0, KEY), said.append)
    (tmp_path / "gone").rmdir()
    assert [taking.take(asked("light")) for _ in range(3)] == [False, False, False]
    assert len(said) == 1


@pytest.mark.parametrize(
    "options",
    [
        ["--sample", "0.5"],
        ["--sample", "1.5", "--sample-into", "x", "--sample-key", "KEY"],
        ["--sample", "0.5", "--sample-into", "x", "--sample-key", "SHORT"],
        ["--sample", "0.5", "--sample-into", "x", "--sample-key", "KEY", "--sample-mask", "utterance=drop"],
        ["--sample", "0.5", "--sample-into", "x", "--sample-key", "KEY", "--sample-mask", "name=keep"],
    ],
)
def test_sampling_that_makes_no_sense_is_refused_at_the_start(tmp_path: Path, options: list[str]) -> None:
    for name, content in (("KEY", KEY), ("SHORT", b"short")):
        (tmp_path / name).write_bytes(content)
    told = [str(tmp_path / option) if option in {"KEY", "SHORT"} else option for option in options]
    with pytest.raises(SystemExit, match="2"):
        from_arguments(["--revision", "HEAD", *told])
