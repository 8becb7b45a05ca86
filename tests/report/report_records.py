"""Small audits to make pages of: a linear student, voting teachers, simple attacks."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor

from preceptor.audit import Plan, Record, audit
from preceptor.core import (
    MISSING,
    UNCERTAIN,
    Answers,
    ArraySource,
    Domain,
    IdSource,
    InputError,
    id_inputs,
)
from preceptor.core import generator as stream
from preceptor.outcome import Sheet
from preceptor.students import Predictions, RecordedStudent
from preceptor.teachers import RecordedVotes, Vote, Votes


@dataclass
class Linear:
    """Logits from a matrix; abstains where it is unsure, if told so."""

    weights: Tensor
    bias: Tensor
    name: str = "linear student"
    abstains_below: float = 0.0
    differentiable: bool = True
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    @property
    def classes(self) -> int:
        return self.weights.shape[1]

    def __call__(self, inputs: Tensor) -> Tensor:
        return inputs.flatten(1) @ self.weights + self.bias

    def decide(self, logits: Tensor) -> Tensor:
        sure, labels = logits.softmax(1).max(1)
        return torch.where(sure < self.abstains_below, -2, labels)


@dataclass
class Voters:
    """Nearest class means, one voter for each set of features; certain where enough agree."""

    means: Tensor
    masks: Tensor
    least: int
    name: str = "five voters"
    version: str = "1"
    deterministic: bool = True
    certainty: str = "Certain where at least 4 of 5 say the same label."
    show_votes: bool = True
    silent: int = 0

    @property
    def classes(self) -> int:
        return len(self.means)

    def __call__(self, inputs: Tensor) -> Answers:
        x = inputs.flatten(1)
        far = ((x[:, None] - self.means[None])[:, :, None] * self.masks).pow(2).sum(-1)
        votes = far.argmin(1)
        counts = torch.nn.functional.one_hot(votes, self.classes).sum(1)
        top, label = counts.max(1)
        labels = torch.where(top >= self.least, label, UNCERTAIN)
        votes = torch.cat([votes, torch.full((len(votes), self.silent), MISSING)], 1)
        return Answers(labels, torch.full((len(x),), 2.5), votes if self.show_votes else None)


@dataclass(frozen=True)
class Sign:
    """One signed gradient step of a linear student towards its second choice."""

    size: float
    name: str = ""
    family: str = "sign"
    goal: str = "flip"

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or f"sign eps={self.size:g}")

    def __call__(self, student: Any, inputs: Tensor, *, domain: Domain, rng: Any) -> Tensor:
        first, second = student(inputs).topk(2, 1).indices.T
        push = (student.weights[:, second] - student.weights[:, first]).T
        return inputs + self.size * push.sign().reshape(inputs.shape)


@dataclass(frozen=True)
class Noise:
    """Gaussian noise."""

    size: float
    family: str = "noise"
    goal: str = "flip"

    @property
    def name(self) -> str:
        return f"noise size={self.size:g}"

    def __call__(self, student: Any, inputs: Tensor, *, domain: Domain, rng: Any) -> Tensor:
        return inputs + self.size * rng.normal(domain.shape)


@dataclass(frozen=True)
class Blend:
    """As far towards another input as the student's answer holds."""

    pool: Tensor
    name: str = "blend"
    family: str = "blend"
    size: None = None
    goal: str = "keep"

    def __call__(self, student: Any, inputs: Tensor, *, domain: Domain, rng: Any) -> Tensor:
        guide = self.pool[rng.integers(len(self.pool))]
        best, said = inputs.clone(), student.decide(student(inputs))
        for step in (0.3, 0.5, 0.7, 0.85, 1.0):
            tried = inputs + step * (guide - inputs)
            holds = student.decide(student(tried)) == said
            best[holds] = tried[holds]
        return best


@dataclass(frozen=True)
class Broken:
    """Fails on every item whose first value is small; does nothing to the rest."""

    name: str = "broken"
    family: str = "broken"
    size: None = None
    goal: str = "flip"

    def __call__(self, student: Any, inputs: Tensor, *, domain: Domain, rng: Any) -> Tensor:
        if float(inputs.flatten(1).mean(1).min()) < 0.3:
            raise RuntimeError("no <b>luck</b>")
        return inputs + 0.1


@cache
def digits() -> tuple[Tensor, Tensor]:
    """Scikit-learn's 8x8 digits, shuffled: ``Float[1797, 1, 8, 8]`` in ``[0, 1]`` and labels."""
    found = load_digits()
    order = stream(0, "shuffle").permutation(len(found.data))
    inputs = torch.from_numpy(found.data[order] / 16).float().reshape(-1, 1, 8, 8)
    return inputs, torch.from_numpy(found.target[order]).long()


def fit(inputs: Tensor, labels: Tensor, classes: int, scale: float = 12.0) -> Linear:
    """Ridge regression on one-hot labels."""
    x = torch.cat([inputs.flatten(1), torch.ones(len(inputs), 1)], 1).double()
    y = torch.nn.functional.one_hot(labels, classes).double()
    solved = torch.linalg.solve(x.T @ x + torch.eye(x.shape[1]), x.T @ y).float() * scale
    return Linear(solved[:-1], solved[-1])


def voters(inputs: Tensor, labels: Tensor, classes: int, seed: int = 0, **more: Any) -> Voters:
    """Five voters who each see two thirds of the features."""
    x = inputs.flatten(1)
    means = torch.stack([x[labels == c].mean(0) for c in range(classes)])
    seen = stream(seed, "voters").random((5, x.shape[1])) < 2 / 3
    return Voters(means, torch.from_numpy(seen).float(), 4, **more)


