"""Running claims: each seed by itself, kept on disk as soon as it is done."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import torch

from preceptor.core import InputError, environment
from preceptor.core.keyed_runs import keyed_runs
from preceptor.core.plain import read_fields
from preceptor.core.saved import Cache
from preceptor.core.watching import silent
from preceptor.paper.claim import Claim, Scale, checked
from preceptor.paper.contest import Numbers
from preceptor.paper.declaration import declared
from preceptor.paper.entry import Entry
from preceptor.paper.suite_result import ClaimResult, Run, Suite


@dataclass(frozen=True)
class SuiteProgress:
    """How far a suite is.

    Attributes:
        claim: of the run just finished, or found on disk.
        seed: of that run.
        who: the entered opponent whose run it is; empty for the claim's own.
        done: runs so far.
        total: of all.
        resumed: whether it was found on disk.
    """

    claim: str
    seed: int
    done: int
    total: int
    resumed: bool
    who: str = ""


Key = tuple[str, int, str]
"""Claim, seed, and the entered opponent; empty for the claim's own run."""


def run_suite(
    claims: Sequence[Claim],
    scale: Scale,
    out: str | Path | None = None,
    *,
    n_jobs: int = 1,
    watch: Callable[[SuiteProgress], None] = silent,
    remarks: str = "",
    entry: Entry | None = None,
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
        entry: an opponent to be entered into each of the claims, on the same seeds; the verdict is
            then judged with it.

    Raises:
        InputError: no claims, ``n_jobs`` of 0, a claim that takes no opponents, or an opponent that
            does not keep to the contest.
    """
    if not claims or n_jobs == 0:
        raise InputError(f"nothing to run: {len(claims)} claims, {n_jobs} processes")
    wanted: dict[Key, str] = {}
    for claim in claims:
        if entry is not None:
            entry.allowed(claim)
        for seed in claim.plan(scale).seeds:
            name, key = claim.facts.name, claim.key(scale, seed)
            wanted[name, seed, ""] = f"{name}-{seed}-{key}"
            if entry is not None:
                wanted[name, seed, entry.name] = (
                    f"{name}-{seed}-{key}-{entry.name}-{entry.digest[:16]}"
                )

    def told(key: Key, _: Run, done: int, resumed: bool) -> None:
        name, seed, who = key
        watch(SuiteProgress(name, seed, done, len(wanted), resumed, who))

    found = keyed_runs(
        wanted,
        partial(_run, {claim.facts.name: claim for claim in claims}, scale, entry),
        Cache(None if out is None else Path(out) / "runs"),
        read=partial(read_fields, Run),
        describe=asdict,
        watch=told,
        n_jobs=n_jobs,
    )
    findings = tuple(_finding(claim, scale, found, entry) for claim in claims)
    return Suite(scale, findings, environment(), remarks)


def _run(claims: Mapping[str, Claim], scale: Scale, entry: Entry | None, key: Key) -> Run:
    """One seed of one claim, or of an opponent that was entered, on one thread."""
    name, seed, who = key
    claim = claims[name]
    settings = claim.plan(scale).settings
    threads, clock = torch.get_num_threads(), time.process_time()
    torch.set_num_threads(1)
    try:
        entering = entry is not None and who
        numbers = entry.enter(claim, settings, seed) if entering else claim.measure(settings, seed)  # type: ignore[union-attr]
        return Run(
            seed, checked(numbers, name), round(time.process_time() - clock, 2), environment()
        )
    finally:
        torch.set_num_threads(threads)


def _finding(
    claim: Claim, scale: Scale, found: Mapping[Key, Run], entry: Entry | None
) -> ClaimResult:
    plan, name = claim.plan(scale), claim.facts.name
    runs = tuple(found[name, seed, ""] for seed in plan.seeds)
    commits = [run.environment.get("commit") for run in runs]
    if entry is not None:
        entries = (found[name, seed, entry.name] for seed in plan.seeds)
        runs = tuple(
            _joined(claim, plan.settings, *both, entry.name)
            for both in zip(runs, entries, strict=True)
        )
    return ClaimResult(
        claim.facts,
        plan.settings,
        runs,
        claim.charts(plan.settings),
        claim.pictures(),
        claim.scenes(plan.settings),
        () if entry is None else (entry.opponent,),
        declared(claim, commits),
    )


def _joined(claim: Claim, settings: Mapping[str, object], own: Run, other: Run, who: str) -> Run:
    """A seed's own run with an opponent's, and the comparison of both."""
    if claim.contest is None:
        raise InputError(f"claim {claim.facts.name!r} takes no opponents")
    numbers: Numbers = {**own.numbers, **other.numbers}
    duel = claim.contest.compare(settings, numbers, who)
    both = checked({**numbers, **duel}, claim.facts.name)
    return replace(own, numbers=both, seconds=own.seconds + other.seconds)
