"""The rounds of a search: who proposes how much, what is asked, what is learnt from it."""

import torch

from preceptor.core import generator
from preceptor.search.asking import SearchQueue
from preceptor.search.bandit import Tally, allot
from preceptor.search.context import Generator, Proposals, SearchContext
from preceptor.search.search_plan import SearchPlan
from preceptor.search.search_progress import SearchProgress, Watcher

DRY = 3
"""After so many calls in a row without a new input, a generator is left alone."""


def look(
    asking: SearchQueue, generators: list[Generator], plan: SearchPlan, hold: bool, watch: Watcher
) -> None:
    """Ask in rounds until the budget for looking is used up, or there is nothing more to propose.

    Args:
        asking: where the questions go.
        generators: the plain data first.
        plan: how much may be asked.
        hold: ask only about inputs to which the student gives the answer that it gives to the
            one start. That item itself comes first, then all that the generator after it has to
            propose, then the others.
        watch: told how far it is.
    """
    budget = plan.budget if hold or plan.enough is not None else plan.looking
    started = [0] * len(generators)
    misses = [0] * len(generators)
    first = 1 if hold else min(plan.first, budget)
    turns = 0
    while asking.left > 0 and len(asking.asked) < budget:
        room = min(plan.round, budget - len(asking.asked))
        if turns == 0 and first:
            shares = {0: min(first, budget)}
        else:
            tallies = _tallies(asking, len(generators), misses)
            rng = generator(plan.seed, "search", "bandit", str(turns))
            shares = allot(tallies, room, plan.even, rng)
            if hold and not tallies[1].dry:
                shares = {1: room}
        turns += 1
        if not shares:
            return
        made: list[tuple[int, Proposals]] = []
        for number, many in shares.items():
            proposals = generators[number].propose(
                asking.ground, started[number], many, asking.asked
            )
            started[number] += many
            usable = _usable(asking, proposals, hold)
            misses[number] = 0 if len(usable) else misses[number] + 1
            made.append((number, usable))
        asking.put(made)
        watch(SearchProgress("look", len(asking.asked), plan.budget, len(asking.clusters)))
        if plan.enough is not None and len(asking.clusters) >= plan.enough:
            return


def _tallies(asking: SearchQueue, generators: int, misses: list[int]) -> list[Tally]:
    asked = asking.asked
    founded = torch.zeros(len(asked), dtype=torch.bool)
    seen: set[int] = set()
    for row in (asked.found >= 0).nonzero()[:, 0].tolist():
        founded[row] = int(asked.found[row]) not in seen
        seen.add(int(asked.found[row]))
    tallies = []
    for number in range(generators):
        mine = (asked.generator == number) & asked.answered
        tallies.append(
            Tally(
                int(mine.sum()),
                int((mine & asked.certain).sum()),
                int((mine & founded).sum()),
                misses[number] >= DRY,
            )
        )
    return tallies


def _usable(asking: SearchQueue, proposals: Proposals, hold: bool) -> Proposals:
    """Those not asked before and, if the answer is to be held, where it is."""
    ground: SearchContext = asking.ground
    if len(proposals) == 0:
        return proposals
    keep = asking.fresh(proposals.keys)
    if hold:
        keep &= ground.answers(proposals.inputs) == ground.own.answers[ground.starts[0]]
    return proposals.take(keep.nonzero()[:, 0])
