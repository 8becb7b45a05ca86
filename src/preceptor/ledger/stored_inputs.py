"""Inputs in the ledger: each is stored once, and found by its key once for each batch."""

import sqlite3
from collections.abc import Sequence

from preceptor.ledger import queries
from preceptor.ledger.question_keys import Batch


def look_up(db: sqlite3.Connection, batch: Batch, slots: Sequence[int]) -> dict[int, int]:
    """Slot -> number of the stored input, for those of these slots whose input is stored."""
    unknown = [slot for slot in slots if slot not in batch.ids]
    if unknown:
        found = queries.find_inputs(db, [batch.keys[slot] for slot in unknown])
        batch.ids.update(
            (slot, found[batch.keys[slot]]) for slot in unknown if batch.keys[slot] in found
        )
    return {slot: batch.ids[slot] for slot in slots if slot in batch.ids}


def enter(db: sqlite3.Connection, batch: Batch, slots: Sequence[int]) -> dict[int, int]:
    """Slot -> number of the stored input, for all these slots; those that lack are stored.

    The batch may take the new numbers over when the transaction has been committed, not before.
    """
    numbers = look_up(db, batch, slots)
    lacking = [slot for slot in slots if slot not in numbers]
    if lacking:
        queries.put_inputs(db, batch.payload(lacking))
        found = queries.find_inputs(db, [batch.keys[slot] for slot in lacking])
        numbers.update((slot, found[batch.keys[slot]]) for slot in lacking)
    return {slot: numbers[slot] for slot in slots}
