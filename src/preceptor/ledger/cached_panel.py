"""A panel with a memory: each member's answers are kept, the panel's own is computed from them."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

import torch

from preceptor.asking import call
from preceptor.asking.queue import ROUNDS
from preceptor.asking.replies import fault_of
from preceptor.core import (
    Answers,
    AnyTeacher,
    Composite,
    IncompleteError,
    Inputs,
    LedgerError,
    blank,
)
from preceptor.core.label_sets import joined_sets
from preceptor.ledger import queries
from preceptor.ledger.answer_rows import KeptAnswer
from preceptor.ledger.clock import utc_now
from preceptor.ledger.hearing import BatchAnswers, said_in
from preceptor.ledger.keep_answers import Keeper
from preceptor.ledger.question_keys import Batch, windows
from preceptor.ledger.store import READ_ONLY
from preceptor.ledger.stored_inputs import look_up


@dataclass(frozen=True, eq=False)
class BatchMember:
    """A kept member as the panel's rule gets it, while one batch is being asked.

    Attributes:
        kept: the member.
        batch: what the panel is asked; asked about that very batch it need not hash it again.
        anew: whether it is asked again on purpose.
    """

    kept: Keeper
    batch: Batch
    anew: bool

    @property
    def name(self) -> str:
        return self.kept.name

    @property
    def version(self) -> str:
        return self.kept.version

    @property
    def classes(self) -> int:
        return self.kept.classes

    @property
    def deterministic(self) -> bool:
        return self.kept.deterministic

    @property
    def certainty(self) -> str:
        return self.kept.certainty

    def __call__(self, inputs: Inputs) -> Answers:
        batch = self.batch if self.batch.holds(inputs) else Batch.of(inputs, merge=not self.anew)
        return self.kept.answer(batch, anew=self.anew)


@dataclass(frozen=True, eq=False)
class KeptPanel(Keeper):
    """A panel whose members' answers the ledger keeps. Made by ``Ledger.keep``.

    The panel's rule may change later without a question being asked again: the ledger holds what
    each member said under the member's own key, and the panel's answer is computed at each call.
    It is written down too, once, so that the ledger can be read.
    Budget and ``spent`` count *panel questions*: inputs for which at least one member had to be
    asked anew. Raises what ``CachedTeacherBase`` raises.

    Attributes:
        inner: the panel itself.
        members: each kept, by itself.
    """

    kind: ClassVar[str] = "panel"
    inner: Composite[Any]
    members: Sequence[Keeper]

    def with_members(self, members: Sequence[AnyTeacher]) -> AnyTeacher:
        return self.inner.with_members(members)

    def known_in(self, db: sqlite3.Connection, batch: Batch, slots: Sequence[int]) -> set[int]:
        """Those of these slots to which every member has an answer."""
        known = set(slots)
        for member in self.members:
            known &= member.known_in(db, batch, sorted(known))
        return known

    def gather(self, batch: Batch, *, anew: bool = False) -> BatchAnswers:
        """Ask what is not known of a member; with ``anew``, ask everything."""
        gathered = BatchAnswers()
        size = max(self.batch, ROUNDS * self.concurrency if self.concurrency > 1 else 1)
        if self.account.most_cost is not None:
            size = max(1, self.account.probe)
        for slots in windows(range(len(batch.keys)), size):
            mine = self._charge(batch, slots, anew=anew)
            covered = set(mine)
            left = [slot for slot in slots if slot not in covered]
            if self.account.store.read_only:
                gathered.give_up(left, READ_ONLY)
            else:
                gathered.refuse(left, self.account.limit)
            if mine:
                part = batch.part(mine)
                ask = partial(self._combine, part, anew=anew)
                replies = call(ask, part.inputs, name=self.name, classes=self.classes)
                self._note(part, said_in(replies))
                gathered.hear(mine, replies)
        return gathered

    def _note(self, part: Batch, said: Mapping[int, KeptAnswer]) -> None:
        """Write down what the panel said, for who reads the ledger; it is never looked up again.

        Its price is its members', so it costs nothing of its own. Nothing is lost where it cannot
        be written: it can be computed again.
        """
        with suppress(LedgerError):
            with self.account.store.read() as db:
                numbers = look_up(db, part, list(said))
                before = queries.first_answers(db, self.account.teacher, list(numbers.values()))
            new = [slot for slot, number in numbers.items() if number not in before]
            if not new:
                return
            with self.account.store.write(durable=False) as db:
                before = queries.first_answers(db, self.account.teacher, [numbers[s] for s in new])
                rows = [
                    queries.NewAnswer(numbers[slot], 0, said[slot]._replace(cost=0.0), 0.0)
                    for slot in new
                    if numbers[slot] not in before
                ]
                queries.put_answers(db, self.account.teacher, self.account.purpose, utc_now(), rows)

    def _charge(self, batch: Batch, slots: Sequence[int], *, anew: bool) -> Sequence[int]:
        """Charge for the panel questions among these slots; returns the slots covered."""
        asked = list(slots)
        if not anew:
            with self.account.store.read() as db:
                known = self.known_in(db, batch, slots)
            asked = [slot for slot in slots if slot not in known]
        if not asked:
            return slots
        if self.account.store.read_only:
            return [slot for slot in slots if slot not in asked]
        with self.account.store.write(durable=False) as db:
            covered = self.account.charge(db, batch, asked, anew=anew)
        batch.ids.update(covered)
        refused = set(asked) - set(covered)
        return [slot for slot in slots if slot not in refused]

    def _combine(self, part: Batch, inputs: Inputs, *, anew: bool) -> Answers:
        """The panel's answers to ``part``, whose inputs these are.

        There are some also where its rule lets a member's error through.

        Such an error carries the member's answers, which must not pass for the panel's.
        """
        rule = self.inner.with_members([BatchMember(one, part, anew) for one in self.members])
        try:
            return rule(inputs)
        except IncompleteError as error:
            if not any(member.raised(error) for member in self.members):
                raise
            answers, answered = blank(len(inputs)), torch.zeros(len(inputs)).bool()
            if not anew:
                self._ask_others(error, inputs)
                answered = self.known(inputs)
            if bool(answered.any()):
                some = rule(inputs[answered])
                answers.labels[answered], answers.cost[answered] = some.labels, some.cost.float()
                sets = joined_sets(answers.labels, [(answered.nonzero()[:, 0], some.sets)])
                answers = replace(answers, sets=sets)
            raise fault_of(error)(
                f"a member of panel {self.name!r} has no answer: {error}", answers, answered
            ) from error

    def _ask_others(self, error: IncompleteError, inputs: Inputs) -> None:
        """Ask the members that the rule did not get to, so that most rows can be combined."""
        for member in self.members:
            if not member.raised(error):
                with suppress(IncompleteError):
                    member(inputs)
