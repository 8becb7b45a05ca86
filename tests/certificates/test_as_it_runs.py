"""A proof is about student and teacher as they run: what a trace does not show is refused."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from sklearn.linear_model import SGDClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from torch import Tensor, nn
from torch.nn import functional as F

from preceptor.certificates import CertificateQuestion, ProofSettings, check, prove
from preceptor.certificates.lowering import lower_module
from preceptor.core import AnyStudent, AnyTeacher, Domain, InputError
from preceptor.students import SklearnStudent, TorchStudent
from preceptor.teachers import Confidence, LogitMargin, Model


class Written(nn.Module):
    """Two layers with a step of the test's in between."""

    def __init__(self, step: Callable[["Written", Tensor], Tensor]) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(2, 3), nn.Linear(3, 2)
        self.inside = nn.ReLU(inplace=True)
        self.step = step

    def forward(self, inputs: Tensor) -> Tensor:
        found: Tensor = self.last(self.step(self, self.first(inputs)))
        return found


def again(module: Written, one: Tensor) -> Tensor:
    """A rectifier in place, and a residual sum of what it changed."""
    risen: Tensor = module.inside(one)
    return risen - 2 * one


def behind_a_view(module: Written, one: Tensor) -> Tensor:
    del module
    F.relu(one.view(-1, 3), inplace=True)
    return one


def grows(module: Written, one: Tensor) -> Tensor:
    del module
    other = one
    other += 3
    return one


def column(module: Written, one: Tensor) -> Tensor:
    del module
    return torch.stack([one[:, 0].abs(), one[:, 1], one[:, 2]], 1)


