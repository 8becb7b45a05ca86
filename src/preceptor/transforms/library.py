"""The one list of transformations, and what each is used for."""

from dataclasses import dataclass
from typing import Final

from preceptor.transforms.detail import Blur, Pixelate, Thickness
from preceptor.transforms.geometry import Rotate, Scale, Shear, Shift
from preceptor.transforms.scatter import Elastic, Impulse, Noise, Tolerance
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
class Use:
    """One transformation and its uses; whoever uses some of them takes them from this list.

    Attributes:
        usual: with its usual range: what explanations and the attack ``corrupt`` try.
        declarable: whether a strategy can declare it by name and range, its first field.
        corrupts: whether it is a kind of the attack ``corrupt``.
        searched: with the range that a search tries; ``None`` if it tries none.
        seen: as a family of probes of digits that tutors tell.
        held_out: as a family of probes of digits that no tutor tells.
        desk: how people declare it at the desk; ``None`` if they cannot.
    """

    usual: Transform
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


USES: Final[tuple[Use, ...]] = (
    Use(
        Shift(),
        searched=Shift(0.15),
        seen=Shift(),
        desk=Slider("Shift", "of the width", 0.02, 0.5, 0.1, 0.02),
    ),
    Use(
        Rotate(),
        searched=Rotate(30.0),
        seen=Rotate(),
        desk=Slider("Rotation", "degrees", 1, 180, 15, 1),
    ),
    Use(
        Scale(),
        searched=Scale(1.3),
        held_out=Scale(),
        desk=Slider("Scale", "times", 1.05, 3, 1.2, 0.05, still=1.0),
    ),
    Use(Shear(), searched=Shear(20.0), seen=Shear()),
    Use(
        Thickness(),
        searched=Thickness(1.0),
        seen=Thickness(),
        desk=Slider("Thickness", "pixels", 0.25, 4, 0.5, 0.25),
    ),
    Use(
        Brightness(),
        searched=Brightness(0.4),
        seen=Brightness(),
        desk=Slider("Brightness", "of the range", 0.02, 1, 0.2, 0.02),
    ),
    Use(
        Contrast(),
        searched=Contrast(3.0),
        held_out=Contrast(),
        desk=Slider("Contrast", "times", 1.1, 5, 1.5, 0.1, still=1.0),
    ),
    Use(Gamma()),
    Use(Blur(), searched=Blur(2.0)),
    Use(
        Noise(),
        searched=Noise(0.4),
        seen=Noise(0.1),
        desk=Slider("Noise", "of the range", 0.01, 1, 0.1, 0.01),
    ),
    Use(Impulse(), searched=Impulse(0.3), held_out=Impulse(0.1)),
    # the side of a block is a whole number, so a range has no meaning between two of them
    Use(Pixelate(), declarable=False, held_out=Pixelate()),
    Use(Elastic(), searched=Elastic(0.05), held_out=Elastic()),
    # a ball, not a corruption: attacks fill it by themselves
    Use(Tolerance(), corrupts=False),
)
"""Those that need no region, in a fixed order."""

LIBRARY: Final[tuple[Transform, ...]] = tuple(use.usual for use in USES)
"""Each with its usual range."""
