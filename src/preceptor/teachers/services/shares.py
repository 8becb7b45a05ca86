"""Belief as votes: so many shares of equal size, each for a label or for *cannot tell*."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from preceptor.core import UNCERTAIN

SHARES: Final = 100
"""Of a belief that is told by probabilities: each stands for one per cent."""

LESS: Final = "below the threshold"


def votes_of(shares: np.ndarray, many: int) -> list[int]:
    """A belief as votes, by largest remainder; all ``UNCERTAIN`` where there is none.

    Args:
        shares: ``Float[labels + 1]``, which sum to 1, last *cannot tell*; or zeros.
        many: votes.

    Returns:
        so many votes, by label, those that cannot tell last.
    """
    labels = len(shares) - 1
    if not shares.sum() > 0:
        return [UNCERTAIN] * many
    exact = shares / shares.sum() * many
    counts = np.floor(exact + 1e-9).astype(int)
    order = np.argsort(-(exact - counts), kind="stable")
    counts[order[: many - counts.sum()]] += 1
    return [
        label if label < labels else UNCERTAIN
        for label in range(labels + 1)
        for _ in range(counts[label])
    ]


def decided(votes: Sequence[int], labels: int, threshold: float) -> int:
    """The label that has at least the threshold of all votes, and more than any other; else ``UNCERTAIN``."""
    counts = [votes.count(label) for label in range(labels)]
    most = max(counts)
    enough = most >= threshold * len(votes) - 1e-9 and most > 0
    return counts.index(most) if enough and counts.count(most) == 1 else UNCERTAIN
