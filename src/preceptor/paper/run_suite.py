"""Running claims: each seed by itself, kept on disk as soon as it is done."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from joblib import Parallel, delayed

from preceptor.core import InputError, environment
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
    kept = Cache(None if out is None else Path(out) / "runs")
    wanted = [(claim, seed) for claim in claims for seed in claim.plan(scale).seeds]
    found: dict[tuple[str, int], Run] = {}
    for claim, seed in wanted:
        run = kept.read(_key(claim, scale, seed), lambda said: read_fields(Run, said))
        if run is not None:
            found[(claim.facts.name, seed)] = run
            watch(SuiteProgress(claim.facts.name, seed, len(found), len(wanted), resumed=True))
    missing = [(claim, seed) for claim, seed in wanted if (claim.facts.name, seed) not in found]
    by_name = {claim.facts.name: claim for claim in claims}
    for name, run in _each(missing, scale, n_jobs):
        kept.write(_key(by_name[name], scale, run.seed), asdict(run))
        found[(name, run.seed)] = run
        watch(SuiteProgress(name, run.seed, len(found), len(wanted), resumed=False))
    findings = tuple(_finding(claim, scale, found) for claim in claims)
    return Suite(scale, findings, environment(), remarks)


def one(claim: Claim, scale: Scale, seed: int) -> tuple[str, Run]:
    """One seed of one claim, on one thread."""
    threads, clock = torch.get_num_threads(), time.process_time()
    torch.set_num_threads(1)
    try:
        name = claim.facts.name
        numbers = checked(claim.measure(claim.plan(scale).settings, seed), name)
        return name, Run(seed, numbers, round(time.process_time() - clock, 2), environment())
    finally:
        torch.set_num_threads(threads)


def _each(
    missing: Sequence[tuple[Claim, int]], scale: Scale, n_jobs: int
) -> Iterable[tuple[str, Run]]:
    """The runs as they are finished, in any order."""
    if n_jobs == 1 or len(missing) < 2:
        return (one(claim, scale, seed) for claim, seed in missing)
    tasks = [delayed(one)(claim, scale, seed) for claim, seed in missing]
    made: Iterable[tuple[str, Run]] = Parallel(n_jobs=n_jobs, return_as="generator_unordered")(
        tasks
    )
    return made


def _key(claim: Claim, scale: Scale, seed: int) -> str:
    return f"{claim.facts.name}-{seed}-{claim.key(scale, seed)}"


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
