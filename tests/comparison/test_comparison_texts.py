"""A comparison on texts: the same cells again, the learner, and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from preceptor.comparison import (
    BASE,
    Design,
    HashedLearner,
    Perceptron,
    compare,
    learner_for,
    strategies_for,
)
from preceptor.core import InputError
from preceptor.report import write_comparison

SMALL = Design(
    "sentences",
    ("pool-uncertainty", "told:pairs", "revisions:by=negate"),
    budgets=(8,),
    seeds=(0,),
    learner=HashedLearner(8),
    given=30,
    steps=15,
    rounds=2,
    probes=20,
    attack="typos:edits=1",
    items=10,
    search=12,
)


def test_every_way_is_measured_and_found_again(tmp_path: Path) -> None:
    found = compare(SMALL, tmp_path)
    assert [cell.strategy for cell in found.cells] == [BASE, *SMALL.strategies]
    for cell in found.cells:
        laws = [name for name in cell.measures if name.startswith("strong ")]
        assert "strong negated" in laws
        assert "weak typos edits=1" in cell.measures
        assert cell.witnesses is not None
        assert cell.witnesses.questions <= 12
        assert cell.price.questions == (0 if cell.strategy == BASE else 8)
    seen = []
    again = compare(SMALL, tmp_path, watch=lambda step: seen.append(step.resumed))
    assert all(seen)
    assert [one.describe() for one in again.cells] == [one.describe() for one in found.cells]
    assert "sentences" in write_comparison(found, tmp_path / "page.html").read_text()


def test_the_learner_suits_the_problem() -> None:
    assert isinstance(learner_for("sentences"), HashedLearner)
    assert isinstance(learner_for("xor:features=6"), Perceptron)
    with pytest.raises(InputError, match="HashedLearner"):
        compare(replace(SMALL, learner=Perceptron()))
    with pytest.raises(InputError, match="takes arrays of numbers"):
        compare(replace(SMALL, strategies=("random",)))
    assert "revisions" in strategies_for("sentences")
