"""Ways of learning, and the loop that they share."""

from preceptor.strategies.adversarial import AdversarialQueries
from preceptor.strategies.adversarial_training import LinfTraining, Trades
from preceptor.strategies.augmentation import AssumedAugmentation
from preceptor.strategies.catalogue_types import Setting
from preceptor.strategies.committee import Committee
from preceptor.strategies.corrective import Corrective, Mistakes, Remedy
from preceptor.strategies.diverse import Badge, CoreSet
from preceptor.strategies.environment_training import EnvironmentTraining
from preceptor.strategies.explained_invariances import ExplainedInvariances
from preceptor.strategies.fit import AdamFit, Fit
from preceptor.strategies.fit_convergence import Convergence, check_convergence
from preceptor.strategies.group_lasso import GroupLasso
from preceptor.strategies.invariance_tests import InvarianceTests
from preceptor.strategies.junta import Junta
from preceptor.strategies.learn import LearningResult, Measure, Round, Schedule, learn
from preceptor.strategies.mixed import StrategySequence
from preceptor.strategies.parsing import parse, split
from preceptor.strategies.passive import Passive
from preceptor.strategies.pool_questions import ask
from preceptor.strategies.refit import WeightedFit, fit_for
from preceptor.strategies.scikit_activeml import SkActiveML
from preceptor.strategies.strategy import Kind, Proves, Strategy
from preceptor.strategies.strategy_catalogue import STRATEGIES, names
from preceptor.strategies.synthesis import BoundarySynthesis, RandomSynthesis
from preceptor.strategies.text_catalogue import TEXT_STRATEGIES
from preceptor.strategies.uncertainty import PoolUncertainty
from preceptor.strategies.until_proved import UntilProved
from preceptor.strategies.volunteered import TutorStrategy

__all__ = [
    "STRATEGIES",
    "TEXT_STRATEGIES",
    "AdamFit",
    "AdversarialQueries",
    "AssumedAugmentation",
    "Badge",
    "BoundarySynthesis",
    "Committee",
    "Convergence",
    "CoreSet",
    "Corrective",
    "EnvironmentTraining",
    "ExplainedInvariances",
    "Fit",
    "GroupLasso",
    "InvarianceTests",
    "Junta",
    "Kind",
    "LearningResult",
    "LinfTraining",
    "Measure",
    "Mistakes",
    "Passive",
    "PoolUncertainty",
    "Proves",
    "RandomSynthesis",
    "Remedy",
    "Round",
    "Schedule",
    "Setting",
    "SkActiveML",
    "Strategy",
    "StrategySequence",
    "Trades",
    "TutorStrategy",
    "UntilProved",
    "WeightedFit",
    "ask",
    "check_convergence",
    "fit_for",
    "learn",
    "names",
    "parse",
    "split",
]
