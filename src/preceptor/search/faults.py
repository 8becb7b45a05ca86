"""What witnesses share: suspicions of faults, and their test with fresh questions.

Every witness is asked, of the student alone and so for nothing, which small change undone would
mend its answer. Changes that mend several witnesses, and that turn the student's answer on many
items of the data, are suspicions. Each is then tested: the change is made to items that were not
used before, and the teacher is asked there. A fault is *raised* if the student errs more often
than ``FLOOR`` and than on unchanged items, by an exact binomial test; all tests together err with
a probability of at most ``1 - level`` (Bonferroni; half of it is spent on the upper limit, after
Clopper & Pearson 1934, of the error rate on unchanged items).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from scipy.special import bdtrc, betaincinv
from torch import Tensor

from preceptor.core import ItemRng
from preceptor.outcome import Rate
from preceptor.search.asking import Asking
from preceptor.search.ground import Change, Proposals
from preceptor.search.progress import Progress, Watcher
from preceptor.search.shakes import Regions
from preceptor.search.suspicions import Suspicion, suspicions

FLOOR: Final = 0.2
"""No fault below this error rate."""

ENOUGH: Final = 10
MOST: Final = 20
HOPELESS: Final = 6
"""A test ends after ``ENOUGH`` certain answers or ``MOST`` questions; or after ``HOPELESS``
questions of which the teacher was certain of none, or the student wrong in none of as many certain ones. The
first two do not look at errors, and the others can only lose a fault: the test's level holds."""

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
        rows: the questions of the test.
        level: of the interval.
    """

    change: Change
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
    asking: Asking, scans: Sequence[Regions], level: float, watch: Watcher
) -> tuple[Fault, ...]:
    """Suspicions from what was asked so far, each tested while the budget lasts.

    Args:
        asking: what was asked; the tests are asked through it.
        scans: regions that were tried on the student.
        level: all tests together err with a probability of at most ``1 - level``.
        watch: told how far it is.
    """
    found = suspicions(asking, scans)[: max(0, asking.left // ENOUGH)]
    if not found or asking.left <= 0:
        return ()
    error = (1 - level) / 2
    limit = max(FLOOR, _plain_limit(asking, error))
    tested = []
    for number, suspicion in enumerate(found):
        if asking.left <= 0:
            break
        rows = _ask(asking, suspicion, number)
        if len(rows):
            tested.append(_judge(asking, suspicion, rows, limit, error / len(found), level))
        watch(Progress("test", len(asking.asked), asking.budget, len(asking.clusters)))
    return tuple(sorted(tested, key=lambda fault: (not fault.raised, fault.chance)))


def _plain_limit(asking: Asking, error: float) -> float:
    """The upper confidence limit of the error rate on unchanged items of the data."""
    asked = asking.asked
    plain = (asked.generator == 0) & asked.certain
    certain, wrong = int(plain.sum()), int((plain & asked.wrong).sum())
    if wrong == certain:
        return 1.0
    return float(betaincinv(wrong + 1, certain - wrong, 1 - error))


def _ask(asking: Asking, suspicion: Suspicion, number: int) -> Tensor:
    """Make the change to items not used before, and ask; the rows of the questions."""
    ground = asking.ground
    used = set(asking.asked.parent.tolist())
    order = ground.streams("fresh items", number, 1).generators[0].permutation(len(ground.starts))
    rows = ground.starts[torch.from_numpy(order)]
    if suspicion.label is not None:
        rows = rows[ground.own.answers[rows] == suspicion.label]
    fresh = [row for row in rows.tolist() if row not in used]
    spare = [row for row in rows.tolist() if row in used]  # only if there are too few fresh ones
    rows = torch.tensor((fresh + spare)[: 2 * MOST], dtype=torch.int64)
    each = ItemRng.named(ground.seed, f"search test {number}", [str(r) for r in rows.tolist()])
    moved = suspicion.change(ground.pool[rows], ground.domain, each)
    put: list[Tensor] = []
    at = 0
    while at < len(rows) and asking.left > 0:
        so_far = torch.cat(put) if put else torch.empty(0, dtype=torch.int64)
        sure = asking.asked.certain[so_far]
        errors = int(asking.asked.wrong[so_far].sum())
        if int(sure.sum()) >= ENOUGH or len(so_far) >= MOST:
            break
        hopeless = int(sure.sum()) >= HOPELESS or (len(so_far) >= HOPELESS and not bool(sure.any()))
        if hopeless and not errors:
            break
        many = min(max(1, ENOUGH - int(sure.sum())), MOST - len(so_far), HOPELESS)
        part = slice(at, at + many)
        changes = (suspicion.change,) * len(rows[part])
        put.append(asking.put([(TESTING, Proposals(moved[part], rows[part], changes))]))
        at += many
    return torch.cat(put) if put else torch.empty(0, dtype=torch.int64)


def _judge(
    asking: Asking, suspicion: Suspicion, rows: Tensor, limit: float, error: float, level: float
) -> Fault:
    asked = asking.asked.take(rows)
    certain, errors = int(asked.certain.sum()), int(asked.wrong.sum())
    chance = float(bdtrc(errors - 1, certain, limit)) if errors else 1.0
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
        limit,
        chance,
        chance <= error,
        dict(zip(labels.tolist(), counts.tolist(), strict=True)),
        rows,
        level,
    )
