"""Votes to labels by a model of the people who gave them: an option to look at.

Never the rule by which a study is certain. Posteriors of such models are overconfident on people's
votes (:data:`preceptor.teachers.weighing.MEASURED`). The study's own rule counts votes.

*Can't tell* is one more label there, whose posterior says how likely it is that the right answer is that
there is none. Known items are not used: their votes are no answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
import torch

from preceptor.core import UNCERTAIN, InputError
from preceptor.people import study_questions
from preceptor.people.database import Session
from preceptor.people.studies import Study
from preceptor.teachers.crowd_model import CrowdVotes, fit_crowd

Method = Literal["dawid-skene", "one-coin", "majority"]

METHODS: Final[tuple[Method, ...]] = get_args(Method)


@dataclass(frozen=True)
class CrowdEstimate:
    """What a model makes of a study's votes.

    Attributes:
        labels: of each question with a vote: a label, or ``UNCERTAIN`` where *can't tell* is most
            likely or no posterior reaches the threshold.
        posteriors: of the most likely answer to each.
        by_rule: what the study's rule says of those that all people who are wanted have answered.
    """

    labels: Mapping[int, int]
    posteriors: Mapping[int, float]
    by_rule: Mapping[int, int]

    def describe(self) -> dict[str, Any]:
        """Counts, over the questions that the rule speaks of as well."""
        both = [(self.labels[q], label) for q, label in self.by_rule.items()]
        return {
            "questions": len(self.labels),
            "complete": len(both),
            "uncertain": sum(model == UNCERTAIN for model, _ in both),
            "uncertain_by_rule": sum(rule == UNCERTAIN for _, rule in both),
            "certain_only_here": sum(m != UNCERTAIN == r for m, r in both),
            "certain_only_by_rule": sum(r != UNCERTAIN == m for m, r in both),
            "other_label": sum(UNCERTAIN not in (m, r) and m != r for m, r in both),
        }


def aggregate(
    db: Session, study: Study, method: Method = "dawid-skene", threshold: float = 0.95
) -> CrowdEstimate:
    """Labels and posteriors from a study's votes; repetitions and attention checks left out.

    Args:
        db: the transaction.
        study: the study.
        method: ``dawid-skene``, ``one-coin`` or ``majority`` (shares of votes).
        threshold: of the posterior, for a label to be certain; above 0, at most 1.

    Raises:
        InputError: no such method, no votes, or no such threshold.
    """
    if not 0 < threshold <= 1:
        raise InputError(f"the threshold {threshold}: expected a posterior above 0 and up to 1")
    if method not in METHODS:
        raise InputError(f"no method {method!r}; expected {', '.join(METHODS)}")
    numbers = [
        int(row[0])
        for row in db.all(
            "SELECT id FROM desk_questions WHERE study = :study ORDER BY id", study=study.number
        )
    ]
    votes = study_questions.votes(db, study.number, numbers, len(study.settings.classes))
    if not votes:
        raise InputError(f"nobody has answered in the study {study.name!r} yet")
    said = [(vote.question, vote.person, vote.label) for vote in votes]
    labels, posteriors = {}, {}
    for question, row in sorted(_posteriors(said, method).items()):
        best = max(row, key=lambda label: (row[label], label))
        posteriors[question] = row[best]
        labels[question] = best if row[best] >= threshold else UNCERTAIN
    return CrowdEstimate(labels, posteriors, decided(votes, study))


def decided(votes: Sequence[study_questions.StudyVote], study: Study) -> dict[int, int]:
    """By the study's rule: the label or ``UNCERTAIN`` of each question with enough votes."""
    by_question: dict[int, list[int]] = {}
    for vote in votes:
        by_question.setdefault(vote.question, []).append(vote.label)
    enough = {q: one for q, one in by_question.items() if study.settings.further(one) == 0}
    return {q: int(study.settings.rule.decide(torch.tensor([one]))[0]) for q, one in enough.items()}


def _posteriors(
    said: Sequence[tuple[int, int, int]], method: Method
) -> dict[int, dict[int, float]]:
    """Of each question: how probable each label is."""
    columns = (sorted(set(column)) for column in zip(*said, strict=True))
    questions, people, labels = columns
    item, person, label = (
        np.searchsorted(names, column)
        for names, column in zip((questions, people, labels), zip(*said, strict=True), strict=True)
    )
    if method == "majority":
        counts = np.zeros((len(questions), len(labels)))
        np.add.at(counts, (item, label), 1.0)
        found = counts / counts.sum(1, keepdims=True)
    else:
        table = CrowdVotes(item, person, label, len(questions), len(people), len(labels))
        found = fit_crowd(table, method=method).posteriors
    return {
        question: dict(zip(labels, map(float, row), strict=True))
        for question, row in zip(questions, found, strict=True)
    }
