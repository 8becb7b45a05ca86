"""The two sides of the measurement: the student tries everything, the teacher is asked a little."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from preceptor.asking import Questions, Queue, distinct
from preceptor.core import UNCERTAIN, AnyStudent, InputError, Inputs, Texts, generator
from preceptor.core.domains import distances, project
from preceptor.core.inputs import join, like, portions
from preceptor.explain.allocate import Sample, StudentChanges
from preceptor.explain.effects import TeacherCounts
from preceptor.explain.explain_progress import ExplainProgress, Watcher
from preceptor.explain.factors import Factor

TEACHER_BATCH: Final = 64


@dataclass(frozen=True, eq=False)
class Items:
    """The items on which factors are tried: the teacher is certain of each.

    Attributes:
        inputs: ``Float32[items, *shape]`` or texts, clean.
        ids: of the items.
        teacher: ``Int64[items]``, the teacher's labels.
        domain: of the inputs.
        seed: of every stream.
        batch: items at a time; changes no result.
    """

    inputs: Inputs
    ids: list[str]
    teacher: Int64[Tensor, " items"]
    domain: Any
    seed: int
    batch: int

    def __len__(self) -> int:
        return len(self.ids)

    def change(self, factor: Factor, rows: Int64[Tensor, " rows"]) -> Inputs:
        """Some items with one factor changed, checked.

        Raises:
            InputError: the factor gave another shape, or values that are not finite.
        """
        clean = self.inputs[rows]
        ids = [self.ids[i] for i in rows.tolist()]
        moved = factor.change(clean, ids, domain=self.domain, seed=self.seed).detach()
        if isinstance(clean, Texts):
            return project(self.domain, like(moved, clean), clean)
        if moved.shape != clean.shape or not bool(torch.isfinite(moved).all()):
            raise InputError(
                f"factor {factor.name!r} turned inputs of shape {tuple(clean.shape)} into "
                f"{tuple(moved.shape)}, or into values that are not finite; expected the same shape"
            )
        return project(self.domain, moved.to(clean), clean)

    def batches(self) -> list[Int64[Tensor, " rows"]]:
        """The rows, a batch at a time."""
        return list(torch.split(torch.arange(len(self)), self.batch)) if len(self) else []


def decide(student: AnyStudent, inputs: Inputs, batch: int) -> Tensor:
    """The student's answers, ``Int64[items]`` on the CPU."""
    found = [torch.zeros(0, dtype=torch.int64)]
    with torch.no_grad():
        for part in portions(inputs, batch):
            found.append(student.decide(student(part.to(student.device))).cpu().long())
    return torch.cat(found)


def try_factors(
    student: AnyStudent, items: Items, factors: tuple[Factor, ...], watch: Watcher
) -> StudentChanges:
    """What the student answers when each factor is changed on each item. No question is asked."""
    clean = decide(student, items.inputs, items.batch)
    flips = torch.zeros(len(factors), len(items), dtype=torch.bool)
    moved = torch.zeros_like(flips)
    distance = torch.zeros(len(factors))
    for i, factor in enumerate(factors):
        for rows in items.batches():
            changed = items.change(factor, rows)
            gaps = _gaps(items, changed, items.inputs[rows])
            moved[i, rows] = gaps != 0
            flips[i, rows] = decide(student, changed, items.batch) != clean[rows]
            distance[i] += gaps.sum() / len(items)
        watch(ExplainProgress("try", i + 1, len(factors), factor.name))
    return StudentChanges(flips, moved, distance)


def _gaps(items: Items, changed: Inputs, clean: Inputs) -> Tensor:
    """``Float[rows]``: how far each item was moved: in l_2, or in characters; 0 where it was not."""
    if isinstance(clean, Texts):
        return distances(items.domain, changed, clean)[:, 0]
    found: Tensor = items.domain.differences(changed, clean).float().flatten(1).norm(dim=1)
    return found


