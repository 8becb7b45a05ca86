"""The teacher-relative strong estimate: on stated probe families, the share right where certain."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from preceptor.attacks.beliefs import think
from preceptor.core import InputError, Source, Student, Teacher, generator
from preceptor.core.watching import silent
from preceptor.outcome import Rate, Sheet, accuracy, judge
from preceptor.probes import ProbeFamily, ProbeSource
from preceptor.search.hearing import hear
from preceptor.search.progress import Progress, Watcher
from preceptor.search.questions import keys

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
    student: Student,
    teacher: Teacher,
    source: Source,
    probes: Sequence[ProbeFamily],
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
    inputs = torch.cat([one.read(0, n) for one in drawn])
    place: dict[bytes, int] = {}
    same_as = torch.tensor([place.setdefault(key, len(place)) for key in keys(inputs)])
    order = torch.from_numpy(generator(seed, "estimate", "order").permutation(len(place)))
    first = torch.full((len(place),), -1)
    first[same_as.flip(0)] = torch.arange(len(inputs)).flip(0)
    limit = len(place) if budget is None else min(budget, len(place))
    labels, cost = torch.full((len(place),), -1), torch.zeros(len(place))
    answered, reasons = torch.zeros(len(place), dtype=torch.bool), Counter[str]()
    over = False
    for start in range(0, limit, BATCH):
        rows = order[start : min(start + BATCH, limit)]
        if over:
            break
        heard = hear(teacher, inputs[first[rows]])
        labels[rows], cost[rows] = heard.answers.labels, heard.answers.cost
        answered[rows] = heard.answered
        if heard.why:
            reasons[heard.why] += int((~heard.answered).sum())
        over = heard.over and not bool(heard.answered.any())
        watch(Progress("estimate", min(start + BATCH, limit), limit, 0))
    sheet = Sheet(student_said, labels[same_as], answered[same_as], cost[same_as])
    verdicts = judge(sheet)
    rates = {name: accuracy(verdicts[k * n : (k + 1) * n], level) for k, name in enumerate(names)}
    return Estimate(
        rates,
        accuracy(verdicts, level),
        limit,
        int(answered.sum()),
        round(float(cost.double().sum()), 6),
        dict(reasons),
        {one.name: one.says for one in probes},
        n,
        seed,
    )


def _answers(student: Student, probes: ProbeSource) -> Tensor:
    return student.decide(think(student, probes.read(0, len(probes))))
