"""What witnesses share: suspicions of faults, and their test with fresh questions.

Every witness is asked, of the student alone and so for nothing, which small change undone would
mend its answer. Changes that mend several witnesses, and that turn the student's answer on many
items of the data, are suspicions. Each is then tested: the change is made to items that were not
used before, and the teacher is asked there. A fault is *raised* if the student errs more often
than ``FLOOR`` and than on unchanged items, by an exact binomial test; all tests together err with
a probability of at most ``1 - level`` (Bonferroni; half of it is spent on the upper limit, after
Clopper & Pearson 1934, of the error rate on unchanged items; and the rest is shared by the tests
and by the looks at each).
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import torch
from scipy.special import bdtrc, betaincinv
from torch import Tensor

from preceptor.core import ItemRng
from preceptor.outcome import Rate
from preceptor.search.asking import PendingQuestions, SearchQueue
from preceptor.search.context import AppliedTransform, Proposals
from preceptor.search.fault_candidates import Suspicion, suspicions
from preceptor.search.random_transforms import Regions
from preceptor.search.search_progress import SearchProgress, Watcher

FLOOR: Final = 0.2
"""No fault below this error rate."""

LOOKS: Final = (10, 20)
"""After so many certain answers the errors are looked at; the level is shared by the looks."""

MOST: Final = 28
"""Questions of one test at most."""

HOPELESS: Final = 6
VAIN: Final = 8
"""A test is given up where the student was wrong in none of the first ``HOPELESS`` certain answers,
or in fewer than half of those at the first look, and where the teacher was certain of fewer than a
quarter of the first ``VAIN`` questions. Giving up can only lose a fault: the level holds."""

ABREAST: Final = 8
"""So many tests go on side by side, so that a teacher who takes many calls at once is asked many
questions: a test asks few at a time, since it may be over after each."""

TESTING: Final = -2
"""In ``Questions.generator``: asked to test a suspicion."""


@dataclass(frozen=True, eq=False)
class Fault:
    """A suspicion and what its test said.

    Attributes:
        change: what is done to an item of the data.
        label: to items that the student gives this label; ``None`` for any item.
        mended: witnesses that the change undone would mend.
        turned: share of items of the data on which it turns the student's answer.
        errors: errors of the student in the test, among the certain answers.
        certain: of which the teacher was certain.
        asked: questions of the test.
        limit: the error rate that had to be exceeded.
        chance: the probability of so many errors or more if the rate were the limit.
        raised: whether that is small enough, all tests counted.
        answers: for each of the student's wrong answers in the test, how often it came.
        rows: ``Int64[asked]``, the questions of the test.
        level: of the interval.
    """

    change: AppliedTransform
    label: int | None
    mended: int
    turned: float
    errors: int
    certain: int
    asked: int
    limit: float
    chance: float
    raised: bool
    answers: dict[int, int]
    rows: Tensor
    level: float

    @property
    def rate(self) -> Rate:
        """The error rate under the change, where the teacher is certain."""
        return Rate(
            self.errors, self.certain - self.errors, self.asked - self.certain, 0, self.level
        )

    def describe(self) -> dict[str, Any]:
        """Plain data for the result."""
        return {
            "change": self.change.says,
            "kind": self.change.transform.kind,
            "amounts": [round(a, 4) for a in self.change.amounts.tolist()],
            "label": self.label,
            "mended_witnesses": self.mended,
            "turned_share": round(self.turned, 4),
            "error_rate": self.rate.describe(),
            "limit": round(self.limit, 6),
            "chance": self.chance,
            "raised": self.raised,
            "student_answers": {str(k): v for k, v in self.answers.items()},
            "questions": self.rows.tolist(),
        }


def test_faults(
    asking: SearchQueue,
    scans: Sequence[Regions],
    level: float,
    watch: Watcher,
    last: PendingQuestions | None,
) -> tuple[Fault, ...]:
    """Suspicions from what was asked so far, each tested while the budget lasts.

    They are taken up in their order, a few side by side. Another is begun only where the budget
    also covers the next look at all that have begun.

    Args:
        asking: what was asked; the tests are asked through it.
        scans: regions that were tried on the student.
        level: all tests together err with a probability of at most ``1 - level``.
        watch: told how far it is.
        last: questions whose answers may still be under way; no suspicion comes of them.
    """
    found = suspicions(asking, scans)
    asking.hear(last)
    found = found[: asking.left // LOOKS[0]]
    if not found or asking.left <= 0:
        return ()
    error = (1 - level) / 2
    limit = max(FLOOR, _plain_limit(asking, error))
    least = error / (len(found) * len(LOOKS))
    waiting = deque(FaultTest(one, number, limit, least) for number, one in enumerate(found))
    running, over = deque[FaultTest](), list[FaultTest]()
    while waiting or running:
        while waiting and _another(asking, running):
            running.append(waiting.popleft())
            running[-1].begin(asking)
        if not running:
            break
        test = running.popleft()
        test.hear(asking)
        if test.goes_on(asking):
            running.append(test)
        else:
            over.append(test)
        watch(SearchProgress("test", len(asking.asked), asking.budget, len(asking.clusters)))
    over.sort(key=lambda test: test.number)
    tested = [_judge(asking, test, level) for test in over if len(test.put)]
    return tuple(sorted(tested, key=lambda fault: (not fault.raised, fault.chance)))


def _another(asking: SearchQueue, running: Sequence["FaultTest"]) -> bool:
    """Whether one more test may be begun."""
    spare = asking.left - sum(test.reserve for test in running)
    return len(running) < ABREAST and asking.left > 0 and (not running or spare >= LOOKS[0])


def _plain_limit(asking: SearchQueue, error: float) -> float:
    """The upper confidence limit of the error rate on unchanged items of the data."""
    asked = asking.asked
    plain = (asked.generator == 0) & asked.certain
    certain, wrong = int(plain.sum()), int((plain & asked.wrong).sum())
    if wrong == certain:
        return 1.0
    return float(betaincinv(wrong + 1, certain - wrong, 1 - error))


def _fresh(asking: SearchQueue, suspicion: Suspicion, number: int) -> Tensor:
    """Rows of items that the suspicion is about, those not used before first, in random order."""
    ground = asking.ground
    order = ground.streams("fresh items", number, 1).generators[0].permutation(len(ground.starts))
    rows = ground.starts[torch.from_numpy(order)]
    if suspicion.label is not None:
        rows = rows[ground.own.answers[rows] == suspicion.label]
    used = torch.isin(rows, torch.tensor(sorted(asking.parents)))
    return torch.cat([rows[~used], rows[used]])[:MOST]


@dataclass(eq=False)
class FaultTest:
    """The test of one suspicion, while it goes on.

    Attributes:
        suspicion: what is tested.
        number: its place among all.
        limit: the error rate that has to be exceeded.
        least: so small must the chance be at a look.
        put: ``Int64[asked]``, the questions whose answers were heard.
    """

    suspicion: Suspicion
    number: int
    limit: float
    least: float
    put: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.int64))
    _moved: Proposals | None = None
    _at: int = 0
    _pending: PendingQuestions | None = None

    @property
    def reserve(self) -> int:
        """How many more questions its next look takes at least."""
        return next((look - self._at for look in LOOKS if look > self._at), 0)

    def begin(self, asking: SearchQueue) -> None:
        """Make the change to items, and ask the first questions."""
        ground = asking.ground
        rows = _fresh(asking, self.suspicion, self.number)
        names = [str(row) for row in rows.tolist()]
        each = ItemRng.named(ground.seed, f"search test {self.number}", names)
        moved = self.suspicion.change(ground.pool[rows], ground.domain, each)
        self._moved = Proposals(moved, rows, (self.suspicion.change,) * len(rows))
        self.goes_on(asking)

    def hear(self, asking: SearchQueue) -> None:
        """Wait for the answers to the questions that were asked last."""
        self.put = torch.cat([self.put, asking.hear(self._pending)])
        self._pending = None

    def goes_on(self, asking: SearchQueue) -> bool:
        """Ask the next questions; whether there are any."""
        moved = self._moved
        while moved is not None and self._at < len(moved) and asking.left > 0:
            many = _next(asking, self.put, self.limit, self.least)
            if many == 0:
                break
            part = torch.arange(self._at, min(self._at + many, len(moved)))
            self._at += len(part)
            self._pending = asking.begin([(TESTING, moved.take(part))])
            if self._pending is not None:
                return True
        return False


def _next(asking: SearchQueue, put: Tensor, limit: float, least: float) -> int:
    """How many questions a test asks next; 0 where it is over."""
    certain, errors = int(asking.asked.certain[put].sum()), int(asking.asked.wrong[put].sum())
    if certain >= HOPELESS and not errors:
        return 0
    if len(put) >= VAIN and 4 * certain < len(put):
        return 0
    for look in LOOKS:
        if certain < look:
            return min(look - certain, HOPELESS)
        settled = _chance(errors, certain, limit) <= least or 2 * errors < certain
        if certain == look and settled:
            return 0
    return 0


def _chance(errors: int, certain: int, limit: float) -> float:
    """The probability of so many errors or more among the certain answers, at the limit."""
    return float(bdtrc(errors - 1, certain, limit)) if errors else 1.0


def _judge(asking: SearchQueue, test: FaultTest, level: float) -> Fault:
    asked, suspicion = asking.asked.take(test.put), test.suspicion
    certain, errors = int(asked.certain.sum()), int(asked.wrong.sum())
    chance = _chance(errors, certain, test.limit)
    said = asked.student[asked.wrong]
    labels, counts = torch.unique(said, return_counts=True)
    return Fault(
        suspicion.change,
        suspicion.label,
        suspicion.mended,
        suspicion.turned,
        errors,
        certain,
        int(asked.answered.sum()),
        test.limit,
        chance,
        chance <= test.least,
        dict(zip(labels.tolist(), counts.tolist(), strict=True)),
        test.put,
        level,
    )
