"""The strategies by name: what the command line reads."""

from pathlib import Path
from typing import Final, Literal

import numpy as np
import torch
from torch import Tensor

from preceptor.attacks import PGD, NoiseAttack
from preceptor.core import Attack, Domain, InputError, Inputs
from preceptor.core.specs import choose
from preceptor.lessons import FeatureSet, Irrelevant, Lesson, Masks
from preceptor.strategies.adversarial import AdversarialQueries
from preceptor.strategies.adversarial_training import LinfTraining, Trades
from preceptor.strategies.catalogue_types import Setting, StrategyEntry
from preceptor.strategies.committee import Committee
from preceptor.strategies.corrective import Corrective, Mistakes, Remedy
from preceptor.strategies.diverse import Badge, CoreSet
from preceptor.strategies.hypothesis_catalogue import HYPOTHESES
from preceptor.strategies.library_catalogue import LIBRARY_STRATEGIES
from preceptor.strategies.passive import Passive
from preceptor.strategies.scikit_activeml import SkActiveML, Space
from preceptor.strategies.strategy import Strategy
from preceptor.strategies.synthesis import BoundarySynthesis, RandomSynthesis, uniform
from preceptor.strategies.uncertainty import PoolUncertainty
from preceptor.strategies.until_proved import UntilProved
from preceptor.strategies.volunteered import Says, TutorStrategy, all_of

Way = Literal["resample", "view", "gradient", "attack"]
"""How a mask reaches the student: see :class:`preceptor.lessons.Masks`, and ``view`` for a student
that sees nothing else."""

What = Literal["all", "mask", "features", "words", "invariance", "pair", "example"]
"""What people taught at the desk."""

DeskWay = Literal["resample", "view", "gradient", "attack", "exchange", "drop"]
"""How what matters reaches the student: of numbers a :data:`Way`, of texts what is done to the words that
were not marked, ``exchange`` or ``drop``. The first is the usual one for both."""


def _adversarial(at: Setting, eps: float = 0.1, noise: float = 0.2) -> Strategy:
    width = at.domain.width
    attacks: tuple[Attack, ...] = (PGD(eps * width), NoiseAttack(noise * width))
    return AdversarialQueries(at.numbers, at.domain, attacks, at.teacher)


def _mask(at: Setting, file: str, way: Way = "resample") -> Strategy:
    """One mask for all inputs, or one for each of the first so many."""
    mask = _bools(Path(file))
    if tuple(mask.shape) == at.domain.shape:
        lesson: Lesson
        if way == "view":
            lesson = FeatureSet(mask, at.domain)
        elif way == "resample":
            lesson = Irrelevant(mask, at.domain, at.numbers)
        else:
            masks = mask.expand(at.numbers.shape).clone()
            lesson = Masks(at.numbers, masks, at.domain, way)
        return TutorStrategy(Says(lesson), f"mask way={way}")
    if tuple(mask.shape[1:]) != at.domain.shape or len(mask) > len(at.numbers):
        raise InputError(
            f"{file} has shape {tuple(mask.shape)}; expected {at.domain.shape}, one mask "
            f"for all inputs, or one for each of the first of {len(at.numbers)} examples with labels"
        )
    if way == "view":
        raise InputError("way=view takes one mask for all inputs; for several say way=attack")
    inputs = at.numbers[: len(mask)]
    return TutorStrategy(Says(Masks(inputs, mask, at.domain, way)), f"masks way={way}")


def _bools(path: Path) -> Tensor:
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path} cannot be read; a mask is a .npy file of booleans, true where an input matters: "
            f"{error}"
        ) from error
    return torch.from_numpy(np.asarray(found) != 0)


def _told(at: Setting, word: str) -> Strategy:
    if not at.tutors:
        raise InputError(f"there is nobody to tell {word!r}: only problems come with tutors")
    return TutorStrategy(choose(word, at.tutors, "tutor"), f"told {word}")


def _desk(at: Setting, what: What = "all", way: DeskWay = "resample") -> Strategy:
    if at.desk is None:
        raise InputError(
            "there is no desk here at which people could have taught; give preceptor teach people "
            "as the teacher, --teacher human:NAME, or --study NAME"
        )
    return all_of(at.desk(what, way), "desk")


