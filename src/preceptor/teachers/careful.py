"""Careful asking: teachers that are slow, raise, or say what is no answer."""

import random
import time
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from preceptor.asking import call, concurrency
from preceptor.asking.pace import pace_of
from preceptor.asking.under_way import per_call
from preceptor.core import (
    Answers,
    AnyTeacher,
    Composite,
    HopelessError,
    IncompleteError,
    InputError,
    Inputs,
    Remembers,
    Repeats,
    TeacherError,
)
from preceptor.teachers.safe_calls import Failure, OutOfTimeError, PartialAnswers, timed
from preceptor.teachers.wrapper import AskedAnew, Wrapper

RETRIES = 2
"""How often a deterministic teacher that failed is asked again, unless said otherwise."""

SAMPLE = 3
"""Of a batch that fails like a hopeless one before it, so many questions are put alone."""

MISTAKES = frozenset(("IndexError", "TypeError", "AttributeError", "NameError"))
"""What a function raises that is written for something else, such as for one input at a time."""

PATIENCE = 3
"""After so many single questions in a row ran out of time, the rest are not asked."""

_draw = random.Random()  # noqa: S311 - jitter; of its own, so that no user's stream is touched


def with_retries(
    teacher: AnyTeacher,
    *,
    timeout: float | None = None,
    retries: int | None = None,
    pause: float = 0.5,
) -> AnyTeacher:
    """The same teacher, asked carefully: see :class:`Careful`.

    A composite stays one: its members are wrapped, so that a ledger can still reach them. A
    teacher that remembers its answers (a ledger's) is returned as it is: wrap the one inside.

    Args:
        teacher: any teacher.
        timeout: seconds that one call may take.
        retries: how often a failed call is made again.
        pause: seconds before the first repetition, doubled before each further one.
    """
    if isinstance(teacher, Remembers | Careful):
        return teacher
    if isinstance(teacher, Composite):
        return teacher.with_members(
            [
                with_retries(m, timeout=timeout, retries=retries, pause=pause)
                for m in teacher.members
            ]
        )
    return Careful(teacher, timeout=timeout, retries=retries, pause=pause)


@dataclass
class _Before:
    """What earlier batches showed: whether the teacher ever answered, and how it failed if not."""

    answered: bool = False
    hopeless: Failure | None = None


