"""Searches of texts: witnesses are found, by whom, with a grammar, around an item, and again."""

from pathlib import Path

import numpy as np
import pytest
import torch

from preceptor.core import Answers, Domain, InputError, TextDomain, Texts, TextSource
from preceptor.core.inputs import pack
from preceptor.ledger import Ledger
from preceptor.probes import text_families
from preceptor.problems import sentences
from preceptor.problems.review_writer import Law
from preceptor.problems.sentences import draw_reviews, read_reviews
from preceptor.report import render_search
from preceptor.search import SearchPlan, SearchResult, estimate, search, shown_texts
from preceptor.students import FunctionStudent
from preceptor.teachers import Rule
from preceptor.transforms.texts import TextGrammar

PLAN = SearchPlan(90, first=10, round=15)
TEACHER = Rule(read_reviews, classes=2, name="grammar", version="1")


def source(n: int = 60, domain: TextDomain = TextDomain()) -> TextSource:  # noqa: B008
    texts, _ = draw_reviews(n, Law(negation=0.0, irony=0.0), np.random.default_rng(2))
    return TextSource(texts, domain, name="reviews")


def overlooks_not(texts: list[str]) -> torch.Tensor:
    plain = [
        t.replace(" not ", " ").replace(" never ", " ").replace(" hardly ", " ") for t in texts
    ]
    return read_reviews(plain).clamp(min=0)


def fooled_by_capitals(texts: list[str]) -> torch.Tensor:
    said = read_reviews(texts).clamp(min=0)
    loud = torch.tensor([any(w.isupper() and len(w) > 3 for w in t.split()) for t in texts])
    return torch.where(loud, 1 - said, said)


def student(think=overlooks_not) -> FunctionStudent:
    return FunctionStudent(think, classes=2, kind="labels", name=think.__name__)


def test_witnesses_are_found_confirmed_and_shown(tmp_path: Path) -> None:
    plan = SearchPlan(160, first=10, round=20, testing=0.1)
    found = search(student(), TEACHER, source(), plan, out=tmp_path, classes=("bad", "good"))
    assert found.distinct > 0
    wrong = found.asked.inputs[found.firsts]
    assert isinstance(wrong, Texts)
    truth = TEACHER(wrong).labels
    assert bool((truth >= 0).all())
    assert bool((student()(wrong).argmax(1) != truth).all())
    assert len(found.asked) <= 160
    assert len(set(pack(found.asked.inputs))) == len(found.asked)
    names = {one.name for one in found.yields if one.rate.hits}
    assert names & {"attack negate", "hold negation"}
    assert any("{+" in line or "[-" in line for line in shown_texts(found))
    page = render_search(found)
    assert "<ins>" in page
    assert "<del>" in page or "not" in page
    back = SearchResult.load(tmp_path)
    assert back.digest == found.digest
    assert back.asked.inputs == found.asked.inputs
    assert list(back.to_pandas("questions")["text"]) == list(found.asked.inputs.rows)


def test_the_same_search_asks_the_same_and_pays_once(tmp_path: Path) -> None:
    with Ledger(tmp_path / "kept.db") as ledger:
        first = search(student(), ledger.keep(TEACHER), source(), PLAN)
    with Ledger(tmp_path / "kept.db") as ledger:
        kept = ledger.keep(TEACHER, budget=0, purpose="again")
        again = search(student(), kept, source(), PLAN)
        assert kept.spent == 0
    assert first.digest == again.digest


def test_a_fault_is_raised_by_fresh_questions() -> None:
    plan = SearchPlan(300, first=30, round=20)
    found = search(student(fooled_by_capitals), TEACHER, source(200), plan)
    assert "case" in {fault["kind"] for fault in found.raised}
    assert not search(
        student(lambda t: read_reviews(t).clamp(min=0)), TEACHER, source(200), plan
    ).raised


