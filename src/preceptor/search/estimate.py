"""The teacher-relative strong estimate: on stated probe families, the share right where certain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from preceptor.asking import Questions, Queue, distinct, input_keys
from preceptor.attacks.predictions import logits_of
from preceptor.core import AnySource, AnyStudent, AnyTeacher, InputError, blank, generator
from preceptor.core.inputs import join
from preceptor.core.watching import silent
from preceptor.outcome import Rate, Sheet, accuracy, judge
from preceptor.probes import ProbeFamily, TextFamily
from preceptor.search.search_progress import SearchProgress, Watcher

BATCH = 64


@dataclass(frozen=True)
class Estimate:
    """Rates of one student on probe families: an estimate on *these* distributions, no bound.

    Attributes:
        rates: by family, teacher-relative accuracy with what is void and unasked.
        whole: over all families together, each with as many probes as any other.
        asked: different questions put, of which ``answered`` have an answer.
        answered: see there.
        cost: of the answers.
        reasons: how many questions have no answer, by reason.
        says: by family, what it draws.
        n: probes of each family.
        seed: of the probes and of the order of asking.
    """

    rates: dict[str, Rate]
    whole: Rate
    asked: int
    answered: int
    cost: float
    reasons: dict[str, int]
    says: dict[str, str]
    n: int
    seed: int

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "families": {
                name: {"says": self.says[name], **rate.describe()}
                for name, rate in self.rates.items()
            },
            "whole": self.whole.describe(),
            "questions": self.asked,
            "answered": self.answered,
            "cost": self.cost,
            "unanswered": self.reasons,
            "n": self.n,
            "seed": self.seed,
        }


def estimate(
    student: AnyStudent,
    teacher: AnyTeacher,
    source: Any,
    probes: Sequence[ProbeFamily | TextFamily],
    n: int,
    *,
    seed: int = 0,
    level: float = 0.95,
    budget: int | None = None,
    watch: Watcher = silent,
) -> Estimate:
    """Ask the teacher about ``n`` probes of each family, all families mixed in random order.

    So what a budget leaves out is spread over all families, and what was asked of each is a
    random sample of it.

    Args:
        student: whose answers are compared.
        teacher: usually ``ledger.keep(teacher, budget=...)``.
        source: the data that probes are made from.
        probes: the families, for example ``families(source.domain)``.
        n: probes of each.
        seed: of the probes and of the order.
        level: of the intervals.
        budget: questions at most; ``None`` for all.
        watch: told how far it is.

    Raises:
        InputError: no families, the same twice, or one that does not suit the source.
        LedgerError: the ledger failed. What was answered until then is kept.
    """
    names = [one.name for one in probes]
    if not names or len(set(names)) < len(names):
        raise InputError(f"the probe families must be different, and at least one; got {names}")
    drawn = [one.source(source, n, seed=seed) for one in probes]
    student_said = torch.cat([_answers(student, one) for one in drawn])
    inputs = join([one.read(0, n) for one in drawn])
    keys = input_keys(inputs)
    firsts, same_as = distinct(keys)
    order = generator(seed, "estimate", "order").permutation(len(firsts))
    limit = len(firsts) if budget is None else min(budget, len(firsts))
    queue = Queue(teacher, BATCH)
    todo = Questions.of(inputs, keys).take(firsts[order[:limit]])
    replies = queue.put(todo, watch=lambda done: watch(SearchProgress("estimate", done, limit, 0)))
    place = torch.full((len(firsts),), -1)
    place[torch.from_numpy(order[:limit].copy())] = torch.arange(limit)
    rows = place[torch.from_numpy(same_as)]
    asked = rows >= 0
    answers = replies.answers.take(rows.clamp(min=0)) if limit else blank(len(inputs))
    answered = asked & replies.answered[rows.clamp(min=0)] if limit else asked
    sheet = Sheet(student_said, answers.labels, answered, answers.cost.float(), answers.sets)
    verdicts = judge(sheet)
    rates = {name: accuracy(verdicts[k * n : (k + 1) * n], level) for k, name in enumerate(names)}
    return Estimate(
        rates,
        accuracy(verdicts, level),
        limit,
        int(replies.answered.sum()),
        round(float(replies.answers.cost.float().double().sum()), 6),
        replies.reasons,
        {one.name: one.says for one in probes},
        n,
        seed,
    )


def _answers(student: AnyStudent, probes: AnySource) -> Tensor:
    return student.decide(logits_of(student, probes.read(0, len(probes))))
