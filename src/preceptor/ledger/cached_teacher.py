"""A teacher with a memory: each question is asked once, each answer kept before it is used."""

import sqlite3
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from preceptor.asking import Arrival, Calls
from preceptor.asking.queue import ROUNDS
from preceptor.core import InconsistentTeacherError, Repeats, ServiceError
from preceptor.ledger import ask_new, queries
from preceptor.ledger.answer_rows import KeptAnswer
from preceptor.ledger.claims import QuestionClaim, calling
from preceptor.ledger.clock import utc_now
from preceptor.ledger.hearing import BatchAnswers, said_in
from preceptor.ledger.keep_answers import Keeper
from preceptor.ledger.question_keys import Batch, windows
from preceptor.ledger.store import READ_ONLY
from preceptor.ledger.stored_inputs import look_up

POLL_FIRST: Final = 0.005
POLL_LONGEST: Final = 0.5

QUICK: Final = 1.0
"""Seconds within which a sub-batch that costs nothing may be lost to a failure of power. To nothing
else: what is written outlives the process."""


@dataclass(frozen=True)
class Turn:
    """What may be done with the next few slots: each is in exactly one of these.

    Attributes:
        known: slots with an answer.
        mine: those to ask now; claimed and charged.
        others: those that somebody else is asking at this moment.
        refused: those beyond the budget.
    """

    known: Mapping[int, KeptAnswer]
    mine: Sequence[int]
    others: Sequence[int]
    refused: Sequence[int]