def test_around_an_item_the_students_answer_is_held() -> None:
    item = source()
    found = search(student(), TEACHER, item, SearchPlan(40, first=1, round=10), around="3")
    own = student()(item.texts[[3]]).argmax(1)
    assert bool((found.asked.student == own).all())
    assert found.distinct > 0
    with pytest.raises(InputError, match="leave it out around an item"):
        search(student(), TEACHER, item, PLAN, around="3", grammar=sentences().grammar)


def test_a_grammar_makes_texts(tmp_path: Path) -> None:
    (tmp_path / "g.txt").write_text(
        "# film reviews\nreview: The {what} was {how}. | {review} The {what} is {how}.\n"
        "what: film\n  | story\nhow: not great | not {good}\ngood: superb | lovely\n"
    )
    grammar = TextGrammar.read(tmp_path / "g.txt")
    found = search(student(), TEACHER, source(), PLAN, grammar=grammar)
    by = {one.name: one for one in found.yields}
    assert by["grammar"].rate.hits > 0
    assert found.facts["grammar"] == grammar.digest
    draws = [grammar.draw(np.random.default_rng(i)) for i in range(200)]
    assert len(set(draws)) > 20
    assert all(one.startswith("The ") and "{" not in one for one in draws)


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ("", "at least one rule"),
        ("a: {b}", "names {b}"),
        ("a: {a} x", "never end"),
        ("a: x\na: y", "stands twice"),
        ("hello there", "is no rule"),
    ],
)
def test_grammars_that_cannot_be_meant(rules: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        TextGrammar.parse(rules)


def test_texts_stay_valid_and_protected_parts_stay() -> None:
    domain = TextDomain(longest=160, protected=(r"^\w+",))
    texts = tuple(row[:150] for row in source().texts.rows)
    place = TextSource(Texts(texts), domain, name="short")
    found = search(student(), TEACHER, place, PLAN)
    inputs = found.asked.inputs
    assert not bool(domain.outside(inputs).any())
    parents = found.asked.parent.tolist()
    for row, parent in enumerate(parents):
        if parent >= 0:
            assert inputs.rows[row].split()[:1] == texts[parent].split()[:1]


def test_pairs_of_texts_and_foreign_ones() -> None:
    rows = (("你好。", "مرحبا بالعالم"), ("", "x"), ("a b", "c d e"), ("The film was bad.", "no"))
    fields = ("premise", "hypothesis")
    place = TextSource(Texts(rows * 3, fields), TextDomain(fields=fields, fixed=("premise",)),
                       ids=tuple(map(str, range(12))))  # fmt: skip

    def length(pairs: list[tuple[str, str]]) -> torch.Tensor:
        return torch.tensor([len(b) % 2 for _, b in pairs])

    teacher = Rule(
        lambda pairs: [len(b) // 3 % 2 for _, b in pairs], classes=2, name="l", version="1"
    )
    found = search(student(length), teacher, place, SearchPlan(40, first=4, round=8))
    assert found.distinct > 0
    assert {one[0] for one in found.asked.inputs.rows} <= {row[0] for row in rows}


def test_an_estimate_by_families() -> None:
    drawn = estimate(student(), TEACHER, source(), text_families(sentences().grammar), 12)
    assert drawn.rates["data"].value == 1.0
    assert drawn.rates["negation"].value < 1.0
    again = estimate(student(), TEACHER, source(), text_families(sentences().grammar), 12)
    assert again.describe() == drawn.describe()


def test_beliefs_and_grammars_have_their_kind() -> None:
    class Away:
        name, version, classes, deterministic, certainty = "a", "1", 2, True, "never"

        def __call__(self, inputs: object) -> Answers:
            raise AssertionError

    from preceptor.core import ArraySource

    numbers = ArraySource(torch.rand(5, 2), Domain((2,)))
    think = FunctionStudent(lambda x: (x[:, 0] > 0.5).long(), classes=2, kind="labels", name="n")
    with pytest.raises(InputError, match="inputs are numbers"):
        search(think, Away(), numbers, PLAN, grammar=sentences().grammar)
