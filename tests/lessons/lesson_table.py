"""Every type of lesson with a student that obeys it and one that does not."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from preceptor.core import UNCERTAIN, Domain
from preceptor.lessons import (
    AcrossEnvironments,
    Examples,
    FeatureSet,
    InputGradients,
    InvarianceFindings,
    Invariances,
    Irrelevant,
    Lesson,
    Masks,
    Pairs,
    Permute,
    Program,
    SoftLabels,
    SparseFeatures,
    Subspace,
    TestedFeatures,
)
from preceptor.students import TorchStudent
from preceptor.transforms import Border, Noise, Resample, Shift, Tolerance
from tests.lessons.text_lesson_rows import (
    curated,
    declared,
    lexicon,
    reads_words,
    relevant,
    senses,
    text_learner,
    texts,
)
from tests.lessons.text_lesson_rows import (
    pairs as revised,
)

D, N = 6, 24
RESAMPLED = 2 + float(np.log2(D + 1) + np.log2(6))
"""A region of five of six features: that it is none of three kinds, how many, which."""
BALL = 2 + float(np.log2(1020))
"""A tolerance: one of three kinds of vectors, or none; one of 1,020 sizes."""
CHANGED_TEXTS = 4 * float(np.log2(10)) + float(np.log2(100))
"""Four of nine changes, or none; the last has a share of the words."""
BOX = Domain((D,), -1.0, 1.0)
PICTURES = Domain((1, 8, 8))


class First(nn.Module):
    """Sure of the sign of feature 0 (class 1 where positive); sees nothing else."""

    def __init__(self, scale: float = 40.0) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(scale))

    def forward(self, inputs: Tensor) -> Tensor:
        score = self.scale * inputs.flatten(1)[:, 0]
        return torch.stack([-score, score], 1)


class Constant(nn.Module):
    """The same logits for every input."""

    def __init__(self, *logits: float) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.tensor(logits))

    def forward(self, inputs: Tensor) -> Tensor:
        return self.logits.expand(len(inputs), -1) + 0 * inputs.flatten(1)[:, :1]


def learner(shape: tuple[int, ...] = (D,), classes: int = 2, seed: int = 0) -> TorchStudent:
    """An untaught network that depends on every feature."""
    torch.manual_seed(seed)
    flat = int(np.prod(shape))
    body = [nn.Flatten(), nn.Linear(flat, 24), nn.Tanh(), nn.Linear(24, classes)]
    return TorchStudent(nn.Sequential(*body), classes=classes)


def first() -> TorchStudent:
    return TorchStudent(First(), classes=2)


def constant(*logits: float) -> TorchStudent:
    return TorchStudent(Constant(*logits), classes=len(logits))


def draws(domain: Domain = BOX, n: int = N, seed: int = 0) -> Tensor:
    low, high = domain.bounds()
    unit = torch.rand((n, *domain.shape), generator=torch.Generator().manual_seed(seed))
    inputs = low + (high - low) * unit
    if domain is BOX:  # away from the boundary of First
        inputs[:, 0] = torch.where(inputs[:, 0] > 0, 0.5, -0.5)
    return inputs


def truth(inputs: Tensor, unsure: int = 0) -> Tensor:
    labels = (inputs.flatten(1)[:, 0] > 0).long()
    labels[:unsure] = UNCERTAIN
    return labels


MASK = torch.tensor([True, *[False] * (D - 1)])
SOURCE = "def view(inputs):\n    return inputs * 0.5\n"


def pairs(**options: Any) -> Pairs:
    inputs = draws()
    other = inputs.clone()
    other[: N // 2, 0] *= -1
    other[N // 2 :, 1:] = draws(seed=1)[N // 2 :, 1:]
    return Pairs(inputs, other, truth(inputs), truth(other), 2, **options)


def gradients(way: str) -> InputGradients:
    inputs = draws()
    labels = truth(inputs, 3)
    slopes = torch.zeros_like(inputs)
    slopes[:, 0] = 80.0 * (2.0 * (inputs[:, 0] > 0) - 1)
    return InputGradients(inputs, labels, slopes, 2, way)


def invariances(hold: str, search: str, **options: object) -> Invariances:
    inputs = draws()
    inputs[:, 0] *= 2
    region = Resample(~MASK, draws(seed=3), "others")
    labels = truth(inputs, 4) if hold == "label" else None
    return Invariances(
        inputs, BOX, (region, Tolerance(0.1)), labels, hold, search, tries=2, **options
    )


def findings() -> InvarianceFindings:
    inputs = draws()
    inputs[:, 0] *= 2
    region = Resample(~MASK, draws(seed=3), "others")
    numbers, labels = torch.arange(N) % 2, truth(inputs, 4)
    return InvarianceFindings(
        inputs,
        labels,
        2,
        numbers,
        truth(inputs),
        (region, Tolerance(0.1)),
        torch.tensor([True, False]),
        inputs,
        labels,
        BOX,
    )


def pictures(hold: str, search: str) -> Invariances:
    inputs = draws(PICTURES, 12)
    declared = (Shift(), Border(2), Noise(0.05), Tolerance(0.05))
    labels = torch.arange(12) % 2 if hold == "label" else None
    return Invariances(inputs, PICTURES, declared, labels, hold, search, tries=2, steps=2)


def looks_nowhere() -> TorchStudent:
    """A student without weights that are not 0, but for the last biases."""
    student = learner()
    with torch.no_grad():
        for parameter in student.module.parameters():
            parameter.zero_()
    return student


def environments(way: Any) -> AcrossEnvironments:
    return AcrossEnvironments(draws(), truth(draws(), 4), torch.arange(N) % 3, way)


@dataclass(frozen=True)
class Row:
    """One lesson of the contract table.

    Attributes:
        make: the lesson.
        obeys: a student whose loss is (nearly) 0.
        least: up to which its loss counts as 0.
        bits: the price, by hand.
        questions: likewise.
        sent: bits to the teacher.
        shape: of one input.
        learns: whether training can lower the loss (a front's is 0 from the start).
        classes: of the student.
        texts: whether the inputs are texts.
    """

    make: Callable[[], Lesson]
    obeys: Callable[[], TorchStudent]
    bits: float
    questions: int
    sent: float = 0.0
    least: float = 1e-4
    shape: tuple[int, ...] = (D,)
    learns: bool = True
    classes: int = 2
    texts: bool = False

    def learner(self) -> Any:
        """An untaught student of such inputs."""
        return text_learner() if self.texts else learner(self.shape, self.classes)


LABEL = float(np.log2(3))
EDIT_1 = float(np.log2(7)) + float(np.log2(6)) + 8  # one coordinate of six
EDIT_5 = EDIT_1 + 32
RAW = 8.0 * D
WORD = float(np.log2(20_000))
BYTES = sum(len(row.encode()) for row in texts().rows)
REVISED = 2 * float(np.log2(17)) + WORD  # one word of 16, marks of punctuation among them

TABLE: dict[str, Row] = {
    "examples given": Row(
        lambda: Examples(draws(), truth(draws(), 5), 2, "given"), first, N * LABEL, N
    ),
    "examples asked": Row(
        lambda: Examples(draws(), truth(draws(), 5), 2, "asked"), first, N * LABEL, N, N * RAW
    ),
    "examples asked of a pool": Row(
        lambda: Examples(draws(), truth(draws()), 2, "asked", pool=256),
        first,
        N * LABEL,
        N,
        N * 8.0,
    ),
    "examples curated": Row(
        lambda: Examples(draws(), truth(draws()), 2, "volunteered"), first, N * (LABEL + RAW), N
    ),
    "examples curated from a pool": Row(
        lambda: Examples(draws(), truth(draws()), 2, "volunteered", pool=1024),
        first,
        N * (LABEL + 10),
        N,
    ),
    "examples all uncertain": Row(
        lambda: Examples(draws(), truth(draws(), N), 2, "volunteered", doubt=0.5),
        lambda: constant(0.0, 0.0),
        N * (LABEL + RAW),
        N,
    ),
    "masks gradient": Row(
        lambda: Masks(draws(), MASK.expand(N, D).clone(), BOX, "gradient"), first, D, N
    ),
    "masks resample": Row(
        lambda: Masks(draws(), MASK.expand(N, D).clone(), BOX, "resample"), first, D, N
    ),
    "masks attack": Row(
        lambda: Masks(draws(), MASK.expand(N, D).clone(), BOX, "attack", steps=3), first, D, N
    ),
    "masks with labels": Row(
        lambda: Masks(
            draws(), MASK.expand(N, D).clone(), BOX, "resample", truth(draws(), 4), weight=2.0
        ),
        first,
        D,
        N,
    ),
    "masks carried over": Row(
        lambda: Masks(
            draws(),
            MASK.expand(N, D).clone(),
            BOX,
            "resample",
            truth(draws(), 4),
            others=draws(seed=5),
            other_labels=truth(draws(seed=5), 3),
        ),
        first,
        D,
        N,
    ),
    "masks carried over without labels": Row(
        lambda: Masks(draws(), MASK.expand(N, D).clone(), BOX, "gradient", others=draws(seed=5)),
        first,
        D,
        N,
    ),
    "masks that differ": Row(
        lambda: Masks(draws(n=4), torch.eye(4, D).bool() | MASK, BOX, "gradient"), first, 24, 4
    ),
    "feature set": Row(lambda: FeatureSet(MASK, BOX), first, float(np.log2(6)), 1, learns=False),
    "tested features": Row(
        lambda: TestedFeatures(draws(), truth(draws(), 4), 2, features=MASK, domain=BOX),
        first,
        N * LABEL,
        N,
        float(N * RAW),
    ),
    "sparse features": Row(lambda: SparseFeatures(0.01), looks_nowhere, 0, 0, least=1e-5),
    "invariant risk": Row(lambda: environments("irm"), first, 0, 0),
    "worst environment": Row(lambda: environments("dro"), first, 0, 0),
    "irrelevant features": Row(lambda: Irrelevant(MASK, BOX, draws()), first, float(np.log2(6)), 1),
    "subspace": Row(
        lambda: Subspace(torch.eye(2, D), torch.zeros(D)), first, 8 * 2 * 4, 1, learns=False
    ),
    "program": Row(
        lambda: Program(SOURCE),
        first,
        8 * len(zlib.compress(SOURCE.encode(), 9)),
        1,
        learns=False,
    ),
    "augmentation": Row(lambda: invariances("label", "random"), first, RESAMPLED + BALL, 2),
    "consistency": Row(lambda: invariances("answer", "random"), first, RESAMPLED + BALL, 2),
    "adversarial in the declared set": Row(
        lambda: invariances("label", "worst"), first, RESAMPLED + BALL, 2
    ),
    "worst answers": Row(lambda: invariances("answer", "worst"), first, RESAMPLED + BALL, 2),
    "assumed": Row(lambda: invariances("label", "random", assumed=True), first, 0, 0),
    "pictures": Row(
        lambda: pictures("answer", "worst"),
        lambda: constant(1.0, -1.0),
        4 * float(np.log2(26)) + float(np.log2([50, 3, 100, 1020]).sum()),
        4,
        shape=(1, 8, 8),
    ),
    "invariance findings": Row(findings, first, N * LABEL, N, N * RAW),
    "permutation": Row(
        lambda: Invariances(
            draws(), BOX, (Permute(torch.tensor([-1, 0, 0, 1, 1, 1])),), None, "answer"
        ),
        first,
        2 + float(np.log2(D + 1)) + D * float(np.log2(3)),
        1,
    ),
    "pairs": Row(pairs, first, N * (2 * LABEL + RAW) + N / 2 * (EDIT_1 + EDIT_5), N),
    "pairs aligned": Row(
        lambda: pairs(align=0.5), first, N * (2 * LABEL + RAW) + N / 2 * (EDIT_1 + EDIT_5), N
    ),
    "pairs carried over": Row(
        lambda: pairs(others=draws(seed=5), other_labels=truth(draws(seed=5), 3)),
        first,
        N * (2 * LABEL + RAW) + N / 2 * (EDIT_1 + EDIT_5),
        N,
    ),
    "pairs of a pool": Row(
        lambda: pairs(pool=64),
        first,
        N * (2 * LABEL + 6) + N / 2 * (EDIT_1 + EDIT_5),
        N,
    ),
    "soft labels": Row(
        lambda: SoftLabels(draws(), torch.tensor([[0.25, 0.75]]).repeat(N, 1)),
        lambda: constant(float(np.log(0.25)), float(np.log(0.75))),
        N * 16,
        N,
    ),
    "gradients aligned": Row(lambda: gradients("align"), first, N * RAW, N),
    "gradients matched": Row(lambda: gradients("match"), first, N * RAW, N, least=1e-2),
    "texts written": Row(curated, reads_words, 12 * LABEL + 8.0 * BYTES, 12, texts=True),
    "texts asked": Row(
        lambda: Examples(texts(), senses(unsure=2), 2, "asked"),
        reads_words,
        12 * LABEL,
        12,
        8.0 * BYTES,
        texts=True,
    ),
    "texts asked of a pool": Row(
        lambda: Examples(texts(), senses(), 2, "asked", pool=256),
        reads_words,
        12 * LABEL,
        12,
        12 * 8.0,
        texts=True,
    ),
    "text pairs": Row(revised, reads_words, 24 * LABEL + 8 * BYTES + 12 * REVISED, 12, texts=True),
    "text pairs of a pool": Row(
        lambda: revised(pool=16), reads_words, 24 * LABEL + 12 * 4 + 12 * REVISED, 12, texts=True
    ),
    "relevant words": Row(relevant, reads_words, 12 * float(np.log2(13)), 12, texts=True),
    "relevant words dropped": Row(
        lambda: relevant(way="drop", labels=senses(unsure=2)),
        reads_words,
        12 * float(np.log2(13)),
        12,
        texts=True,
    ),
    "relevant words with contrast": Row(
        lambda: relevant(labels=senses(), contrast=0.5),
        reads_words,
        12 * float(np.log2(13)),
        12,
        texts=True,
    ),
    "words with their meaning": Row(lexicon, reads_words, 7 * (LABEL + WORD), 7, texts=True),
    "words rated by many": Row(
        lambda: lexicon(raters=10, levels=9, chosen=False, bag=3),
        reads_words,
        7 * float(np.log2(10)),
        70,
        texts=True,
    ),
    "names, numbers and words": Row(
        lambda: declared(labels=senses(unsure=3)),
        reads_words,
        CHANGED_TEXTS + 2 * WORD,
        4,
        texts=True,
    ),
    "the worst of these changes": Row(
        lambda: declared(hold="answer", search="worst"),
        reads_words,
        CHANGED_TEXTS + 2 * WORD,
        4,
        texts=True,
    ),
    "changes of texts assumed": Row(
        lambda: declared(labels=senses(), assumed=True), reads_words, 0, 0, texts=True
    ),
}
