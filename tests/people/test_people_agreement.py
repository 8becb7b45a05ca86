"""Agreement: against the krippendorff package, and by hand."""

import krippendorff
import numpy as np
import pytest
from people_desk import enroll, inputs, number_of, work

from preceptor.core import UNCERTAIN, UnansweredError
from preceptor.people import Human, Settings, Studies
from preceptor.people.agreement import alpha, fleiss, kappa, overview, raw
from preceptor.teachers import Votes


@pytest.mark.parametrize("seed", range(20))
def test_alpha_equals_the_packages(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, 30)
    said = np.where(rng.random((5, 30)) < 0.6, truth, rng.integers(0, 4, (5, 30))).astype(float)
    said[rng.random((5, 30)) < 0.3] = np.nan
    units = [[int(label) for label in column if not np.isnan(label)] for column in said.T]
    theirs = krippendorff.alpha(said, level_of_measurement="nominal")
    assert alpha(units) == pytest.approx(theirs, abs=1e-12)


def test_where_there_is_nothing_to_agree_on() -> None:
    assert alpha([]) is None
    assert alpha([[1], [2]]) is None
    assert alpha([[1, 1], [1, 1]]) is None
    assert raw([[1], [2]]) is None
    assert kappa([], []) is None
    assert kappa([1, 1], [1, 1]) is None


def test_by_hand() -> None:
    assert raw([[0, 0, 1], [2, 2]]) == pytest.approx(2 / 4)
    assert kappa([0, 0, 1, 1], [0, 1, 1, 1]) == pytest.approx(0.5)


def test_the_overview_finds_who_differs(studies: Studies) -> None:
    study = studies.make("t", Settings(("a", "b"), (1, 2, 2), overlap=3, again=0.0, known=0.0))
    studies.file("t", inputs(20), "x")
    for person, label in zip(enroll(studies, "ann", "ben", "eve"), (0, 0, 1), strict=True):
        work(studies, study, person, lambda _, label=label: label)
    with studies.database.read() as db:
        found = overview(db, study)
    assert (found.questions, found.complete, found.needed) == (20, 20, 0)
    assert [row.agreement for row in found.people] == [0.5, 0.5, 0.0]
    assert found.confusion == [("a", "b", 40)]
    assert found.raw == pytest.approx(1 / 3)
    assert len(found.disputed) == 12


def test_fleiss_own_kind_of_table() -> None:
    """Ten items, fourteen raters, five labels; kappa is 0.210 by hand."""
    table = """0 0 0 0 14 / 0 2 6 4 2 / 0 0 3 5 6 / 0 3 9 2 0 / 2 2 8 1 1
    / 7 7 0 0 0 / 3 2 6 3 0 / 2 5 3 2 2 / 6 5 2 1 0 / 0 2 2 3 7"""
    counts = [[int(n) for n in row.split()] for row in table.split("/")]
    units = [[label for label, n in enumerate(row) for _ in range(n)] for row in counts]
    assert fleiss(units) == pytest.approx(0.210, abs=5e-4)
    assert fleiss([*units, [3]]) == fleiss(units)
    assert fleiss([[1], [2]]) is None
    assert fleiss([[1, 1], [1, 1]]) is None
    assert fleiss([[0, 1], [1, 0]]) == pytest.approx(-1.0)


def test_attention_checks_are_neither_agreement_nor_answers(studies: Studies) -> None:
    settings = Settings(("a", "b"), (1, 2, 2), overlap=2, rule=Votes(least=2), again=0.0, known=0.5)
    study = studies.make("t", settings)
    studies.file("t", inputs(30), "x")
    # ten of the questions are known items as well, and twenty inputs are known and never asked
    studies.know("t", inputs(10), [1] * 10)
    studies.know("t", inputs(60)[40:], [1] * 20)
    checked = 0
    for person in enroll(studies, "ann", "ben"):
        asked = work(studies, study, person, lambda lease: int(lease.kind == "known"))
        checked += sum(lease.kind == "known" for lease in asked)
    assert checked > 5
    with studies.database.read() as db:
        found = overview(db, study)
        votes = db.all("SELECT DISTINCT votes FROM desk_tally")
    assert (found.questions, found.complete, found.raw) == (30, 30, 1.0)
    assert found.confusion == found.disputed == []
    assert votes == [(2,)]
    assert sum(row.checks[1] for row in found.people) == checked
    assert all(row.answers == 30 for row in found.people)
    assert Human(studies, study)(inputs(30)).labels.tolist() == [0] * 30
    with pytest.raises(UnansweredError):
        Human(studies, study)(inputs(60)[40:])


def test_the_uncertain_set_is_by_the_studys_rule(studies: Studies) -> None:
    settings = Settings(("a", "b"), (1, 2, 2), overlap=2, rule=Votes(least=2), again=0.0, known=0.0)
    study = studies.make("t", settings)
    studies.file("t", inputs(8), "x")
    for person, odd in zip(enroll(studies, "ann", "ben"), (0, 1), strict=True):
        work(
            studies,
            study,
            person,
            lambda lease, odd=odd: odd * (number_of(studies, study, lease.question) < 3),
        )
    with studies.database.read() as db:
        found = overview(db, study)
    assert (found.certain, len(found.uncertain)) == (5, 3)
    split = {number_of(studies, study, item.question) for item in found.uncertain}
    assert split == {0, 1, 2}
    assert [item.agreement for item in found.uncertain] == [0.0] * 3
    labels = Human(studies, study)(inputs(8)).labels
    assert (labels == UNCERTAIN).tolist() == [True] * 3 + [False] * 5
    assert [row.kappa for row in found.people] == [pytest.approx(0.0)] * 2
