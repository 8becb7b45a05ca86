"""Single calls of a teacher that may be slow, raise or say what is no answer, and what they bring."""

import threading
from dataclasses import dataclass, field

from torch import Tensor

from preceptor.core import Answers, Teacher, TeacherError, blank, nonsense


class OutOfTimeError(Exception):
    """The call took longer than the timeout."""


def timed(teacher: Teacher, inputs: Tensor, timeout: float | None) -> object:
    """What the teacher returns or raises, within so many seconds.

    Raises:
        OutOfTimeError: it took longer, and goes on in a thread of its own.
    """
    if timeout is None:
        return teacher(inputs)
    returned: list[object] = []
    raised: list[BaseException] = []

    def work() -> None:
        try:
            returned.append(teacher(inputs))
        except BaseException as error:
            raised.append(error)

    worker = threading.Thread(target=work, name=f"ask {teacher.name}", daemon=True)
    worker.start()
    worker.join(timeout)
    if raised:
        raise raised[0]
    if not returned:
        raise OutOfTimeError
    return returned[0]


@dataclass(frozen=True)
class Failure:
    """Why one call brought nothing.

    Attributes:
        kind: the exception's class; empty where time ran out.
        reason: in words.
        slow: whether time ran out.
    """

    kind: str
    reason: str
    slow: bool

    def like(self, other: "Failure | None") -> bool:
        """Whether both raised the same exception. Words may differ: they tell a batch's length."""
        return other is not None and not (self.slow or other.slow) and self.kind == other.kind


@dataclass
class Found:
    """The answers so far. Grows while a batch is being asked.

    Attributes:
        answers: of the whole batch, ``UNCERTAIN`` at cost 0 where there is none.
        answered: ``Bool[batch]``.
        reasons: why there is no answer, by row.
    """

    answers: Answers
    answered: Tensor
    reasons: dict[int, str] = field(default_factory=dict)

    def enter(self, rows: Tensor, answers: Answers, said: Tensor, classes: int) -> None:
        """Keep the usable ones of ``answers``, which are about ``rows``."""
        no_label = said & nonsense(answers.labels, classes)
        no_cost = said & ~(answers.cost.isfinite() & (answers.cost >= 0))
        good = said & ~no_label & ~no_cost
        self._widen(answers)
        self.answers.labels[rows[good]] = answers.labels[good]
        self.answers.cost[rows[good]] = answers.cost[good].to(self.answers.cost.dtype)
        if answers.votes is not None and self.answers.votes is not None:
            self.answers.votes[rows[good]] = answers.votes[good]
        self.answered[rows[good]] = True
        for row in rows[good].tolist():
            self.reasons.pop(row, None)
        for i in no_label.nonzero()[:, 0].tolist():
            words = f"said {answers.labels[i].item()}, which is no label of {classes} classes"
            self.reasons[int(rows[i])] = words
        for i in no_cost.nonzero()[:, 0].tolist():
            words = f"stated a cost of {answers.cost[i].item()}; expected a number >= 0"
            self.reasons[int(rows[i])] = words

    def _widen(self, answers: Answers) -> None:
        """Make room for the members' votes when the first answers show that there are any."""
        if answers.votes is not None and self.answers.votes is None:
            room = blank(len(self.answered), answers.votes.shape[1]).votes
            self.answers = Answers(self.answers.labels, self.answers.cost, room)

    def error(self, who: str, kind: type[TeacherError]) -> TeacherError:
        """What to raise for the rows without an answer."""
        missing = (~self.answered).nonzero()[:, 0].tolist()
        example = self.reasons.get(missing[0], "no reason given")
        return kind(
            f"teacher {who!r} gave no answer to {len(missing)} of {len(self.answered)} questions; "
            f"row {missing[0]}: {example}. Run again to ask only these, or leave them unasked.",
            self.answers,
            self.answered,
            self.reasons,
        )
