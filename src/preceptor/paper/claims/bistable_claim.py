"""A picture with two readings: distances between pictures against what is seen in them."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import torch
from scipy.stats import wasserstein_distance

from preceptor.core import UNCERTAIN, generator
from preceptor.distances import compare
from preceptor.paper.claim import Chart, Claim, ClaimPlan, Facts, Numbers, Picture, Series, Settings
from preceptor.paper.images import png
from preceptor.paper.verdict_rule import Check, VerdictRule
from preceptor.problems.bistable import ABOVE, BELOW, Corners, draw

STYLES: Final = {"grey": (0.3, 0.7), "black on white": (0.0, 1.0)}
"""Greys of strokes and ground."""

NOISE, DIRECTIONS = 0.1, 16

METRICS: Final = (
    "l_0",
    "l_1",
    "l_2",
    "l_inf",
    "W1 of grey levels",
    "W1 of brightness in the plane, sliced",
    "W1 of ink in the plane, sliced",
    "1 - SSIM",
    "noise power (PSNR)",
)
"""All of them larger where pictures lie farther apart."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """(a) from above, (b) from below, (c) the first with noise; ``Float32[1, side, side]``."""

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray


def pictures(side: int, style: str, seed: int) -> Pictures:
    """The three pictures; noise of standard deviation 0.1, clipped to [0, 1]."""
    stroke, ground = STYLES[style]
    a, b = (draw(view, side, stroke=stroke, ground=ground) for view in ("above", "below"))
    noise = generator(seed, "noise", style).normal(0, NOISE, a.shape)
    return Pictures(a, b, (a + noise).clip(0, 1).astype(np.float32))


def distances(one: np.ndarray, other: np.ndarray) -> dict[str, float]:
    """How far two pictures lie apart, by every metric of :data:`METRICS`."""
    found = compare(one, other)
    return dict(
        zip(
            METRICS,
            (
                found.l0,
                found.l1,
                found.l2,
                found.linf,
                float(wasserstein_distance(one.ravel(), other.ravel())),
                sliced(one[0], other[0]),
                sliced(1 - one[0], 1 - other[0]),
                1 - (found.ssim or 0.0),
                10 ** (-(found.psnr or np.inf) / 10),
            ),
            strict=True,
        )
    )


def sliced(one: np.ndarray, other: np.ndarray) -> float:
    """Wasserstein-1 between the masses of two pictures ``[side, side]``, each scaled to 1, as the
    mean over directions of that between their projections (Bonneel et al. 2015); in pixels.
    """
    side = one.shape[0]
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2)
    found = []
    for angle in np.arange(DIRECTIONS) * np.pi / DIRECTIONS:
        places = np.round(grid @ np.array([np.cos(angle), np.sin(angle)])).astype(int)
        places -= places.min()
        heaps = [np.bincount(places, picture.ravel()) for picture in (one, other)]
        ends = np.cumsum(heaps[0] / heaps[0].sum() - heaps[1] / heaps[1].sum())
        found.append(float(np.abs(ends).sum()))
    return float(np.mean(found))


@lru_cache(maxsize=4)
def _apart(side: int, style: str, seed: int) -> tuple[dict[str, float], dict[str, float]]:
    """Distances of (a) from (b), and of (a) from (c)."""
    three = pictures(side, style, seed)
    return distances(three.a, three.b), distances(three.a, three.c)


def _measure(settings: Settings, seed: int) -> Numbers:
    side = settings["side"]
    teacher = Corners(side)
    found: dict[str, float | None] = {}
    for style, (stroke, ground) in STYLES.items():
        three = pictures(side, style, seed)
        wire, blank = (draw(v, side, stroke=stroke, ground=ground) for v in ("wire", "blank"))
        shown = np.stack([three.a, three.b, three.c, wire, blank])
        said = teacher(torch.from_numpy(shown)).tolist()
        wanted = (ABOVE, BELOW, ABOVE, UNCERTAIN, UNCERTAIN)
        names = ("a: above", "b: below", "c: above", "wire: uncertain", "blank: uncertain")
        for name, label, right in zip(names, said, wanted, strict=True):
            found[f"teacher, {style}, {name}"] = float(label == right)
        other, noisy = _apart(side, style, seed)
        for metric in METRICS:
            found[f"{style}: {metric}, (a) to (b)"] = other[metric]
            found[f"{style}: {metric}, (a) to (c)"] = noisy[metric]
            found[f"{style}: {metric}, share of the noise"] = noisy[metric] / (
                noisy[metric] + other[metric]
            )
    return found


def _charts(_: Settings) -> tuple[Chart, ...]:
    series = tuple(
        Series(
            style,
            tuple(f"{style}: {metric}, share of the noise" for metric in METRICS),
            "asks" if style == "grey" else "told",
        )
        for style in STYLES
    )
    return (
        Chart(
            "The noise's share of both distances",
            "distance",
            "share",
            tuple(float(i) for i in range(len(METRICS))),
            series,
            share=True,
            note="The distance of (a) from (c), divided by that and the distance of (a) from (b). "
            "Above 50 % the noise counts for more than the other reading.",
            labels=METRICS,
        ),
    )


def _pictures() -> tuple[Picture, ...]:
    three = pictures(520, "grey", 0)
    wire = draw("wire", 520)
    return tuple(
        Picture(label, png(image))
        for label, image in (
            ("(a) from above", three.a),
            ("(b) from below: another reading", three.b),
            ("(c) as (a), with noise of 0.1: the same reading", three.c),
            ("wire: both readings, so the teacher is uncertain", wire),
        )
    )


def _beyond(style: str, *metrics: str) -> tuple[Check, ...]:
    return tuple(Check(f"{style}: {metric}, share of the noise", 0.5) for metric in metrics)


CONSTRUCTED = (
    "The figure is chosen because a few strokes decide how it is read. How dark the strokes are, and "
    "how strong the noise, decides which distances part from the teacher."
)
LIMITS = (
    "The teacher is a rule about strokes, taken to say what people see; nobody was asked. Two "
    "pictures are no measure of how often a distance misleads."
)
PLANS = {
    "quick": ClaimPlan({"side": 260}, (0, 1, 2)),
    "full": ClaimPlan({"side": 520}, (0, 1, 2, 3, 4)),
}

SOME = Claim(
    Facts(
        name="bistable",
        title="Noise that nobody minds can be farther than another reading",
        says="By l_0, the transport of grey levels and SSIM, a noisy picture of a cube is farther "
        "from the clean one than a picture in which the cube is turned over; the teacher reads the "
        "noisy one alike and the other one otherwise. With strokes of grey as with black on white; "
        "with grey ones by l_1 too.",
        constructed=CONSTRUCTED
        + " The rule was changed once after a first run: l_1 with black strokes stood in it, and turned "
        "out to hang on the strokes' width.",
        limits=LIMITS,
        expected="shown",
        rule=VerdictRule(
            (
                Check("teacher, *", 1.0, 1.0),
                *_beyond("grey", "l_0", "l_1", "W1 of grey levels", "1 - SSIM"),
                *_beyond("black on white", "l_0", "W1 of grey levels", "1 - SSIM"),
            )
        ),
    ),
    _measure,
    quick=PLANS["quick"],
    full=PLANS["full"],
    charts=_charts,
    pictures=_pictures,
)

EVERY = Claim(
    Facts(
        name="bistable-every",
        title="Does every distance part from the teacher?",
        says="Every distance tried puts the noisy picture farther away than the one that is read "
        "otherwise, whatever the contrast of the strokes.",
        constructed=CONSTRUCTED,
        limits=LIMITS,
        expected="not shown",
        rule=VerdictRule((*_beyond("grey", *METRICS), *_beyond("black on white", *METRICS))),
    ),
    _measure,
    quick=PLANS["quick"],
    full=PLANS["full"],
)
