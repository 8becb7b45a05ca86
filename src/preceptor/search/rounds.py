"""The rounds of a search: who proposes how much, what is asked, what is learnt from it."""

import torch

from preceptor.core import generator
from preceptor.search.asking import PendingQuestions, SearchQueue
from preceptor.search.bandit import Tally, allot
from preceptor.search.context import Generator, Proposals, SearchContext
from preceptor.search.search_plan import SearchPlan
from preceptor.search.search_progress import SearchProgress, Watcher

DRY = 3
"""After so many calls in a row without a new input, a generator is left alone."""

SMALL = 10
"""A last round is small where all before it together are so many times as large."""


def look(
    asking: SearchQueue, generators: list[Generator], plan: SearchPlan, hold: bool, watch: Watcher
) -> PendingQuestions | None:
    """Ask in rounds until the budget for looking is used up, or there is nothing more to propose.

    A round is worked out while the one before it is asked, so it knows what all others brought.
    Where the search may end after any round, or is around one item, it knows the last as well.

    Args:
        asking: where the questions go.
        generators: the plain data first.
        plan: how much may be asked.
        hold: ask only about inputs to which the student gives the answer that it gives to the
            one start. That item itself comes first, then all that the generator after it has to
            propose, then the others.
        watch: told how far it is.

    Returns:
        the last round, where it is small beside all others and its answers are under way: for
        whoever has something to work out meanwhile.
    """
    planner = RoundPlanner(asking, generators, plan, hold)
    under_way: PendingQuestions | None = None
    while asking.left > 0:
        made = planner.round()
        if made is None:
            break
        chosen = asking.begin(made)
        now, under_way = (chosen, None) if planner.one_by_one else (under_way, chosen)
        asking.hear(now)
        asking.ahead(under_way)
        watch(SearchProgress("look", len(asking.asked), plan.budget, len(asking.clusters)))
        if plan.enough is not None and len(asking.clusters) >= plan.enough:
            return None
    if under_way is not None and SMALL * len(under_way) <= len(asking.asked):
        return under_way
    asking.hear(under_way)
    watch(SearchProgress("look", len(asking.asked), plan.budget, len(asking.clusters)))
    return None


class RoundPlanner:
    """Who proposes how much in each round.

    Args:
        asking: what was asked.
        generators: the plain data first.
        plan: how much may be asked.
        hold: see :func:`look`.

    Attributes:
        one_by_one: whether each round needs the answers of the last.
    """

    def __init__(
        self, asking: SearchQueue, generators: list[Generator], plan: SearchPlan, hold: bool
    ) -> None:
        self.one_by_one = hold or plan.enough is not None
        self._asking, self._generators, self._plan, self._hold = asking, generators, plan, hold
        self._budget = plan.budget if self.one_by_one else plan.looking
        self._started = [0] * len(generators)
        self._misses = [0] * len(generators)
        self._turns = 0

    def round(self) -> list[tuple[int, Proposals]] | None:
        """The next proposals, with the numbers of their generators; ``None`` if that was all."""
        asking = self._asking
        room = min(self._plan.round, self._budget - len(asking.asked) - asking.pending)
        shares = self._shares(room) if room > 0 else {}
        if not shares:
            return None
        made: list[tuple[int, Proposals]] = []
        for number, many in shares.items():
            start = self._started[number]
            found = self._generators[number].propose(asking.ground, start, many, asking.asked)
            self._started[number] += many
            usable = _usable(asking, found, self._hold)
            self._misses[number] = 0 if len(usable) else self._misses[number] + 1
            made.append((number, usable))
        return made

    def _shares(self, room: int) -> dict[int, int]:
        """How many proposals each generator is asked for."""
        first = 1 if self._hold else min(self._plan.first, self._budget)
        turn, self._turns = self._turns, self._turns + 1
        if turn == 0 and first:
            return {0: first}
        tallies = _tallies(self._asking, len(self._generators), self._misses)
        if self._hold and not tallies[1].dry:
            return {1: room}
        rng = generator(self._plan.seed, "search", "bandit", str(turn))
        return allot(tallies, room, self._plan.even, rng)


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
