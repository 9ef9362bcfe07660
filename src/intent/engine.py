"""Where the fits of a training run: here one after the other, on this machine's cores, or on a cluster.

`train.backend` in params.yaml is a name that joblib, scikit-learn's own engine, knows:

- `sequential`: in this process, one after the other.
- `loky`: in processes of this machine, one for each core.
- `dask`: on the workers of the Dask cluster whose scheduler the environment names in `DASK_SCHEDULER_ADDRESS`. They
  need the libraries of the lock and nothing of this project: what is sent is a scikit-learn estimator and its rows.

Threads are no choice: all threads of a process share the random numbers of liblinear, and luck would make the model.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from joblib import Parallel, delayed, parallel_config

from intent.faults import StageError
from intent.libraries import LIBRARIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ADDRESS = "DASK_SCHEDULER_ADDRESS"
SECONDS = 30
"""How long a scheduler and its first worker may take to answer."""


def fitted(estimators: Sequence[Any], data: Sequence[tuple[Any, Any]], backend: str) -> list[Any]:
    """Each estimator fitted to its (rows, answers), side by side; the same bytes whatever the backend."""
    with _engine(backend):
        return list(Parallel()(delayed(one.fit)(*rows) for one, rows in zip(estimators, data, strict=True)))


@contextmanager
def _engine(backend: str) -> Iterator[None]:
    if backend != "dask":
        with parallel_config(backend=backend, n_jobs=-1):
            yield
        return
    with _cluster() as client, parallel_config(backend="dask", n_jobs=-1, client=client):
        yield


@contextmanager
def _cluster() -> Iterator[Any]:
    address = os.environ.get(ADDRESS, "")
    if not address:
        raise StageError(
            "`train.backend` is dask, and nothing says where the cluster is",
            where="params.yaml, section `train`",
            do=f"set {ADDRESS} to the scheduler's address, or train here: `backend: sequential`",
        )
    try:
        from distributed import Client
    except ImportError:
        raise StageError(
            "`train.backend` is dask, and `distributed` is not installed", do="pip install 'mergegate[dask]'"
        ) from None
    try:
        client = Client(address, timeout=SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise StageError(
            f"the Dask cluster does not answer: {error}", where=f"{ADDRESS}={address}", do="see that its scheduler runs"
        ) from None
    with client:
        _demand_the_same_libraries(client, address)
        yield client


def _demand_the_same_libraries(client: Any, address: str) -> None:
    """The lock says which libraries make the model; a worker with others would make another one."""
    for name in LIBRARIES:
        here, there = installed(name), client.run(version, name)
        if not there:
            raise StageError("the Dask cluster has no worker", where=f"{ADDRESS}={address}", do="start one")
        for worker, other in sorted(there.items()):
            if other != here:
                raise StageError(
                    f"{worker} has {name} {other}, and this model is made with {here}",
                    where=f"{ADDRESS}={address}",
                    do="install requirements/pipelines.txt on the workers",
                )


def installed(name: str) -> str:
    """The version of a library in this process."""
    return version(name)
