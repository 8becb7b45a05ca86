"""What an entry of the catalogue of strategies holds, and what strategies are made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import Domain, Teacher
from preceptor.lessons import Lesson, Tutor
from preceptor.strategies.strategy import Strategy

Option = float | str | tuple[str, ...] | None
"""An option's default: a number, a file's name (empty if it must be given), words of which the
first holds unless another is given, or ``None`` for a number that is left out unless given.
"""

Draw = Callable[[int, np.random.Generator], Tensor]


@dataclass(frozen=True, eq=False)
class Setting:
    """What strategies are made of: the data, the domain, whom to ask, and what can be told.

    Attributes:
        inputs: ``Float[examples, *shape]``, whose labels were paid for before.
        labels: ``Int64[examples]``, uncertain ones among them.
        pool: ``Float[pool, *shape]``, inputs without labels, which the teacher has too.
        domain: of the inputs.
        teacher: whom to ask; ``ledger.keep(teacher)`` to keep what it says.
        tutors: what the teacher volunteers, by name.
        probes: laws under which the student is to be right, by name.
        desk: what people taught at the desk, by what is wanted of it and how masks reach the
            student; ``None`` where there is no desk.
    """

    inputs: Float[Tensor, "examples *shape"]
    labels: Int64[Tensor, " examples"]
    pool: Float[Tensor, "pool *shape"]
    domain: Domain
    teacher: Teacher
    tutors: Mapping[str, Tutor] = field(default_factory=dict)
    probes: Mapping[str, Draw] = field(default_factory=dict)
    desk: Callable[[str, str], Sequence[Lesson]] | None = None


@dataclass(frozen=True)
class Options:
    """What a specification says after its name; read by the types of the defaults.

    Attributes:
        given: option to value, every default filled in.
        word: all that follows the colon, for ``told``; the first word, for ``skactiveml``.
        own: options of another library's, as they were written.
    """

    given: Mapping[str, float | str | None]
    word: str = ""
    own: Mapping[str, str] = field(default_factory=dict)

    def number(self, key: str) -> float:
        """A number."""
        return float(cast("float", self.given[key]))

    def text(self, key: str) -> str:
        """A word or a file's name."""
        return str(self.given[key])


@dataclass(frozen=True)
class Entry:
    """One strategy of the catalogue.

    Attributes:
        make: from what there is and the options.
        help: one line for ``--help``.
        example: a specification that works.
        options: with their defaults.
        adaptive: whether the student taught so far changes what comes next, so that several rounds
            differ from one.
        once: whether it says all it has to say at once, so that a larger budget changes nothing.
        borrowed: whether the first word after the colon names something of another library, which
            may have options of its own.
    """

    make: Callable[[Setting, Options], Strategy]
    help: str
    example: str
    options: Mapping[str, Option] = field(default_factory=dict)
    adaptive: bool = False
    once: bool = False
    borrowed: bool = False
