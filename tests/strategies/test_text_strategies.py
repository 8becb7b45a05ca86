"""Every strategy for texts, with a network and with a pipeline of scikit-learn."""

import copy
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from preceptor.core import Answers, InputError, TextDomain, Texts, generator
from preceptor.core.inputs import join, pack
from preceptor.ledger import Ledger
from preceptor.lessons import Examples, Invariances, Lesson, TextPairs, fingerprint, save
from preceptor.problems import sentences
from preceptor.strategies import (
    STRATEGIES,
    TEXT_STRATEGIES,
    AdamFit,
    Committee,
    Schedule,
    Setting,
    WeightedFit,
    learn,
    parse,
)
from preceptor.strategies.embedding import embeddings
from preceptor.students import SklearnStudent, hashed_texts
from preceptor.transforms import Noise

N = 12


@cache
def small():
    return sentences()


class Counting:
    """A teacher that counts what it is asked."""

    version, classes, deterministic, certainty = "1", 2, True, "as its grammar reads"

    def __init__(self, name: str = "counting") -> None:
        self.name, self.asked = name, []

    def __call__(self, inputs: Texts) -> Answers:
        self.asked.append(inputs)
        said = small().teacher(inputs)
        return Answers(said.labels, torch.full((len(inputs),), 0.5))

    @property
    def count(self) -> int:
        return sum(map(len, self.asked))


def given(n: int = 60) -> Examples:
    return Examples(small().train_texts[:n], small().train_labels[:n], 2, "given")


def pipeline(classifier=None, n: int = 60) -> SklearnStudent:
    made = make_pipeline(TfidfVectorizer(), classifier or LogisticRegression())
    texts, labels = small().train_texts[:n], small().train_labels[:n]
    return SklearnStudent(made.fit(list(texts), labels.numpy()), classes=2, name="pipeline")


