"""What a kept teacher is to others, and what the two kinds of it have in common."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, runtime_checkable
from weakref import WeakSet

import torch
from jaxtyping import Bool
from torch import Tensor

from preceptor.asking import Replies, concurrency, input_keys
from preceptor.core import Answers, AnyTeacher, IncompleteError, Inputs, Remembers
from preceptor.ledger.account import Account
from preceptor.ledger.hearing import BatchAnswers, answers_of
from preceptor.ledger.notes import Notes
from preceptor.ledger.question_keys import Batch


@runtime_checkable
class CachedTeacher(Remembers, Protocol):
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

    def again(self, inputs: Inputs) -> Answers:
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
        kind: what this one is called in messages.
    """

    kind: ClassVar[str]

    account: Account
    inner: AnyTeacher
    batch: int
    _errors: "WeakSet[IncompleteError]" = field(default_factory=WeakSet, init=False, repr=False)

    @abstractmethod
    def known_in(self, db: sqlite3.Connection, batch: Batch, slots: Sequence[int]) -> set[int]:
        """Those of these slots that need not be asked."""

    @abstractmethod
    def gather(self, batch: Batch, *, anew: bool = False) -> BatchAnswers:
        """Ask what is not known; with ``anew``, ask everything."""

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
        """See :class:`CachedTeacher`."""
        return self.account.budget

    @property
    def spent(self) -> int:
        """See :class:`CachedTeacher`."""
        return self.account.spent

    @property
    def remaining(self) -> int | None:
        """See :class:`CachedTeacher`."""
        return self.account.remaining

    @property
    def journal(self) -> Notes:
        """See :class:`CachedTeacher`."""
        return Notes(self.account.store)

    @property
    def concurrency(self) -> int:
        """How many calls the inner teacher takes at once; see :class:`preceptor.core.Concurrent`."""
        return concurrency(self.inner)

    def __call__(self, inputs: Inputs) -> Answers:
        return self.answer(Batch.of(inputs))

    def again(self, inputs: Inputs) -> Answers:
        """See :class:`CachedTeacher`."""
        return self.answer(Batch.of(inputs, merge=False), anew=True)

    def known(self, inputs: Inputs) -> Bool[Tensor, " batch"]:
        """True where nothing would have to be asked."""
        return torch.tensor(self.knows(input_keys(inputs)), dtype=torch.bool)

    def knows(self, keys: Sequence[str]) -> Sequence[bool]:
        """See :class:`preceptor.asking.Keyed`."""
        batch = Batch.of(torch.empty(0), keys=keys)
        with self.account.store.read() as db:
            found = self.known_in(db, batch, range(len(batch.keys)))
        return [slot in found for slot in batch.slots]

    def replies(self, inputs: Inputs, keys: Sequence[str]) -> Replies:
        """See :class:`preceptor.asking.Keyed`."""
        batch = Batch.of(inputs, keys=keys)
        return self.gather(batch).replies(batch, self.classes)

    def answer(self, batch: Batch, *, anew: bool = False) -> Answers:
        """The whole batch's answers.

        Raises:
            IncompleteError: for some rows there is none; remembered as this one's own.
        """
        replies = self.gather(batch, anew=anew).replies(batch, self.classes)
        try:
            return answers_of(replies, f"{self.kind} {self.name!r}", self.version)
        except IncompleteError as error:
            self._errors.add(error)
            raise

    def raised(self, error: IncompleteError) -> bool:
        """See :class:`CachedTeacher`."""
        return error in self._errors
