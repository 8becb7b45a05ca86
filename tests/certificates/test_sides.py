"""Teachers and students of every kind that is taken: the conditions hold where they say they do."""

import numpy as np
import pytest
import torch
from oracles import network
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from torch import nn

from preceptor.certificates import CertificateQuestion, ProofSettings, check, prove
from preceptor.certificates.lowered_teachers import winning
from preceptor.core import UNCERTAIN, Domain, InputError, Unanimous, Votes
from preceptor.problems import halfspace, plane
from preceptor.students import Abstaining, FunctionStudent, TorchStudent, as_student
from preceptor.teachers import (
    Confidence,
    LogitMargin,
    Margin,
    Model,
    NearestPrototypes,
    Panel,
    Rule,
    half_spaces,
    tree_rule,
)

DOMAIN = Domain((3,), -1.0, 1.0)


def models(classes: int, outputs: int, rule: object, many: int = 1) -> list[Model]:
    return [
        Model(
            network(3, 6, outputs, scale=2.0),
            name=f"m{i}",
            classes=classes,
            rule=rule,
            cant_tell=1 if outputs > classes else None,
        )
        for i in range(many)
    ]


def tables(classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    points = rng.uniform(-1, 1, (300, 3))
    return points, rng.integers(classes, size=12)[(points @ rng.normal(size=(3, 12))).argmax(1)]


def tree() -> DecisionTreeClassifier:
    return DecisionTreeClassifier(max_depth=3, random_state=0).fit(*tables())


TEACHERS = {
    "lead": lambda: models(3, 3, LogitMargin(0.4))[0],
    "confidence of two": lambda: models(2, 2, Confidence(0.8))[0],
    "confidence of three": lambda: models(3, 3, Confidence(0.7))[0],
    "low confidence": lambda: models(3, 3, Confidence(0.45))[0],
    "margin of three": lambda: models(3, 3, Margin(0.5))[0],
    "can't tell": lambda: models(3, 4, LogitMargin(0.2))[0],
    "unanimous": lambda: Panel(models(3, 3, LogitMargin(0.1), 3), "p", Unanimous(3)),
    "votes of three": lambda: Panel(models(3, 3, LogitMargin(0.3), 3), "p", Votes(least=3)),
    "votes of five": lambda: Panel(models(2, 2, Confidence(0.6), 5), "p", Votes()),
    "prototypes": lambda: Rule(
        NearestPrototypes(torch.randn(6, 3), torch.tensor([0, 0, 1, 1, 2, 2]), 0.3),
        name="near",
        classes=3,
    ),
    "half-spaces": lambda: Rule(
        half_spaces(torch.randn(2, 3), torch.zeros(2), [(0, 1), (UNCERTAIN, 1)], 0.2),
        name="planes",
        classes=2,
    ),
    "tree rule": lambda: Rule(tree_rule(tree(), band=0.05), name="tree", classes=3),
    "tree model": lambda: Model(as_student(tree()), name="tree", classes=3, rule=Confidence(0.8)),
    "logistic": lambda: Model(
        as_student(LogisticRegression().fit(*tables(2))), name="lr", classes=2
    ),
}
EXACT = {"lead", "confidence of two", "can't tell", "unanimous", "votes of three", "votes of five"}


@pytest.mark.parametrize("name", TEACHERS)
def test_conditions_hold_where_the_teacher_is_certain(name: str) -> None:
    """Of every way to be certain: its conditions enclose the certain set, and are it where exact."""
    torch.manual_seed(7)
    who = TEACHERS[name]()
    pupil = TorchStudent(network(3, 5, who.classes), classes=who.classes)
    problem = CertificateQuestion(pupil, who, DOMAIN).problem
    points = torch.rand(4000, 3) * 2 - 1
    said = who(points).labels
    ways = {case.group: case for case in problem.cases}
    allowed = torch.zeros(len(points), who.classes, dtype=torch.bool)
    for case in ways.values():
        values = problem.values(case, points.double())[:, : case.teachers]
        allowed[:, case.label] |= (values >= 0).all(1)
    sure = said != UNCERTAIN
    assert 0 < int(sure.sum()) < len(points)
    assert bool(allowed[sure, said[sure]].all())
    if name in EXACT:
        assert problem.exact
        near = 2e-3 * len(points)
        assert int((allowed.any(1) & ~sure).sum()) <= near
    assert problem.exact == (
        name not in ("confidence of three", "low confidence", "margin of three")
    )


STUDENTS = {
    "tree": tree,
    "logistic": lambda: LogisticRegression().fit(*tables()),
    "two classes": lambda: LogisticRegression().fit(*tables(2)),
    "scaled network": lambda: make_pipeline(
        StandardScaler(), MLPClassifier((8, 6), max_iter=40, random_state=0)
    ),
    "scaled tree": lambda: make_pipeline(MinMaxScaler(), DecisionTreeClassifier(max_depth=3)),
}


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("name", STUDENTS)
def test_students_of_scikit_learn(name: str) -> None:
    """A case's last conditions hold where the student gives another label, and only there."""
    estimator = STUDENTS[name]()
    classes = 2 if name == "two classes" else 3
    if "scaled" in name:
        estimator.fit(*tables())
    pupil = as_student(estimator)
    who = Rule(
        half_spaces(torch.eye(3)[:1], torch.zeros(1), [(0, 1)], 0.1), name="r", classes=classes
    )
    problem = CertificateQuestion(pupil, who, DOMAIN).problem
    points = torch.rand(3000, 3) * 2 - 1
    said = pupil.decide(pupil(points))
    for label in range(classes):
        wrong = torch.zeros(len(points), dtype=torch.bool)
        for case in problem.cases:
            if case.label == label:
                wrong |= (problem.values(case, points.double())[:, case.teachers :] >= 0).all(1)
        if any(case.label == label for case in problem.cases):
            assert torch.equal(wrong, said != label)


def test_proofs_of_rules_agree_with_their_checks() -> None:
    torch.manual_seed(1)
    seen = set()
    for make in (halfspace, plane):
        problem = make(4) if make is halfspace else make()
        features = problem.source.domain.shape[0]
        inputs, labels = problem.train_inputs, problem.train_labels
        for steps in (5, 400):
            net = network(features, 8, 2)
            optimiser = torch.optim.Adam(net.parameters(), 2e-2)
            anywhere = torch.rand(3000, features) * 12 - 6 if make is halfspace else inputs
            said = problem.teacher(anywhere).labels
            anywhere, said = anywhere[said >= 0], said[said >= 0]
            for _ in range(steps):
                rows = torch.randint(len(anywhere), (256,))
                loss = nn.functional.cross_entropy(net(anywhere[rows]), said[rows])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
            pupil = TorchStudent(net.eval(), classes=2)
            question = CertificateQuestion(pupil, problem.teacher, problem.source.domain)
            made = prove(question, ProofSettings(seconds=30, starts=8, ascent=15))
            assert made.status != "undecided"
            assert check(made).agrees
            seen.add(made.status)
        assert len(labels) > 0
    assert "refuted" in seen


def test_winning_votes_are_those_of_the_rule() -> None:
    """By every combination of votes of three and four members with two labels."""
    for members, rule in (
        (3, Votes(least=3)),
        (4, Votes(least=4)),
        (3, Unanimous(3)),
        (4, Votes(4, 0.6, 0.5)),
    ):
        ways = {label: list(winning(rule, members, label, 2)) for label in (0, 1)}
        for votes in torch.cartesian_prod(*[torch.tensor([UNCERTAIN, 0, 1])] * members):
            said = int(rule.decide(votes[None])[0])
            for label in (0, 1):
                met = any(all(int(votes[i]) == v for i, v in way.items()) for way in ways[label])
                assert met == (said == label), (rule, votes)


@pytest.mark.parametrize(
    ("student", "teacher", "named"),
    [
        (lambda: FunctionStudent(lambda x: x[:, :2], classes=2, kind="logits"), None, "its layers"),
        (lambda: Abstaining(TorchStudent(network(3, 4, 2), classes=2), 0.9), None, "its layers"),
        (
            lambda: TorchStudent(
                nn.Sequential(nn.Linear(3, 3), nn.GELU(), nn.Linear(3, 2)), classes=2
            ),
            None,
            "GELU",
        ),
        (None, lambda: Rule(lambda x: (x[:, 0] > 0).long(), name="f", classes=2), "says its cases"),
        (
            None,
            lambda: Panel(models(2, 2, Confidence(0.6), 4), "p", Votes(least=4, share=0.5)),
            "more than half",
        ),
        (
            None,
            lambda: Model(nn.Sequential(nn.Linear(3, 2), nn.Softmax(1)), name="s", classes=2),
            "Softmax",
        ),
        (None, lambda: models(3, 3, LogitMargin(0.1))[0], "classes"),
    ],
)
def test_refused_with_what_to_do(student: object, teacher: object, named: str) -> None:
    pupil = student() if student else TorchStudent(network(3, 4, 2), classes=2)
    who = teacher() if teacher else models(2, 2, LogitMargin(0.1))[0]
    with pytest.raises(InputError, match=named):
        CertificateQuestion(pupil, who, DOMAIN).problem  # noqa: B018
