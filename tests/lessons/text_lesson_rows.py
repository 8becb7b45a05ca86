"""What texts are taught by, for the contract table, with a student that reads single words."""

from typing import Any

import torch
from torch import Tensor, nn

from preceptor.core import UNCERTAIN, TextDomain, Texts
from preceptor.core.text_words import words_of
from preceptor.lessons import (
    Examples,
    RelevantWords,
    TextInvariances,
    TextPairs,
    WordMeanings,
)
from preceptor.students import TokenizedStudent, hashed_texts
from preceptor.transforms.texts import OtherNames, OtherNumbers, Repunctuated, WordsAlike

GOOD = ("superb", "lovely", "clever")
BAD = ("awful", "clumsy", "dreary")


def texts(n: int = 12, side: int = 0) -> Texts:
    """Reviews, by turns bad and good; with ``side`` 1 good and bad."""
    rows = []
    for i in range(n):
        word = (BAD, GOOD)[(i + side) % 2][i % 3]
        rows.append(f"We saw it with Anna in 1{i:03d}. The film was {word}, they said.")
    return Texts(tuple(rows))


def senses(n: int = 12, side: int = 0, unsure: int = 0) -> Tensor:
    labels = (torch.arange(n) + side) % 2
    labels[:unsure] = UNCERTAIN
    return labels


def marks(inputs: Texts) -> tuple[tuple[tuple[int, int, int], ...], ...]:
    """The word of opinion in each."""
    found = []
    for row in inputs.rows:
        word = next(w for w in (*GOOD, *BAD) if w in row)
        found.append(((0, row.index(word), row.index(word) + len(word)),))
    return tuple(found)


class CountsWords(nn.Module):
    """Sure of the side of which there are more words."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(40.0))

    def forward(self, sides: Tensor) -> Tensor:
        return torch.stack([-self.scale * sides, self.scale * sides], 1)


def counted(rows: list[str]) -> Tensor:
    return torch.tensor(
        [float(sum((w in GOOD) - (w in BAD) for w in words_of(row))) for row in rows]
    )


def reads_words() -> TokenizedStudent:
    """Knows the words of opinion, and nothing else."""
    student = TokenizedStudent(CountsWords(), counted, classes=2)
    student.module.train()
    return student


def text_learner() -> TokenizedStudent:
    """An untaught network, in training mode."""
    student = hashed_texts(2)
    student.module.train()
    return student


def pairs(**options: Any) -> TextPairs:
    return TextPairs(texts(), texts(side=1), senses(), senses(side=1), 2, **options)


def relevant(**options: Any) -> RelevantWords:
    return RelevantWords(texts(), marks(texts()), **options)


def declared(**options: Any) -> TextInvariances:
    changes = (OtherNames(), OtherNumbers(), Repunctuated(), WordsAlike((("film", "movie"),)))
    return TextInvariances(texts(), TextDomain(), changes, **options)


def curated() -> Examples:
    return Examples(texts(), senses(unsure=2), 2, "volunteered")


def lexicon(**options: Any) -> WordMeanings:
    words = Texts((*BAD, *GOOD, "film"))
    labels = torch.tensor([0, 0, 0, 1, 1, 1, UNCERTAIN])
    return WordMeanings(words, labels, 2, **options)
