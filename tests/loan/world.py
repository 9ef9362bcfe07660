"""The real applications and the repository's own knobs in a folder to stand in; no data need be on this machine."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from loan import collect

ROOT = Path(__file__).parents[2]
DATA = Path("data/loan/applications.csv")


@cache
def applications() -> bytes:
    """What a new clone collects."""
    return collect.collect()


def build(folder: Path) -> None:
    """Write params.yaml and data/ into `folder`."""
    (folder / DATA).parent.mkdir(parents=True)
    (folder / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    (folder / DATA).write_bytes(applications())
