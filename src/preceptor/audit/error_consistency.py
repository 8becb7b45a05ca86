"""Error consistency of students with one another and with each person, from records alone.

Measured at the clean inputs. *Right* is the same label as the reference; everything else, an
abstention too, is an error. Between students the reference is the teacher, where it is certain.
Beside people whose votes made the teacher's answers it would count a person's own vote, so there it
is the panel *without* that person (and, between two people, without both), where that panel is
certain. Beside people of whom the teacher knows nothing it is the teacher.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from preceptor.audit.record import Record
from preceptor.core import MISSING, UNCERTAIN, Ballots
from preceptor.outcome import Kappa, Mean, Rate, Table, error_consistency

MOST_PEOPLE: Final = 40
"""So many people, those with the most answers, are compared with one another."""


@dataclass(frozen=True)
class PairConsistency:
    """Two, and how their errors go together.

    Attributes:
        first: the one's name.
        second: the other's.
        kappa: their error consistency.
    """

    first: str
    second: str
    kappa: Kappa


@dataclass(frozen=True)
class PersonConsistency:
    """One person among the people.

    Attributes:
        name: who it is.
        right: how often right, by the reference.
        others: how often of one mind with the panel of the others, where that is certain.
    """

    name: str
    right: Rate
    others: Rate


@dataclass(frozen=True)
class BesidePeople:
    """One student beside the people.

    Attributes:
        student: its name.
        each: beside each person.
        kappa: the mean over the people.
        right: how often the student is right on what a person was asked, mean over the people.
    """

    student: str
    each: tuple[PairConsistency, ...]
    kappa: Mean
    right: Mean


@dataclass(frozen=True)
class People:
    """What single people make of the same items: the ceiling for a student.

    Attributes:
        name: whose votes these are.
        left_out: whether each was judged by the panel of the others.
        persons: each of them.
        right: how often a person is right, mean over the people.
        students: each student beside them.
        pairs: every two of the people with the most answers.
        kappa: the mean over these pairs.
    """

    name: str
    left_out: bool
    persons: tuple[PersonConsistency, ...]
    right: Mean
    students: tuple[BesidePeople, ...]
    pairs: tuple[PairConsistency, ...]
    kappa: Mean


@dataclass(frozen=True)
class Consistency:
    """Error consistency of all students and people of some records.

    Attributes:
        reference: what an error is, in a sentence.
        level: of the intervals.
        items: how many there are.
        certain: of how many the teacher is certain.
        students: every two of the students.
        people: ``None`` where single people are not told apart.
    """

    reference: str
    level: float
    items: int
    certain: int
    students: tuple[PairConsistency, ...]
    people: People | None

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "error": self.reference,
            "items": self.items,
            "certain": self.certain,
            "level": self.level,
            "students": [_plain(one) for one in self.students],
            "people": None if self.people is None else _people_plain(self.people),
        }


def consistency(names: Sequence[str], records: Sequence[Record]) -> Consistency | None:
    """Error consistency of students with one another, and with each person.

    Args:
        names: the students'.
        records: one for each, on the same items in the same order, with the same teacher; as
            :func:`preceptor.audit.side_by_side` lines them up.

    Returns:
        ``None`` where there is nothing to compare: one student and no people; or where asking
        stopped by a rule, since the items asked about then depend on the answers.
    """
    ballots = next((one.ballots for one in records if one.ballots is not None), None)
    stopped = any("stopping" in record.facts for record in records)
    if stopped or (len(records) < 2 and ballots is None):
        return None
    level, teacher = records[0].level, records[0].facts["teacher"]
    known = [_known(record) for record in records]
    right = [(r.clean.sheet.student == r.clean.sheet.teacher) & k for r, k in zip(records, known)]  # noqa: B905
    students = tuple(
        PairConsistency(
            names[i],
            names[j],
            error_consistency(right[i], right[j], known[i] & known[j], level),
        )
        for i, j in combinations(range(len(records)), 2)
    )
    people = None
    own = ballots is not None and ballots.version == teacher["version"]
    if ballots is not None and len(ballots):
        people = _people(names, records, ballots, own=own)
    reference = (
        f"any answer other than the label that {teacher['name']} gives (an abstention too), on "
        "items of which it is certain"
    )
    if people is not None and own:
        reference += (
            "; of a person, and of a student beside a person: other than the label that the panel "
            "of the other people gives, where that is certain"
        )
    certain = int(torch.stack(known).all(0).sum())
    return Consistency(reference, level, len(records[0].ids), certain, students, people)


def _known(record: Record) -> Tensor:
    """``Bool[items]``: where it is known what is right."""
    sheet = record.clean.sheet
    return sheet.asked & (sheet.teacher != UNCERTAIN)


def _people(
    names: Sequence[str], records: Sequence[Record], ballots: Ballots, *, own: bool
) -> People:
    level, items = records[0].level, len(records[0].ids)
    said = [record.clean.sheet.student for record in records]
    truth = torch.where(_known(records[0]), records[0].clean.sheet.teacher, UNCERTAIN)
    # of one entry for each ballot that counts: who, item, what is right, what was said
    people, asked, reference, answers, persons = [], [], [], [], []
    present = [p for p in range(len(ballots.names)) if bool((ballots.person == p).any())]
    for number, person in enumerate(present):
        mine = ballots.person == person
        rows, label = ballots.item[mine], ballots.label[mine]
        others = _others(ballots, rows, items, (person,))
        judged = others if own else truth[rows]
        persons.append(
            PersonConsistency(
                ballots.names[person], _rate(label, judged, level), _rate(label, others, level)
            )
        )
        counts = judged != UNCERTAIN
        people.append(torch.full((int(counts.sum()),), number))
        asked.append(rows[counts])
        reference.append(judged[counts])
        answers.append(label[counts])
    person_, item = torch.cat(people).numpy(), torch.cat(asked)
    right = torch.cat(reference)
    theirs = (torch.cat(answers) == right).numpy()

    def table(first: np.ndarray) -> Table:
        return Table(person_, item.numpy(), first, theirs, len(persons), items, level)

    beside = []
    for name, labels in zip(names, said, strict=True):
        entries = table((labels[item] == right).numpy())
        each = tuple(
            PairConsistency(name, one.name, kappa)
            for one, kappa in zip(persons, entries.kappas(), strict=True)
        )
        beside.append(BesidePeople(name, each, entries.mean_kappa(), entries.mean_accuracies()[0]))
    pairs, mean = _among(ballots, present, truth, items, level, own=own)
    _, theirs_mean = table(theirs).mean_accuracies()
    return People(ballots.source, own, tuple(persons), theirs_mean, tuple(beside), pairs, mean)


def _among(
    ballots: Ballots, present: list[int], truth: Tensor, items: int, level: float, *, own: bool
) -> tuple[tuple[PairConsistency, ...], Mean]:
    """Every two of the people with the most answers, and the mean over them."""
    count = torch.bincount(ballots.person, minlength=len(ballots.names))
    most = sorted(present, key=lambda person: (-int(count[person]), person))[:MOST_PEOPLE]
    said = {person: ballots.of(person, items) for person in most}
    entries: list[list[Tensor]] = [[], [], [], []]
    couples: list[tuple[str, str]] = []
    for a, b in combinations(sorted(most), 2):
        rows = ((said[a] != MISSING) & (said[b] != MISSING)).nonzero()[:, 0]
        if not len(rows):
            continue
        judged = _others(ballots, rows, items, (a, b)) if own else truth[rows]
        counts = judged != UNCERTAIN
        rows, judged = rows[counts], judged[counts]
        entries[0].append(torch.full((len(rows),), len(couples)))
        entries[1].append(rows)
        entries[2].append(said[a][rows] == judged)
        entries[3].append(said[b][rows] == judged)
        couples.append((ballots.names[a], ballots.names[b]))
    if not couples:
        return (), Mean(None, None, 0, 0)
    pair, item, first, second = (torch.cat(parts).numpy() for parts in entries)
    table = Table(pair, item, first, second, len(couples), items, level)
    found = zip(couples, table.kappas(), strict=True)
    return tuple(PairConsistency(a, b, kappa) for (a, b), kappa in found), table.mean_kappa()


def _others(ballots: Ballots, rows: Tensor, items: int, without: tuple[int, ...]) -> Tensor:
    """``Int64[rows]``: what the panel of the others says of some items."""
    labels, _ = ballots.take(rows, items).decided(len(rows), without)
    return labels


def _rate(label: Tensor, judged: Tensor, level: float) -> Rate:
    counts = judged != UNCERTAIN
    hits = int((counts & (label == judged)).sum())
    return Rate(hits, int(counts.sum()) - hits, void=int((~counts).sum()), level=level)


def _plain(one: PairConsistency) -> dict[str, Any]:
    return {"first": one.first, "second": one.second, **one.kappa.describe()}


def _people_plain(people: People) -> dict[str, Any]:
    return {
        "name": people.name,
        "person_left_out": people.left_out,
        "persons": [
            {
                "name": one.name,
                "accuracy": one.right.describe(),
                "agreement_with_the_others": one.others.describe(),
            }
            for one in people.persons
        ],
        "mean_accuracy": people.right.describe(),
        "students": [
            {
                "student": one.student,
                "mean_kappa": one.kappa.describe(),
                "mean_accuracy": one.right.describe(),
                "each": [_plain(two) for two in one.each],
            }
            for one in people.students
        ],
        "between_people": {
            "mean_kappa": people.kappa.describe(),
            "pairs": [_plain(one) for one in people.pairs],
        },
    }
