"""Strategies x budgets x seeds on one problem, over as many processes as there are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from preceptor.audit import environment
from preceptor.comparison.cell import Cell, ground, run, says_once
from preceptor.comparison.comparison_result import Comparison
from preceptor.comparison.design import BASE, Design, load
from preceptor.core import InputError
from preceptor.core.keyed_runs import keyed_runs
from preceptor.core.lock import alone
from preceptor.core.saved import Cache
from preceptor.core.watching import silent
from preceptor.problems import TextProblem
from preceptor.strategies import parse

TARGET: Final = 0.9

DEFAULTS: Final[dict[str, tuple[str, ...]]] = {
    "xor": (
        "passive",
        "linf-training:eps=0.1",
        "random",
        "boundary",
        "adversarial:eps=0.2",
        "told:feature set",
        "told:masks",
        "told:pairs",
        "corrective",
    ),
    "blocks": (
        "passive",
        "linf-training:eps=0.1",
        "random",
        "adversarial:eps=0.2",
        "told:feature set",
        "told:concept",
        "told:curated",
        "told:feature set + random",
        "told:concept + random",
    ),
    "two-rules": (
        "passive",
        "linf-training:eps=0.1",
        "random",
        "pool-uncertainty",
        "adversarial:eps=0.2",
        "told:feature set",
        "told:masks",
        "told:pairs",
        "told:curated",
    ),
    "sentences": (
        "passive",
        "pool-uncertainty",
        "badge",
        "committee",
        "revisions",
        "told:pairs",
        "told:relevant words",
        "told:words",
        "told:curated",
        "told:words + pool-uncertainty",
    ),
}
"""Strategies worth comparing, by problem."""


@dataclass(frozen=True)
class ComparisonProgress:
    """How far a comparison is.

    Attributes:
        cell: just finished, or found on disk.
        done: cells so far.
        total: of all.
        resumed: whether it was found on disk.
    """

    cell: Cell
    done: int
    total: int
    resumed: bool


def strategies_for(problem: str) -> tuple[str, ...]:
    """Strategies worth comparing on a problem; see :data:`DEFAULTS`.

    Of a problem that is not listed: the usual ones, and whatever its teacher can tell that is not
    wrong on purpose.
    """
    name = problem.partition(":")[0]
    if name in DEFAULTS:
        return DEFAULTS[name]
    known = load(problem, 0)
    told = [f"told:{tutor}" for tutor in known.tutors if not tutor.startswith("wrong")]
    if isinstance(known, TextProblem):
        return ("passive", "pool-uncertainty", "revisions", *told)
    usual = ("passive", "linf-training:eps=0.1", "random", "adversarial:eps=0.1", "best-asker")
    return (*usual, *told)


def cells_of(design: Design) -> list[tuple[str, int, int]]:
    """Strategy, budget and seed of every cell, seed by seed, the given labels alone first.

    Raises:
        InputError: a problem without laws for strong accuracy, or a strategy that cannot be made.
    """
    at = ground(design.problem, design.seeds[0], design.given, design.probes, design.items)
    if not at.problem.probes:
        raise InputError(
            f"problem {design.problem!r} has no law under which strong accuracy is measured, so "
            "there is nothing to compare by; the problems that have one are listed in "
            "docs/reference/problems.md"
        )
    found: list[tuple[str, int]] = [(BASE, 0)]
    for spec in design.strategies:
        parse(spec, at.setting)
        once = says_once(spec, at.setting)
        found += [(spec, budget) for budget in (max(design.budgets),) if once]
        found += [(spec, budget) for budget in design.budgets if not once]
    return [(spec, budget, seed) for seed in design.seeds for spec, budget in found]


def compare(
    design: Design,
    out: str | Path | None = None,
    *,
    target: float = TARGET,
    n_jobs: int | None = 1,
    watch: Callable[[ComparisonProgress], None] = silent,
) -> Comparison:
    """Learn in every way with every budget and seed, and measure what each is worth.

    Each cell is a run of its own, on one thread, from its own named random streams: its numbers
    depend on the design alone, neither on the number of processes nor on the other cells. Finished
    cells lie in ``out/cells``; after an interruption run the same call again. The problem's teacher
    is a rule that answers for nothing; its answers are counted and priced, and kept in no ledger.

    Args:
        design: what to compare.
        out: a folder for finished cells and ``comparison.json``; nothing is kept without it.
        target: of strong accuracy, whose price is looked for.
        n_jobs: processes, through joblib; -1 for all cores; ``None`` for whatever
            ``joblib.parallel_config`` says, such as a cluster of dask or ray. 1 uses no joblib.
        watch: told each cell.

    Raises:
        InputError: a design that cannot be carried out, more processes without joblib, or another
            comparison at work in ``out``.
    """
    if out is None:
        return _compare(design, None, target, n_jobs, watch)
    with alone(out):
        return _compare(design, Path(out), target, n_jobs, watch)


def _compare(
    design: Design,
    out: Path | None,
    target: float,
    n_jobs: int | None,
    watch: Callable[[ComparisonProgress], None],
) -> Comparison:
    wanted = cells_of(design)
    untaught = {seed: design.untaught(seed) for seed in design.seeds}

    def told(_: object, cell: Cell, done: int, resumed: bool) -> None:
        watch(ComparisonProgress(cell, done, len(wanted), resumed))

    cells = keyed_runs(
        {key: design.key(*key, untaught[key[2]]) for key in wanted},
        partial(_run, design, untaught),
        Cache(None if out is None else out / "cells"),
        read=Cell.read,
        describe=Cell.describe,
        watch=told,
        n_jobs=n_jobs,
    )
    order = {spec: place for place, spec in enumerate((BASE, *design.strategies))}
    ordered = sorted(cells.values(), key=lambda c: (order[c.strategy], c.budget, c.seed))
    problem = load(design.problem, design.seeds[0])
    about = {
        "problem": problem.about,
        "teacher": problem.teacher.name,
        "certainty": problem.teacher.certainty,
    }
    found = Comparison(design.describe(), about, tuple(ordered), target, dict(environment()))
    if out is not None:
        found.save(out)
    return found


def _run(design: Design, untaught: Mapping[int, str], key: tuple[str, int, int]) -> Cell:
    return run(design, *key, untaught=untaught[key[2]])
