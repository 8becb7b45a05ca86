"""Explanations on texts: the planted fault is found, and nothing stands out where there is none."""

from pathlib import Path

import numpy as np
import pytest
import torch

from preceptor.audit import Plan, Record, audit
from preceptor.core import TextDomain, Texts, TextSource
from preceptor.explain import explain
from preceptor.explain.prepare import domain_of
from preceptor.explain.text_factors import given_factors, leaning, word_factors
from preceptor.problems import sentences
from preceptor.problems.review_words import PLACES
from preceptor.problems.review_writer import Law
from preceptor.problems.sentences import draw_reviews, read_reviews
from preceptor.students import FunctionStudent
from preceptor.teachers import Rule

TEACHER = Rule(read_reviews, classes=2, name="grammar", version="1")
ITEMS = 240


def student(think, name: str) -> FunctionStudent:
    return FunctionStudent(think, classes=2, kind="labels", name=name)


def reads(texts: list[str]) -> torch.Tensor:
    """As the teacher reads; 0 where it is uncertain."""
    return read_reviews(texts).clamp(min=0)


def by_place(texts: list[str]) -> torch.Tensor:
    """The place, where one is named; else as the teacher."""
    said = reads(texts)
    for row, text in enumerate(texts):
        named = [i for i, place in enumerate(PLACES) if place.title() in text]
        if named:
            said[row] = int(named[0] < len(PLACES) // 2)
    return said


def shouting(texts: list[str]) -> torch.Tensor:
    """Whatever is in capitals is praise."""
    said = reads(texts)
    loud = [any(w.isupper() and len(w) > 3 for w in text.split()) for text in texts]
    return torch.where(torch.tensor(loud), 1 - said, said)


def without_not(texts: list[str]) -> torch.Tensor:
    """Overlooks negations."""
    words = (" not ", " never ", " hardly ")
    plain = []
    for text in texts:
        for word in words:
            text = text.replace(word, " ")
        plain.append(text)
    return reads(plain)


def recorded(think, name: str, folder: Path, law: Law) -> tuple[FunctionStudent, Record]:
    texts, _ = draw_reviews(ITEMS, law, np.random.default_rng(5))
    who = student(think, name)
    source = TextSource(texts, name="reviews")
    return who, audit(who, TEACHER, source, Plan(()), folder, classes=("bad", "good"))


CASES = {
    # a student, the law of its data, the lesson, and what stands out
    "places": (by_place, Law(places=1.0, neutral=0.95), "mask", "'"),
    "capitals": (shouting, Law(), "invariance", "letter case"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_planted_fault_stands_out(case: str, tmp_path: Path) -> None:
    think, law, lesson, words = CASES[case]
    who, record = recorded(think, case, tmp_path, law)
    found = explain(who, TEACHER, record, budget=300)
    named = [one for one in found.recommendations if one.lesson == lesson]
    assert named, found.recommendations
    assert any(words in factor for factor in named[0].factors)
    if case == "places":
        assert "exchanged for one another" in named[0].factors[0]
        assert any(place in named[0].factors[0] for place in PLACES)


def test_an_overlooked_negation_is_asked_about_and_ranked(tmp_path: Path) -> None:
    law = Law(negation=0.0, irony=0.0)
    who, record = recorded(without_not, "negations", tmp_path, law)
    found = explain(who, TEACHER, record, budget=300)
    effect = next(one for one in found.effects if "negation" in one.name)
    assert effect.flips == 0
    assert effect.held.other > 0
    assert effect.teacher_only.low > 0


def test_nothing_stands_out_of_a_student_that_reads_as_its_teacher(tmp_path: Path) -> None:
    who, record = recorded(reads, "the same", tmp_path, Law())
    found = explain(who, TEACHER, record, budget=200)
    assert [one.lesson for one in found.recommendations] == ["nothing stood out"]
    again = explain(who, TEACHER, record, budget=200)
    assert {**again.describe(), "run": 0} == {**found.describe(), "run": 0}


def test_factors_are_named_once_and_suit_any_texts() -> None:
    problem = sentences()
    spare, pool = problem.train_texts[:40], problem.train_texts[:500]
    factors = (*given_factors(), *word_factors(student(by_place, "p"), spare, pool, 64))
    assert len({one.name for one in factors}) == len(factors)
    odd = Texts(("", "!!!", "\u200b", "\u4f60\u597d\u3002", "a" * 5000, "مرحبا بالعالم"))
    for factor in factors:
        ids = [str(i) for i in range(len(odd))]
        moved = factor.change(odd, ids, domain=TextDomain(), seed=0)
        assert len(moved) == len(odd)
        assert not bool(TextDomain().outside(moved).any())


def test_words_that_the_student_leans_on_come_first() -> None:
    def knows_one(texts: list[str]) -> torch.Tensor:
        return torch.tensor([[0.1, 0.9] if "superb" in t else [0.6, 0.4] for t in texts])

    texts = Texts(("a superb film", "a dull film", "superb acting and a dull film"))
    who = FunctionStudent(knows_one, classes=2, kind="probabilities", name="one word")
    words = {"a": [], "film": ["acting"], "dull": ["superb"], "superb": ["dull"], "acting": []}
    assert leaning(who, texts, words, 2) == ["superb", "dull"]


def test_the_records_domain_comes_back(tmp_path: Path) -> None:
    domain = TextDomain(longest=400, protected=("^The",))
    texts, _ = draw_reviews(30, Law(), np.random.default_rng(1))
    source = TextSource(texts, domain, name="reviews")
    record = audit(student(reads, "r"), TEACHER, source, Plan(()), tmp_path)
    assert domain_of(record) == domain
    found = explain(student(reads, "r"), TEACHER, record, budget=20)
    assert found.facts["questions"]["asked"] <= 20
