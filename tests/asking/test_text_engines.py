"""Every engine that asks about texts, of a teacher that fails on some: the rest is heard, and paid for once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from preceptor.audit import Plan, audit
from preceptor.core import Answers, AnyTeacher, IncompleteError, Texts, TextSource
from preceptor.explain import explain
from preceptor.ledger import Ledger
from preceptor.probes import text_families
from preceptor.problems.review_writer import Law
from preceptor.problems.sentences import draw_reviews, read_reviews
from preceptor.search import SearchPlan, estimate, search
from preceptor.strategies import PoolUncertainty
from preceptor.students import FunctionStudent, hashed_texts
from preceptor.teachers import with_retries

ITEMS = 60


class Picky:
    """Fails on texts of an odd length that is a multiple of three."""

    name, version, classes, deterministic, certainty = "picky", "1", 2, True, "as it reads"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, inputs: Texts) -> Answers:
        if any(len(row) % 6 == 3 for row in inputs.rows):
            raise ValueError("no")
        self.asked += inputs.rows
        return Answers(read_reviews(list(inputs.rows)), torch.full((len(inputs),), 0.25))


def source() -> TextSource:
    return TextSource(draw_reviews(ITEMS, Law(), np.random.default_rng(4))[0], name="reviews")


def student() -> FunctionStudent:
    def think(texts: list[str]) -> torch.Tensor:
        return torch.tensor([float("not" in t or "great" in t) for t in texts])

    return FunctionStudent(think, classes=2, kind="probabilities", name="not")


def audits(teacher: AnyTeacher, folder: Path) -> Any:
    facts = audit(student(), teacher, source(), Plan(()), folder).facts["questions"]
    return facts["asked"], facts["answered"]


def searches(teacher: AnyTeacher, folder: Path) -> Any:
    found = search(student(), teacher, source(), SearchPlan(60, first=10, round=10))
    return len(found.asked), int(found.asked.answered.sum())


def estimates(teacher: AnyTeacher, folder: Path) -> Any:
    found = estimate(student(), teacher, source(), text_families(), 6)
    return found.asked, found.answered


def explains(teacher: AnyTeacher, folder: Path) -> Any:
    record = audit(student(), teacher, source(), Plan(()), folder)
    facts = explain(student(), teacher, record, budget=40).facts["questions"]
    return facts["asked"], facts["asked"] - sum(facts["unanswered"].values())


def teaches(teacher: AnyTeacher, folder: Path) -> Any:
    strategy = PoolUncertainty(source().texts, teacher)
    try:
        strategy(hashed_texts(2), [], ITEMS, rng=np.random.default_rng(0))
    except IncompleteError as error:
        return len(error.answered), int(error.answered.sum())
    raise AssertionError("nothing failed")


ENGINES: dict[str, Callable[[AnyTeacher, Path], Any]] = {
    "audit": audits,
    "search": searches,
    "estimate": estimates,
    "explain": explains,
    "teach": teaches,
}


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_the_rest_is_heard_and_paid_once(
    engine: Callable[[AnyTeacher, Path], Any], tmp_path: Path
) -> None:
    picky = Picky()
    with Ledger(tmp_path / "kept.db") as ledger:
        asked, answered = engine(ledger.keep(with_retries(picky, pause=0)), tmp_path / "a")
    assert 0 < answered < asked
    assert len(picky.asked) == len(set(picky.asked))
    before = len(picky.asked)
    with Ledger(tmp_path / "kept.db") as ledger:
        again = engine(ledger.keep(with_retries(picky, pause=0)), tmp_path / "b")
    assert again == (asked, answered)
    assert len(picky.asked) == before
