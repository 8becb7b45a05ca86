"""Answers about transformations as they come in, and the lesson that they make."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, Domain
from preceptor.core.inputs import join
from preceptor.lessons import Examples, InvarianceFindings, InvarianceTally, Lesson
from preceptor.strategies.invariance_chains import Bases
from preceptor.transforms import Transform


@dataclass
class GatheredAnswers:
    """The answers of one round as they come in.

    Attributes:
        tallies: of each transformation by its name, those of earlier rounds among them.
    """

    tallies: dict[str, InvarianceTally]
    _transforms: list[Transform] = field(default_factory=list)
    _answers: list[Examples] = field(default_factory=list)
    _about: list[int] = field(default_factory=list)
    _expected: list[Tensor] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many there are of this round."""
        return len(self._about)

    def add(self, transform: Transform, answers: Examples, asked: Tensor, labels: Tensor) -> None:
        """Take in what was said of inputs that one transformation changed.

        Args:
            transform: which.
            answers: to some of the questions, in their order.
            asked: ``Float[questions, *shape]``.
            labels: ``Int64[questions]``, of before.
        """
        rows = _places(answers.inputs, asked)
        part = _ChangedAnswers(transform, answers, labels[rows])
        had, more = self.tallies.get(transform.name, InvarianceTally()), part.tally
        self.tallies[transform.name] = InvarianceTally(
            had.same + more.same, had.other + more.other, had.uncertain + more.uncertain
        )
        names = [one.name for one in self._transforms]
        if transform.name not in names:
            self._transforms.append(transform)
            names.append(transform.name)
        self._answers.append(answers)
        self._about += [names.index(transform.name)] * len(rows)
        self._expected.append(labels[rows])

    def lesson(
        self,
        kept: Collection[Transform],
        past: Sequence[Lesson],
        inputs: Tensor,
        labels: Tensor,
        domain: Domain,
    ) -> InvarianceFindings | None:
        """All that was said, and what the student concludes; ``None`` where nothing was said.

        Args:
            kept: what holds by the answers of all rounds.
            past: earlier lessons; what their findings concluded of other transformations stays.
            inputs: ``Float[examples, *shape]``, where the student obeys.
            labels: ``Int64[examples]``, of these.
            domain: of the inputs.
        """
        if not self._answers:
            return None
        transforms = {one.name: one for one in (*self._transforms, *kept)}
        holds = {one.name for one in kept}
        earlier = [one for one in past if isinstance(one, InvarianceFindings)]
        for one in earlier[-1].concluded if earlier else ():
            # a farther member of the same kind takes its place
            if one.name not in self.tallies:
                transforms[one.name] = one
                holds.add(one.name)
        sets = [one.sets for one in self._answers if one.sets is not None]
        first = self._answers[0]
        return InvarianceFindings(
            _inputs(self._answers),
            torch.cat([one.labels for one in self._answers]),
            first.classes,
            torch.tensor(self._about),
            torch.cat(self._expected),
            tuple(transforms.values()),
            torch.tensor([name in holds for name in transforms]),
            inputs,
            labels,
            domain,
            sum(one.cost for one in self._answers),
            first.doubt,
            sets=torch.cat([_sets(one) for one in self._answers]) if sets else None,
        )


@dataclass(frozen=True, eq=False)
class _ChangedAnswers:
    """What was said of some inputs that one transformation changed."""

    transform: Transform
    answers: Examples
    before: Tensor

    @property
    def tally(self) -> InvarianceTally:
        one, rows = self.answers, len(self.before)
        findings = InvarianceFindings(
            _inputs([one]),
            one.labels,
            one.classes,
            torch.zeros(rows, dtype=torch.int64),
            self.before,
            (self.transform,),
            torch.tensor([False]),
            _inputs([one])[:0],
            one.labels[:0],
            Domain(tuple(_inputs([one]).shape[1:])),
            sets=one.sets,
        )
        return findings.tallies()[self.transform.name]


def _inputs(answers: Sequence[Examples]) -> Tensor:
    found = join([one.inputs for one in answers])
    assert isinstance(found, Tensor)  # noqa: S101 - no text has such transformations
    return found


def _sets(answers: Examples) -> Tensor:
    """The acceptable labels of each: one where certain, all where uncertain."""
    if answers.sets is not None:
        return answers.sets
    certain = answers.labels != UNCERTAIN
    one = torch.nn.functional.one_hot(answers.labels.clamp_min(0), answers.classes) > 0
    return one | ~certain[:, None]


def _places(answered: object, asked: Tensor) -> list[int]:
    """Which of the questions were answered: both stand in the same order."""
    assert isinstance(answered, Tensor)  # noqa: S101 - see above
    rows, place = [], 0
    for one in answered:
        while not torch.equal(one, asked[place].to(one)):
            place += 1
        rows.append(place)
        place += 1
    return rows


def known_bases(
    inputs: Tensor, labels: Tensor, domain: Domain, past: Sequence[Lesson]
) -> Bases | None:
    """All inputs that are known to have a label: the given ones, and what was asked or told since.

    Answers about changed inputs are left out. ``None`` where none is known.
    """
    every, said = [inputs.cpu()], [labels.cpu()]
    for one in past:
        if isinstance(one, Examples) and isinstance(one.inputs, Tensor):
            every.append(one.inputs.cpu())
            said.append(one.labels.cpu())
    known, answers = torch.cat(every), torch.cat(said)
    certain = answers != UNCERTAIN
    if not bool(certain.any()):
        return None
    return Bases(known[certain], answers[certain], domain)
