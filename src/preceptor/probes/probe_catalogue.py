"""All probe families. Their names and definitions are fixed: results are compared by them."""

from typing import Final

from preceptor.core import Domain, InputError
from preceptor.probes import mixing, moving, shapes, values
from preceptor.probes.family import ProbeFamily

FAMILIES: Final[tuple[ProbeFamily, ...]] = (
    ProbeFamily("data", "An item of the data as it is.", "any", mixing.data),
    ProbeFamily(
        "affine",
        "An item scaled by 0.8 to 1.25 (log-uniform), slanted by up to 15 degrees, turned by up to "
        "20 degrees and shifted by up to a tenth of its sides, in this order, each uniform.",
        "image",
        moving.affine,
    ),
    ProbeFamily(
        "thickness",
        "An item whose bright lines are thickened or thinned by up to one pixel on each side, "
        "uniform.",
        "image",
        moving.thickness,
    ),
    ProbeFamily(
        "elastic",
        "An item warped smoothly: displacements of a root mean square of up to 5 % of the sides, "
        "uniform.",
        "image",
        moving.elastic,
    ),
    ProbeFamily(
        "blur",
        "An item blurred by a Gaussian of up to 2 pixels, uniform.",
        "image",
        moving.blur,
    ),
    ProbeFamily(
        "contrast",
        "An item stretched about its mean by 0.2 to 1.5, then made lighter or darker by up to 0.3 "
        "of the range, each uniform.",
        "image",
        values.contrast,
    ),
    ProbeFamily("inversion", "An item turned over within its range.", "any", values.inversion),
    ProbeFamily(
        "noise",
        "An item with Gaussian noise of a standard deviation of 0 to 0.5 of the range, uniform.",
        "any",
        values.noise,
    ),
    ProbeFamily(
        "impulse",
        "An item of which a share of 0 to 0.3 (uniform) of the coordinates is at an end of its "
        "range, either with probability a half.",
        "any",
        values.impulse,
    ),
    ProbeFamily(
        "blend",
        "A convex mixture of two different items; the weight is uniform in 0 to 1.",
        "any",
        mixing.blend,
    ),
    ProbeFamily(
        "mean-of-three",
        "A convex mixture of three items; the weights are uniform on the triangle.",
        "any",
        mixing.mean_of_three,
    ),
    ProbeFamily(
        "extrapolation",
        "An item moved away from another by 0 to 0.5 (uniform) of the way between them.",
        "any",
        mixing.extrapolation,
    ),
    ProbeFamily(
        "overlay",
        "Two different items over each other: pixel by pixel the lighter of the two.",
        "image",
        mixing.overlay,
    ),
    ProbeFamily(
        "clutter",
        "An item with another laid over it (the lighter of the two) in a window of half its height "
        "and width, placed uniformly.",
        "image",
        mixing.clutter,
    ),
    ProbeFamily(
        "patchwork",
        "A picture cut into 2 x 2, 3 x 3 or 4 x 4 blocks (equally often), each from an item of its "
        "own.",
        "image",
        mixing.patchwork,
    ),
    ProbeFamily(
        "jigsaw",
        "The four quarters of an item in a uniformly random order.",
        "image",
        mixing.jigsaw,
    ),
    ProbeFamily(
        "resampled",
        "Each coordinate from an item of its own: the data's marginals, made independent.",
        "any",
        mixing.resampled,
    ),
    ProbeFamily(
        "crossover",
        "An item of which a share of 0 to 0.5 (uniform) of the features comes from another item.",
        "vector",
        mixing.crossover,
    ),
    ProbeFamily("uniform", "Each coordinate uniform between its bounds.", "any", values.uniform),
    ProbeFamily(
        "corners",
        "Each coordinate at its low or high bound, either with probability a half.",
        "any",
        values.corners,
    ),
    ProbeFamily("flat", "One uniform value for each channel of the picture.", "image", values.flat),
    ProbeFamily(
        "texture",
        "Gaussian noise smoothed over 1 to 8 pixels (log-uniform), stretched over the whole range.",
        "image",
        values.texture,
    ),
    ProbeFamily(
        "bars",
        "One to three straight bars of uniform place, direction, length (a tenth of the longer side "
        "up to half of it, each way) and width (3 to 15 % of it, each way), light on dark or dark "
        "on light.",
        "image",
        shapes.bars,
    ),
    ProbeFamily(
        "ellipses",
        "One to three discs or rings of uniform place and direction, with half-axes of 7 to 40 % of "
        "the longer side, light on dark or dark on light.",
        "image",
        shapes.ellipses,
    ),
    ProbeFamily(
        "strokes",
        "One to three curved pen strokes through uniform points, 3 to 10 % of the longer side wide "
        "each way, light on dark or dark on light.",
        "image",
        shapes.strokes,
    ),
)
"""In a fixed order; new ones are added at the end."""


def families(domain: Domain) -> tuple[ProbeFamily, ...]:
    """Every family that can make inputs of this domain, in the fixed order."""
    return tuple(one for one in FAMILIES if one.suits(domain))


def family(name: str) -> ProbeFamily:
    """The family of this name.

    Raises:
        InputError: there is none.
    """
    for one in FAMILIES:
        if one.name == name:
            return one
    raise InputError(
        f"there is no probe family {name!r}; expected one of {', '.join(f.name for f in FAMILIES)}"
    )
