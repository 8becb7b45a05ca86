"""The same numbers seed for seed on dask and ray, and clear words where there is no cluster."""

import json
import sys
import warnings
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from commands import preceptor
from comparison_cells import SMALL
from test_comparison_runs import numbers

from preceptor.comparison import ComparisonProgress, cluster, compare
from preceptor.core import InputError

TINY = replace(
    SMALL, strategies=("random", "told:feature set"), budgets=(6,), attack="noise:size=0.1"
)


@contextmanager
def as_they_are():
    """Their own warnings are not ours to raise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_processes_need_no_cluster():
    with cluster("loky", jobs=2) as jobs:
        assert jobs == 2


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("backend", "package"), [("dask", "distributed"), ("ray", "ray")])
def test_a_cluster_gives_the_same_numbers_seed_for_seed(backend, package, tmp_path: Path):
    pytest.importorskip(package, reason="ray is an extra of 240 MB; dask is always installed")
    here = compare(TINY)
    seen: list[ComparisonProgress] = []
    with as_they_are(), cluster(backend, jobs=2) as jobs:
        assert jobs is None
        spread = compare(TINY, tmp_path, n_jobs=jobs, watch=seen.append)
    assert numbers(spread.cells) == numbers(here.cells)
    assert len(list((tmp_path / "cells").glob("*.json"))) == len(here.cells) == len(seen)
    again: list[ComparisonProgress] = []
    compare(TINY, tmp_path, watch=again.append)
    assert all(told.resumed for told in again)


@pytest.mark.filterwarnings("ignore")
def test_a_running_dask_cluster_is_used_by_its_address():
    distributed = pytest.importorskip("distributed")
    one = replace(TINY, strategies=("told:feature set",), seeds=(0,))
    with (
        as_they_are(),
        # two threads in one process: cells must not disturb one another
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
        ) as there,
        cluster("dask", there.scheduler_address) as jobs,
    ):
        spread = compare(one, n_jobs=jobs)
    assert numbers(spread.cells) == numbers(compare(one).cells)


@pytest.mark.parametrize(("backend", "package"), [("dask", "distributed"), ("ray", "ray")])
def test_a_missing_package_is_said(backend, package, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, package, None)
    with (
        pytest.raises(InputError, match=rf"pip install '.\[{backend}\]'"),
        cluster(backend),
    ):
        pass


def test_what_is_no_cluster_is_refused():
    said = "a backend is one of loky, dask, ray; got 'spark'"
    with pytest.raises(InputError, match=said), cluster("spark"):
        pass
    said = "say which: backend dask or ray"
    with pytest.raises(InputError, match=said), cluster("loky", "tcp://somewhere:8786"):
        pass


def test_cells_in_threads_of_one_process_do_not_disturb_one_another():
    joblib = pytest.importorskip("joblib")
    with joblib.parallel_config(backend="threading", n_jobs=3):
        spread = compare(TINY, n_jobs=None)
    assert numbers(spread.cells) == numbers(compare(TINY).cells)


def test_convergence_is_checked_from_the_command_line(tmp_path: Path):
    command = ["compare", "xor:features=6", "--strategy", "random", "--strategy"]
    command += ["told:feature set", "--budget", "10", "--seeds", "2", "--given", "60"]
    command += ["--steps", "30", "--probes", "100", "--items", "20", "--jobs", "1"]
    command += ["--search", "0", "--attack", "noise:size=0.1"]
    command += ["--check-convergence", "--json", "--out", str(tmp_path)]
    told = preceptor(tmp_path, *command)
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)["convergence"]
    assert found == json.loads((tmp_path / "convergence.json").read_text())
    assert found["steps"] == 30
    assert set(found["strong"]) == {"labels alone", "random", "told:feature set"}
    assert all(len(one["short"]) == len(one["long"]) == 2 for one in found["strong"].values())
    assert found["holds"] is not bool(found["reversed"])
    assert found["sentences"]


def test_one_seed_cannot_be_checked(tmp_path: Path):
    told = preceptor(tmp_path, "compare", "xor:features=6", "--seeds", "1", "--check-convergence")
    assert told.returncode == 2
    assert "--seeds 2 or more" in told.stderr
