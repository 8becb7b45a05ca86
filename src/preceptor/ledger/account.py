"""The questions put to one teacher for one purpose, counted before they are put."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from preceptor.ledger import ask_new
from preceptor.ledger.clock import utc_now
from preceptor.ledger.question_keys import Batch
from preceptor.ledger.store import Store
from preceptor.ledger.stored_inputs import enter, look_up

MANY: Final = 2**31
"""More questions than anybody asks."""


@dataclass(frozen=True, eq=False)
class Account:
    """What was spent on a teacher for a purpose, and how much of it there may be.

    Attributes:
        store: the ledger's file.
        teacher: its number there.
        purpose: what the questions are for.
        budget: the largest number of questions; ``None`` for no limit.
        most_cost: the largest sum of what answers for this purpose cost, in the teacher's own unit;
            ``None`` for no limit. What a question will cost is not known before, so the dearest so far
            counts, and before any is known only ``probe`` questions are put.
        probe: how many questions may be under way together where there is a limit of cost.
    """

    store: Store
    teacher: int
    purpose: str
    budget: int | None
    most_cost: float | None = None
    probe: int = 1

    @property
    def spent(self) -> int:
        """How many questions were put so far, read from disk."""
        with self.store.read() as db:
            return ask_new.spent(db, self.teacher, self.purpose)

    @property
    def remaining(self) -> int | None:
        """How many questions the budget still covers, at least 0; ``None`` for no limit."""
        if self.budget is None and self.most_cost is None:
            return None
        with self.store.read() as db:
            return self._room(db, MANY)

    @property
    def limit(self) -> str:
        """The budget in words; empty where there is none."""
        if self.most_cost is not None:
            return f"cost={self.most_cost:g}"
        return "" if self.budget is None else f"{self.budget} questions"

    def charge(
        self, db: sqlite3.Connection, batch: Batch, slots: Sequence[int], *, anew: bool
    ) -> dict[int, int]:
        """Count the questions of these slots, as far as the budget covers them.

        A question that was put for this purpose before is put again for nothing, except ``anew``.

        Returns:
            Slot -> number of the stored input, for the slots that may be asked. The batch may take
            the numbers over when the transaction has been committed, not before.
        """
        stored = look_up(db, batch, slots)
        put = ask_new.rounds(db, self.teacher, self.purpose, list(stored.values()))
        new = [slot for slot in slots if anew or stored.get(slot) not in put]
        refused = set(new[self._room(db, len(new)) :])
        numbers = enter(db, batch, [slot for slot in slots if slot not in refused])
        charged = [numbers[slot] for slot in new if slot not in refused]
        rounds = _next_rounds(charged, put) if anew else [(number, 0) for number in charged]
        ask_new.put_questions(db, self.teacher, self.purpose, utc_now(), rounds)
        return numbers

    def _room(self, db: sqlite3.Connection, wanted: int) -> int:
        """How many of so many new questions the budget covers."""
        if self.budget is not None:
            wanted = min(
                wanted, max(0, self.budget - ask_new.spent(db, self.teacher, self.purpose))
            )
        if self.most_cost is None:
            return wanted
        paid, dearest = ask_new.paid(db, self.purpose)
        if paid >= self.most_cost:
            return 0
        if not dearest:
            return min(wanted, self.probe)
        return min(wanted, int((self.most_cost - paid) / dearest + 1e-9))


def _next_rounds(inputs: Sequence[int], put: Mapping[int, int]) -> list[tuple[int, int]]:
    """The rounds in which these inputs are put anew. Round 0 belongs to the plain question."""
    last = dict(put)
    rounds = []
    for number in inputs:
        last[number] = last.get(number, 0) + 1
        rounds.append((number, last[number]))
    return rounds
