"""A teacher that errs on purpose, for studies of what errors do."""

from collections import Counter
from typing import Final

import torch
from torch import Tensor

from preceptor.core import (
    UNCERTAIN,
    Answers,
    AnyTeacher,
    IncompleteError,
    InputError,
    Inputs,
    generator,
)
from preceptor.core.content import input_key
from preceptor.core.label_sets import kept_sets, plain_sets
from preceptor.teachers.versions import version_of

_SET: Final = -9
"""Stands for a right answer that is a set of labels: no label is it, so an error may be any."""


class Fallible:
    """Another teacher with mistakes at a known rate.

    With probability ``error_rate`` it says, uniformly, some label other than the right answer
    (any label at all where the right answer is ``UNCERTAIN``), and with probability
    ``uncertain_rate`` it cannot tell. By default its mistakes are a fixed function of seed and
    input: asked again, whatever the batch, it errs in the same way, as a person with a wrong idea
    does. With ``contradicts`` every further ask of the same input draws anew, as a careless person
    does; it is then not deterministic. It costs what the other teacher costs.

    Args:
        teacher: the one whose answers are right.
        error_rate: 0 to 1.
        uncertain_rate: 0 to 1; the two together at most 1.
        seed: of the mistakes.
        contradicts: whether asks of the same input differ.

    Raises:
        InputError: rates outside their range.
    """

    def __init__(
        self,
        teacher: AnyTeacher,
        *,
        error_rate: float,
        uncertain_rate: float = 0.0,
        seed: int,
        contradicts: bool = False,
    ) -> None:
        if error_rate < 0 or uncertain_rate < 0 or not error_rate + uncertain_rate <= 1:
            raise InputError(
                f"error_rate={error_rate}, uncertain_rate={uncertain_rate}: expected "
                "probabilities that add up to at most 1"
            )
        self.teacher = teacher
        self.error_rate = error_rate
        self.uncertain_rate = uncertain_rate
        self.seed = seed
        self.contradicts = contradicts
        self.name = f"{teacher.name} with errors"
        self.classes = teacher.classes
        self.version = version_of(
            teacher.name,
            teacher.version,
            float(error_rate),
            float(uncertain_rate),
            seed,
            contradicts,
        )
        self.deterministic = teacher.deterministic and not contradicts
        self.certainty = (
            f"{teacher.certainty} Wrong on purpose at rate {error_rate:g}, cannot tell at rate "
            f"{uncertain_rate:g}{', differently each time' if contradicts else ''}."
        )
        self._asked: Counter[bytes] = Counter()

    def __call__(self, inputs: Inputs) -> Answers:
        """Answer a batch.

        Raises:
            IncompleteError: the other teacher raised it; what it did answer has mistakes too.
        """
        try:
            answers = self.teacher(inputs)
        except IncompleteError as error:
            everywhere = self._spoil(inputs, error.answers, error.answered)
            raise type(error)(str(error), everywhere, error.answered, error.reasons) from error
        return self._spoil(inputs, answers, torch.ones(len(inputs), dtype=torch.bool))

    def _spoil(self, inputs: Inputs, answers: Answers, rows: Tensor) -> Answers:
        labels = answers.labels.clone()
        values, partial = list(inputs), answers.partial.tolist()
        kept = torch.zeros(len(labels), dtype=torch.bool)
        for row in rows.nonzero()[:, 0].tolist():
            right = _SET if partial[row] else int(labels[row])
            said = self._say(right, input_key(values[row]))
            kept[row] = said == _SET
            labels[row] = UNCERTAIN if said == _SET else said
        sets = None
        if answers.sets is not None:
            plain = plain_sets(labels, self.classes)
            sets = kept_sets(torch.where(kept[:, None], answers.sets, plain))
        return Answers(labels, answers.cost, None, sets)

    def _say(self, right: int, key: bytes) -> int:
        time = self._asked[key] if self.contradicts else 0
        if self.contradicts:
            self._asked[key] += 1
        draws = generator(self.seed, "fallible", key.hex(), str(time))
        luck = draws.random()
        if luck < self.error_rate:
            others = [label for label in range(self.classes) if label != right]
            return others[int(draws.integers(len(others)))]
        return UNCERTAIN if luck < self.error_rate + self.uncertain_rate else right

    def __repr__(self) -> str:
        return f"Fallible({self.teacher!r}, error_rate={self.error_rate}, seed={self.seed})"
