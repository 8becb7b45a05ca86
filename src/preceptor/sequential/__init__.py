"""When enough is known. Tests and intervals that hold whenever one stops."""

from preceptor.sequential.apart import DifferenceEvidence, apart
from preceptor.sequential.corrected import (
    CorrectedEvidence,
    PredictionCells,
    corrected,
    weighted_order,
)
from preceptor.sequential.evidence import BETS, Evidence, Gain, Stakes, grid
from preceptor.sequential.pool import Pool, draw_order, sorts
from preceptor.sequential.process import Process, Result, replay
from preceptor.sequential.stopping_rule import Claim, Population, StoppingRule

__all__ = [
    "BETS",
    "Claim",
    "CorrectedEvidence",
    "DifferenceEvidence",
    "Evidence",
    "Gain",
    "Pool",
    "Population",
    "PredictionCells",
    "Process",
    "Result",
    "Stakes",
    "StoppingRule",
    "apart",
    "corrected",
    "draw_order",
    "grid",
    "replay",
    "sorts",
    "weighted_order",
]
