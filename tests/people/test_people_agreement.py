"""Agreement: against the krippendorff package, and by hand."""

import krippendorff
import numpy as np
import pytest
from people_desk import enroll, inputs, work

from preceptor.people import Settings, Studies
from preceptor.people.agreement import alpha, kappa, overview, raw


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
