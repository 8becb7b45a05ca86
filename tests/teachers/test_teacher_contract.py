"""What every teacher keeps: one row for each implementation."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from loopback_service import Heard, Sent, completion, question_of, standing
from torch import Tensor, nn

from preceptor.core import UNCERTAIN, Answers, Composite, Teacher
from preceptor.teachers import (
    LLM,
    Careful,
    Confidence,
    Fallible,
    HTTPTeacher,
    Margin,
    Model,
    Panel,
    RecordedVotes,
    Rule,
    Unanimous,
    Vote,
    Votes,
    with_retries,
)
from preceptor.teachers.services import (
    AnswerForm,
    Decoding,
    Endpoint,
    LabelWords,
    Prompt,
    TokenPrices,
)

CLASSES = 3
ITEMS = 12


def questions() -> Tensor:
    return torch.rand(ITEMS, 2, 2, generator=torch.Generator().manual_seed(7))


def by_mean(inputs: Tensor) -> Tensor:
    mean = inputs.flatten(1).mean(1)
    return torch.where((mean - 0.5).abs() < 0.03, UNCERTAIN, (mean * CLASSES).long())


def one_by_mean(single: Tensor) -> int | None:
    mean = float(single.mean())
    return None if mean < 0.3 else int(mean * CLASSES)


def network(seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(4, CLASSES), nn.Dropout(0.5))


def rules(count: int) -> list[Teacher]:
    return [
        Rule(
            lambda x, i=i: (x.flatten(1)[:, i % 4] * CLASSES).long(),
            name=f"rule {i}",
            classes=CLASSES,
        )
        for i in range(count)
    ]


def recorded() -> RecordedVotes:
    chance = np.random.default_rng(3)
    votes = [
        Vote(str(item), f"person {who}", int(chance.integers(-1, CLASSES)), seconds=2.0)
        for item in range(ITEMS)
        for who in range(5 + item % 3)
    ]
    ids = [str(item) for item in range(ITEMS)]
    rule = Votes(least=5, share=0.4)
    return RecordedVotes(votes, questions(), ids, name="people", classes=CLASSES, rule=rule)


KINDS = ("dark", "grey", "light")


def by_shade(heard: Heard, number: int) -> Sent:
    """A model, and a service, to which rows of four numbers are shown."""
    asked = "messages" in heard.body
    text = question_of(heard.body) if asked else heard.body["row"]
    mean = float(np.mean([float(line.split(": ")[1]) for line in text.splitlines()]))
    word = "unsure" if abs(mean - 0.5) < 0.03 else KINDS[int(mean * CLASSES)]
    belief = {word: 0.9, **{kind: 0.05 for kind in KINDS if kind != word}}
    if asked:
        return Sent(completion(word, belief if "logprobs" in heard.body else None))
    return Sent({"kind": word, "sure": 0.9})


def model_judge(certainty: str) -> LLM:
    words = LabelWords({kind: (kind,) for kind in KINDS})
    return LLM(
        Endpoint(standing(by_shade).url),
        "shades",
        Prompt("How light is it?", words),
        Decoding(certainty=certainty, samples=2),
        prices=TokenPrices(1.0, 1.0, unit="USD"),
    )


def service_judge() -> HTTPTeacher:
    labels = {kind: (kind,) for kind in KINDS}
    form = AnswerForm("kind", score="sure", uncertain=("unsure",), price=0.25, unit="USD")
    endpoint = Endpoint(standing(by_shade).url)
    return HTTPTeacher(endpoint, "service", "1", labels, {"row": "{input}"}, form)


TEACHERS: dict[str, Callable[[], Teacher]] = {
    "rule": lambda: Rule(by_mean, name="mean", classes=CLASSES, cost=0.5),
    "rule, one input": lambda: Rule(one_by_mean, name="one", classes=CLASSES, batched=False),
    "rule, arrays": lambda: Rule(
        lambda x: (np.asarray(x).mean((1, 2)) * CLASSES).astype(int), name="np", classes=CLASSES
    ),
    "model": lambda: Model(network(), name="net", classes=CLASSES, rule=Confidence(0.4), batch=5),
    "model, margin": lambda: Model(network(), name="net", classes=CLASSES, rule=Margin(0.05)),
    "model, can't tell": lambda: Model(
        network(), name="net", classes=CLASSES - 1, rule=Confidence(0.2), cant_tell=1
    ),
    "panel": lambda: Panel(rules(5), "panel", Votes(share=0.5)),
    "unanimous": lambda: Panel(rules(2), "both", Unanimous()),
    "panel of panels": lambda: Panel(
        [Panel(rules(2), "a", Unanimous()), *rules(2)], "nested", Votes(least=3)
    ),
    "recorded": recorded,
    "fallible": lambda: Fallible(
        Rule(by_mean, name="mean", classes=CLASSES), error_rate=0.3, uncertain_rate=0.2, seed=1
    ),
    "language model": lambda: model_judge("probabilities"),
    "language model, samples": lambda: model_judge("samples"),
    "service": service_judge,
    "careful": lambda: Careful(Rule(by_mean, name="mean", classes=CLASSES), timeout=5.0),
    "careful panel": lambda: with_retries(Panel(rules(5), "panel"), timeout=5.0),
}

table = pytest.mark.parametrize("make", TEACHERS.values(), ids=TEACHERS.keys())


def same(one: Answers, other: Answers) -> bool:
    votes = one.votes is other.votes or (
        one.votes is not None and other.votes is not None and torch.equal(one.votes, other.votes)
    )
    return votes and torch.equal(one.labels, other.labels) and torch.equal(one.cost, other.cost)


@table
def test_plays_the_role(make: Callable[[], Teacher]) -> None:
    teacher = make()
    assert isinstance(teacher, Teacher)
    assert teacher.name
    assert teacher.version
    assert teacher.classes >= 2
    assert isinstance(teacher.deterministic, bool)
    assert teacher.certainty.endswith(".")


@table
def test_answers_have_the_right_form(make: Callable[[], Teacher]) -> None:
    teacher = make()
    answers = teacher(questions())
    assert answers.labels.shape == answers.cost.shape == (ITEMS,)
    assert answers.labels.dtype == torch.int64
    assert answers.cost.dtype == torch.float32
    assert ((answers.labels >= UNCERTAIN) & (answers.labels < teacher.classes)).all()
    assert (answers.cost >= 0).all()
    assert answers.certain.any()


@table
def test_order_of_the_questions_does_not_matter(make: Callable[[], Teacher]) -> None:
    order = torch.randperm(ITEMS, generator=torch.Generator().manual_seed(1))
    assert same(make()(questions()[order]), make()(questions()).take(order))


@table
@pytest.mark.parametrize("size", [1, 5])
def test_batch_size_does_not_matter(make: Callable[[], Teacher], size: int) -> None:
    teacher = make()
    whole = teacher(questions())
    for start in range(0, ITEMS, size):
        rows = torch.arange(start, min(start + size, ITEMS))
        assert same(teacher(questions()[rows]), whole.take(rows))


@table
def test_no_question_no_answer(make: Callable[[], Teacher]) -> None:
    answers = make()(questions()[:0])
    assert len(answers) == 0
    assert answers.labels.dtype == torch.int64


@table
def test_the_questions_stay_as_they_are(make: Callable[[], Teacher]) -> None:
    asked = questions().requires_grad_()
    answers = make()(asked)
    assert torch.equal(asked.detach(), questions())
    assert not answers.cost.requires_grad


@table
def test_made_again_it_is_the_same(make: Callable[[], Teacher]) -> None:
    assert (make().name, make().version) == (make().name, make().version)


@pytest.mark.parametrize("name", ["panel", "unanimous", "panel of panels", "careful panel"])
def test_composites_can_change_members(name: str) -> None:
    panel = TEACHERS[name]()
    assert isinstance(panel, Composite)
    again = panel.with_members(panel.members)
    assert again.version == panel.version
    assert same(again(questions()), panel(questions()))
    assert panel(questions()).votes.shape == (ITEMS, len(panel.members))


@pytest.mark.parametrize("name", ["rule", "model", "recorded", "fallible", "careful"])
def test_others_are_no_composites(name: str) -> None:
    assert not isinstance(TEACHERS[name](), Composite)
