"""Layer 1: verdicts, splits and rates, computed from what student and teacher said."""

from preceptor.outcome.kappa import Kappa, Mean, Table, error_consistency
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
    worst,
)

__all__ = [
    "AnyTime",
    "Difference",
    "Kappa",
    "Mean",
    "Outcome",
    "Rate",
    "Sheet",
    "Split",
    "Spread",
    "Table",
    "Verdict",
    "accuracy",
    "anchored",
    "conventional",
    "difference",
    "error_consistency",
    "fails_conventionally",
    "holm",
    "judge",
    "share",
    "split",
    "worst",
]
