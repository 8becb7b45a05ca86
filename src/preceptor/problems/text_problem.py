"""A problem whose inputs are texts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from preceptor.core import AnyTeacher, InputError, Texts, TextSource
from preceptor.lessons import Tutor
from preceptor.outcome import Rate
from preceptor.transforms.texts import TextGrammar


@dataclass(frozen=True, eq=False)
class TextProblem:
    """As :class:`preceptor.problems.Problem`, of texts.

    Attributes:
        name: one word.
        about: what it is, in a sentence or two.
        source: held-out texts, for audits. Nothing was trained on them.
        labels: ``Int64[items]``, what the *dataset* says of the held-out texts: not the teacher.
        train_texts: for training students.
        train_labels: ``Int64[examples]``, the dataset's labels.
        teacher: answers any text.
        classes: the names of the labels.
        tutors: what the teacher can volunteer, by name; some of it may be wrong on purpose, and is
            then called so.
        grammar: by which texts are made up, if there is one.
        probes: laws under which strong accuracy is measured, by name.
    """

    name: str
    about: str
    source: TextSource
    labels: Tensor
    train_texts: Texts
    train_labels: Tensor
    teacher: AnyTeacher
    classes: tuple[str, ...]
    tutors: Mapping[str, Tutor] = field(default_factory=dict)
    grammar: TextGrammar | None = None
    probes: Mapping[str, Callable[[int, np.random.Generator], Texts]] = field(default_factory=dict)

    def agreement(self, level: float = 0.95) -> tuple[Rate, Rate]:
        """How the teacher stands to the dataset's labels; see :meth:`preceptor.problems.Problem.agreement`."""
        answers = self.teacher(self.source.read(0, len(self.source)))
        same = answers.certain & (answers.labels == self.labels)
        sure, right, items = int(answers.certain.sum()), int(same.sum()), len(self.source)
        return (
            Rate(sure, items - sure, level=level),
            Rate(right, sure - right, void=items - sure, level=level),
        )

    def take(self, items: int) -> TextSource:
        """The first ``items`` of the source (they are in random order).

        Raises:
            InputError: fewer than one, or more than there are.
        """
        if not 1 <= items <= len(self.source):
            raise InputError(
                f"problem {self.name!r} has {len(self.source)} held-out items; {items} were asked for"
            )
        whole = self.source
        return TextSource(whole.texts[:items], whole.domain, whole.ids[:items], whole.name)
