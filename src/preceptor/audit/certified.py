"""What is proved of a record's items: counts of balls, beside what attacks found in them.

A proof is about every input in a ball, and needs none of the answers; so a share of the items is exact: it has
no interval, and says nothing of other items. Whoever makes the proofs stands above this package
(``preceptor.api.certified_audit``); here they are read and counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import torch

from preceptor.audit.record import FORMAT, Record
from preceptor.core import UNCERTAIN, Finding

STATUSES: Final = ("proved", "refuted", "undecided", "contradicted")

FIX: Final = (
    "This is a defect, and neither number can be relied on: the teacher is not what its conditions say (a "
    "rule's cases, or answers in the ledger from before it changed), the student is not the one that was "
    "audited, or the prover errs. Ask both at that input, run `preceptor prove --check`, and report it."
)


@dataclass(frozen=True)
class Contradiction:
    """An item that was proved, and a moved input in its ball at which the student was seen to be wrong.

    Attributes:
        item: its id.
        attack: that moved it; empty for the clean input.
        teacher: its label there.
        student: the student's.
    """

    item: str
    attack: str
    teacher: int
    student: int


@dataclass(frozen=True)
class CertifiedBalls:
    """The balls of one size around a record's items.

    Attributes:
        eps: their radius in l_inf, as a size of the domain.
        attacks: that stay within them, by name.
        statuses: of each item: ``proved`` (the student is right wherever the teacher is certain in the ball),
            ``refuted`` (a witness lies in it), ``undecided``, or ``contradicted`` (proved, and seen to be wrong).
        sure: of each item, whether the teacher is certain of the clean input.
        unseen: refuted items at which no attack within the ball found an error.
        contradictions: one for each contradicted item.
    """

    eps: float
    attacks: tuple[str, ...]
    statuses: tuple[str, ...]
    sure: tuple[bool, ...]
    unseen: int
    contradictions: tuple[Contradiction, ...] = ()

    def count(self, status: str) -> int:
        """Items of this status."""
        return self.statuses.count(status)

    @property
    def sure_and_proved(self) -> int:
        """Proved items whose clean input the teacher is certain of, so that the proof is not an empty one."""
        return sum(
            one == "proved" and sure for one, sure in zip(self.statuses, self.sure, strict=True)
        )

    @property
    def share(self) -> float:
        """Proved items among all: exact for these items, at least so many."""
        return self.count("proved") / len(self.statuses)

    @property
    def faults(self) -> int:
        """Contradicted items."""
        return len(self.contradictions)

    @property
    def cell(self) -> str:
        """For a table: proved, refuted and undecided."""
        text = "/".join(str(self.count(one)) for one in STATUSES[:3])
        return f"{text} !{self.faults}" if self.contradictions else text

    @property
    def sentence(self) -> str:
        """All of it in words."""
        many, refuted = len(self.statuses), self.count("refuted")
        seen = f", at {self.unseen} of which no attack found an error" if self.unseen else ""
        text = (
            f"Certified within l_inf {self.eps:g}: {self.count('proved')} of {many} items are proved "
            f"({100 * self.share:.1f} %, of these items exactly; the teacher is certain of the clean input of "
            f"{self.sure_and_proved} of them), {refuted} refuted{seen}, {self.count('undecided')} undecided."
        )
        if self.contradictions:
            text += f" {self.faults} CONTRADICTED by what was seen: a defect."
        return text

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "eps": self.eps,
            "attacks": list(self.attacks),
            "items": len(self.statuses),
            **{one: self.count(one) for one in STATUSES},
            "share": self.share,
            "sure_and_proved": self.sure_and_proved,
            "unseen": self.unseen,
            "statuses": list(self.statuses),
            "sure": list(self.sure),
            "contradictions": [vars(one) for one in self.contradictions],
        }

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "CertifiedBalls":
        """From plain data."""
        return cls(
            float(said["eps"]),
            tuple(said["attacks"]),
            tuple(said["statuses"]),
            tuple(said["sure"]),
            int(said["unseen"]),
            tuple(Contradiction(**one) for one in said["contradictions"]),
        )


def certified(record: Record) -> tuple[CertifiedBalls, ...]:
    """What is proved of a record's items, size by size; empty where nothing was tried."""
    return tuple(
        CertifiedBalls.read(one) for one in record.run.get("certified", {}).get("balls", ())
    )


def cells_of(record: Record) -> dict[str, str]:
    """Attack to its cell in a table."""
    return {name: one.cell for one in certified(record) for name in one.attacks}


def confront(
    record: Record,
    eps: float,
    attacks: Sequence[str],
    statuses: Sequence[str],
    low: torch.Tensor,
    high: torch.Tensor,
) -> CertifiedBalls:
    """Proofs beside what was seen: every error at an input that lies in a ball.

    Args:
        record: of the audit.
        eps: of the balls.
        attacks: that stay within them.
        statuses: of each item, ``proved``, ``refuted`` or ``undecided``.
        low: ``Float64[items, features]``, one end of each ball.
        high: the other.
    """
    found, seen = list(statuses), torch.zeros(len(statuses), dtype=torch.bool)
    told: dict[int, Contradiction] = {}
    names = ["", *(str(attack["name"]) for attack in record.attacks)]
    for place, said in enumerate((record.clean, *record.moved)):
        sheet = said.sheet
        wrong = sheet.asked & (sheet.teacher != UNCERTAIN) & (sheet.student >= 0)
        rows = (wrong & (sheet.student != sheet.teacher)).nonzero()[:, 0].tolist()
        if not rows:
            continue
        inputs = torch.from_numpy(record.inputs(place, rows)).double().flatten(1)
        inside = ((inputs >= low[rows]) & (inputs <= high[rows])).all(1).tolist()
        for row in (row for row, one in zip(rows, inside, strict=True) if one):
            seen[row] = True
            if statuses[row] == "proved" and row not in told:
                found[row] = "contradicted"
                told[row] = Contradiction(
                    record.ids[row], names[place], int(sheet.teacher[row]), int(sheet.student[row])
                )
    unseen = sum(one == "refuted" and not bool(seen[row]) for row, one in enumerate(found))
    clean = record.clean.sheet
    sure = (clean.asked & (clean.teacher != UNCERTAIN)).tolist()
    return CertifiedBalls(
        eps, tuple(attacks), tuple(found), tuple(sure), unseen, tuple(told.values())
    )


def with_certified(record: Record, balls: Sequence[CertifiedBalls], seconds: float) -> Record:
    """The record with what is proved of its items, saved; each contradiction is a finding.

    Raises:
        InputError: another record lies in its folder by now.
    """
    said = {
        "seconds": seconds,
        "balls": [one.describe() for one in balls],
        "findings": [
            _finding(one, part).describe() for part in balls for one in part.contradictions
        ],
    }
    found = replace(record, run={**record.run, "certified": said})
    FORMAT.amend(record.folder, {"run": found.run}, record.digest)
    return found


def _finding(one: Contradiction, part: CertifiedBalls) -> Finding:
    where = f"moved by {one.attack}" if one.attack else "unmoved"
    return Finding(
        "proof-contradicted",
        "warning",
        f"item {one.item!r} was proved within l_inf {part.eps:g}, and yet, {where}, in that very ball, the teacher "
        f"was certain of class {one.teacher} and the student said {one.student}.",
        FIX,
    )
