"""What an entry of the catalogue of strategies holds, and what strategies are made of."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from inspect import signature
from typing import Any, Final

import numpy as np
from jaxtyping import Int64
from torch import Tensor

from preceptor.core import AnyTeacher, Inputs, Texts
from preceptor.core.specs import Option, options_of
from preceptor.lessons import Lesson, Tutor
from preceptor.strategies.strategy import Strategy

Draw = Callable[[int, np.random.Generator], Inputs]


@dataclass(frozen=True, eq=False)
class Setting:
    """What strategies are made of: the data, the domain, whom to ask, and what can be told.

    Attributes:
        inputs: ``Float[examples, *shape]`` or texts, whose labels were paid for before.
        labels: ``Int64[examples]``, uncertain ones among them.
        pool: ``Float[pool, *shape]`` or texts, inputs without labels, which the teacher has too.
        domain: of the inputs.
        teacher: whom to ask; ``ledger.keep(teacher)`` to keep what it says.
        tutors: what the teacher volunteers, by name.
        probes: laws under which the student is to be right, by name.
        desk: what people taught at the desk, by what is wanted of it and how masks reach the
            student; ``None`` where there is no desk.
        names: of the labels, in their order; may be empty.
    """

    inputs: Inputs
    labels: Int64[Tensor, " examples"]
    pool: Inputs
    domain: Any
    teacher: AnyTeacher
    tutors: Mapping[str, Tutor] = field(default_factory=dict)
    probes: Mapping[str, Draw] = field(default_factory=dict)
    desk: Callable[[str, str], Sequence[Lesson]] | None = None
    names: tuple[str, ...] = ()

    @property
    def numbers(self) -> Tensor:
        """The inputs, where they are arrays of numbers."""
        assert isinstance(self.inputs, Tensor)  # noqa: S101 - strategies for texts are others
        return self.inputs

    @property
    def texts(self) -> Texts:
        """The inputs, where they are texts."""
        assert isinstance(self.inputs, Texts)  # noqa: S101 - see above
        return self.inputs


SETTINGS: Final = tuple(one.name for one in fields(Setting))
"""What a parameter of the same name is given."""

WORD: Final = "word"
"""The parameter that takes what stands after the colon without an equals sign."""

AT: Final = "at"
"""The parameter that takes the whole setting."""

NO_OPTIONS: Final = ("fit", "shared")
"""Fields of strategies that are not for people to choose: how students are fitted is said
elsewhere, and the teacher has the pool too (:class:`Setting`)."""


@dataclass(frozen=True)
class StrategyEntry:
    """One strategy of the catalogue.

    Attributes:
        make: a class or function. What its parameters are called says what they get: ``at`` the
            setting, or else each of the setting's fields the parameter of its name; ``word`` what
            stands after the colon. All others are options, with their types and defaults.
        help: one line for ``--help``.
        example: a specification that works.
        names: of the options that ``make`` takes as ``**options``; ``None`` for any.
        adaptive: whether the student taught so far changes what comes next, so that several rounds
            differ from one.
        once: whether it says all it has to say at once, so that a larger budget changes nothing.
    """

    make: Callable[..., Strategy]
    help: str
    example: str
    names: Collection[str] | None = ()
    adaptive: bool = False
    once: bool = False

    @property
    def options(self) -> dict[str, Option]:
        """By name, those without a default of their own left out unless given."""
        return options_of(self.make, besides=(*self.given, *NO_OPTIONS), names=self.names or ())

    @property
    def given(self) -> tuple[str, ...]:
        """The parameters that are no options."""
        wanted = signature(self.make).parameters
        return tuple(name for name in ((AT, WORD) if AT in wanted else SETTINGS) if name in wanted)


@dataclass(frozen=True)
class ParsedEntry:
    """An entry with what a specification says of it.

    Attributes:
        entry: of the catalogue.
        values: option to value, defaults filled in.
        word: what stood after the colon without an equals sign.
    """

    entry: StrategyEntry
    values: Mapping[str, Any]
    word: str = ""

    def make(self, setting: Setting) -> Strategy:
        """The strategy."""
        there = {**vars(setting), AT: setting, WORD: self.word}
        return self.entry.make(**{name: there[name] for name in self.entry.given}, **self.values)
