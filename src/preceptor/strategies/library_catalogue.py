"""The strategies that draw on the library of transformations, by name."""

from typing import Final

from torch import Tensor

from preceptor.attacks import PGD, NoiseAttack
from preceptor.lessons import Invariances
from preceptor.lessons.invariances import Hold, Search
from preceptor.strategies.adversarial import AdversarialQueries
from preceptor.strategies.augmentation import AssumedAugmentation
from preceptor.strategies.catalogue_types import Setting, StrategyEntry
from preceptor.strategies.explained_invariances import ExplainedInvariances
from preceptor.strategies.invariance_tests import InvarianceTests
from preceptor.strategies.mixed import StrategySequence
from preceptor.strategies.strategy import Strategy
from preceptor.strategies.transform_options import DECLARABLE, declared
from preceptor.strategies.volunteered import Says, TutorStrategy
from preceptor.transforms import Crop, CutMix, Erase, Transform, Window


def _invariance(
    at: Setting, hold: Hold = "label", search: Search = "random", **ranges: float | None
) -> Strategy:
    transforms = declared(ranges)
    lesson = Invariances(at.numbers, at.domain, transforms, at.labels, hold, search)
    return TutorStrategy(Says(lesson), "invariance " + ", ".join(one.name for one in transforms))


def _guessed(at: Setting, **ranges: float | None) -> Strategy:
    return _assumed(at, *declared(ranges))


def _assumed(at: Setting, *transforms: Transform) -> Strategy:
    return AssumedAugmentation(at.numbers, at.labels, at.domain, transforms)


def _windows(at: Setting, least: float = 0.57, most: float = 0.79) -> Strategy:
    return _assumed(at, Window(least, most))


def _cutmix(at: Setting, share: float = 0.5) -> Strategy:
    return _assumed(at, CutMix(share))


def _crops(at: Setting, least: float = 0.6) -> Strategy:
    return _assumed(at, Crop(least))


def _erasing(at: Setting, share: float = 0.3) -> Strategy:
    return _assumed(at, Erase(share))


def _tests(at: Setting, each: int = 10, same: int = 8, least: float = 0.02) -> InvarianceTests:
    return InvarianceTests(
        at.numbers, at.labels, _pool(at), at.domain, at.teacher, each, same, least
    )


def _explained(
    at: Setting, each: int = 10, same: int = 5, least: float = 0.05
) -> ExplainedInvariances:
    return ExplainedInvariances(
        at.numbers, at.labels, _pool(at), at.domain, at.teacher, each, same, least
    )


def _best(at: Setting, eps: float = 0.1) -> Strategy:
    """Hypotheses first: while the student changes its mind where the teacher might not, test that."""
    attacks = (PGD(eps * at.domain.width), NoiseAttack(2 * eps * at.domain.width))
    rest = AdversarialQueries(at.numbers, at.domain, attacks, at.teacher)
    return StrategySequence((_tests(at), rest))


def _pool(at: Setting) -> Tensor:
    assert isinstance(at.pool, Tensor)  # noqa: S101 - strategies for texts are others
    return at.pool


LIBRARY_STRATEGIES: Final[dict[str, StrategyEntry]] = {
    "guessed": StrategyEntry(
        _guessed,
        "augmentation by changes that you believe harmless; asks nobody",
        "guessed:shift=0.1,rotate=15",
        names=DECLARABLE,
        once=True,
    ),
    "windows": StrategyEntry(
        _windows,
        "a random window of each image is kept, the rest is another's; asks nobody",
        "windows:least=0.57,most=0.79",
        once=True,
    ),
    "cutmix": StrategyEntry(
        _cutmix,
        "CutMix: a random rectangle is another image's, the label stays; asks nobody",
        "cutmix:share=0.5",
        once=True,
    ),
    "random-crops": StrategyEntry(
        _crops,
        "a random window of each image is enlarged to all of it; asks nobody",
        "random-crops:least=0.6",
        once=True,
    ),
    "random-erasing": StrategyEntry(
        _erasing,
        "a random rectangle of each image becomes noise; asks nobody",
        "random-erasing:share=0.3",
        once=True,
    ),
    "test-invariances": StrategyEntry(
        _tests,
        "test which changes of the library leave the teacher's answer alone, assume those that do",
        "test-invariances:each=10,same=8",
        adaptive=True,
    ),
    "test-explained": StrategyEntry(
        _explained,
        "explain the student, test what stands out, assume what the teacher does not mind",
        "test-explained:each=10,same=5",
        adaptive=True,
    ),
    "best-asker": StrategyEntry(
        _best,
        "test invariances as long as some are worth it, then ask where attacks move the student",
        "best-asker",
        adaptive=True,
    ),
    "invariance": StrategyEntry(
        _invariance,
        "you, for the teacher, declare that these changes leave its answer alone",
        "invariance:shift=0.1,search=worst",
        names=DECLARABLE,
        once=True,
    ),
}
