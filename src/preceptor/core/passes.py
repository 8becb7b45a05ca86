"""How many inputs a student is given in one pass, wherever in an audit it is asked.

An attack is handed a batch and may want more at once: several runs of the same items, every guide
of an item, a whole pool. What it wants beyond the batch is asked in parts, which takes as many
passes' memory and changes no result.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_MOST: ContextVar[int | None] = ContextVar("preceptor_most_in_a_pass", default=None)


@contextmanager
def at_most(inputs: int) -> Iterator[None]:
    """Within this, no pass takes more than so many inputs, nor more than a bound around it says."""
    token = _MOST.set(within(inputs))
    try:
        yield
    finally:
        _MOST.reset(token)


def within(inputs: int) -> int:
    """So many inputs, or fewer where no pass takes so many."""
    most = _MOST.get()
    return inputs if most is None else min(inputs, most)
