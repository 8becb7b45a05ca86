"""The explanation of a record: factors that student or teacher use alone, and open errors."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import torch

from preceptor.asking import Questions, Queue, input_keys
from preceptor.audit import Record, environment
from preceptor.core import AnySource, AnyStudent, AnyTeacher, InputError, Texts
from preceptor.core.inputs import join
from preceptor.core.lock import alone
from preceptor.core.saved import Facts
from preceptor.core.watching import silent
from preceptor.explain.allocate import Sample, StudentChanges, allocate
from preceptor.explain.effects import LEAST, Effect, Levels, TeacherCounts, threshold
from preceptor.explain.explain_progress import Watcher
from preceptor.explain.explanation import Explanation
from preceptor.explain.factors import Factor
from preceptor.explain.measure import (
    TEACHER_BATCH,
    ChangedItems,
    Items,
    QuestionReplies,
    put,
    tally,
    try_factors,
)
from preceptor.explain.prepare import check_roles, check_student, gather, start
from preceptor.explain.recommend import recommend
from preceptor.explain.siblings import SiblingAnswers
from preceptor.explain.siblings_compared import AnsweredInputs, compare, draw, recorded
from preceptor.outcome import Rate, accuracy, judge

BUDGET: Final = 300
ITEMS: Final = 400
BEYOND: Final = 1 / 3
"""The part of the questions that goes to inputs beyond the data, where such are given."""


def explain(
    student: AnyStudent,
    teacher: AnyTeacher,
    record: Record,
    *,
    factors: tuple[Factor, ...] | None = None,
    siblings: Sequence[AnyStudent] = (),
    beyond: Sequence[AnySource] = (),
    budget: int = BUDGET,
    items: int = ITEMS,
    least: float = LEAST,
    level: float | None = None,
    seed: int = 0,
    batch: int = 256,
    watch: Watcher = silent,
    before: Callable[[int, int], None] | None = None,
) -> Explanation:
    """Measure why student and teacher part, and save it beside the record.

    Each factor is changed on a random sample of the record's items. The student says free of
    charge where its answer changes; the teacher is asked at a random part of these inputs, and at
    some where the student kept its answer. What the intervals assume and what it takes to stand
    out: see :mod:`preceptor.explain.effects`. With siblings, the student's errors are split into
    open and common ones: see :mod:`preceptor.explain.siblings`.

    Of an audit that stopped by a rule the record holds the items asked about until then, and how
    many these are its answers decided. All statements are then about these items, not about the
    source that they come from (``about`` in the plan of the explanation says so).

    Which questions are asked follows from the record, the student and the seed. Run it again after
    an interruption: a teacher that a ledger keeps is asked nothing twice.

    Args:
        student: of the record.
        teacher: of the record, usually ``ledger.keep(teacher, budget=...)``.
        record: of an audit; its clean answers are used, so they cost nothing here.
        factors: instead of the default ones and discovered directions.
        siblings: students trained as this one was, but for the seed or the bootstrap sample.
        beyond: inputs that are unlike the data, on which siblings are compared as well; a third
            of the budget is asked there.
        budget: the most questions, known ones included.
        items: the most items on which factors are changed.
        least: no factor stands out unless it surely moves more than this share of the items.
        level: at which all statements on factors hold together, and all on siblings; the record's
            unless given.
        seed: of every random stream.
        batch: items at a time; changes no result.
        watch: told how far it is.
        before: told the number of questions and how many have an answer already, before the first
            is asked; may raise to stop there.

    Returns:
        the explanation, saved beside the record.

    Raises:
        InputError: student, teacher and record do not belong together, or an option makes no sense.
        PreceptorError: the ledger failed. What was answered until then is kept.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    others = tuple(siblings)
    level = record.level if level is None else level
    if not 0 < level < 1:
        raise InputError(f"level must lie between 0 and 1, such as 0.95; got {level}")
    _check(budget, items, least, batch, beyond, others)
    check_roles(student, teacher, record, others)
    check_student(student, record, batch)
    begun = start(record, items, seed, batch, discover=factors is None)
    chosen = gather(factors, record, student, begun)
    tried = try_factors(student, begun.items, chosen, watch)
    right = accuracy(judge(record.clean.sheet))
    plain = Levels(level, len(chosen), 0)
    error = Rate(right.misses, right.hits, right.void, 0, plain.error)
    bar = threshold(error, least)
    aside = int(budget * BEYOND) if beyond else 0
    samples = allocate(
        chosen, tried, budget=budget - aside, bar=bar, level=plain.student, seed=seed
    )
    sets = recorded(record) if others else []
    outer = draw(beyond, aside, begun.items.domain, seed)
    asking = _Asking(begun.items, chosen, ChangedItems.of(samples, tried), outer)
    queue = Queue(teacher, TEACHER_BATCH)
    keys = input_keys(asking.inputs)
    known = int(queue.known(Questions.of(asking.inputs, keys)).sum())
    if before is not None:
        before(len(asking), known)
    heard = put(queue, asking.inputs, keys, seed, watch)
    effects = _effects(chosen, tried, samples, asking, heard, replace(plain, asked=len(samples)))
    spreads: tuple[SiblingAnswers, ...] = ()
    if others:
        sets += asking.answered(heard)
        spreads = compare(student, others, sets, level=level, seed=seed, batch=batch, watch=watch)
    facts: Facts = {
        "record": record.digest,
        "student": {"name": student.name},
        "teacher": {"name": teacher.name, "version": teacher.version},
        "plan": {
            "seed": seed,
            "level": level,
            "least": least,
            "budget": budget,
            "items": len(begun.items),
            "about": "items" if "stopping" in record.facts else "source",
            "shares_asked": len(samples),
        },
        "questions": {
            "asked": heard.distinct,
            "of_factors": len(asking.questions),
            "beyond_the_data": len(asking) - len(asking.questions),
            "cost": heard.cost,
            "unanswered": heard.reasons,
        },
    }
    run: Facts = {
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - clock, 3),
        "known_before": known,
        "environment": environment(),
    }
    texts = isinstance(begun.pool, Texts)  # which have no places of their own, and no mean
    nowhere = torch.zeros(0 if texts else begun.items.domain.shape, dtype=torch.bool)
    mean = begun.pool.mean(0) if isinstance(begun.pool, torch.Tensor) else torch.zeros(0)
    explanation = Explanation(
        folder=record.folder,
        facts=facts,
        run=run,
        error=error,
        bar=bar,
        effects=effects,
        spreads=spreads,
        siblings=tuple(one.name for one in others),
        recommendations=recommend(effects, bar, spreads, level),
        masks=torch.stack([nowhere if f.mask is None else f.mask for f in chosen]).numpy(),
        mean=mean.numpy(),
    )
    with alone(record.folder):
        explanation.save()
    return explanation


