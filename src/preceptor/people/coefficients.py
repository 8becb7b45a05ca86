"""Coefficients of agreement between people, and what they mean in words."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations, permutations
from typing import Final

_WORDS: Final = (
    (0.0, "no better than chance"),
    (0.2, "hardly better than chance"),
    (0.4, "fair"),
    (0.6, "moderate"),
    (0.8, "substantial"),
)
"""Up to which value a coefficient is called so: the bands of Landis and Koch (1977, p. 165), of which the
lowest ones are put in plain words."""

FEW: Final = 10
"""From fewer questions with two answers nothing is said in words."""


def in_words(value: float | None, questions: int) -> str:
    """A coefficient beyond chance in words.

    Args:
        value: kappa or alpha; ``None`` where it is undefined.
        questions: with two or more answers, from which it was computed.
    """
    if questions == 0:
        return "no question has two answers yet"
    if value is None:
        return "undefined: all answers are the same"
    if questions < FEW:
        return f"too few to say: {questions} {'question' if questions == 1 else 'questions'}"
    return next((word for most, word in _WORDS if value <= most), "almost perfect")


def raw(units: Sequence[Sequence[int]]) -> float | None:
    """The share of pairs of labels of one unit that are equal; ``None`` without any pair."""
    pairs = [a == b for unit in units for a, b in combinations(unit, 2)]
    return sum(pairs) / len(pairs) if pairs else None


def kappa(first: Sequence[int], second: Sequence[int]) -> float | None:
    """Cohen's (1960) kappa of two people's labels of the same items, in the same order.

    ``None`` without items, or where both gave one label throughout, so that chance explains all.
    """
    if not first:
        return None
    seen = sum(a == b for a, b in zip(first, second, strict=True)) / len(first)
    ones, twos = Counter(first), Counter(second)
    chance = sum(ones[label] * twos[label] for label in ones) / len(first) ** 2
    return None if chance == 1 else (seen - chance) / (1 - chance)


def fleiss(units: Sequence[Sequence[int]]) -> float | None:
    """Fleiss' (1971) kappa: observed agreement beyond that of labels drawn by their frequencies.

    Generalised to unequal numbers of labels: the mean over units with two or more of the share of
    pairs that are equal. ``None`` without such a unit, or where all labels are equal.
    """
    counted = [unit for unit in units if len(unit) >= 2]
    seen = [raw([unit]) or 0.0 for unit in counted]
    totals = Counter(label for unit in counted for label in unit)
    n = sum(totals.values())
    chance = sum((times / n) ** 2 for times in totals.values()) if n else 1.0
    if len(totals) < 2:
        return None
    return (sum(seen) / len(seen) - chance) / (1 - chance)


def alpha(units: Sequence[Sequence[int]]) -> float | None:
    """Krippendorff's alpha for nominal labels: 1 - observed / expected disagreement.

    After Krippendorff (2004, chapter 11): every ordered pair of labels of a unit counts
    1 / (labels of the unit - 1); units with one label do not count.

    Args:
        units: the labels of each item, whoever gave them; missing ones left out.

    Returns:
        ``None`` without pairs, or where all labels are equal: then there is nothing to agree on.
    """
    pairs: Counter[tuple[int, int]] = Counter()
    weights: dict[tuple[int, int], float] = defaultdict(float)
    for unit in units:
        if len(unit) < 2:
            continue
        pairs = Counter(permutations(unit, 2))
        for pair, times in pairs.items():
            weights[pair] += times / (len(unit) - 1)
    totals: dict[int, float] = defaultdict(float)
    for (one, _), weight in weights.items():
        totals[one] += weight
    n = sum(totals.values())
    expected = sum(totals[a] * totals[b] for a in totals for b in totals if a != b)
    if not expected:
        return None
    observed = sum(weight for (a, b), weight in weights.items() if a != b)
    return 1 - (n - 1) * observed / expected
