"""What records that stopped share with others: the first items of one line.

Without a proxy the order is the line's, whoever the student: students audited on the same items with
one ledger are asked about the same ones first. However many that were when one of them
stopped, is known as soon as it is asked: a stopping time of all together. So bets on the items up
to there hold, and nothing else about the records may be set side by side.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from preceptor.audit.decision import stopping_of, terms_of
from preceptor.audit.record import Record
from preceptor.core.saved import Facts
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
        if stopping_of(records[i])["guesses"] is not None:
            yield (
                f"{names[i]!r} was asked in an order drawn from a proxy's guesses about that "
                "student alone, so no difference to others has a valid interval (audit it "
                "without --proxy)"
            )
    first = halted[0]
    ours = terms_of(records[first]).population
    for i in halted[1:]:
        theirs = terms_of(records[i]).population
        if ours != theirs:
            yield (
                f"the rule of {names[first]!r} is about the {_whose(ours)} and that of "
                f"{names[i]!r} about the {_whose(theirs)} (give --until with or without "
                "' of items' for both)"
            )
    yield from _line_faults(records, names, halted)
    if ours == "source":
        return
    counts = [int(record.facts["source"]["items"]) for record in records]
    for i, count in enumerate(counts):
        if count != counts[first]:
            yield (
                f"{names[first]!r} was asked about its {counts[first]} items, and {names[i]!r} "
                f"about {count}: the rate of these very items is another (give --items alike)"
            )


def _line_faults(
    records: Sequence[Record], names: Sequence[str], halted: Sequence[int]
) -> Iterator[str]:
    """Why stopped records do not hang on one line, bet on from its first item."""
    first = halted[0]
    for i in halted[1:]:
        if _line(records[i]) != _line(records[first]):
            yield (
                f"{names[first]!r} and {names[i]!r} were asked in orders drawn apart, since their "
                "attempts are kept in different ledgers or folders (audit the students with one "
                "--ledger)"
            )
    for i in halted:
        if stopping_of(records[i])["start"]:
            yield (
                f"the bets of {names[i]!r} began only after some items, since items were added "
                "when others had been asked about (audit the students on the same items from the "
                "beginning)"
            )


def prefix(records: Sequence[Record]) -> Prefix | None:
    """The items that all share; ``None`` if no record stopped.

    Records that did not stop must hold these items; :func:`order_faults` must have found nothing.
    """
    halted = stopped(records)
    if not halted:
        return None
    shortest = min((records[i] for i in halted), key=lambda r: int(stopping_of(r)["used"]))
    said = stopping_of(shortest)
    used = int(said["used"])
    order = np.array(said["order"].split(), np.int64)[:used]
    return Prefix(
        shortest.ids[:used],
        terms_of(shortest).population,
        {**said, "order": " ".join(map(str, order.tolist())), "used": used},
        shortest.facts["plan"]["until"],
        int(shortest.facts["source"]["items"]),
    )


def _line(record: Record) -> str:
    name: str = stopping_of(record)["line"]["name"]
    return name


def _whose(population: Population) -> str:
    return "rate of the source" if population == "source" else "rate of these very items"
