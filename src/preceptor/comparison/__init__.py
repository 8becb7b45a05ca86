"""Learning strategies compared on a problem: robustness per unit of teacher effort."""

from preceptor.comparison.cell import Cell
from preceptor.comparison.cluster import BACKENDS, cluster
from preceptor.comparison.compare import DEFAULTS, Told, compare, strategies_for
from preceptor.comparison.design import BASE, Design, Learner, Perceptron
from preceptor.comparison.reading import Contest, contests, harms, sentence, witnessed
from preceptor.comparison.result import SCHEMA, UNITS, Comparison, Point, Reach, Unit
from preceptor.comparison.settled import settled
from preceptor.comparison.witnesses import Searched, Witnesses, sought

__all__ = [
    "BACKENDS",
    "BASE",
    "DEFAULTS",
    "SCHEMA",
    "UNITS",
    "Cell",
    "Comparison",
    "Contest",
    "Design",
    "Learner",
    "Perceptron",
    "Point",
    "Reach",
    "Searched",
    "Told",
    "Unit",
    "Witnesses",
    "cluster",
    "compare",
    "contests",
    "harms",
    "sentence",
    "settled",
    "sought",
    "strategies_for",
    "witnessed",
]