@dataclass(frozen=True, eq=False)
class CachedTeacherBase(Keeper):
    """A teacher whose answers the ledger keeps. Made by ``Ledger.keep``.

    A call looks up what is known, asks the inner teacher only for what is missing (identical
    inputs once, ``batch`` at a time) and commits each answer before it returns. The cost of a row
    is what its answer cost when it was given, so a re-run returns the same answers; what was
    really spent, ``Ledger.totals`` tells. Answers are returned on the CPU.

    Attributes:
        lease: seconds after which another host may ask what this one began to ask.

    Calling it raises:
        IncompleteError: of the class that fits; carries all answers there are.
        InconsistentTeacherError: see ``CachedTeacher.again``.
        LedgerError: the file cannot be read or written.
    """

    kind: ClassVar[str] = "teacher"
    lease: float

    def first(
        self, db: sqlite3.Connection, batch: Batch, slots: Sequence[int]
    ) -> dict[int, KeptAnswer]:
        """The first answers to those of these slots that have one."""
        numbers = look_up(db, batch, slots)
        found = queries.first_answers(db, self.account.teacher, list(numbers.values()))
        return {slot: found[number] for slot, number in numbers.items() if number in found}

    def known_in(self, db: sqlite3.Connection, batch: Batch, slots: Sequence[int]) -> set[int]:
        """Those of these slots that have an answer."""
        return set(self.first(db, batch, slots))

    def gather(self, batch: Batch, *, anew: bool = False) -> BatchAnswers:
        """Ask what is not known; with ``anew``, ask everything."""
        if anew:
            return self._gather_anew(batch)
        with self.account.store.read() as db:
            gathered = BatchAnswers(self.first(db, batch, range(len(batch.keys))))
        todo = [slot for slot in range(len(batch.keys)) if slot not in gathered.said]
        if self.account.store.read_only:
            gathered.give_up(todo, READ_ONLY)
            todo = []
        delay = POLL_FIRST
        while todo:
            others = self._pass(batch, todo, gathered)
            delay = POLL_FIRST if len(others) < len(todo) else min(2 * delay, POLL_LONGEST)
            if others:
                time.sleep(delay)
            todo = others
        return gathered

    def _gather_anew(self, batch: Batch) -> BatchAnswers:
        gathered = BatchAnswers()
        for slots in windows(range(len(batch.keys)), self._window):
            with self.account.store.write(durable=False) as db:
                mine = self.account.charge(db, batch, slots, anew=True)
            batch.ids.update(mine)
            gathered.refuse(slots[len(mine) :], self.account.limit)
            if mine:
                self._ask(batch, list(mine), gathered, None)
        return gathered

    @property
    def _window(self) -> int:
        """How many questions are claimed together: many calls need many, to go at once."""
        if self.account.most_cost is not None:
            return max(1, self.account.probe)  # what they cost is known before the next
        return self.batch if self.concurrency == 1 else max(self.batch, ROUNDS * self.concurrency)

    def _pass(self, batch: Batch, todo: Sequence[int], gathered: BatchAnswers) -> list[int]:
        """Go once through what is missing; returns what others are asking at this moment."""
        others: list[int] = []
        for slots in windows(todo, self._window):
            with calling(self.lease) as claim:
                try:
                    turn = self._take_turn(batch, slots, claim)
                    gathered.said.update(turn.known)
                    gathered.refuse(turn.refused, self.account.limit)
                    others += turn.others
                    if turn.mine:
                        self._ask(batch, turn.mine, gathered, claim)
                except BaseException:
                    self._release(claim)
                    raise
        return others

    def _take_turn(self, batch: Batch, slots: Sequence[int], claim: QuestionClaim) -> Turn:
        """Sort a few slots, and claim and charge those that are ours to ask."""
        with self.account.store.write(durable=False) as db:
            known = self.first(db, batch, slots)
            asked = self._being_asked(db)
            busy = {slot for slot in slots if slot not in known and batch.ids.get(slot) in asked}
            free = [slot for slot in slots if slot not in known and slot not in busy]
            mine = self.account.charge(db, batch, free, anew=False)
            if mine:
                ask_new.put_claim(db, self.account.teacher, mine.values(), claim)
        batch.ids.update(mine)
        others = [slot for slot in slots if slot in busy]
        return Turn(known, list(mine), others, [slot for slot in free if slot not in mine])

    def _being_asked(self, db: sqlite3.Connection) -> set[int]:
        """The inputs about which somebody alive asks this teacher; the dead lose their claims."""
        asked: set[int] = set()
        for claim, inputs in ask_new.claims(db, self.account.teacher).items():
            if claim.alive:
                asked |= inputs
            else:
                ask_new.drop_claim(db, claim.token)
        return asked

    def _ask(
        self,
        batch: Batch,
        slots: Sequence[int],
        gathered: BatchAnswers,
        claim: QuestionClaim | None,
    ) -> None:
        """Ask the inner teacher, keep what it says, then pass it on; ``None`` is asking anew.

        What has arrived is kept together, while further calls are under way. Whatever ends this
        early, an interrupt or the ledger itself: what has arrived until then is kept.
        """
        anew = self.inner.again if claim is None and isinstance(self.inner, Repeats) else None
        with Calls(self.inner, batch.ask(slots), anew) as calls:
            late: list[Arrival] = []
            try:
                while calls.left:
                    late = calls.arrived()
                    ends = claim if not calls.left else None
                    firsts = self._keep(batch, slots, late, ends)
                    heard, late = late, []
                    for one in heard:
                        gathered.hear([slots[row] for row in one.rows.tolist()], one.replies)
                    gathered.said.update(firsts if claim else {})  # somebody else was faster
                    self._check(batch, slots, heard, firsts)
            except BaseException as error:
                if claim:
                    late += calls.settled() if isinstance(error, ServiceError) else calls.finished()
                if late:
                    self._keep(batch, slots, late, None, known=False)
                raise

    def _keep(
        self,
        batch: Batch,
        slots: Sequence[int],
        arrivals: Sequence[Arrival],
        claim: QuestionClaim | None,
        *,
        known: bool = True,
    ) -> dict[int, KeptAnswer]:
        """Store answers, give up the claim; for slots answered before, returns the first answer.

        With ``known`` false, what has an answer by now is not stored again.
        """
        found: dict[int, tuple[KeptAnswer, float]] = {}
        for one in arrivals:
            share = one.seconds / max(1, len(one.rows))
            for row, said in said_in(one.replies).items():
                found[slots[int(one.rows[row])]] = (said, share)
        firsts: dict[int, KeptAnswer] = {}
        new: list[queries.NewAnswer] = []
        with self.account.store.write(durable=not self._free(found.values())) as db:
            numbers = {slot: batch.ids[slot] for slot in found}
            before = queries.all_answers(db, self.account.teacher, list(numbers.values()))
            for slot, (said, share) in found.items():
                answers = before.setdefault(numbers[slot], [])
                if answers:
                    firsts[slot] = answers[0]
                if known or not answers:
                    new.append(queries.NewAnswer(numbers[slot], len(answers), said, share))
                    answers.append(said)
            queries.put_answers(db, self.account.teacher, self.account.purpose, utc_now(), new)
            if claim is not None:
                ask_new.drop_claim(db, claim.token)
        return firsts

    def _free(self, found: Collection[tuple[KeptAnswer, float]]) -> bool:
        """Whether these answers can be had again for nothing, and in no time."""
        return (
            self.deterministic
            and sum(share for _, share in found) < QUICK
            and not any(said.cost for said, _ in found)
        )

    def _check(
        self,
        batch: Batch,
        slots: Sequence[int],
        arrivals: Sequence[Arrival],
        firsts: Mapping[int, KeptAnswer],
    ) -> None:
        """See whether a teacher that calls itself deterministic gave another answer before."""
        for one in arrivals if self.deterministic else ():
            for row, said in said_in(one.replies).items():
                slot = slots[int(one.rows[row])]
                if slot in firsts and firsts[slot].said != said.said:
                    self._complain(batch.keys[slot], firsts[slot], said)

    def _release(self, claim: QuestionClaim) -> None:
        with self.account.store.write(durable=False) as db:
            ask_new.drop_claim(db, claim.token)

    def _complain(self, key: str, first: KeptAnswer, other: KeptAnswer) -> None:
        raise InconsistentTeacherError(
            f"teacher {self.name!r} version {self.version!r} calls itself deterministic but gave "
            f"two answers to input {key}: first {first}, now {other}. Both are kept. "
            "Declare it deterministic=False, or give it a new version if it has changed"
        )
