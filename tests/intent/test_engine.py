"""Where a training is fitted: another place, the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest
from distributed import Client, LocalCluster, get_task_stream
from tests.intent import small

from intent import engine, train
from intent.collect import Row
from intent.faults import StageError
from intent.settings import BACKENDS, Features, Train, from_mapping

SEEN, HOW = Features(1, 0, 8), Train(1.0, 1000, 7)
ROWS = pd.DataFrame([{name: getattr(row, name) for name in Row.__slots__} for row in small.rows()])


def fitted(folder: Path, backend: str) -> bytes:
    """The model file of the small world."""
    file = folder / f"{backend}.npz"
    train.fit(ROWS, replace(HOW, backend=backend), SEEN).save(file)
    return file.read_bytes()


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """A scheduler and two workers, each a process of its own."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, worker_dashboard_address=None
    ) as made:
        made.wait_for_workers(2)
        yield made


@pytest.mark.slow
def test_a_cluster_of_two_workers_fits_the_same_bytes_and_really_fits_them(
    cluster: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both fits, the one that calibrates and the one that stays, are done by the workers."""
    here = fitted(tmp_path, "sequential")
    monkeypatch.setenv(engine.ADDRESS, cluster.scheduler_address)
    with Client(cluster) as client, get_task_stream(client) as stream:
        assert fitted(tmp_path, "dask") == here
        workers = set(client.scheduler_info()["workers"])
    assert len(stream.data) == 2
    assert {task["worker"] for task in stream.data} <= workers


@pytest.mark.slow
def test_processes_of_this_machine_fit_the_same_bytes(tmp_path: Path) -> None:
    assert fitted(tmp_path, "loky") == fitted(tmp_path, "sequential")


@pytest.mark.slow
def test_a_worker_with_other_libraries_trains_nothing(
    cluster: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock would claim a model that other versions made."""
    monkeypatch.setenv(engine.ADDRESS, cluster.scheduler_address)
    monkeypatch.setattr(engine, "installed", lambda name: "0.1" if name == "scikit-learn" else version(name))
    with pytest.raises(StageError, match=r"has scikit-learn \d.*made with 0\.1"):
        fitted(tmp_path, "dask")


@pytest.mark.parametrize(
    ("address", "said"),
    [("", "nothing says where the cluster is"), ("tcp://127.0.0.1:9", "does not answer"), ("nonsense://", "answer")],
)
def test_a_cluster_that_is_not_there_is_named(
    address: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(engine.ADDRESS, address)
    monkeypatch.setattr(engine, "SECONDS", 0.5)
    with pytest.raises(StageError, match=said):
        fitted(tmp_path, "dask")


@pytest.mark.parametrize("backend", ["threading", "ray", "", 1])
def test_another_backend_is_refused_with_the_names_of_those_there_are(backend: object) -> None:
    with pytest.raises(ValueError, match=r"`backend` must be .*text|sequential, loky, dask"):
        from_mapping(Train, {"C": 1.0, "iterations": 10, "seed": 1, "backend": backend})
    assert BACKENDS[0] == "sequential"
