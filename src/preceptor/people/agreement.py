"""How far people agree: by item, by person, and for the whole study beyond chance."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import torch

from preceptor.core import MISSING, UNCERTAIN
from preceptor.people import participation, study_questions
from preceptor.people.coefficients import alpha as alpha
from preceptor.people.coefficients import fleiss as fleiss
from preceptor.people.coefficients import kappa as kappa
from preceptor.people.coefficients import raw as raw
from preceptor.people.database import Session
from preceptor.people.participation import Participation
from preceptor.people.person_rows import Answer, PersonRow, median_time, person_row
from preceptor.people.studies import Study
from preceptor.people.study_questions import StudyVote, count, is_label

MOST_ITEMS: Final = 12
"""Questions that the overview shows of a kind."""

MOST_WORDS: Final = 12
"""Answers that the table of confusions shows."""


@dataclass(frozen=True)
class Item:
    """A question as the overview shows it.

    Attributes:
        question: its number.
        said: each answer that was given, with how often, the most frequent first.
        agreement: the share of pairs of answers that are equal; ``None`` with fewer than two.
        outcome: ``certain`` or ``uncertain`` by the study's rule or an owner's decision, ``open`` while
            answers are missing.
        decided: what an owner decided; ``None`` where the votes decide.
    """

    question: int
    said: Sequence[tuple[str, int]]
    agreement: float | None
    outcome: str = "open"
    decided: str | None = None


@dataclass(frozen=True)
class Confusion:
    """How often one person gave one answer and another person another to the same question.

    Attributes:
        words: the answers, in the order of rows and columns.
        counts: pairs of people, ``counts[i][j]`` for the words ``i`` and ``j``; symmetric.
        left_out: how many other answers were given, too rarely confused to have a row.
    """

    words: Sequence[str]
    counts: Sequence[Sequence[int]]
    left_out: int


@dataclass(frozen=True)
class Refused:
    """An answer with a label that the study does not have: an older desk took it in by mistake.

    Attributes:
        question: its number.
        by: who gave it.
        label: what it says.
    """

    question: int
    by: str
    label: int


@dataclass(frozen=True)
class Overview:
    """How far a study is and how well people agree.

    Attributes:
        questions: how many were filed.
        complete: how many have all their answers.
        needed: answers still needed.
        seconds: all the time that people spent.
        alpha: Krippendorff's alpha for nominal labels, *can't tell* being one of them.
        raw: share of pairs of answers to one question that are equal.
        fleiss: Fleiss' kappa, likewise.
        people: a row for each person who answered.
        confusion: pairs of different answers, with how often people gave them to one question.
        disputed: questions with the least agreement.
        certain: how many of the complete questions are certain by the study's rule.
        uncertain: the complete questions that are not.
        refused: answers with a label that the study does not have, which count for nothing.
        pace: median seconds of an answer; ``None`` without one.
        compared: how many questions have two answers or more.
        decided: how many questions owners decided.
        matrix: what people confuse, as a table; ``None`` where no question has two answers.
        saved: answers that were not needed, since fewer decided; 0 where the rule asks for all.
    """

    questions: int
    complete: int
    needed: int
    seconds: float
    alpha: float | None
    raw: float | None
    fleiss: float | None
    people: Sequence[PersonRow]
    confusion: Sequence[tuple[str, str, int]]
    disputed: Sequence[Item]
    certain: int
    uncertain: Sequence[Item]
    refused: Sequence[Refused] = ()
    pace: float | None = None
    compared: int = 0
    decided: int = 0
    matrix: Confusion | None = None
    saved: int = 0


@dataclass(frozen=True)
class _Votes:
    """What was said in a study.

    Attributes:
        rows: answers with labels that the study has, in their order.
        refused: the others.
        all: the votes of everybody, by question.
        counting: those that count.
        decided: labels that owners decided, by question.
    """

    rows: Sequence[Answer]
    refused: Sequence[Answer]
    all: Mapping[int, Sequence[StudyVote]]
    counting: Mapping[int, Sequence[StudyVote]]
    decided: Mapping[int, int]


def overview(db: Session, study: Study) -> Overview:
    """The overview of a study, computed from the answers as they stand."""
    filed, complete, needed = db.all(
        "SELECT COUNT(*), COALESCE(SUM(CASE WHEN needed = 0 THEN 1 ELSE 0 END), 0), "
        "COALESCE(SUM(needed), 0) FROM desk_tally WHERE study = :study",
        study=study.number,
    )[0]
    said = _votes(db, study)
    units = [[vote.label for vote in votes] for votes in said.counting.values()]
    names: dict[int, str] = dict(db.all("SELECT id, name FROM desk_people"))
    items = [_item(question, votes, study) for question, votes in said.counting.items()]
    certain, uncertain = _decided(said, study)
    return Overview(
        int(filed),
        int(complete),
        int(needed),
        float(sum(row[4] for row in said.rows)),
        alpha(units),
        raw(units),
        fleiss(units),
        _people(db, study, said, names),
        _confusion(units, study),
        _disputed(items),
        certain,
        uncertain,
        [Refused(row[0], names[row[1]], int(row[3] or 0)) for row in said.refused],
        median_time(said.rows),
        sum(len(unit) > 1 for unit in units),
        len(said.decided),
        _matrix(units, study),
        sum(
            max(0, study.settings.overlap - len(votes))
            for question, votes in said.counting.items()
            if question not in said.decided and _has_answer(votes, study)
        ),
    )


def items(db: Session, study: Study) -> list[Item]:
    """Every question that people are asked: the least agreement first, then those with fewer than two
    answers, in the order in which they were filed.
    """
    said = _votes(db, study)
    uncertain = {one.question for one in _decided(said, study)[1]}
    found = []
    for (question,) in db.all(
        "SELECT question FROM desk_tally WHERE study = :study ORDER BY question",
        study=study.number,
    ):
        votes = said.counting.get(question, ())
        one = _item(question, votes, study)
        if question in said.decided or _has_answer(votes, study):
            one = replace(one, outcome="uncertain" if question in uncertain else "certain")
        if question in said.decided:
            one = replace(one, decided=word(said.decided[question], study))
        found.append(one)
    return sorted(found, key=lambda one: (one.agreement is None, one.agreement or 0.0))


def _votes(db: Session, study: Study) -> _Votes:
    rows: list[Answer] = db.all(
        "SELECT a.question, a.person, a.kind, a.label, a.seconds FROM desk_answers a "
        "JOIN desk_questions q ON q.id = a.question WHERE q.study = :study ORDER BY a.id",
        study=study.number,
    )
    classes = len(study.settings.classes)
    refused = [row for row in rows if not is_label(row[3], classes)]
    rows = [row for row in rows if is_label(row[3], classes)]
    everybody: dict[int, list[StudyVote]] = defaultdict(list)
    counting: dict[int, list[StudyVote]] = defaultdict(list)
    left_out = study_questions.excluded(db, study.number)
    for vote in count((row for row in rows if row[2] != "known"), classes):
        everybody[vote.question].append(vote)
        if vote.person not in left_out:
            counting[vote.question].append(vote)
    decided = study_questions.decided(db, study.number)
    return _Votes(rows, refused, everybody, counting, decided)


def _people(db: Session, study: Study, said: _Votes, names: Mapping[int, str]) -> list[PersonRow]:
    known: dict[int, int] = dict(
        db.all(
            "SELECT k.question, k.label FROM desk_known k JOIN desk_questions q "
            "ON q.id = k.question WHERE q.study = :study ORDER BY k.id",
            study=study.number,
        )
    )
    states = participation.latest(participation.history(db, study.number))
    found = []
    for person in sorted({row[1] for row in said.rows}):
        name = names[person]
        now = states.get(name)
        votes = said.counting
        if now is not None and now.state == "excluded":
            votes = _with(said, person)
        state = "active" if now is None else now.state
        found.append(person_row(name, person, said.rows, votes, known, state, _since(now)))
    return found


def _with(said: _Votes, person: int) -> dict[int, list[StudyVote]]:
    """The votes that count, and those of one person whose votes do not: how they would compare."""
    return {
        question: [*said.counting.get(question, ()), *(v for v in votes if v.person == person)]
        for question, votes in said.all.items()
    }


def _since(now: Participation | None) -> str:
    if now is None:
        return ""
    note = f": {now.note}" if now.note else ""
    return f"by {now.by}, {now.made_at[:16].replace('T', ' ')} UTC{note}"


def _confusion(units: Sequence[Sequence[int]], study: Study) -> list[tuple[str, str, int]]:
    pairs: Counter[tuple[int, int]] = Counter()
    for unit in units:
        pairs.update((min(a, b), max(a, b)) for a, b in combinations(unit, 2) if a != b)
    return [(word(a, study), word(b, study), times) for (a, b), times in pairs.most_common(12)]


def _matrix(units: Sequence[Sequence[int]], study: Study) -> Confusion | None:
    pairs: Counter[tuple[int, int]] = Counter()
    for unit in units:
        for a, b in combinations(unit, 2):
            pairs[a, b] += 1
            if a != b:
                pairs[b, a] += 1
    if not pairs:
        return None
    weight: Counter[int] = Counter()
    for (a, b), times in pairs.items():
        weight[a] += times if a != b else 0
        weight[b] += 0  # it was given, though never confused
    shown = sorted(sorted(weight, key=lambda one: -weight[one])[:MOST_WORDS])
    shown = [*(one for one in shown if one != UNCERTAIN), *([UNCERTAIN] * (UNCERTAIN in shown))]
    return Confusion(
        [word(one, study) for one in shown],
        [[pairs[a, b] for b in shown] for a in shown],
        len(weight) - len(shown),
    )


def _disputed(found: Sequence[Item]) -> list[Item]:
    disputed = [one for one in found if len(one.said) > 1]
    disputed.sort(key=lambda one: (one.agreement or 0.0, one.question))
    return disputed[:MOST_ITEMS]


def _decided(said: _Votes, study: Study) -> tuple[int, Sequence[Item]]:
    """How many questions are certain, by the rule or by an owner's decision, and those that are
    neither certain nor open.
    """
    full = {q: votes for q, votes in said.counting.items() if _has_answer(votes, study)}
    labels: dict[int, int] = {}
    if full:
        width = max(map(len, full.values()))
        table = torch.full((len(full), width), MISSING)
        for row, votes in enumerate(full.values()):
            table[row, : len(votes)] = torch.tensor([vote.label for vote in votes])
        labels = dict(zip(full, study.settings.rule.decide(table).tolist(), strict=True))
    labels.update(said.decided)
    unsure = [q for q, label in labels.items() if label == UNCERTAIN]
    items = [_item(q, said.counting.get(q, ()), study) for q in unsure]
    return len(labels) - len(items), items


def _has_answer(votes: Sequence[StudyVote], study: Study) -> bool:
    return study.settings.further([vote.label for vote in votes]) == 0


def _item(question: int, votes: Sequence[StudyVote], study: Study) -> Item:
    counts = Counter(vote.label for vote in votes)
    given = [(word(label, study), times) for label, times in counts.most_common()]
    return Item(question, given, raw([[vote.label for vote in votes]]))


def word(label: int, study: Study) -> str:
    """A label as people read it."""
    return "can't tell" if label == UNCERTAIN else study.settings.classes[label]