def _corrective(at: Setting, probes: int = 200) -> Strategy:
    def anywhere(n: int, rng: np.random.Generator) -> Inputs:
        """Of texts, draws of the data: nothing is uniform among them."""
        if isinstance(at.domain, Domain):
            return uniform(at.domain, n, rng)
        return at.pool[rng.integers(len(at.pool), size=n)]

    laws = dict(at.probes) or {"anywhere": anywhere}
    remedies = tuple(
        Remedy(f"errs: {name}", law, Mistakes(law, at.teacher)) for name, law in laws.items()
    )
    return Corrective(remedies, at.teacher, probes=probes)


def _skactiveml(
    at: Setting,
    word: str,
    space: Space = "embedding",
    members: int = 3,
    doubt: float = 0.0,
    most: int = 1000,
    **own: str,
) -> Strategy:
    assert isinstance(at.pool, Tensor)  # noqa: S101 - it is none for texts
    return SkActiveML(word, at.pool, at.teacher, own, space, members, doubt=doubt, most=most)


STRATEGIES: Final[dict[str, StrategyEntry]] = {
    "passive": StrategyEntry(
        Passive,
        "more labels of what the source draws",
        "passive",
    ),
    "linf-training": StrategyEntry(
        LinfTraining,
        "adversarial training, eps a share of the domain's range; asks nobody",
        "linf-training:eps=0.1",
        once=True,
    ),
    "trades": StrategyEntry(
        Trades,
        "TRADES, eps a share of the domain's range; asks nobody",
        "trades:eps=0.1,beta=6",
        once=True,
    ),
    **{name: entry for name, entry in LIBRARY_STRATEGIES.items() if name != "invariance"},
    "random": StrategyEntry(
        RandomSynthesis,
        "questions anywhere in the domain",
        "random:doubt=0.1",
    ),
    **HYPOTHESES,
    "boundary": StrategyEntry(
        BoundarySynthesis,
        "questions on the student's own decision boundary",
        "boundary",
        adaptive=True,
    ),
    "until-proved": StrategyEntry(
        UntilProved,
        "prove the student right wherever the teacher is certain, ask where that fails, again until proved",
        "until-proved:each=8",
        adaptive=True,
    ),
    "pool-uncertainty": StrategyEntry(
        PoolUncertainty,
        "the inputs of the data of which the student is least sure",
        "pool-uncertainty:by=entropy",
        adaptive=True,
    ),
    "core-set": StrategyEntry(
        CoreSet,
        "inputs of the data that leave none far off",
        "core-set",
        adaptive=True,
    ),
    "badge": StrategyEntry(
        Badge,
        "inputs of the data that are unsure and differ from one another",
        "badge",
        adaptive=True,
    ),
    "committee": StrategyEntry(
        Committee,
        "inputs of the data on which several students disagree; slow",
        "committee:members=4",
        adaptive=True,
    ),
    "skactiveml": StrategyEntry(
        _skactiveml,
        "any pool strategy of scikit-activeml, if installed, by its class and its own options",
        "skactiveml:UncertaintySampling,method=entropy",
        names=None,
        adaptive=True,
    ),
    "adversarial": StrategyEntry(
        _adversarial,
        "attack the student by gradients and noise, ask at the moved inputs; shares of the range",
        "adversarial:eps=0.1,noise=0.2",
        adaptive=True,
    ),
    "invariance": LIBRARY_STRATEGIES["invariance"],
    "mask": StrategyEntry(
        _mask,
        "you, for the teacher, say what matters: booleans, of all inputs or of each",
        "mask:file=matters.npy,way=view",
        once=True,
    ),
    "told": StrategyEntry(
        _told,
        "what a problem's teacher volunteers, by name",
        "told:feature set",
    ),
    "desk": StrategyEntry(
        _desk,
        "what people taught at the desk: masks, features, words, changes, pairs, examples",
        "desk:way=attack",
        once=True,
    ),
    "corrective": StrategyEntry(
        _corrective,
        "the teacher sees the student and volunteers examples on which it errs",
        "corrective:probes=200",
        adaptive=True,
    ),
}


def names() -> dict[str, str]:
    """Each strategy's name with one line of help and an example."""
    return {name: f"{entry.help}. Example: {entry.example}" for name, entry in STRATEGIES.items()}
