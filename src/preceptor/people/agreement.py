"""How far people agree: by item, by person, and for the whole study beyond chance."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import torch

from preceptor.core import MISSING, UNCERTAIN
from preceptor.people.database import Session
from preceptor.people.studies import Study
from preceptor.people.study_questions import StudyVote, count, is_label

MOST_ITEMS = 12
"""Questions that the overview shows of a kind."""


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
    """

    name: str
    answers: int
    uncertain: int
    seconds: float | None
    agreement: float | None
    kappa: float | None
    consistent: tuple[int, int]
    checks: tuple[int, int]


@dataclass(frozen=True)
class Item:
    """A question as the overview shows it.

    Attributes:
        question: its number.
        said: each answer that was given, with how often, the most frequent first.
        agreement: the share of pairs of answers that are equal; ``None`` with fewer than two.
    """

    question: int
    said: Sequence[tuple[str, int]]
    agreement: float | None


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


def overview(db: Session, study: Study) -> Overview:
    """The overview of a study, computed from the answers as they stand."""
    filed, complete, needed = db.all(
        "SELECT COUNT(*), COALESCE(SUM(CASE WHEN needed = 0 THEN 1 ELSE 0 END), 0), "
        "COALESCE(SUM(needed), 0) FROM desk_tally WHERE study = :study",
        study=study.number,
    )[0]
    rows = db.all(
        "SELECT a.question, a.person, a.kind, a.label, a.seconds FROM desk_answers a "
        "JOIN desk_questions q ON q.id = a.question WHERE q.study = :study ORDER BY a.id",
        study=study.number,
    )
    classes = len(study.settings.classes)
    refused = [row for row in rows if not is_label(row[3], classes)]
    rows = [row for row in rows if is_label(row[3], classes)]
    said = count((row for row in rows if row[2] != "known"), classes)
    by_question: dict[int, list[StudyVote]] = defaultdict(list)
    for vote in said:
        by_question[vote.question].append(vote)
    units = [[vote.label for vote in votes] for votes in by_question.values()]
    names: dict[int, str] = dict(db.all("SELECT id, name FROM desk_people"))
    known: dict[int, int] = dict(
        db.all(
            "SELECT k.question, k.label FROM desk_known k JOIN desk_questions q "
            "ON q.id = k.question WHERE q.study = :study ORDER BY k.id",
            study=study.number,
        )
    )
    people = [
        _person(names[person], person, rows, by_question, known)
        for person in sorted({row[1] for row in rows})
    ]
    return Overview(
        int(filed),
        int(complete),
        int(needed),
        float(sum(row[4] for row in rows)),
        alpha(units),
        raw(units),
        fleiss(units),
        people,
        _confusion(units, study),
        _disputed(by_question, study),
        *_decided(by_question, study),
        [Refused(row[0], names[row[1]], row[3]) for row in refused],
    )


def raw(units: Sequence[Sequence[int]]) -> float | None:
    """The share of pairs of labels of one unit that are equal; ``None`` without any pair."""
    pairs = [a == b for unit in units for a, b in combinations(unit, 2)]
    return sum(pairs) / len(pairs) if pairs else None


def kappa(first: Sequence[int], second: Sequence[int]) -> float | None:
    """Cohen's (1960) kappa of two people's labels of the same items, in the same order.

    ``None`` without items, or where both gave one label throughout, so that chance explains all.
    """
    if not first:
        return None
    seen = sum(a == b for a, b in zip(first, second, strict=True)) / len(first)
    ones, twos = Counter(first), Counter(second)
    chance = sum(ones[label] * twos[label] for label in ones) / len(first) ** 2
    return None if chance == 1 else (seen - chance) / (1 - chance)


def fleiss(units: Sequence[Sequence[int]]) -> float | None:
    """Fleiss' (1971) kappa: observed agreement beyond that of labels drawn by their frequencies.

    Generalised to unequal numbers of labels: the mean over units with two or more of the share of
    pairs that are equal. ``None`` without such a unit, or where all labels are equal.
    """
    counted = [unit for unit in units if len(unit) >= 2]
    seen = [raw([unit]) or 0.0 for unit in counted]
    totals = Counter(label for unit in counted for label in unit)
    n = sum(totals.values())
    chance = sum((times / n) ** 2 for times in totals.values()) if n else 1.0
    if len(totals) < 2:
        return None
    return (sum(seen) / len(seen) - chance) / (1 - chance)


