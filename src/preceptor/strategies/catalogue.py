"""The strategies by name: what the command line reads."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast, get_args

import numpy as np
import torch
from torch import Tensor

from preceptor.attacks import LinfPGD, Noise
from preceptor.core import Attack, InputError
from preceptor.core.hints import meant
from preceptor.lessons import FeatureSet, Invariances, Irrelevant, Lesson, Masks
from preceptor.lessons.invariances import Hold, Search
from preceptor.lessons.masks import Way
from preceptor.strategies.adversarial import AdversarialQueries
from preceptor.strategies.committee import Committee
from preceptor.strategies.corrective import Corrective, Mistakes, Remedy
from preceptor.strategies.declaring import DECLARABLE, declared
from preceptor.strategies.diverse import Badge, CoreSet
from preceptor.strategies.entries import Entry, Option, Options, Setting
from preceptor.strategies.guessed import Guessed
from preceptor.strategies.hardening import LinfTraining, Trades
from preceptor.strategies.passive import Passive
from preceptor.strategies.scikit_activeml import SkActiveML, Space
from preceptor.strategies.strategy import Strategy
from preceptor.strategies.synthesis import BoundarySynthesis, RandomSynthesis, uniform
from preceptor.strategies.uncertainty import Doubt, PoolUncertainty
from preceptor.strategies.volunteered import Says, Volunteered, all_of


def _adversarial(at: Setting, given: Options) -> Strategy:
    width = at.domain.width
    attacks: tuple[Attack, ...] = (
        LinfPGD(given.number("eps") * width),
        Noise(given.number("noise") * width),
    )
    return AdversarialQueries(at.inputs, at.domain, attacks, at.teacher)


def _invariance(at: Setting, given: Options) -> Strategy:
    transforms = declared(given.given)
    lesson = Invariances(
        at.inputs,
        at.domain,
        transforms,
        at.labels,
        cast("Hold", given.text("hold")),
        cast("Search", given.text("search")),
    )
    return Volunteered(Says(lesson), "invariance " + ", ".join(one.name for one in transforms))


def _guessed(at: Setting, given: Options) -> Strategy:
    return Guessed(at.inputs, at.labels, at.domain, declared(given.given))


def _mask(at: Setting, given: Options) -> Strategy:
    """One mask for all inputs, or one for each of the first so many."""
    mask, way = _bools(Path(given.text("file"))), given.text("way")
    if tuple(mask.shape) == at.domain.shape:
        lesson: Lesson
        if way == "view":
            lesson = FeatureSet(mask, at.domain)
        elif way == "resample":
            lesson = Irrelevant(mask, at.domain, at.inputs)
        else:
            masks = mask.expand(at.inputs.shape).clone()
            lesson = Masks(at.inputs, masks, at.domain, cast("Way", way))
        return Volunteered(Says(lesson), f"mask way={way}")
    if tuple(mask.shape[1:]) != at.domain.shape or len(mask) > len(at.inputs):
        raise InputError(
            f"{given.text('file')} has shape {tuple(mask.shape)}; expected {at.domain.shape}, one mask "
            f"for all inputs, or one for each of the first of {len(at.inputs)} examples with labels"
        )
    if way == "view":
        raise InputError("way=view takes one mask for all inputs; for several say way=attack")
    inputs = at.inputs[: len(mask)]
    return Volunteered(Says(Masks(inputs, mask, at.domain, cast("Way", way))), f"masks way={way}")


def _bools(path: Path) -> Tensor:
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path} cannot be read; a mask is a .npy file of booleans, true where an input matters: "
            f"{error}"
        ) from error
    return torch.from_numpy(np.asarray(found) != 0)


def _told(at: Setting, given: Options) -> Strategy:
    if given.word not in at.tutors:
        there = "; ".join(at.tutors) or "nothing, since only problems come with tutors"
        raise InputError(
            f"the teacher cannot tell {given.word!r}{meant(given.word, at.tutors)}. It can tell: {there}."
        )
    return Volunteered(at.tutors[given.word], f"told {given.word}")


def _desk(at: Setting, given: Options) -> Strategy:
    if at.desk is None:
        raise InputError(
            "there is no desk here at which people could have taught; give preceptor teach people "
            "as the teacher, --teacher human:NAME, or --study NAME"
        )
    return all_of(at.desk(given.text("what"), given.text("way")), "desk")


def _corrective(at: Setting, given: Options) -> Strategy:
    laws = dict(at.probes) or {"anywhere": lambda n, rng: uniform(at.domain, n, rng)}
    remedies = tuple(
        Remedy(f"errs: {name}", law, Mistakes(law, at.teacher)) for name, law in laws.items()
    )
    return Corrective(remedies, at.teacher, probes=int(given.number("probes")))


def _skactiveml(at: Setting, given: Options) -> Strategy:
    return SkActiveML(
        given.word,
        at.pool,
        at.teacher,
        given.own,
        cast("Space", given.text("space")),
        int(given.number("members")),
        doubt=given.number("doubt"),
        most=int(given.number("most")),
    )


DOUBT: Final[Mapping[str, Option]] = {"doubt": 0.0}

STRATEGIES: Final[dict[str, Entry]] = {
    "passive": Entry(
        lambda at, _: Passive(at.pool, at.teacher),
        "more labels of what the source draws",
        "passive",
    ),
    "linf-training": Entry(
        lambda at, given: LinfTraining(at.inputs, at.labels, at.domain, given.number("eps")),
        "adversarial training, eps a share of the domain's range; asks nobody",
        "linf-training:eps=0.1",
        {"eps": 0.1},
        once=True,
    ),
    "trades": Entry(
        lambda at, given: Trades(at.inputs, at.domain, given.number("eps"), given.number("beta")),
        "TRADES, eps a share of the domain's range; asks nobody",
        "trades:eps=0.1,beta=6",
        {"eps": 0.1, "beta": 6.0},
        once=True,
    ),
    "guessed": Entry(
        _guessed,
        "augmentation by changes that you believe harmless; asks nobody",
        "guessed:shift=0.1,rotate=15",
        dict.fromkeys(DECLARABLE),
        once=True,
    ),
    "random": Entry(
        lambda at, given: RandomSynthesis(at.domain, at.teacher, given.number("doubt")),
        "questions anywhere in the domain",
        "random:doubt=0.1",
        DOUBT,
    ),
    "boundary": Entry(
        lambda at, given: BoundarySynthesis(at.domain, at.teacher, doubt=given.number("doubt")),
        "questions on the student's own decision boundary",
        "boundary",
        DOUBT,
        adaptive=True,
    ),
    "pool-uncertainty": Entry(
        lambda at, given: PoolUncertainty(
            at.pool, at.teacher, cast("Doubt", given.text("by")), given.number("doubt")
        ),
        "the inputs of the data of which the student is least sure",
        "pool-uncertainty:by=entropy",
        {"by": get_args(Doubt), **DOUBT},
        adaptive=True,
    ),
    "core-set": Entry(
        lambda at, given: CoreSet(at.pool, at.teacher, given.number("doubt")),
        "inputs of the data that leave none far off",
        "core-set",
        DOUBT,
        adaptive=True,
    ),
    "badge": Entry(
        lambda at, given: Badge(at.pool, at.teacher, given.number("doubt")),
        "inputs of the data that are unsure and differ from one another",
        "badge",
        DOUBT,
        adaptive=True,
    ),
    "committee": Entry(
        lambda at, given: Committee(at.pool, at.teacher, int(given.number("members"))),
        "inputs of the data on which several students disagree; slow",
        "committee:members=4",
        {"members": 4.0},
        adaptive=True,
    ),
    "skactiveml": Entry(
        _skactiveml,
        "any pool strategy of scikit-activeml, if installed, by its class and its own options",
        "skactiveml:UncertaintySampling,method=entropy",
        {"space": get_args(Space), "members": 3.0, "most": 1000.0, **DOUBT},
        adaptive=True,
        borrowed=True,
    ),
    "adversarial": Entry(
        _adversarial,
        "attack the student by gradients and noise, ask at the moved inputs; shares of the range",
        "adversarial:eps=0.1,noise=0.2",
        {"eps": 0.1, "noise": 0.2},
        adaptive=True,
    ),
    "invariance": Entry(
        _invariance,
        "you, for the teacher, declare that these changes leave its answer alone",
        "invariance:shift=0.1,search=worst",
        {**dict.fromkeys(DECLARABLE), "hold": get_args(Hold), "search": get_args(Search)},
        once=True,
    ),
    "mask": Entry(
        _mask,
        "you, for the teacher, say what matters: booleans, of all inputs or of each",
        "mask:file=matters.npy,way=view",
        {"file": "", "way": ("resample", "view", *(w for w in get_args(Way) if w != "resample"))},
        once=True,
    ),
    "told": Entry(
        _told,
        "what a problem's teacher volunteers, by name",
        "told:feature set",
    ),
    "desk": Entry(
        _desk,
        "what people taught at the desk: masks, features, changes, pairs, examples",
        "desk:way=attack",
        {
            "what": ("all", "mask", "features", "invariance", "pair", "example"),
            "way": ("resample", "view", "gradient", "attack"),
        },
        once=True,
    ),
    "corrective": Entry(
        _corrective,
        "the teacher sees the student and volunteers examples on which it errs",
        "corrective:probes=200",
        {"probes": 200.0},
        adaptive=True,
    ),
}


def names() -> dict[str, str]:
    """Each strategy's name with one line of help and an example."""
    return {name: f"{entry.help}. Example: {entry.example}" for name, entry in STRATEGIES.items()}