def digits_record(
    out: Path,
    *,
    items: int = 150,
    attacks: tuple[Any, ...] | None = None,
    ask: Any = "all",
    abstains_below: float = 0.0,
    show_votes: bool = True,
    names: tuple[str, ...] = (),
    silent: int = 0,
    name: str = "linear student",
    blur: float = 0.0,
) -> Record:
    """An audit of the 8x8 digits with invariance errors, false alarms and void inputs.

    With ``blur`` the student is fitted to noisy digits, which makes it more robust.
    """
    inputs, labels = digits()
    noise = torch.from_numpy(stream(8, "blur").normal(size=inputs[600:].shape)).float()
    student = fit(inputs[600:] + blur * noise, labels[600:], 10)
    student.name = name
    student.abstains_below = abstains_below
    teacher = voters(inputs[600:], labels[600:], 10, show_votes=show_votes, silent=silent)
    source = ArraySource(inputs[:items], Domain((1, 8, 8)), name="digits 8x8")
    if attacks is None:
        sizes = (0.05, 0.1, 0.2)
        attacks = (*map(Sign, sizes), Noise(0.2), Noise(0.4), Blend(inputs[600:900]))
    plan = Plan(attacks, ask=ask, seed=3)
    return audit(
        student, teacher, source, plan, out, classes=names, command="preceptor audit --seed 3"
    )


def vector_record(
    out: Path,
    *,
    items: int = 60,
    features: int = 2,
    name: str = "linear student",
    tilt: float = 0.4,
) -> Record:
    """Vectors with named features; the student leans by ``tilt``."""
    rng = stream(1, "vectors")
    inputs = torch.from_numpy(rng.uniform(-1, 1, (items, features))).float()
    labels = (inputs[:, 0] > 0).long()
    student = fit(inputs + tilt * labels[:, None], labels, 2)
    student.name = name
    teacher = voters(inputs, labels, 2, show_votes=False)
    names = tuple(f"feature {i}" for i in range(features))
    domain = Domain((features,), low=-1.0, high=1.0, names=names)
    source = ArraySource(inputs, domain, name="points")
    plan = Plan((Sign(0.2), Sign(0.4), Noise(0.3)), seed=1)
    return audit(student, teacher, source, plan, out)


def colour_record(out: Path, *, items: int = 60, side: int = 12, channels: int = 3) -> Record:
    """Random colour images; the class is the brightest channel."""
    rng = stream(2, "colour")
    inputs = torch.from_numpy(rng.uniform(0, 255, (items, channels, side, side))).float()
    labels = torch.from_numpy(rng.integers(0, 3, items))
    inputs[torch.arange(items), labels] = inputs[torch.arange(items), labels] * 0.7 + 76
    student = fit(inputs / 255, labels, 3)
    student.weights /= 255
    teacher = voters(inputs, labels, 3)
    source = ArraySource(inputs, Domain((channels, side, side), 0.0, 255.0), name="colours")
    attacks = (Sign(20.0), Sign(60.0), Noise(40.0), Blend(inputs))
    plan = Plan(attacks, seed=2)
    return audit(student, teacher, source, plan, out, classes=("red", "green", "blue"))


def with_teacher(
    record: Record, sheet: int, labels: list[int] | None, asked: bool = True
) -> Record:
    """The same record with the teacher's answers of one sheet replaced, for edge cases."""
    said = record.clean if sheet == 0 else record.moved[sheet - 1]
    n = len(said.sheet)
    given = torch.full((n,), UNCERTAIN) if labels is None else torch.tensor(labels)
    if len(given) != n:
        raise InputError(f"{len(given)} labels for {n} items")
    fresh = Sheet(said.sheet.student, given, torch.full((n,), asked), said.sheet.cost)
    new = type(said)(fresh, said.sure, None, said.distances, said.failed)
    moved = list(record.moved)
    if sheet:
        moved[sheet - 1] = new
    clean = record.clean if sheet else new
    return Record(record.folder, record.facts, record.run, record.ids, clean, tuple(moved))


def seeded_votes(n: int) -> np.ndarray:
    """Votes with padding, for the reading of votes."""
    votes = stream(5, "votes").integers(0, 3, (n, 4))
    votes[::2, 3] = MISSING
    return votes


def recorded(folder: Path, name: str, *, seed: int = 0) -> Record:
    """Predictions and the votes of six people on 40 items, in two conditions."""
    rng = np.random.default_rng(0)
    ids = tuple(f"i{k}" for k in range(40))
    truth = rng.integers(0, 3, len(ids))
    votes = [
        Vote(item, f"person {who}", int(label if rng.random() < 0.8 else rng.integers(-1, 3)))
        for who in range(6)
        for item, label in zip(ids, truth, strict=True)
    ]
    rule = Votes(least=4, share=0.6, abstentions=2.0)
    who = RecordedVotes(votes, id_inputs(ids), ids, name="people", classes=3, rule=rule)
    rng = np.random.default_rng(seed + 1)
    said = np.where(rng.random(len(ids)) < 0.8, truth, rng.integers(0, 3, len(ids)))
    condition = tuple("rare" if k < 3 else "common" for k in range(len(ids)))
    source = IdSource(ids, "items", {"condition": condition})
    logits = torch.nn.functional.one_hot(torch.tensor(said), 3).float() * 9
    student = RecordedStudent(Predictions(name, ids, logits, {}), source)
    return audit(student, who, source, Plan(), folder, people=who.ballots(source))
