"""Layer 2: ways of learning, and the loop that they share."""

from preceptor.strategies.asking import ask
from preceptor.strategies.fit import AdamFit, Fit
from preceptor.strategies.learn import Learned, Measure, Round, Schedule, learn
from preceptor.strategies.passive import Passive
from preceptor.strategies.strategy import Kind, Strategy
from preceptor.strategies.synthesis import BoundarySynthesis, RandomSynthesis
from preceptor.strategies.uncertainty import PoolUncertainty
from preceptor.strategies.volunteered import Volunteered

__all__ = [
    "AdamFit",
    "BoundarySynthesis",
    "Fit",
    "Kind",
    "Learned",
    "Measure",
    "Passive",
    "PoolUncertainty",
    "RandomSynthesis",
    "Round",
    "Schedule",
    "Strategy",
    "Volunteered",
    "ask",
    "learn",
]
