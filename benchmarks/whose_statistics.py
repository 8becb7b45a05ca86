"""Whether rankings agree, and what is settled: the statistics of whose_robustness.py, which has the rule in words."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau, ttest_1samp
from whose_students import WAYS

DRAWS, LEVEL, ALIKE, SEED = 1000, 0.05, 0.5, 20261130
BALLS = ("ordinary", "linf .1", "linf .2", "linf .3", "linf .4")

Marks = NDArray[np.float64]
"""``[students, seeds, pictures]``: 1 right, 0 wrong, NaN where the judge is uncertain."""


def share(marks: Marks) -> NDArray[np.float64]:
    """``[students]``: right among certain, over all seeds and pictures."""
    right = np.nansum(marks, axis=(1, 2))
    certain = np.isfinite(marks).sum((1, 2))
    found: NDArray[np.float64] = right / np.maximum(certain, 1)
    return found


def tau(one: Marks, other: Marks, *, same: bool) -> dict[str, float | list[float]]:
    """Kendall's tau-b of two rankings, resampled over seeds and pictures.

    Args:
        one: marks.
        other: of the same students and seeds.
        same: whether both are of the same pictures, which are then resampled together.
    """
    rng = np.random.default_rng(SEED)
    seeds = one.shape[1]
    drawn = []
    for _ in range(DRAWS):
        some = rng.integers(seeds, size=seeds)
        a = rng.integers(one.shape[2], size=one.shape[2])
        b = a if same else rng.integers(other.shape[2], size=other.shape[2])
        shares = share(one[:, some][:, :, a]), share(other[:, some][:, :, b])
        drawn.append(float(kendalltau(*shares).statistic))
    value = float(kendalltau(share(one), share(other)).statistic)
    ends = np.nanpercentile(drawn, [2.5, 97.5])
    return {"tau": round(value, 4), "interval": [round(float(end), 4) for end in ends]}


def influence(marks: Marks) -> Marks:
    """Each mark's part in its student's share: 0 where the judge is uncertain; means are shares."""
    shares = share(marks)[:, None, None]
    certain = np.isfinite(marks)
    weight = certain.mean((1, 2), keepdims=True)
    off = np.where(certain, marks - shares, 0.0) / np.maximum(weight, 1e-12)
    found: Marks = shares + off
    return found


def settled(one: NDArray[np.float64], other: NDArray[np.float64]) -> tuple[float, float]:
    """Mean difference of two students, ``[seeds, pictures]`` each, and the greater p-value."""
    gap = one - other
    ps = []
    for values in (gap.mean(0), gap.mean(1)):
        if np.ptp(values) < 1e-12:
            ps.append(1.0 if abs(values[0]) < 1e-12 else 0.0)
        else:
            ps.append(float(ttest_1samp(values, 0.0).pvalue))
    return float(gap.mean()), max(ps)


def holm(ps: Sequence[float]) -> NDArray[np.float64]:
    """Corrected p-values (Holm 1979)."""
    values = np.asarray(ps, dtype=float)
    order = np.argsort(values)
    raised = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    found = np.empty_like(raised)
    found[order] = np.minimum(raised, 1.0)
    return found


def reversals(one: Marks, other: Marks) -> list[dict[str, Any]]:
    """Pairs of students that two judges settle in opposite orders."""
    names, parts = list(WAYS), (influence(one), influence(other))
    pairs, gaps, ps = list(combinations(range(len(names)), 2)), [], []
    for a, b in pairs:
        (gap, p), (gap2, p2) = (settled(part[a], part[b]) for part in parts)
        gaps.append((gap, gap2))
        ps.append(max(p, p2) if gap * gap2 < 0 else 1.0)
    found = []
    for (a, b), (gap, gap2), p in zip(pairs, gaps, holm(ps).tolist(), strict=True):
        if p <= LEVEL:
            high, low = (a, b) if gap > 0 else (b, a)
            found.append(
                {
                    "better by the first": names[high],
                    "better by the second": names[low],
                    "lead by the first": round(abs(gap), 4),
                    "lead by the second": round(abs(gap2), 4),
                    "p": round(p, 5),
                }
            )
    return found


def verdict(agreement: Mapping[str, Any], turned: Sequence[Any]) -> str:
    if turned:
        return "differently"
    return "alike" if agreement["interval"][0] > ALIKE else "open"


def begins(marks: Marks) -> dict[str, Any]:
    """The smallest size of an l_inf ball from which on training hurts, by one judge."""
    part, names = influence(marks), list(WAYS)
    places = [names.index(name) for name in BALLS]
    steps = [settled(part[a], part[b]) for a, b in zip(places[1:], places[:-1], strict=True)]
    corrected = holm([p for _, p in steps]).tolist()
    told = [
        {"from": one, "to": other, "change": round(gap, 4), "p": round(p, 5)}
        for one, other, (gap, _), p in zip(BALLS[:-1], BALLS[1:], steps, corrected, strict=True)
    ]
    hurts = [one["to"] for one in told if one["change"] < 0 and one["p"] <= LEVEL]
    return {"begins at": hurts[0] if hurts else None, "steps": told}
