"""Layer 1: verdicts, splits and rates, computed from what student and teacher said."""

from preceptor.outcome.paired import AnyTime, Difference, difference, holm
from preceptor.outcome.rates import Rate, accuracy, conventional, share
from preceptor.outcome.spreads import Spread
from preceptor.outcome.verdicts import (
    Outcome,
    Sheet,
    Split,
    Verdict,
    anchored,
    fails_conventionally,
    judge,
    split,
)
from preceptor.outcome.weak import (
    NO_ATTACK,
    WORST_CASE,
    Component,
    Least,
    components,
    never_wrong,
    unattacked,
    worst,
)

__all__ = [
    "NO_ATTACK",
    "WORST_CASE",
    "AnyTime",
    "Component",
    "Difference",
    "Least",
    "Outcome",
    "Rate",
    "Sheet",
    "Split",
    "Spread",
    "Verdict",
    "accuracy",
    "anchored",
    "components",
    "conventional",
    "difference",
    "fails_conventionally",
    "holm",
    "judge",
    "never_wrong",
    "share",
    "split",
    "unattacked",
    "worst",
]
