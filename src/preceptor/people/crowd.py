"""Votes to labels by a model of the people who gave them, through crowd-kit: an option to look at.

Never the rule by which a study is certain. Posteriors of such models are overconfident on people's
votes: of CIFAR-10H's, almost no image came out as uncertain, and 3 to 15 % of those called at least
95 % sure were wrong against the plurality of fifty votes. The study's own rule counts votes.

Dawid & Skene (1979) gives each person a confusion matrix, the one-coin model a single accuracy.
*Can't tell* is one more label there, whose
posterior says how likely it is that the right answer is that there is none.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Literal, get_args

import torch

from preceptor.core import UNCERTAIN, InputError
from preceptor.core.extras import install
from preceptor.people import study_questions
from preceptor.people.database import Session
from preceptor.people.studies import Study

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
        InputError: crowd-kit is not installed, no such method, no votes, or no such threshold.
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
    try:
        pandas, kit = import_module("pandas"), import_module("crowdkit.aggregation")
    except ImportError as error:
        raise InputError(
            f"aggregation needs crowd-kit, which takes some 330 MB: {install('crowd')}"
        ) from error
    table = pandas.DataFrame(said, columns=["task", "worker", "label"])
    models: dict[Method, Callable[[], Any]] = {
        "dawid-skene": lambda: kit.DawidSkene(n_iter=100),
        "one-coin": lambda: kit.OneCoinDawidSkene(n_iter=100),
        "majority": kit.MajorityVote,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # crowd-kit 1.4 uses what newer pandas deprecate
        found = models[method]().fit_predict_proba(table)
    columns = [int(label) for label in found.columns]
    return {
        int(question): dict(zip(columns, map(float, row), strict=True))
        for question, row in zip(found.index, found.fillna(0.0).to_numpy(), strict=True)
    }
