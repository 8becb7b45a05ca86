"""Verdicts, splits and rates, computed from what student and teacher said."""

from preceptor.outcome.kappa import Kappa, Mean, Table, error_consistency
from preceptor.outcome.paired import AnyTime, Difference, OfLeast, difference, holm, of_least
from preceptor.outcome.rates import Rate, accuracy, conventional, share
from preceptor.outcome.spreads import Spread
from preceptor.outcome.verdicts import (
    ERROR_SPLITS,
    Changes,
    Outcome,
    Sheet,
    Split,
    Verdict,
    anchored,
    changes,
    fails_conventionally,
    judge,
    right_at,
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
    "ERROR_SPLITS",
    "NO_ATTACK",
    "WORST_CASE",
    "AnyTime",
    "Changes",
    "Component",
    "Difference",
    "Kappa",
    "Least",
    "Mean",
    "OfLeast",
    "Outcome",
    "Rate",
    "Sheet",
    "Split",
    "Spread",
    "Table",
    "Verdict",
    "accuracy",
    "anchored",
    "changes",
    "components",
    "conventional",
    "difference",
    "error_consistency",
    "fails_conventionally",
    "holm",
    "judge",
    "never_wrong",
    "of_least",
    "right_at",
    "share",
    "split",
    "unattacked",
    "worst",
]
