"""One problem of exclusive or and one network: how right is it after some lessons, and what does it
take to ask well?
"""

from collections.abc import Callable, Sequence

import torch
from torch import nn

from preceptor.core import UNCERTAIN, InputError, generator
from preceptor.lessons import Examples, Lesson, Price, label_bits
from preceptor.paper.claim import Settings
from preceptor.problems import Problem, strong, xor
from preceptor.strategies import AdamFit, RandomSynthesis
from preceptor.students import TorchStudent


def network(features: int, seed: int) -> TorchStudent:
    """The one network of all arms: d-96-48-1, rectified units."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers = [nn.Linear(features, 96), nn.ReLU(), nn.Linear(96, 48), nn.ReLU()]
        return TorchStudent(nn.Sequential(*layers, nn.Linear(48, 1)), classes=2, name="mlp")


class Bench:
    """One problem and one untaught network: how right is the network after some lessons?

    Args:
        features: of the problem.
        seed: of problem, network, questions and fits.
        settings: ``given`` labels, ``steps`` of fitting, ``probes``.
    """

    def __init__(self, features: int, seed: int, settings: Settings) -> None:
        self.problem: Problem = xor(features, seed)
        self.features = features
        self.seed, self.settings = seed, settings
        self.student = network(features, seed)

    def labels(self, n: int) -> Examples:
        """The first ``n`` labelled examples of the data."""
        return Examples(self.problem.train_inputs[:n], self.problem.train_labels[:n], 2, "given")

    def right(
        self, lessons: Sequence[Lesson], *, times: int = 1, given: int | None = None
    ) -> float:
        """Strong accuracy after so many ``times`` the usual steps."""
        known = self.labels(self.settings["given"] if given is None else given)
        rng, steps = generator(self.seed, "fit"), times * self.settings["steps"]
        taught = AdamFit()(self.student, [known, *lessons], steps=steps, rng=rng)
        rate = strong(taught, self.problem, probes=self.settings["probes"], seed=self.seed)
        return float(rate["uniform"].value or 0.0)

    def asked(self, n: int) -> Lesson:
        """Answers to the first ``n`` of the seed's random questions."""
        ask = RandomSynthesis(self.problem.source.domain, self.problem.teacher)
        lesson = ask(self.student, (), n, rng=generator(self.seed, "questions"))
        if lesson is None:
            raise InputError("the teacher of xor answers every question")
        return lesson

    def told(self, tutor: str, n: int = 1) -> Lesson:
        """What the teacher volunteers."""
        rng = generator(self.seed, tutor)
        lesson = self.problem.tutors[tutor](self.student, n, rng=rng)
        if lesson is None:
            raise InputError(f"{tutor} says nothing")
        return lesson


def least(reaches: Callable[[int], bool], start: int, most: int, halvings: int) -> int | None:
    """About the fewest questions that reach the target: doubled until they do, then bisected.

    The last bracket's upper end, so it reaches the target and is too high by at most the factor
    ``2 ** (1 / 2 ** halvings)``, as far as accuracy rises with the number of questions. ``None``
    where not even ``most`` do.
    """
    low, high = start / 2, start
    while not reaches(high):
        low, high = high, 2 * high
        if high > most:
            return None
    for _ in range(halvings):
        middle = round((low * high) ** 0.5)
        if reaches(middle):
            high = middle
        else:
            low = middle
    return high


def informed(problem: Problem) -> tuple[frozenset[int], Price]:
    """The two features and their price, by a student that knows: a product, one from each half.

    It holds one half at 1 and asks at inputs whose other half is 1 for some and -1 for the rest of
    the features that are left: each answer halves them.
    """
    features = problem.source.domain.shape[0]
    found, questions = set(), 0
    for start in (0, features // 2):
        left = list(range(start, start + features // 2))
        while len(left) > 1:
            tried = left[: len(left) // 2]
            asked = torch.ones(1, features)
            asked[0, start : start + features // 2] = -1.0
            asked[0, tried] = 1.0
            answer = int(problem.teacher(asked).labels[0])
            questions += 1
            if answer == UNCERTAIN:
                raise InputError("the teacher of xor is certain at corners of the cube")
            left = tried if answer == 1 else left[len(tried) :]
        found.add(left[0])
    bits = questions * label_bits(2)
    return frozenset(found), Price(questions, bits, student_bits=8.0 * features * questions)
