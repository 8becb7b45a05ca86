"""What a kept teacher is to others, and what the two kinds of it have in common."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable
from weakref import WeakSet

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from preceptor.core import Answers, IncompleteError, Remembers, Teacher
from preceptor.ledger.account import Account
from preceptor.ledger.hearing import Gathered
from preceptor.ledger.keys import Batch
from preceptor.ledger.notes import Notes


@runtime_checkable
class Kept(Remembers, Protocol):
    """What ``Ledger.keep`` returns: the same teacher, with memory, price and budget.

    Attributes:
        budget: the largest number of new questions that may ever be put to this teacher for this
            purpose, in this process or any other; ``None`` for no limit.
        spent: how many were put so far, read from disk. A question is counted before it is put,
            and once: after a crash or a failure it may be put again for nothing.
        remaining: ``budget - spent``, at least 0; ``None`` for no limit.
        journal: the ledger's notes, see :class:`preceptor.core.Journal`.
    """

    @property
    def budget(self) -> int | None: ...
    @property
    def spent(self) -> int: ...
    @property
    def remaining(self) -> int | None: ...
    @property
    def journal(self) -> Notes: ...

    def again(self, inputs: Float[Tensor, "batch *shape"]) -> Answers:
        """Ask every row anew on purpose, identical rows too; counts against the budget.

        The answers are stored as further repeats; plain calls go on to give the first.

        Raises:
            InconsistentTeacherError: a deterministic teacher gave another answer than the first;
                both are stored.
            IncompleteError: for some rows there is no answer; carries the rest.
        """
        ...

    def raised(self, error: IncompleteError) -> bool:
        """Whether it was this teacher that raised ``error``."""
        ...


@dataclass(frozen=True, eq=False)
class Keeper(ABC):
    """The inner teacher's own words, what was spent on it, and how it is called.

    How questions are answered, a kind says: one by one for a teacher, member by member for a panel.

    Attributes:
        account: what was spent, and may be.
        inner: the teacher itself.
        batch: how many questions it gets at once.
    """

    account: Account
    inner: Teacher
    batch: int
    _errors: "WeakSet[IncompleteError]" = field(default_factory=WeakSet, init=False, repr=False)

    @abstractmethod
    def knows(self, db: sqlite3.Connection, batch: Batch, slots: Sequence[int]) -> set[int]:
        """Those of these slots that need not be asked."""

    @abstractmethod
    def answer(self, batch: Batch) -> Answers:
        """What calling with these questions returns or raises."""

    @abstractmethod
    def answer_anew(self, batch: Batch) -> Answers:
        """What ``again`` with these questions returns or raises."""

    @property
    def name(self) -> str:
        """The inner teacher's."""
        return self.inner.name

    @property
    def version(self) -> str:
        """The inner teacher's."""
        return self.inner.version

    @property
    def classes(self) -> int:
        """The inner teacher's."""
        return self.inner.classes

    @property
    def deterministic(self) -> bool:
        """The inner teacher's."""
        return self.inner.deterministic

    @property
    def certainty(self) -> str:
        """The inner teacher's."""
        return self.inner.certainty

    @property
    def budget(self) -> int | None:
        """See :class:`Kept`."""
        return self.account.budget

    @property
    def spent(self) -> int:
        """See :class:`Kept`."""
        return self.account.spent

    @property
    def remaining(self) -> int | None:
        """See :class:`Kept`."""
        return self.account.remaining

    @property
    def journal(self) -> Notes:
        """See :class:`Kept`."""
        return Notes(self.account.store)

    def __call__(self, inputs: Float[Tensor, "batch *shape"]) -> Answers:
        return self.answer(Batch.of(inputs))

    def again(self, inputs: Float[Tensor, "batch *shape"]) -> Answers:
        """See :class:`Kept`."""
        return self.answer_anew(Batch.of(inputs, merge=False))

    def known(self, inputs: Float[Tensor, "batch *shape"]) -> Bool[Tensor, " batch"]:
        """True where nothing would have to be asked."""
        batch = Batch.of(inputs)
        with self.account.store.read() as db:
            found = self.knows(db, batch, range(len(batch.keys)))
        return torch.tensor([slot in found for slot in batch.slots], dtype=torch.bool)

    def raised(self, error: IncompleteError) -> bool:
        """See :class:`Kept`."""
        return error in self._errors

    def complete(self, gathered: Gathered, batch: Batch, kind: str) -> Answers:
        """The whole batch's answers; ``kind`` is what this one is called in messages.

        Raises:
            IncompleteError: for some rows there is none; remembered as this one's own.
        """
        try:
            return gathered.answers(batch, f"{kind} {self.name!r}", self)
        except IncompleteError as error:
            self._errors.add(error)
            raise