HIDDEN = {
    "keyword": (lambda _, one: torch.sigmoid(input=one), "sigmoid"),
    "column": (column, "abs"),
    "columns": (lambda _, one: one * (one[:, 0] * one[:, 1]).unsqueeze(1), "product"),
    "product by keyword": (lambda _, one: torch.mul(one, other=one), "product"),
    "rounded quotient": (lambda _, one: torch.div(one, 0.2, rounding_mode="floor"), "rounded"),
    "random": (lambda _, one: F.dropout(one, 0.5), "random"),
    "in place": (again, "in place"),
    "in place, a view": (behind_a_view, "in place"),
    "in place, a sum": (grows, "trace does not show"),
    "whole numbers": (lambda _, one: one.to(torch.int32).to(one.dtype), "cast"),
    "short floats": (lambda _, one: one.to(torch.bfloat16).to(one.dtype), "cast"),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_a_trace_does_not_show_is_refused(name: str) -> None:
    torch.manual_seed(0)
    step, named = HIDDEN[name]
    with pytest.raises(InputError, match=named):
        lower_module(Written(step).eval(), (2,), "student 's'")


def test_batch_statistics_and_hooks_are_refused() -> None:
    with pytest.raises(InputError, match="batch at hand"):
        lower_module(nn.BatchNorm1d(2, track_running_stats=False).eval(), (2,), "student 's'")
    plain = nn.Sequential(nn.Linear(2, 2)).eval()
    plain[0].register_forward_hook(lambda _, __, found: -found)
    with pytest.raises(InputError, match="hook"):
        lower_module(plain, (2,), "student 's'")


def test_columns_and_steps_in_place_that_change_nothing_else_are_taken() -> None:
    torch.manual_seed(0)

    def step(module: Written, one: Tensor) -> Tensor:
        risen = module.inside(one)
        return torch.stack([risen[:, 0] + risen[:, 1], risen[:, 1].relu(), risen[:, 2]], 1)

    module = Written(step).double().eval()
    inputs = torch.randn(50, 2, dtype=torch.float64)
    with torch.no_grad():
        assert torch.allclose(lower_module(module, (2,), "s")(inputs), module(inputs))


def linear(weights: list[list[float]], biases: list[float]) -> nn.Linear:
    made = nn.Linear(2, len(biases))
    made.weight.data, made.bias.data = torch.tensor(weights), torch.tensor(biases)
    return made


def constant(*logits: float) -> nn.Linear:
    return linear([[0.0, 0.0]] * len(logits), list(logits))


def asked(student: AnyStudent, teacher: AnyTeacher | None = None) -> CertificateQuestion:
    """By default of a teacher that is certain of 1 everywhere."""
    sure = Model(constant(0.0, 5.0), name="sure", classes=2, rule=LogitMargin(1.0))
    return CertificateQuestion(student, teacher or sure, Domain((2,), 0.0, 1.0))


def double(gap: float) -> nn.Module:
    made = constant(100.0, 100.0).double()
    made.bias.data[1] += gap
    return made


class OnlyBuffers(nn.Module):
    weight: Tensor
    bias: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("weight", torch.full((2, 2), 1e4))
        self.register_buffer("bias", torch.tensor([0.0, 1e-4]))

    def forward(self, inputs: Tensor) -> Tensor:
        return F.linear(inputs, self.weight, self.bias)


@pytest.mark.parametrize(
    "module",
    [
        nn.Sequential(constant(0.0, 1e-8), nn.Softmax(1)),
        double(1e-7),
        OnlyBuffers(),
    ],
    ids=["softmax ties", "float64 is compared in float32", "buffers are float32"],
)
def test_ties_in_float32_are_not_proved(module: nn.Module) -> None:
    made = prove(asked(TorchStudent(module, classes=2)), ProofSettings(seconds=2))
    assert made.status != "proved"


def test_outputs_are_read_as_the_student_reads_them() -> None:
    many = TorchStudent(nn.Sequential(constant(20.0, 30.0), nn.Sigmoid()), classes=2)
    one = TorchStudent(nn.Sequential(constant(-3.0), nn.Sigmoid()), classes=2)
    bare = TorchStudent(constant(0.3), classes=2, kind="probabilities")
    for student, named in ((many, "sigmoid"), (one, "kind='prob"), (bare, "softmax")):
        with pytest.raises(InputError, match=named):
            prove(asked(student))
    read = TorchStudent(nn.Sequential(constant(3.0), nn.Sigmoid()), classes=2, kind="probabilities")
    assert prove(asked(read)).status == "proved"


def test_training_mode_and_overflow_are_refused() -> None:
    module = nn.Sequential(constant(0.0, 1.0), nn.BatchNorm1d(2))
    student = TorchStudent(module, classes=2)
    module.train()
    with pytest.raises(InputError, match="training mode"):
        prove(asked(student))
    steep = nn.Sequential(
        linear([[1e20, 0.0], [0.0, 0.0]], [1e19, 1e19]),
        nn.ReLU(),
        linear([[-1e20, 0.0], [1e20, 0.0]], [0.0, 0.0]),
    )
    with pytest.raises(InputError, match="cannot hold"):
        prove(asked(TorchStudent(steep, classes=2)))


class Contrary(TorchStudent):
    def decide(self, logits: Tensor) -> Tensor:
        return 1 - super().decide(logits)


class Generous(LogitMargin):
    def certain(self, beliefs: Tensor) -> Tensor:
        return torch.ones(len(beliefs), dtype=torch.bool)


def test_methods_of_its_own_are_refused() -> None:
    with pytest.raises(InputError, match="decide of its own"):
        prove(asked(Contrary(constant(0.0, 1.0), classes=2)))
    teacher = Model(constant(0.0, 0.5), name="t", classes=2, rule=Generous(1.0))
    with pytest.raises(InputError, match="certain of its own"):
        prove(asked(TorchStudent(constant(0.0, 1.0), classes=2), teacher))


@pytest.mark.parametrize(
    "estimator",
    [SVC(kernel="linear", probability=True), SGDClassifier(loss="modified_huber", random_state=0)],
    ids=["platt", "huber"],
)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_beliefs_that_are_no_softmax_are_refused(estimator: SVC | SGDClassifier) -> None:
    drawn = np.random.default_rng(0)
    rows = drawn.random((200, 2))
    model = SklearnStudent(estimator.fit(rows, (rows[:, 0] > 0.5).astype(int)), classes=2)
    teacher = Model(model, name="t", classes=2, rule=Confidence(0.7))
    with pytest.raises(InputError, match="no softmax"):
        prove(asked(TorchStudent(constant(0.0, 1.0), classes=2), teacher))


def test_a_student_that_cannot_be_wrong_leaves_the_teacher_certain() -> None:
    rows, labels = (
        np.array([[0.1, 0.1], [0.9, 0.9], [0.9, 0.8], [0.1, 0.1], [0.1, 0.1]]),
        [0, 1, 1, 1, 1],
    )
    tree = DecisionTreeClassifier(max_depth=1).fit(rows, labels)
    made = prove(asked(SklearnStudent(tree, classes=2)))
    assert made.status == "proved"
    assert made.volume is not None
    assert (made.volume.nowhere, made.volume.agreeing) == (0, 1)


def test_a_lead_that_is_not_stated_does_not_stand() -> None:
    question = asked(TorchStudent(constant(1.0, 0.0), classes=2))
    made = prove(question)
    assert made.status == "refuted"
    made.facts.update(status="proved", witness=None, lead_added=1e9)
    made.proof["tree"] = {"roots": 0, "whole": False}
    assert check(made, question).agrees is False
