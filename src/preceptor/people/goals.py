"""What an audit with a stopping rule still needs of a study: as it was at the audit's last run."""

import json
from dataclasses import dataclass
from typing import Any

from preceptor.ledger.clock import utc_now
from preceptor.people.database import Session


@dataclass(frozen=True)
class Goal:
    """Where one audit stood.

    Attributes:
        purpose: for which it files its questions.
        rule: when it stops.
        claim: what is decided; ``undecided`` while more answers are needed.
        used: items that went into it.
        items: that there are.
        further: items still to be asked, if the rate so far holds: the median of simulated
            continuations, and between what four in five of them lie; ``None`` where too little is
            known, or the rule is reached.
        questions: that an item takes, on average so far.
        undecided: the share of the continuations that run out of items.
        at: when that was, UTC.
    """

    purpose: str
    rule: str
    claim: str
    used: int
    items: int
    further: tuple[int, int, int] | None
    questions: float
    undecided: float
    at: str

    def answers(self, overlap: int) -> tuple[int, int, int] | None:
        """Answers still needed: low, median, high; each item takes some questions, each question as
        many answers as people are asked.
        """
        if self.further is None:
            return None
        low, middle, high = (round(one * self.questions * overlap) for one in self.further)
        return low, middle, high


def note(db: Session, study: int, purpose: str, body: dict[str, Any]) -> None:
    """Write down where an audit stands."""
    db.run(
        "INSERT INTO desk_goals (study, purpose, body, made_at) "
        "VALUES (:study, :purpose, :body, :now)",
        study=study,
        purpose=purpose,
        body=json.dumps(body, allow_nan=False),
        now=utc_now(),
    )


def goals(db: Session, study: int) -> list[Goal]:
    """The last that each audit said, the latest first."""
    rows = db.all(
        "SELECT purpose, body, made_at FROM desk_goals g WHERE study = :study AND NOT EXISTS "
        "(SELECT 1 FROM desk_goals h WHERE h.study = g.study AND h.purpose = g.purpose "
        "AND h.id > g.id) ORDER BY id DESC",
        study=study,
    )
    return [_goal(purpose, json.loads(body), at) for purpose, body, at in rows]


def _goal(purpose: str, body: dict[str, Any], at: str) -> Goal:
    further = body["further"]
    return Goal(
        purpose,
        body["rule"],
        body["claim"],
        body["used"],
        body["items"],
        None if further is None else (further[0], further[1], further[2]),
        body["questions"],
        body["undecided"],
        at,
    )
