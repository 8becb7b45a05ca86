"""Every strategy on one small problem."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec

import torch
from torch import Tensor, nn

from preceptor.attacks import PGD, NoiseAttack
from preceptor.core import Answers, Teacher
from preceptor.lessons import Examples
from preceptor.problems import Problem, xor
from preceptor.strategies import (
    AdamFit,
    AdversarialQueries,
    AssumedAugmentation,
    Badge,
    BoundarySynthesis,
    Committee,
    CoreSet,
    Corrective,
    EnvironmentTraining,
    ExplainedInvariances,
    GroupLasso,
    InvarianceTests,
    Junta,
    LinfTraining,
    Mistakes,
    Passive,
    PoolUncertainty,
    RandomSynthesis,
    Remedy,
    SkActiveML,
    Strategy,
    StrategySequence,
    Trades,
    TutorStrategy,
    UntilProved,
)
from preceptor.students import TorchStudent
from preceptor.teachers import Rule, half_spaces
from preceptor.transforms import Noise as NoiseTransform

D = 8


@cache
def small() -> Problem:
    return xor(D, 0)


@dataclass
class Counting:
    """A teacher that counts what it is asked."""

    inner: Teacher
    asked: list[Tensor] = field(default_factory=list)
    cost: float = 0.5
    deterministic: bool = True

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def version(self) -> str:
        return self.inner.version

    @property
    def classes(self) -> int:
        return self.inner.classes

    @property
    def certainty(self) -> str:
        return self.inner.certainty

    @property
    def count(self) -> int:
        return sum(len(batch) for batch in self.asked)

    def __call__(self, inputs: Tensor) -> Answers:
        self.asked.append(inputs.clone())
        answers = self.inner(inputs)
        return Answers(answers.labels, torch.full((len(inputs),), self.cost))


def counting() -> Counting:
    return Counting(small().teacher)


def learner(seed: int = 0) -> TorchStudent:
    torch.manual_seed(seed)
    body = [nn.Linear(D, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 1)]
    return TorchStudent(nn.Sequential(*body), classes=2, name="mlp")


def given(n: int = 100) -> Examples:
    problem = small()
    return Examples(problem.train_inputs[:n], problem.train_labels[:n], 2, "given")


def pool(n: int = 60) -> Tensor:
    return small().train_inputs[200 : 200 + n]


def constant(label: int) -> Rule:
    return Rule(lambda inputs: [label] * len(inputs), name=f"says-{label}", classes=2, version="1")


def tilted() -> Rule:
    """A half-space of which a proof can be made, uncertain in a band."""
    law = half_spaces(torch.ones(1, D), torch.tensor([0.3]), [(0, 1)], 0.1)
    return Rule(law, name="tilted", classes=2)


def proving(teacher: Teacher) -> Strategy:
    """Asks the teacher that is given, who is made to know the half-space: nothing is proved of xor."""
    counted = teacher if isinstance(teacher, Counting) else teacher.inner
    counted.inner = tilted()
    return UntilProved(small().source.domain, teacher, each=12, seconds=5)


@dataclass(frozen=True)
class Row:
    """One strategy of the contract table.

    Attributes:
        make: of a teacher.
        draws: whether another stream gives another lesson.
        from_pool: the inputs out of which it asks; ``None`` if it makes them up.
        asks: whether it puts questions.
        once: whether it speaks once only.
    """

    make: Callable[[Counting], Strategy]
    draws: bool = True
    from_pool: bool = False
    asks: bool = True
    once: bool = False


def inputs() -> Tensor:
    return small().train_inputs[:100]


def labels() -> Tensor:
    return small().train_labels[:100]


def told(name: str) -> Callable[[Counting], Strategy]:
    return lambda _: TutorStrategy(small().tutors[name], name)


def remedies(teacher: Counting) -> tuple[Remedy, ...]:
    uniform = small().probes["uniform"]
    return (
        Remedy("looks at copies", uniform, small().tutors["feature set"]),
        Remedy("errs off the data", uniform, Mistakes(uniform, teacher)),
    )


TABLE: dict[str, Row] = {
    "passive": Row(lambda t: Passive(pool(), t), from_pool=True),
    "linf training": Row(
        lambda t: LinfTraining(inputs(), labels(), small().source.domain, 0.05),
        draws=False,
        asks=False,
        once=True,
    ),
    "trades": Row(
        lambda t: Trades(inputs(), small().source.domain, 0.05), draws=False, asks=False, once=True
    ),
    "guessed": Row(
        lambda t: AssumedAugmentation(
            inputs(), labels(), small().source.domain, (NoiseTransform(0.1),)
        ),
        draws=False,
        asks=False,
        once=True,
    ),
    "invariance tests": Row(
        lambda t: InvarianceTests(inputs(), labels(), pool(), small().source.domain, t, least=0.0)
    ),
    "explained invariances": Row(
        lambda t: ExplainedInvariances(
            inputs(), labels(), pool(), small().source.domain, t, least=0.0
        )
    ),
    "random synthesis": Row(lambda t: RandomSynthesis(small().source.domain, t)),
    "junta": Row(lambda t: Junta(small().source.domain, t, pool())),
    "group lasso": Row(lambda t: GroupLasso(steps=5), draws=False, asks=False, once=True),
    "irm": Row(
        lambda t: EnvironmentTraining(inputs(), labels(), torch.arange(100) % 2),
        draws=False,
        asks=False,
        once=True,
    ),
    "boundary synthesis": Row(lambda t: BoundarySynthesis(small().source.domain, t)),
    "pool uncertainty": Row(lambda t: PoolUncertainty(pool(), t), draws=False, from_pool=True),
    "pool entropy": Row(
        lambda t: PoolUncertainty(pool(), t, "entropy"), draws=False, from_pool=True
    ),
    "core-set": Row(lambda t: CoreSet(pool(), t), draws=False, from_pool=True),
    "badge": Row(lambda t: Badge(pool(), t), from_pool=True),
    "committee": Row(
        lambda t: Committee(pool(), t, members=2, steps=20, fit=AdamFit()), from_pool=True
    ),
    "adversarial": Row(
        lambda t: AdversarialQueries(
            inputs(), small().source.domain, (PGD(0.3, steps=4), NoiseAttack(0.3, tries=2)), t
        )
    ),
    "until proved": Row(proving),
    "feature set": Row(told("feature set"), draws=False, asks=False, once=True),
    "masks": Row(told("masks"), asks=False),
    "pairs": Row(told("pairs"), asks=False),
    "gradients": Row(told("gradients"), asks=False),
    "curated": Row(told("curated"), asks=False),
    "corrective": Row(lambda t: Corrective(remedies(t), t, probes=40), draws=False, asks=False),
    "mixed": Row(
        lambda t: StrategySequence(
            (told("feature set")(t), RandomSynthesis(small().source.domain, t))
        ),
        draws=False,
        asks=False,
    ),
}

ACTIVEML = find_spec("skactiveml") is not None
"""Whether the extra ``activeml`` is installed."""

if ACTIVEML:
    TABLE |= {
        "skactiveml uncertainty": Row(
            lambda t: SkActiveML("UncertaintySampling", pool(), t), draws=False, from_pool=True
        ),
        "skactiveml committee": Row(
            lambda t: SkActiveML("QueryByCommittee", pool(), t, members=2, steps=20), from_pool=True
        ),
        "skactiveml typical": Row(lambda t: SkActiveML("TypiClust", pool(), t), from_pool=True),
        "skactiveml badge": Row(
            lambda t: SkActiveML("Badge", pool(), t, space="inputs"), from_pool=True
        ),
    }