def alpha(units: Sequence[Sequence[int]]) -> float | None:
    """Krippendorff's alpha for nominal labels: 1 - observed / expected disagreement.

    After Krippendorff (2004, chapter 11): every ordered pair of labels of a unit counts
    1 / (labels of the unit - 1); units with one label do not count.

    Args:
        units: the labels of each item, whoever gave them; missing ones left out.

    Returns:
        ``None`` without pairs, or where all labels are equal: then there is nothing to agree on.
    """
    pairs: Counter[tuple[int, int]] = Counter()
    weights: dict[tuple[int, int], float] = defaultdict(float)
    for unit in units:
        if len(unit) < 2:
            continue
        pairs = Counter(permutations(unit, 2))
        for pair, times in pairs.items():
            weights[pair] += times / (len(unit) - 1)
    totals: dict[int, float] = defaultdict(float)
    for (one, _), weight in weights.items():
        totals[one] += weight
    n = sum(totals.values())
    expected = sum(totals[a] * totals[b] for a in totals for b in totals if a != b)
    if not expected:
        return None
    observed = sum(weight for (a, b), weight in weights.items() if a != b)
    return 1 - (n - 1) * observed / expected


def _person(
    name: str,
    person: int,
    rows: Sequence[tuple[int, int, str, int | None, float]],
    by_question: Mapping[int, Sequence[StudyVote]],
    known: Mapping[int, int],
) -> PersonRow:
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
    times = sorted(row[4] for row in mine if row[3] is not None)
    return PersonRow(
        name,
        len(votes),
        sum(vote.label == UNCERTAIN for vote in votes),
        times[len(times) // 2] if times else None,
        sum(others) / len(others) if others else None,
        _mean_kappa(person, by_question),
        (sum(again), len(again)),
        (sum(checks), len(checks)),
    )


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


def _confusion(units: Sequence[Sequence[int]], study: Study) -> list[tuple[str, str, int]]:
    pairs: Counter[tuple[int, int]] = Counter()
    for unit in units:
        pairs.update((min(a, b), max(a, b)) for a, b in combinations(unit, 2) if a != b)
    return [(_word(a, study), _word(b, study), times) for (a, b), times in pairs.most_common(12)]


def _disputed(by_question: Mapping[int, Sequence[StudyVote]], study: Study) -> list[Item]:
    items = [_item(question, votes, study) for question, votes in by_question.items()]
    found = [one for one in items if len(one.said) > 1]
    found.sort(key=lambda one: (one.agreement or 0.0, one.question))
    return found[:MOST_ITEMS]


def _decided(
    by_question: Mapping[int, Sequence[StudyVote]], study: Study
) -> tuple[int, Sequence[Item]]:
    """How many complete questions are certain by the rule, and those that are not."""
    full = {q: votes for q, votes in by_question.items() if len(votes) >= study.settings.overlap}
    if not full:
        return 0, ()
    width = max(map(len, full.values()))
    table = torch.full((len(full), width), MISSING)
    for row, votes in enumerate(full.values()):
        table[row, : len(votes)] = torch.tensor([vote.label for vote in votes])
    unsure = (study.settings.rule.decide(table) == UNCERTAIN).tolist()
    items = [_item(q, full[q], study) for q, which in zip(full, unsure, strict=True) if which]
    return len(full) - len(items), items


def _item(question: int, votes: Sequence[StudyVote], study: Study) -> Item:
    counts = Counter(vote.label for vote in votes)
    said = [(_word(label, study), times) for label, times in counts.most_common()]
    return Item(question, said, raw([[vote.label for vote in votes]]))


def _word(label: int, study: Study) -> str:
    return "can't tell" if label == UNCERTAIN else study.settings.classes[label]