@dataclass(frozen=True, eq=False)
class QuestionReplies:
    """What came of a list of questions.

    Attributes:
        labels: ``Int64[questions]``, ``UNCERTAIN`` where there is no answer.
        answered: ``Bool[questions]``.
        distinct: how many different inputs these were.
        cost: of their answers together, in the teacher's own unit.
        reasons: how many different inputs have no answer, by reason.
        sets: ``Bool[questions, classes]``, the acceptable labels; ``None`` where none is partial.
    """

    labels: Int64[Tensor, " questions"]
    answered: Bool[Tensor, " questions"]
    distinct: int
    cost: float
    reasons: dict[str, int]
    sets: Bool[Tensor, "questions classes"] | None = None

    def label(self, question: int, before: int) -> int:
        """What was said of a question, about an item of this label.

        Of a partial answer: ``UNCERTAIN`` if that label is acceptable still, else one that is.
        """
        label = int(self.labels[question])
        if label != UNCERTAIN or self.sets is None or bool(self.sets[question, before]):
            return label
        return int(self.sets[question].long().argmax())


def put(
    queue: Queue, inputs: Inputs, keys: Sequence[str], seed: int, watch: Watcher
) -> QuestionReplies:
    """Put questions in random order, each different input once; failures touch no other question.

    Args:
        queue: to who is asked.
        inputs: ``Float32[questions, *shape]``, or texts.
        keys: theirs.
        seed: of the order.
        watch: told how far it is.
    """
    firsts, same_as = distinct(keys)
    order = generator(seed, "explain order").permutation(len(firsts))
    rank = torch.empty(len(firsts), dtype=torch.int64)
    rank[torch.from_numpy(order)] = torch.arange(len(firsts))
    many, who = len(firsts), queue.teacher.name
    found = queue.put(
        Questions.of(inputs, keys).take(firsts[order]),
        watch=lambda done: watch(ExplainProgress("ask", done, many, who)),
    )
    rows = rank[torch.from_numpy(same_as)]
    cost = round(float(found.answers.cost.float().double().sum()), 6)
    answers = found.answers.take(rows)
    return QuestionReplies(
        answers.labels, found.answered[rows], many, cost, found.reasons, answers.sets
    )


@dataclass(frozen=True, eq=False)
class ChangedItems:
    """Which changed items the teacher is asked about.

    Attributes:
        factor: ``Int64[questions]``, the factor's number.
        row: ``Int64[questions]``, the item.
    """

    factor: Int64[Tensor, " questions"]
    row: Int64[Tensor, " questions"]

    @classmethod
    def of(cls, samples: list[Sample], tried: StudentChanges) -> "ChangedItems":
        """All questions of some samples; inputs that did not change are none."""
        pairs = [
            (s.factor, r) for s in samples for r in s.rows.tolist() if tried.moved[s.factor, r]
        ]
        both = torch.tensor(pairs, dtype=torch.int64).reshape(-1, 2)
        return cls(both[:, 0], both[:, 1])

    def __len__(self) -> int:
        return len(self.row)

    def inputs(self, items: Items, factors: tuple[Factor, ...]) -> Inputs:
        """The changed inputs.

        One at a time: some transformations round otherwise in a larger batch, and what is a
        question must not depend on which others are put with it.
        """
        pairs = zip(self.factor.tolist(), self.row, strict=True)
        changed = [items.change(factors[i], row.reshape(1)) for i, row in pairs]
        return join([items.inputs[:0], *changed])


def tally(
    samples: list[Sample], questions: ChangedItems, heard: QuestionReplies, items: Items
) -> dict[tuple[int, bool], TeacherCounts]:
    """For each sample (factor number, whether the student changed): what the teacher said."""
    pairs = zip(questions.factor.tolist(), questions.row.tolist(), strict=True)
    said = {
        (f, r): (heard.label(place, int(items.teacher[r])), bool(heard.answered[place]))
        for place, (f, r) in enumerate(pairs)
    }
    found = {}
    for sample in samples:
        counts: Counter[str] = Counter()
        for row in sample.rows.tolist():
            before = int(items.teacher[row])
            label, there = said.get((sample.factor, row), (before, True))  # unchanged: the same
            if not there:
                counts["unasked"] += 1
            elif label == UNCERTAIN:
                counts["uncertain"] += 1
            else:
                counts["same" if label == before else "other"] += 1
        found[sample.factor, sample.flipped] = TeacherCounts(**counts)
    return found
