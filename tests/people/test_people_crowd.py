"""Aggregation by a model of the votes: who is reliable counts more, and the study's rule stays what it is."""

import pytest
from people_desk import enroll, inputs, number_of, work

from preceptor.core import UNCERTAIN, InputError
from preceptor.people import Settings, Studies, Study
from preceptor.people.crowd import Method, aggregate
from preceptor.teachers import Votes


def crowd(studies: Studies) -> Study:
    """Two who know and three who guess by turns, about 60 inputs of three labels."""
    settings = Settings(
        ("a", "b", "c"), (1, 2, 2), overlap=5, rule=Votes(least=5), again=0.0, known=0.0
    )
    study = studies.make("t", settings)
    studies.file("t", inputs(60), "x")
    for place, person in enumerate(enroll(studies, "ann", "ben", "x", "y", "z")):
        work(
            studies,
            study,
            person,
            lambda lease, place=place: (
                (
                    number_of(studies, study, lease.question)
                    + (place > 1) * (number_of(studies, study, lease.question) // 3 + place)
                )
                % 3
            ),
        )
    return study


@pytest.mark.parametrize("method", ["dawid-skene", "one-coin"])
def test_the_model_finds_who_is_right(studies: Studies, method: Method) -> None:
    study = crowd(studies)
    with studies.database.read() as db:
        found = aggregate(db, study, method, 0.5)
        strict = aggregate(db, study, method, 1.0)
    right = sum(
        label == number_of(studies, study, question) % 3 for question, label in found.labels.items()
    )
    assert right > 50
    told = found.describe()
    assert told["complete"] == told["questions"] == 60
    assert told["uncertain_by_rule"] > 20  # two of five are no two thirds
    assert told["certain_only_here"] >= told["uncertain_by_rule"] - told["uncertain"]
    assert strict.describe()["uncertain"] >= told["uncertain"]


def test_shares_of_votes(studies: Studies) -> None:
    study = crowd(studies)
    with studies.database.read() as db:
        found = aggregate(db, study, "majority", 0.999)
    for question, share in found.posteriors.items():
        assert share in (0.4, 0.6, 0.8, 1.0)
        assert (found.labels[question] == UNCERTAIN) == (share < 1)


def test_what_cannot_be_aggregated(studies: Studies) -> None:
    study = studies.make("t", Settings(("a", "b"), (1, 2, 2)))
    with studies.database.read() as db:
        with pytest.raises(InputError, match="nobody has answered"):
            aggregate(db, study)
        with pytest.raises(InputError, match="threshold"):
            aggregate(db, study, threshold=0.0)
