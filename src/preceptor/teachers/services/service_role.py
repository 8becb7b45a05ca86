"""What every teacher that is a service offers beside its answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from preceptor.core import AnyTeacher, Composite, Inputs, Journal, Teacher
from preceptor.teachers.services.shown_inputs import Show


@dataclass(frozen=True)
class SaidOfInput:
    """What a service said of one input, as it is kept.

    Attributes:
        reason: why it is uncertain: ``cannot tell``, ``below the threshold``, ``refused``, ``too long``
            or ``unreadable``; empty where it is certain.
        model: that answered, with its fingerprint, as the service says.
        at: seconds since 1970.
        tokens: read and written; ``None`` where the service did not count.
        first: whether its label was offered first; ``None`` where orders are not told apart.
        belief: in each label by name, before anything was divided out; ``None`` where it tells none.
    """

    reason: str = ""
    model: str = ""
    at: float = 0.0
    tokens: tuple[int, int] | None = None
    first: bool | None = None
    belief: Mapping[str, float] | None = None


@dataclass(frozen=True)
class ExpectedPrice:
    """What questions are likely to cost, without asking one.

    Attributes:
        calls: of the service.
        tokens: read and written, estimated from the bytes; ``None`` where it does not count tokens.
        cost: in ``unit``; ``None`` where no price is given.
        unit: such as USD.
    """

    calls: int
    tokens: tuple[int, int] | None
    cost: float | None
    unit: str

    def times(self, questions: float) -> "ExpectedPrice":
        """Of so many times the questions."""
        tokens = self.tokens
        return ExpectedPrice(
            round(self.calls * questions),
            None
            if tokens is None
            else (round(tokens[0] * questions), round(tokens[1] * questions)),
            None if self.cost is None else self.cost * questions,
            self.unit,
        )

    @property
    def words(self) -> str:
        """A sentence that says that it is an estimate, and of what."""
        parts = [f"{self.calls} calls"]
        if self.tokens is not None:
            read, written = self.tokens
            parts.append(
                f"about {read} tokens read and at most {written} written (four bytes a token)"
            )
        if self.cost is None:
            parts.append("no [price] is given, so the cost is not known")
        else:
            parts.append(f"about {self.cost:.2g} {self.unit}".rstrip())
        return f"Estimated, before anything is asked: {', '.join(parts)}."


@runtime_checkable
class ServiceTeacher(Teacher[Any], Protocol):
    """A teacher that is a service.

    Attributes:
        missing: the environment variable that should hold its key and is not set; empty otherwise.
    """

    @property
    def missing(self) -> str: ...

    def about(self, show: Show, names: Sequence[str]) -> "ServiceTeacher":
        """The same for inputs of this kind, with its labels in this order.

        Raises:
            InputError: other labels, or inputs that it cannot be shown.
        """
        ...

    def keeping(self, journal: Journal) -> "ServiceTeacher":
        """The same, which keeps what the service sends."""
        ...

    def said(self, inputs: Inputs) -> list[SaidOfInput | None]:
        """What is kept of each input; ``None`` where nothing is. Asks nothing."""
        ...

    def expected(self, inputs: Inputs) -> ExpectedPrice:
        """What asking about these would cost, by estimate. Asks nothing."""
        ...

    def again(self, inputs: Inputs) -> Any:
        """Ask anew, whatever was said before."""
        ...


def services_in(teacher: AnyTeacher) -> list[ServiceTeacher]:
    """The services that a teacher is, or is made of."""
    if isinstance(teacher, Composite):
        return [one for member in teacher.members for one in services_in(member)]
    return [teacher] if isinstance(teacher, ServiceTeacher) else []


def about_domain(teacher: AnyTeacher, show: Show, names: Sequence[str]) -> AnyTeacher:
    """The same teacher, whose services know what inputs are and which label is which."""
    if isinstance(teacher, Composite):
        if not services_in(teacher):
            return teacher
        return teacher.with_members([about_domain(one, show, names) for one in teacher.members])
    return teacher.about(show, names) if isinstance(teacher, ServiceTeacher) else teacher


def keeping_replies(teacher: AnyTeacher, journal: Journal) -> AnyTeacher:
    """The same teacher, whose services keep what they send."""
    if isinstance(teacher, Composite):
        if not services_in(teacher):
            return teacher
        return teacher.with_members([keeping_replies(one, journal) for one in teacher.members])
    return teacher.keeping(journal) if isinstance(teacher, ServiceTeacher) else teacher
