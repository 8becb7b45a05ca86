"""What each person did in a study, and what of it to look at."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from preceptor.core import UNCERTAIN
from preceptor.people.careless import Answer as Answer
from preceptor.people.careless import flags
from preceptor.people.coefficients import kappa
from preceptor.people.participation import State
from preceptor.people.study_questions import StudyVote


@dataclass(frozen=True)
class PersonRow:
    """What one person did.

    Attributes:
        name: who.
        answers: questions that they answered.
        uncertain: of those, where they could not tell or contradicted themselves.
        seconds: median time of an answer; ``None`` without one.
        agreement: share of the other people's answers to the same questions that equal theirs.
        kappa: the mean of Cohen's kappa with each other person, over the questions that both
            answered; ``None`` where it is undefined with everyone.
        consistent: questions answered the same when asked again, and how many were asked again.
        checks: attention checks passed, and how many were shown.
        flags: what to look at: sentences, none for most people.
        state: ``active``, ``paused`` or ``excluded``. The answers of an excluded person are in no
            agreement but their own rows'.
        since: who set that state and when; empty for who was always active.
    """

    name: str
    answers: int
    uncertain: int
    seconds: float | None
    agreement: float | None
    kappa: float | None
    consistent: tuple[int, int]
    checks: tuple[int, int]
    flags: Sequence[str] = ()
    state: State = "active"
    since: str = ""


def person_row(
    name: str,
    person: int,
    rows: Sequence[Answer],
    by_question: Mapping[int, Sequence[StudyVote]],
    known: Mapping[int, int],
    state: State = "active",
    since: str = "",
) -> PersonRow:
    """What one person did.

    Args:
        name: theirs.
        person: their number.
        rows: everybody's answers in their order, those that count for nothing left out.
        by_question: the votes that count, this person's among them.
        known: the labels of known items.
        state: whether they take part.
        since: who set that and when.
    """
    mine = [row for row in rows if row[1] == person]
    latest = {(question, kind): label for question, _, kind, label, _ in mine}
    votes = [vote for found in by_question.values() for vote in found if vote.person == person]
    others = [
        vote.label == other.label
        for vote in votes
        for other in by_question[vote.question]
        if other.person != person
    ]
    again = [
        label == latest.get((question, "ask"))
        for (question, kind), label in latest.items()
        if kind == "again" and label is not None
    ]
    checks = [
        label == known.get(question)
        for (question, kind), label in latest.items()
        if kind == "known" and label is not None
    ]
    consistent, right = (sum(again), len(again)), (sum(checks), len(checks))
    return PersonRow(
        name,
        len(votes),
        sum(vote.label == UNCERTAIN for vote in votes),
        median_time(mine),
        sum(others) / len(others) if others else None,
        _mean_kappa(person, by_question),
        consistent,
        right,
        flags(mine, consistent, right, person, by_question),
        state,
        since,
    )


def median_time(rows: Sequence[Answer]) -> float | None:
    """The median seconds of answers that gave a label; ``None`` without one. A table from elsewhere
    says 0 where it does not know.
    """
    times = sorted(row[4] for row in rows if row[3] is not None and row[4] > 0)
    return times[len(times) // 2] if times else None


def _mean_kappa(person: int, by_question: Mapping[int, Sequence[StudyVote]]) -> float | None:
    """The mean of Cohen's kappa with each other person, where it is defined."""
    pairs: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for votes in by_question.values():
        mine = [vote.label for vote in votes if vote.person == person]
        for vote in votes:
            if mine and vote.person != person:
                pairs[vote.person].append((mine[0], vote.label))
    each = [kappa(*zip(*both, strict=True)) for both in pairs.values()]
    found = [one for one in each if one is not None]
    return sum(found) / len(found) if found else None