@dataclass(frozen=True, eq=False)
class Careful(Wrapper):
    """A teacher whose failures are kept from spreading.

    A call fails if it raises, takes longer than ``timeout``, or returns what is not one answer to
    each question. If it is safe to ask again (the teacher is deterministic, or ``retries`` above 0
    is given), a failed batch is asked again up to ``retries`` times and then question by
    question, in as many rounds, so that one bad input never takes the others with it. A batch that
    ran out of time goes to single questions at once; after ``PATIENCE`` of those in a row run out
    of time too, the rest is given up. If it is not safe, nothing is asked twice and the whole
    batch counts as unanswered. Labels outside the classes, and costs that are negative or
    not finite, make that one question unanswered and are not asked again.

    A teacher that cannot answer at all (it expects another shape, its server is down) is not
    asked for long: where a whole batch fails and then each of its questions alone, all by the same
    exception (or each alone by the same of ``MISTAKES``), nothing more is tried. Until the teacher has given an answer,
    later batches are put once and a few of their questions alone, without pauses.

    A call that the other side refused for now (``Retry-After``, too many calls) is no failure: it is
    made again after the wait, see :mod:`preceptor.asking.pace`. Where the teacher takes several
    calls at once, each is asked carefully for itself.

    Errors that carry answers (``IncompleteError``) and the ledger's errors are passed on, and so
    is ``KeyboardInterrupt``.

    With a timeout each call runs in a thread of its own. A thread cannot be killed: one that runs
    out of time is abandoned and goes on in the background until the process ends, with whatever it
    holds. A teacher that can end its own calls should do so and raise.

    Attributes:
        teacher: the one to ask; not a composite, for which there is :func:`careful`.
        timeout: seconds that one call may take; ``None`` for no limit.
        retries: how often a failed call is made again; ``None`` for 2 if the teacher is
            deterministic, else 0.
        pause: seconds before the first repetition, doubled before each further one; up to a quarter
            is added at random, so that calls that failed together do not come back together.

    Raises:
        InputError: a limit out of range.
    """

    teacher: AnyTeacher
    timeout: float | None = None
    retries: int | None = None
    pause: float = 0.5
    _before: _Before = field(default_factory=_Before, repr=False)

    def __post_init__(self) -> None:
        if self.timeout is not None and not self.timeout > 0:
            raise InputError(f"timeout={self.timeout}: expected seconds > 0, or None")
        if (self.retries is not None and self.retries < 0) or not self.pause >= 0:
            raise InputError(f"retries={self.retries}, pause={self.pause}: expected numbers >= 0")

    @property
    def concurrency(self) -> int:
        """The teacher's own, see :class:`preceptor.core.Concurrent`: each call for itself."""
        return concurrency(self.teacher)

    @property
    def per_call(self) -> int:
        """The teacher's own."""
        return per_call(self.teacher)

    def __call__(self, inputs: Inputs) -> Answers:
        """Answer a batch.

        Raises:
            HopelessError: none has, and all questions failed alike, together and alone.
            TeacherError: some questions have no answer; carries the others, and the reasons.
            IncompleteError: the teacher raised it.
        """
        found = PartialAnswers(len(inputs))
        again = self._times()
        rows = torch.arange(len(inputs))
        failure = self._ask(inputs, rows, found)
        if (
            failure is not None
            and failure.like(self._before.hopeless)
            and self._fails_again(inputs, failure, found)
        ):
            raise found.error(self.name, HopelessError, failure)
        for repetition in range(again or 0):
            if failure is None or failure.slow:
                break
            self._pause(repetition)
            failure = self._ask(inputs, rows, found)
        hopeless = failure is not None and not failure.slow and len(inputs) == 1
        if failure is not None:
            found.fail(rows.tolist(), failure.reason)
            if again is not None and len(inputs) > 1:
                hopeless = self._ask_singly(inputs, found, failure, rounds=1 + again)
        if found.any:
            self._before.answered, self._before.hopeless = True, None
        elif hopeless and not self._before.answered:
            self._before.hopeless = failure
        if not found.gaps:
            return found.answers
        raise found.error(self.name, HopelessError if hopeless else TeacherError, failure)

    def again(self, inputs: Inputs) -> Answers:
        """Answer anew, whatever was answered before, where the teacher tells the two apart.

        Raises:
            IncompleteError: as a call.
        """
        if not isinstance(self.teacher, Repeats):
            return self(inputs)
        return replace(self, teacher=AskedAnew(self.teacher))(inputs)

    def _pause(self, repetition: int) -> None:
        """Longer and longer, and never quite as long as others that failed together."""
        time.sleep(self.pause * 2**repetition * (1 + _draw.random() / 4))

    def _times(self) -> int | None:
        """How often to ask again; ``None`` where it is not safe to ask again at all."""
        if self.teacher.deterministic:
            return RETRIES if self.retries is None else self.retries
        return self.retries or None

    def _fails_again(self, inputs: Inputs, failure: Failure, found: PartialAnswers) -> bool:
        """Whether a few questions of the batch, put alone, fail like the batch did."""
        last = len(inputs) - 1
        if last == 0:
            found.fail([0], failure.reason)
            return True
        for row in sorted({last * i // (SAMPLE - 1) for i in range(SAMPLE)}):
            alone = self._ask(inputs, torch.tensor([row]), found)
            if not failure.like(alone):
                return False
            found.fail(range(len(inputs)), failure.reason)
        return True

    def _ask_singly(
        self, inputs: Inputs, found: PartialAnswers, whole: Failure, rounds: int
    ) -> bool:
        """Put the questions one by one; whether all failed alike, and the whole batch likewise or by a
        mistake in the teacher's code, which need not look the same for a batch.
        """
        waiting = list(range(len(inputs)))
        for round_ in range(rounds):
            if round_:
                self._pause(round_ - 1)
            failed, slow, kinds = [], 0, set()
            for row in waiting:
                failure = self._ask(inputs, torch.tensor([row]), found)
                slow = slow + 1 if failure is not None and failure.slow else 0
                kinds.add(failure)
                if failure is not None:
                    found.fail([row], failure.reason)
                    failed.append(row)
                if slow == PATIENCE:
                    return False
            alike = next(iter(kinds)) if len(kinds) == 1 else None
            mistake = alike is not None and alike.kind in MISTAKES
            if round_ == 0 and (mistake or all(whole.like(one) for one in kinds)):
                return True
            waiting = failed
            if not waiting:
                break
        return False

    def _ask(self, inputs: Inputs, rows: Tensor, found: PartialAnswers) -> Failure | None:
        """Ask some rows in one call, and enter what is usable; or say what went wrong."""
        replies = call(
            lambda questions: timed(self.teacher, questions, self.timeout),
            inputs[rows].clone(),
            name=self.name,
            classes=self.classes,
            pace=pace_of(self.teacher),
        )
        error = replies.error
        if isinstance(error, OutOfTimeError):
            words = f"no answer within {self.timeout:g} s"
            return Failure(type(error).__name__, words, slow=True)
        if error is not None and not isinstance(error, IncompleteError):
            return Failure(type(error).__name__, replies.gaps[0].why, slow=False)
        found.enter(rows, replies)
        if error is not None and len(rows) == len(inputs):
            raise type(error)(str(error), *found.carried) from error
        return None
