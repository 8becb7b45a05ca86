"""The one list of transformations, and what each is used for."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final

from preceptor.core import InputError
from preceptor.transforms.cuts import Crop, Erase
from preceptor.transforms.detail import Blur, Pixelate, Thickness
from preceptor.transforms.geometry import Rotate, Scale, Shear, Shift
from preceptor.transforms.random_swaps import CutMix, Window
from preceptor.transforms.scatter import Elastic, Impulse, Noise, Tolerance
from preceptor.transforms.swaps import (
    Border,
    Bottom,
    Centre,
    GridCell,
    Left,
    Right,
    Swap,
    Top,
)
from preceptor.transforms.tone import Brightness, Contrast, Gamma
from preceptor.transforms.transform import Transform


@dataclass(frozen=True)
class Slider:
    """How people at the desk declare a range.

    Attributes:
        word: for people.
        unit: what the range counts.
        least: the smallest range that can be declared.
        most: the largest.
        usual: where the page begins.
        step: between one range and the next.
        still: the range that would change nothing: 1 for factors.
    """

    word: str
    unit: str
    least: float
    most: float
    usual: float
    step: float
    still: float = 0.0


@dataclass(frozen=True)
class Steps:
    """The ranges of a transformation that are members of the library: a grid, fixed beforehand.

    Attributes:
        least: the smallest.
        most: the largest.
        step: between one and the next; 1 where only whole numbers mean something.
    """

    least: float
    most: float
    step: float

    @property
    def values(self) -> tuple[float, ...]:
        """All of them, ascending."""
        count = round((self.most - self.least) / self.step) + 1
        return tuple(round(self.least + i * self.step, 9) for i in range(count))

    def upto(self, most: float) -> tuple[float, ...]:
        """Those that are at most so large."""
        return tuple(one for one in self.values if one <= most + 1e-9)


@dataclass(frozen=True)
class Use:
    """One transformation and its uses; whoever uses some of them takes them from this list.

    Attributes:
        usual: with its usual range: what explanations and the attack ``corrupt`` try.
        steps: the ranges of the members, by the first field.
        grows: whether a larger range asks more of whom it leaves alone: of windows that are kept, the
            smaller does; of the cells of a grid none does (``None``).
        explained: whether explanations try it; of places of an image they have their own.
        declarable: whether a strategy can declare it by name and range, its first field.
        corrupts: whether it is a kind of the attack ``corrupt``.
        searched: with the range that a search tries; ``None`` if it tries none.
        seen: as a family of probes of digits that tutors tell.
        held_out: as a family of probes of digits that no tutor tells.
        desk: how people declare it at the desk; ``None`` if they cannot.
    """

    usual: Transform
    steps: Steps
    grows: bool | None = True
    explained: bool = True
    declarable: bool = True
    corrupts: bool = True
    searched: Transform | None = None
    seen: Transform | None = None
    held_out: Transform | None = None
    desk: Slider | None = None

    @property
    def kind(self) -> str:
        """Of the transformation."""
        return self.usual.kind

    def of(self, size: float) -> Transform:
        """With another range, its first field.

        Raises:
            InputError: a range that makes no sense.
        """
        make: Callable[[float], Transform] = type(self.usual)
        if not self.whole:
            return make(size)
        if size != round(size):
            raise InputError(f"{self.kind} takes a whole number; got {size:g}")
        return make(int(size))

    @property
    def whole(self) -> bool:
        """Whether its range is a whole number."""
        return isinstance(getattr(self.usual, fields(self.usual)[0].name), int)  # type: ignore[arg-type]

    @property
    def alone(self) -> bool:
        """Whether it changes an input by itself: all but those that need another one."""
        return not isinstance(self.usual, Swap)


USES: Final[tuple[Use, ...]] = (
    Use(
        Shift(),
        Steps(0.01, 0.5, 0.01),
        searched=Shift(0.15),
        seen=Shift(),
        desk=Slider("Shift", "of the width", 0.02, 0.5, 0.1, 0.02),
    ),
    Use(
        Rotate(),
        Steps(1, 180, 1),
        searched=Rotate(30.0),
        seen=Rotate(),
        desk=Slider("Rotation", "degrees", 1, 180, 15, 1),
    ),
    Use(
        Scale(),
        Steps(1.05, 3, 0.05),
        searched=Scale(1.3),
        held_out=Scale(),
        desk=Slider("Scale", "times", 1.05, 3, 1.2, 0.05, still=1.0),
    ),
    Use(Shear(), Steps(1, 60, 1), searched=Shear(20.0), seen=Shear()),
    Use(
        Thickness(),
        Steps(0.25, 4, 0.25),
        searched=Thickness(1.0),
        seen=Thickness(),
        desk=Slider("Thickness", "pixels", 0.25, 4, 0.5, 0.25),
    ),
    Use(
        Brightness(),
        Steps(0.01, 1, 0.01),
        searched=Brightness(0.4),
        seen=Brightness(),
        desk=Slider("Brightness", "of the range", 0.02, 1, 0.2, 0.02),
    ),
    Use(
        Contrast(),
        Steps(1.1, 5, 0.1),
        searched=Contrast(3.0),
        held_out=Contrast(),
        desk=Slider("Contrast", "times", 1.1, 5, 1.5, 0.1, still=1.0),
    ),
    Use(Gamma(), Steps(1.1, 5, 0.1)),
    Use(Blur(), Steps(0.25, 4, 0.25), searched=Blur(2.0)),
    Use(
        Noise(),
        Steps(0.01, 1, 0.01),
        searched=Noise(0.4),
        seen=Noise(0.1),
        desk=Slider("Noise", "of the range", 0.01, 1, 0.1, 0.01),
    ),
    Use(Impulse(), Steps(0.01, 1, 0.01), searched=Impulse(0.3), held_out=Impulse(0.1)),
    # the side of a block is a whole number, so a range has no meaning between two of them
    Use(Pixelate(), Steps(2, 8, 1), declarable=False, held_out=Pixelate()),
    Use(Elastic(), Steps(0.01, 0.2, 0.01), searched=Elastic(0.05), held_out=Elastic()),
    # a ball, not a corruption: attacks fill it by themselves
    # a quarter of a grey level of 8 bits
    Use(Tolerance(), Steps(1 / 1020, 1, 1 / 1020), corrupts=False),
    Use(Crop(), Steps(0.1, 0.95, 0.05), grows=False, corrupts=False, explained=False),
    Use(Erase(), Steps(0.05, 0.9, 0.05), corrupts=False, explained=False),
    Use(
        Border(),
        Steps(1, 512, 1),
        corrupts=False,
        explained=False,
        desk=Slider("Border", "pixels", 1, 64, 1, 1),
    ),
    *(
        Use(region, Steps(1, 1024, 1), corrupts=False, explained=False)
        for region in (Centre(), Top(), Bottom(), Left(), Right())
    ),
    Use(GridCell(), Steps(1, 25, 1), grows=None, corrupts=False, explained=False),
    Use(Window(), Steps(0.05, 0.95, 0.01), grows=False, corrupts=False, explained=False),
    Use(CutMix(), Steps(0.05, 0.95, 0.05), corrupts=False, explained=False),
)
"""The kinds of the library, in a fixed order."""

LIBRARY: Final[tuple[Transform, ...]] = tuple(use.usual for use in USES if use.alone)
"""Those that change an input by itself, each with its usual range."""