class _Asking:
    """All questions of an explanation: first those of the factors, then those beyond the data."""

    def __init__(
        self,
        items: Items,
        factors: tuple[Factor, ...],
        questions: ChangedItems,
        outer: list[AnsweredInputs],
    ) -> None:
        self.items, self.questions, self.outer = items, questions, outer
        self.inputs = join([questions.inputs(items, factors), *(one.inputs for one in outer)])
        """``Float32[questions, *shape]`` or texts: no more than the budget, and each is made once."""

    def __len__(self) -> int:
        return len(self.inputs)

    def answered(self, heard: QuestionReplies) -> list[AnsweredInputs]:
        """The sets beyond the data, with the teacher's answers."""
        sets, begin = [], len(self.questions)
        for one in self.outer:
            end = begin + len(one.inputs)
            sets.append(
                replace(one, teacher=heard.labels[begin:end], asked=heard.answered[begin:end])
            )
            begin = end
        return sets


def _effects(
    factors: tuple[Factor, ...],
    tried: StudentChanges,
    samples: list[Sample],
    asking: _Asking,
    heard: QuestionReplies,
    levels: Levels,
) -> tuple[Effect, ...]:
    inner = len(asking.questions)
    part = replace(
        heard,
        labels=heard.labels[:inner],
        answered=heard.answered[:inner],
        sets=None if heard.sets is None else heard.sets[:inner],
    )
    counts = tally(samples, asking.questions, part, asking.items)
    return tuple(
        Effect(
            name=factor.name,
            family=factor.family,
            cell=factor.cell,
            items=len(asking.items),
            moved=int(tried.moved[i].sum()),
            flips=int(tried.flips[i].sum()),
            flipped=counts.get((i, True), TeacherCounts()),
            held=counts.get((i, False), TeacherCounts()),
            levels=levels,
        )
        for i, factor in enumerate(factors)
    )


def _check(
    budget: int,
    items: int,
    least: float,
    batch: int,
    beyond: Sequence[AnySource],
    siblings: tuple[AnyStudent, ...],
) -> None:
    if budget < 0 or items < 1 or batch < 1 or not 0 <= least < 1:
        raise InputError(
            f"budget must be at least 0, items and batch at least 1, least between 0 and 1; got "
            f"{budget}, {items}, {batch}, {least}"
        )
    if beyond and not siblings:
        raise InputError(
            "inputs beyond the data are for the comparison of siblings; give at least one sibling, "
            "or leave them out"
        )
