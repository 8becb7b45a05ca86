"""Many calls at once, of any teacher: for one that waits for a service."""

from dataclasses import dataclass

from preceptor.asking import check_concurrency
from preceptor.core import Answers, AnyTeacher, Composite, InputError, Inputs, Remembers
from preceptor.teachers.versions import Hashed
from preceptor.teachers.wrapper import Wrapper


def concurrent(
    teacher: AnyTeacher, concurrency: int, *, per_call: int = 1, rate: float | None = None
) -> AnyTeacher:
    """The same teacher, called so many times at once; see :class:`preceptor.core.Concurrent`.

    A composite stays one: each of its members is called so.

    Args:
        teacher: any that may be called from several threads, and is not kept by a ledger yet.
        concurrency: how many calls are under way.
        per_call: how many questions each gets.
        rate: how many calls may begin in a second; ``None`` for no limit.

    Raises:
        InputError: numbers out of range, or a teacher that a ledger keeps.
    """
    if isinstance(teacher, Remembers):
        raise InputError(
            f"teacher {teacher.name!r} is kept already, and what keeps it does the calling; make it "
            "concurrent first: ledger.keep(concurrent(teacher, 20))"
        )
    if isinstance(teacher, Composite):
        return teacher.with_members(
            [concurrent(m, concurrency, per_call=per_call, rate=rate) for m in teacher.members]
        )
    return AtOnce(teacher, concurrency, per_call, rate)


@dataclass(frozen=True, eq=False)
class AtOnce(Wrapper):
    """A teacher that says how many calls of it may be under way.

    Attributes:
        teacher: the one to call.
        concurrency: how many calls at once.
        per_call: how many questions each gets.
        rate: how many calls may begin in a second; ``None`` for no limit.

    Raises:
        InputError: numbers out of range.
    """

    teacher: AnyTeacher
    concurrency: int
    per_call: int = 1
    rate: float | None = None

    def __post_init__(self) -> None:
        check_concurrency(self)

    @property
    def hashed(self) -> bool:
        """Whether the teacher's own version is a hash."""
        return isinstance(self.teacher, Hashed) and self.teacher.hashed

    def computed(self) -> str:
        """The teacher's own hash as it is now."""
        return self.teacher.computed() if isinstance(self.teacher, Hashed) else self.version

    def __call__(self, inputs: Inputs) -> Answers:
        """The teacher's own answers."""
        return self.teacher(inputs)
