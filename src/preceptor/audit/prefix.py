"""What records that stopped share with others: the first items of one order.

Without a proxy the order hangs on the seed and the number of items alone, so students audited on
the same items are asked about the same ones first. However many that were when one of them
stopped, is known as soon as it is asked: a stopping time of all together. So bets on the items up
to there hold, and nothing else about the records may be set side by side.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from preceptor.audit.decision import Terms
from preceptor.audit.record import Facts, Record
from preceptor.sequential import Population


@dataclass(frozen=True)
class Prefix:
    """The items that every record was asked about, in the order of asking.

    Attributes:
        ids: of the items.
        population: whose rates the differences are about.
        stopping: what the narrowed records say of stopping.
        until: likewise, the rule.
        pool: how many items there were to ask.
    """

    ids: tuple[str, ...]
    population: Population
    stopping: Facts
    until: Facts
    pool: int


def stopped(records: Sequence[Record]) -> list[int]:
    """Which of them stopped by a rule."""
    return [i for i, record in enumerate(records) if "stopping" in record.facts]


def order_faults(records: Sequence[Record], names: Sequence[str]) -> Iterator[str]:
    """Why records of which some stopped do not share an order, in words."""
    halted = stopped(records)
    if not halted:
        return
    for i in halted:
        if records[i].facts["stopping"]["guesses"] is not None:
            yield (
                f"{names[i]!r} was asked in an order drawn from a proxy's guesses about that "
                "student alone, so no difference to others has a valid interval (audit it "
                "without --proxy)"
            )
    first = halted[0]
    ours = Terms.of(records[first]).population
    for i in halted[1:]:
        theirs = Terms.of(records[i]).population
        if ours != theirs:
            yield (
                f"the rule of {names[first]!r} is about the {_whose(ours)} and that of "
                f"{names[i]!r} about the {_whose(theirs)} (give --until with or without "
                "' of items' for both)"
            )
    counts = [int(record.facts["source"]["items"]) for record in records]
    for i, count in enumerate(counts):
        if count != counts[first]:
            yield (
                f"{names[first]!r} stopped, in an order drawn from {counts[first]} items, and "
                f"{names[i]!r} has {count}: the order is another (give --items alike)"
            )


def prefix(records: Sequence[Record]) -> Prefix | None:
    """The items that all share; ``None`` if no record stopped.

    Records that did not stop must hold these items; :func:`order_faults` must have found nothing.
    """
    halted = stopped(records)
    if not halted:
        return None
    shortest = min((records[i] for i in halted), key=lambda r: int(r.facts["stopping"]["used"]))
    said = shortest.facts["stopping"]
    used = int(said["used"])
    order = np.array(said["order"].split(), np.int64)[:used]
    return Prefix(
        shortest.ids[:used],
        Terms.of(shortest).population,
        {**said, "order": " ".join(map(str, order.tolist())), "used": used},
        shortest.facts["plan"]["until"],
        int(shortest.facts["source"]["items"]),
    )


def _whose(population: Population) -> str:
    return "rate of the source" if population == "source" else "rate of these very items"