LEARNERS = {"network": lambda: hashed_texts(2), "pipeline": pipeline}
learners = pytest.mark.parametrize("learner", LEARNERS.values(), ids=LEARNERS)
each = pytest.mark.parametrize("name", TEXT_STRATEGIES)


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    texts, labels = small().train_texts[:4], small().train_labels[:4].tolist()
    names = ["negative", "positive"]
    rows = [f'"{t}",{names[y]}' for t, y in zip(texts, labels, strict=True)]
    Path("written.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    pairs = [f'{row},"Avoid it.",negative' for row in rows]
    Path("pairs.csv").write_text("\n".join(["text,label,revised,revised_label", *pairs]) + "\n")
    marks = [f'"{t}",0-{len(t.split()[0])},{names[y]}' for t, y in zip(texts, labels, strict=True)]
    Path("marks.csv").write_text("\n".join(["text,spans,label", *marks]) + "\n")
    Path("words.csv").write_text("word,label\ngood,positive\nbad,negative\nfilm,can't tell\n")
    save(given(5), "lesson.safetensors")
    return tmp_path


def setting(teacher: object) -> Setting:
    problem = small()
    return Setting(
        problem.train_texts[:60],
        problem.train_labels[:60],
        problem.train_texts[100:150],
        TextDomain(),
        teacher,
        problem.tutors,
        problem.probes,
        lambda what, way: [given(3)],
        problem.classes,
    )


def spec(name: str) -> str:
    if name == "told":
        return "told:pairs"
    return "committee:members=2,steps=10" if name == "committee" else TEXT_STRATEGIES[name].example


@learners
@each
def test_keeps_what_every_strategy_promises(name: str, learner) -> None:
    teacher, student = Counting(), learner()
    before = None if isinstance(student, SklearnStudent) else copy.deepcopy(student.module)
    random = torch.random.get_rng_state()
    lesson = parse(spec(name), setting(teacher))(student, [given()], N, rng=generator(0, "s"))
    assert isinstance(lesson, Lesson)
    entry = TEXT_STRATEGIES[name]
    assert lesson.price.questions <= (30 if entry.once else N)
    if isinstance(lesson, Examples) and lesson.origin == "asked":
        assert teacher.count == lesson.price.questions == N
        assert list(pack(join(teacher.asked))) == list(pack(lesson.inputs))
        assert lesson.price.cost == N * 0.5
    again = parse(spec(name), setting(Counting()))(student, [given()], N, rng=generator(0, "s"))
    assert fingerprint(again) == fingerprint(lesson)
    assert torch.equal(torch.random.get_rng_state(), random)
    if before is not None:
        state = student.module.state_dict()
        assert all(torch.equal(v, state[k]) for k, v in before.state_dict().items())
        assert not student.module.training


@learners
@pytest.mark.parametrize("name", ["passive", "pool-uncertainty", "core-set", "badge", "committee"])
def test_a_pool_is_asked_about_once_and_comes_to_an_end(name: str, learner) -> None:
    teacher, student = Counting(), learner()
    strategy, past = parse(spec(name), setting(teacher)), [given()]
    sizes = []
    while (lesson := strategy(student, past, 20, rng=generator(len(past), "s"))) is not None:
        sizes.append(lesson.price.questions)
        past.append(lesson)
    there = {row for row in setting(teacher).pool if row not in set(given().inputs)}
    assert sum(sizes) == len(there) == len(set(join(teacher.asked)))


@pytest.mark.parametrize("name", ["pool-uncertainty", "revisions"])
def test_a_budget_that_ends_leaves_what_it_paid_for(name: str) -> None:
    with Ledger(":memory:") as ledger:
        kept = ledger.keep(Counting(), budget=7)
        lesson = parse(name, setting(kept))(hashed_texts(2), [given()], N, rng=generator(0, "s"))
        assert lesson.price.questions == 7 == kept.spent


@learners
@pytest.mark.parametrize(
    "words", ["pool-uncertainty", "badge", "told:pairs", "told:relevant words", "told:words",
              "told:curated", "told:places", "invariance:names=1,typos=0.2"]
)  # fmt: skip
def test_every_lesson_can_be_learned(words: str, learner, tmp_path: Path) -> None:
    plan = Schedule(2, 10, 40)
    done = [
        learn(
            learner(), parse(words, setting(Counting())), given=(given(),), schedule=plan,
            out=tmp_path / "rounds",
        )
        for _ in range(2)
    ]  # fmt: skip
    texts = small().take(60).texts
    first, again = (one.student(texts) for one in done)
    assert torch.allclose(first, again)
    assert done[0].price == done[1].price
    assert torch.isfinite(first).all()


def accuracy(student) -> float:
    texts = small().take(400).texts
    labels = small().teacher(texts).labels
    said = student.decide(student(texts))
    return float((said == labels)[labels >= 0].float().mean())


def test_teaching_teaches() -> None:
    for student, fit in ((hashed_texts(2), AdamFit(rate=0.01)), (pipeline(n=8), None)):
        few = given(8)
        many = Examples(small().train_texts[:600], small().train_labels[:600], 2, "given")
        passive = parse("passive", setting(Counting()))
        taught = [
            learn(student, passive, given=(one,), schedule=Schedule(1, 1, 150), fit=fit).student
            for one in (few, many)
        ]
        assert accuracy(taught[1]) > max(0.85, accuracy(taught[0]) + 0.05)


@learners
def test_words_with_their_meaning_teach_and_turned_ones_hurt(learner) -> None:
    at, few = setting(Counting()), (given(20),)

    def taught(words: str, n: int) -> float:
        fit = None if learner is pipeline else AdamFit(rate=0.01)
        start = pipeline(n=20) if learner is pipeline else learner()
        plan = Schedule(1, n, 200)
        return accuracy(learn(start, parse(words, at), given=few, schedule=plan, fit=fit).student)

    assert taught("told:words", 32) > taught("passive", 1) + 0.03
    assert taught("told:wrong: words turned", 32) < taught("told:words", 32) - 0.1


def test_pipelines_take_weights_or_repeat() -> None:
    for classifier in (MultinomialNB(), KNeighborsClassifier(3)):
        student = pipeline(classifier)
        texts = Texts(("good good", "good good", "bad bad", "fine"))
        labels, weights = torch.tensor([0, 0, 1, 1]), torch.tensor([1.0, 1.0, 4.0, 4.0])
        fresh = student.refit(texts, labels, weights, 0)
        assert fresh.classes == 2
        assert fresh.decide(fresh(Texts(("bad",)))).tolist() == [1]
    with pytest.raises(InputError, match="different labels"):
        pipeline().refit(Texts(("a good film",)), torch.tensor([1]), torch.tensor([1.0]), 0)
    with pytest.raises(InputError, match="no weights that learn"):
        pipeline().refit(torch.zeros(2, 3), torch.tensor([0, 1]), torch.ones(2), 0)


def test_classes_that_are_words_stay_what_they_are() -> None:
    texts = ["good film", "bad film", "fine film", "awful film"]
    made = make_pipeline(TfidfVectorizer(), LogisticRegression())
    made.fit(texts, ["yes", "no", "yes", "no"])
    student = SklearnStudent(made, labels={"yes": 1, "no": 0}, classes=2, name="words")
    fresh = student.refit(Texts(("ugly", "nice")), torch.tensor([0, 1]), torch.ones(2), 0)
    assert fresh.estimator.classes_.tolist() == ["no", "yes"]
    assert fresh.decide(fresh(Texts(("nice", "ugly")))).tolist() == [1, 0]


def test_embeddings_of_a_pipeline_hang_on_the_text_alone() -> None:
    student, texts = pipeline(), small().train_texts[:30]
    whole, _ = embeddings(student, texts)
    part, _ = embeddings(student, texts[7:9])
    assert torch.allclose(whole[7:9], part)
    assert whole.shape == (30, 64)


def test_a_committee_of_pipelines_disagrees() -> None:
    at = setting(Counting())
    lesson = Committee(at.pool, at.teacher, 4)(pipeline(), [given(30)], 5, rng=generator(1, "c"))
    random = parse("passive", at)(pipeline(), [given(30)], 5, rng=generator(1, "c"))
    assert set(lesson.inputs) != set(random.inputs)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("random", "takes arrays of numbers.*these inputs are texts"),
        ("invariance:shift=0.1", "no option 'shift'"),
        ("invariance", "no change is declared"),
        ("invariance:typos=3", "at most 1"),
        ("revisions:by=pgd", "moves arrays of numbers"),
        ("words:file=none.csv", "no file"),
        ("pairs:file=words.csv", "lacks text, revised"),
        ("nothing", "nothing"),
    ],
)
def test_what_cannot_be_meant_is_said(words: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        parse(words, setting(Counting()))


def test_strategies_for_texts_are_refused_for_numbers() -> None:
    numbers = Setting(torch.zeros(3, 2), torch.zeros(3).long(), torch.zeros(3, 2), None, Counting())
    for name in set(TEXT_STRATEGIES) - set(STRATEGIES):
        with pytest.raises(InputError, match="takes texts"):
            parse(TEXT_STRATEGIES[name].example, numbers)


def test_odd_tables_are_told_by_line(files: Path) -> None:
    for text, why in {
        "text,label\nhello,7\n": "line 2: label '7'; expected one of negative, positive",
        "text,label\nhello,\n": "label is empty",
        "text,label\n": "holds no rows",
        "text,label\na,b,c\n": "more or fewer fields",
    }.items():
        (files / "odd.csv").write_text(text)
        with pytest.raises(InputError, match=why):
            parse("written:file=odd.csv", setting(Counting()))
    (files / "odd.jsonl").write_text('{"text": "a good film", "spans": [[2, 6], [7, 99]]}\n')
    with pytest.raises(InputError, match="lies outside of text 0"):
        parse("marks:file=odd.jsonl", setting(Counting()))
    (files / "odd.jsonl").write_text('{"text": "a good film", "spans": "2:6"}\n')
    with pytest.raises(InputError, match="spans are '2:6'"):
        parse("marks:file=odd.jsonl", setting(Counting()))


def test_a_lesson_about_numbers_is_refused(files: Path) -> None:
    from preceptor.core import Domain

    save(
        Invariances(torch.zeros(2, 3), Domain((3,)), (Noise(),), hold="answer"),
        "lesson.safetensors",
    )
    with pytest.raises(InputError, match="is about numbers, and the data are texts"):
        parse("lesson:file=lesson.safetensors", setting(Counting()))


def test_lessons_that_are_no_examples_say_so() -> None:
    texts = Texts(("a", "b"))
    unlabelled = [Invariances]
    assert unlabelled
    pairs = TextPairs(texts, texts, torch.tensor([-1, -1]), torch.tensor([-1, -1]), 2)
    assert (
        WeightedFit()(student := pipeline(), [pairs], steps=1, rng=np.random.default_rng(0))
        is student
    )
