"""Learning strategies compared on a problem: robustness per unit of teacher effort."""

from preceptor.comparison.cell import Cell
from preceptor.comparison.cluster import BACKENDS, cluster
from preceptor.comparison.comparison_result import (
    SCHEMA,
    UNITS,
    BudgetPoint,
    Comparison,
    TargetPrice,
    Unit,
)
from preceptor.comparison.convergence import settled
from preceptor.comparison.design import (
    BASE,
    Design,
    HashedLearner,
    Learner,
    Perceptron,
    learner_for,
)
from preceptor.comparison.run_comparison import (
    DEFAULTS,
    ComparisonProgress,
    compare,
    strategies_for,
)
from preceptor.comparison.unit_verdicts import (
    UnitVerdict,
    certified,
    contests,
    harms,
    sentence,
    witnessed,
)
from preceptor.comparison.witnesses import Witnesses, WitnessSearches, sought

__all__ = [
    "BACKENDS",
    "BASE",
    "DEFAULTS",
    "SCHEMA",
    "UNITS",
    "BudgetPoint",
    "Cell",
    "Comparison",
    "ComparisonProgress",
    "Design",
    "HashedLearner",
    "Learner",
    "Perceptron",
    "TargetPrice",
    "Unit",
    "UnitVerdict",
    "WitnessSearches",
    "Witnesses",
    "certified",
    "cluster",
    "compare",
    "contests",
    "harms",
    "learner_for",
    "sentence",
    "settled",
    "sought",
    "strategies_for",
    "witnessed",
]
