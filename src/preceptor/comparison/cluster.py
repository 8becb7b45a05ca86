"""Where the cells of a comparison run: this machine's processes, or a cluster of dask or ray."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

from preceptor.core import InputError
from preceptor.core.extras import install

BACKENDS: Final = ("loky", "dask", "ray")
"""Processes of this machine, or a cluster's workers, all through joblib."""


@contextmanager
def cluster(backend: str, scheduler: str = "", jobs: int = -1) -> Iterator[int | None]:
    """Connect to a cluster, or start one on this machine; gives ``n_jobs`` for ``compare``.

    Args:
        backend: ``loky`` needs no cluster.
        scheduler: the address of a running cluster, such as ``tcp://host:8786`` for dask or
            ``host:6379`` or ``auto`` for ray; empty starts one here, of ``jobs`` workers with one
            thread each, which ends with the block.
        jobs: processes; -1 for all cores. A running cluster has as many as it has.

    Raises:
        InputError: an unknown backend, a scheduler for ``loky``, a missing package, or nobody at
            the address.
    """
    if backend not in BACKENDS:
        raise InputError(f"a backend is one of {', '.join(BACKENDS)}; got {backend!r}")
    if backend == "loky":
        if scheduler:
            raise InputError(
                f"a scheduler ({scheduler}) is that of a dask or ray cluster; say which: backend "
                "dask or ray"
            )
        yield jobs
        return
    workers = jobs if jobs > 0 else os.cpu_count() or 1
    connected = _dask if backend == "dask" else _ray
    with connected(scheduler, workers):
        yield None


@contextmanager
def _dask(scheduler: str, workers: int) -> Iterator[None]:
    try:
        client_of = import_module("distributed").Client
        parallel_config = import_module("joblib").parallel_config
    except ImportError as error:
        raise _missing("dask") from error
    here: dict[str, Any] = {"n_workers": workers, "threads_per_worker": 1}
    try:
        client = client_of(scheduler) if scheduler else client_of(dashboard_address=None, **here)
    except (OSError, ValueError) as error:
        raise _nobody("dask", scheduler, error) from error
    with client, parallel_config(backend="dask"):
        yield


@contextmanager
def _ray(scheduler: str, workers: int) -> Iterator[None]:
    try:
        ray, for_joblib = import_module("ray"), import_module("ray.util.joblib")
        parallel_config = import_module("joblib").parallel_config
    except ImportError as error:
        raise _missing("ray") from error
    where: dict[str, Any] = {"address": scheduler} if scheduler else {"num_cpus": workers}
    try:
        ray.init(include_dashboard=False if not scheduler else None, log_to_driver=False, **where)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise _nobody("ray", scheduler, error) from error
    for_joblib.register_ray()
    try:
        with parallel_config(backend="ray"):
            yield
    finally:
        ray.shutdown()


def _missing(backend: str) -> InputError:
    return InputError(
        f"the backend {backend} needs a package that is not installed: {install(backend)}"
    )


def _nobody(backend: str, scheduler: str, error: Exception) -> InputError:
    where = f"at {scheduler!r}" if scheduler else "that starts on this machine"
    return InputError(
        f"there is no {backend} cluster {where}: {error}. Give the address of its scheduler, or "
        "none to start one here"
    )
