"""Told features on data that cover them unevenly: the measured ratio beside the bound of proposition 5.

    python benchmarks/coverage.py           # 10 seeds, seconds

The teacher is the sign of a product of two among 40 features, uncertain where its size is below .05.
Data are tilted to one corner of the two features (density (1 + tilt x) for each), probes are even, so the
ratio of the laws is (1 - tilt)^-2. The student is told the two features and takes the label of the nearest
of 150 certain examples: it has no habits that fill a gap. The bound is computed from the student's error on
8,000 fresh data and from the certain shares; the error under the probes is measured on 8,000 others.
"""

from pathlib import Path

import numpy as np
from runs import ROOT, Numbers, carry_out

from preceptor.core import UNCERTAIN

TILTS = (0.0, 0.3, 0.6, 0.8)
GIVEN, DRAWN, BAND = 150, 8000, 0.05


def tilted(rng: np.random.Generator, n: int, tilt: float) -> np.ndarray:
    """``Float[n, 2]`` by rejection."""
    parts, have = [], 0
    while have < n:
        drawn = rng.uniform(-1, 1, (4 * n, 2))
        kept = drawn[rng.random(4 * n) < ((1 + tilt * drawn) / (1 + tilt)).prod(1)]
        parts.append(kept)
        have += len(kept)
    found: np.ndarray = np.vstack(parts)[:n]
    return found


def teacher(x: np.ndarray) -> np.ndarray:
    """``Int[n]``."""
    product = x[:, 0] * x[:, 1]
    return np.where(np.abs(product) < BAND, UNCERTAIN, (product > 0).astype(int))


def arm(tilt: float, seed: int) -> Numbers:
    """Of one tilt and seed."""
    rng = np.random.default_rng([seed, int(100 * tilt)])
    known = tilted(rng, 4 * GIVEN, tilt)
    known = known[teacher(known) != UNCERTAIN][:GIVEN]

    def rates(x: np.ndarray) -> tuple[float, float]:
        near = ((x[:, None] - known[None]) ** 2).sum(2).argmin(1)
        sure = teacher(x) != UNCERTAIN
        return float(sure.mean()), float((teacher(known)[near] != teacher(x))[sure].mean())

    held, seen = rates(tilted(rng, DRAWN, tilt))
    asked, strong = rates(rng.uniform(-1, 1, (DRAWN, 2)))
    ratio = (1 - tilt) ** -2
    return {
        "error on certain data": seen,
        "strong error": strong,
        "bound": ratio * held / asked * seen,
        "measured ratio": strong / seen if seen else 0.0,
        "bound of the ratio": ratio * held / asked,
    }


def main() -> None:
    """All tilts on all seeds."""
    arms = {f"tilt {tilt:g}": (lambda seed, tilt=tilt: arm(tilt, seed)) for tilt in TILTS}
    head = {"what": __doc__.splitlines()[0], "given": GIVEN, "drawn": DRAWN, "band": BAND}
    file = Path(ROOT) / "benchmarks/results/coverage.json"
    carry_out(file, head, arms, {name: range(2000, 2010) for name in arms})


if __name__ == "__main__":
    main()
