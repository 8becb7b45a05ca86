"""Where the next questions go: Thompson sampling over the rate of new witnesses.

Thompson 1933, "On the likelihood that one unknown probability exceeds another"; in batches, as in
Chapelle & Li 2011, "An empirical evaluation of Thompson sampling", section 5. Differences: what
counts as a success is the first witness of a cluster, so that a generator which brings copies
dries up; and a share of each round is spread evenly.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np

TRIED: Final = 5
"""After so many questions without one certain answer a generator has no part in the even share."""


@dataclass(frozen=True)
class Tally:
    """What one generator has brought.

    Attributes:
        asked: its questions that were answered.
        certain: of these, those of which the teacher was certain.
        new: of these, the first witnesses of their clusters.
        dry: it had nothing to propose when it was last asked.
    """

    asked: int = 0
    certain: int = 0
    new: int = 0
    dry: bool = False

    @property
    def void(self) -> bool:
        """Whether it was tried, and the teacher was never certain."""
        return self.asked >= TRIED and not self.certain


def allot(
    tallies: list[Tally], questions: int, even: float, rng: np.random.Generator
) -> dict[int, int]:
    """So many questions, shared out over the generators that are not dry.

    Args:
        tallies: what each generator has brought.
        questions: how many to share out.
        even: the share that goes to those with the fewest questions so far, void ones left out.
        rng: of this round.

    Returns:
        questions by generator; empty if all are dry.
    """
    live = [i for i, tally in enumerate(tallies) if not tally.dry]
    if not live:
        return {}
    given: Counter[int] = Counter()
    tried = [i for i in live if not tallies[i].void] or live
    for _ in range(round(even * questions)):
        tie = [tried[k] for k in rng.permutation(len(tried))]
        given[min(tie, key=lambda i: tallies[i].asked + given[i])] += 1
    good = np.array([1 + tallies[i].new for i in live])
    bad = np.array([1 + tallies[i].asked - tallies[i].new for i in live])
    for _ in range(questions - given.total()):
        given[live[int(rng.beta(good, bad).argmax())]] += 1
    return dict(sorted(given.items()))
