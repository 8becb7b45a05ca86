"""Ways of learning, and the loop that they share."""

from preceptor.strategies.adversarial import AdversarialQueries
from preceptor.strategies.asking import ask
from preceptor.strategies.catalogue import STRATEGIES, names
from preceptor.strategies.committee import Committee
from preceptor.strategies.convergence import Convergence, check_convergence
from preceptor.strategies.corrective import Corrective, Mistakes, Remedy
from preceptor.strategies.diverse import Badge, CoreSet
from preceptor.strategies.entries import Setting
from preceptor.strategies.fit import AdamFit, Fit
from preceptor.strategies.guessed import Guessed
from preceptor.strategies.hardening import LinfTraining, Trades
from preceptor.strategies.learn import Learned, Measure, Round, Schedule, learn
from preceptor.strategies.mixed import Mixed
from preceptor.strategies.parsing import parse, split
from preceptor.strategies.passive import Passive
from preceptor.strategies.scikit_activeml import SkActiveML
from preceptor.strategies.strategy import Kind, Strategy
from preceptor.strategies.synthesis import BoundarySynthesis, RandomSynthesis
from preceptor.strategies.uncertainty import PoolUncertainty
from preceptor.strategies.volunteered import Volunteered

__all__ = [
    "STRATEGIES",
    "AdamFit",
    "AdversarialQueries",
    "Badge",
    "BoundarySynthesis",
    "Committee",
    "Convergence",
    "CoreSet",
    "Corrective",
    "Fit",
    "Guessed",
    "Kind",
    "Learned",
    "LinfTraining",
    "Measure",
    "Mistakes",
    "Mixed",
    "Passive",
    "PoolUncertainty",
    "RandomSynthesis",
    "Remedy",
    "Round",
    "Schedule",
    "Setting",
    "SkActiveML",
    "Strategy",
    "Trades",
    "Volunteered",
    "ask",
    "check_convergence",
    "learn",
    "names",
    "parse",
    "split",
]
