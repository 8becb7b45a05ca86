"""Running claims: each seed by itself, kept on disk as soon as it is done."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch

from preceptor.core import InputError, environment
from preceptor.core.keyed_runs import keyed_runs
from preceptor.core.plain import read_fields
from preceptor.core.saved import Cache
from preceptor.core.watching import silent
from preceptor.paper.claim import Claim, Scale, checked
from preceptor.paper.suite_result import ClaimResult, Run, Suite


@dataclass(frozen=True)
class SuiteProgress:
    """How far a suite is.

    Attributes:
        claim: of the run just finished, or found on disk.
        seed: of that run.
        done: runs so far.
        total: of all.
        resumed: whether it was found on disk.
    """

    claim: str
    seed: int
    done: int
    total: int
    resumed: bool


def run_suite(
    claims: Sequence[Claim],
    scale: Scale,
    out: str | Path | None = None,
    *,
    n_jobs: int = 1,
    watch: Callable[[SuiteProgress], None] = silent,
    remarks: str = "",
) -> Suite:
    """Try claims, and judge each by its rule, declared before its seeds were run.

    Args:
        claims: what to try.
        scale: how much to run.
        out: a folder in which every finished run is kept, so that the same call goes on after an
            interruption; nothing is kept without it.
        n_jobs: processes; -1 for all cores. Changes no number.
        watch: told each run.
        remarks: kept with the results.

    Raises:
        InputError: no claims, or ``n_jobs`` of 0.
    """
    if not claims or n_jobs == 0:
        raise InputError(f"nothing to run: {len(claims)} claims, {n_jobs} processes")
    by_name = {claim.facts.name: claim for claim in claims}
    wanted = {
        (claim.facts.name, seed): f"{claim.facts.name}-{seed}-{claim.key(scale, seed)}"
        for claim in claims
        for seed in claim.plan(scale).seeds
    }

    def told(key: tuple[str, int], _: Run, done: int, resumed: bool) -> None:
        watch(SuiteProgress(*key, done, len(wanted), resumed))

    found = keyed_runs(
        wanted,
        partial(_run, by_name, scale),
        Cache(None if out is None else Path(out) / "runs"),
        read=partial(read_fields, Run),
        describe=asdict,
        watch=told,
        n_jobs=n_jobs,
    )
    findings = tuple(_finding(claim, scale, found) for claim in claims)
    return Suite(scale, findings, environment(), remarks)


def _run(claims: Mapping[str, Claim], scale: Scale, key: tuple[str, int]) -> Run:
    """One seed of one claim, on one thread."""
    name, seed = key
    claim = claims[name]
    threads, clock = torch.get_num_threads(), time.process_time()
    torch.set_num_threads(1)
    try:
        numbers = checked(claim.measure(claim.plan(scale).settings, seed), name)
        return Run(seed, numbers, round(time.process_time() - clock, 2), environment())
    finally:
        torch.set_num_threads(threads)


def _finding(claim: Claim, scale: Scale, found: dict[tuple[str, int], Run]) -> ClaimResult:
    plan = claim.plan(scale)
    runs = tuple(found[(claim.facts.name, seed)] for seed in plan.seeds)
    return ClaimResult(
        claim.facts,
        plan.settings,
        runs,
        claim.charts(plan.settings),
        claim.pictures(),
        claim.scenes(plan.settings),
    )
