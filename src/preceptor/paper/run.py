"""Running claims: each seed by itself, kept on disk as soon as it is done."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from joblib import Parallel, delayed

from preceptor.core import InputError, environment
from preceptor.core.whole import whole
from preceptor.paper.claim import Claim, Scale, checked
from preceptor.paper.result import Finding, Run, Suite


@dataclass(frozen=True)
class Told:
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


def silent(_: Told) -> None:
    """Watch nothing."""


def run_suite(
    claims: Sequence[Claim],
    scale: Scale,
    out: str | Path | None = None,
    *,
    n_jobs: int = 1,
    watch: Callable[[Told], None] = silent,
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
    kept = Kept(None if out is None else Path(out) / "runs")
    wanted = [(claim, seed) for claim in claims for seed in claim.plan(scale).seeds]
    found: dict[tuple[str, int], Run] = {}
    for claim, seed in wanted:
        run = kept.read(claim, scale, seed)
        if run is not None:
            found[(claim.facts.name, seed)] = run
            watch(Told(claim.facts.name, seed, len(found), len(wanted), resumed=True))
    missing = [(claim, seed) for claim, seed in wanted if (claim.facts.name, seed) not in found]
    by_name = {claim.facts.name: claim for claim in claims}
    for name, run in _each(missing, scale, n_jobs):
        kept.write(by_name[name], scale, run)
        found[(name, run.seed)] = run
        watch(Told(name, run.seed, len(found), len(wanted), resumed=False))
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


def _finding(claim: Claim, scale: Scale, found: dict[tuple[str, int], Run]) -> Finding:
    plan = claim.plan(scale)
    runs = tuple(found[(claim.facts.name, seed)] for seed in plan.seeds)
    return Finding(
        claim.facts,
        plan.settings,
        runs,
        claim.charts(plan.settings),
        claim.pictures(),
        claim.scenes(plan.settings),
    )


@dataclass(frozen=True)
class Kept:
    """Finished runs, one file each, written whole or not at all.

    Attributes:
        folder: ``None`` keeps nothing.
    """

    folder: Path | None

    def read(self, claim: Claim, scale: Scale, seed: int) -> Run | None:
        """The run, or ``None`` if it is not there or cannot be read."""
        if self.folder is None:
            return None
        try:
            said = json.loads(self._file(claim, scale, seed).read_text(encoding="utf-8"))
            return Run(**said)
        except (OSError, ValueError, TypeError):
            return None

    def write(self, claim: Claim, scale: Scale, run: Run) -> None:
        """Keep a run."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with whole(self._file(claim, scale, run.seed), at_once=True) as fresh:
            fresh.write_text(json.dumps(asdict(run)) + "\n", encoding="utf-8")

    def _file(self, claim: Claim, scale: Scale, seed: int) -> Path:
        folder = Path() if self.folder is None else self.folder
        return folder / f"{claim.facts.name}-{seed}-{claim.key(scale, seed)}.json"
