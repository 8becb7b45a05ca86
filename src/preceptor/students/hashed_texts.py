"""A small network that reads texts as hashed words, pairs of words and runs of letters."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from preceptor.core import InputError
from preceptor.core.text_words import words_of
from preceptor.students.text_students import TokenizedStudent

BUCKETS: Final = 1 << 14

HASHED: Final = "hashed-texts"
"""The word that stands for an untaught network of this kind where a student is named."""

RUN: Final = 4
"""Letters of a run."""

_TEXTS_AT_ONCE: Final = 256


@lru_cache(maxsize=50_000)
def pieces_of_words(text: str, letters: bool, buckets: int) -> tuple[int, ...]:
    """The buckets, from 1, of a text's words, of pairs of neighbours and, with ``letters``, of runs of four
    letters in words of four or more; in small letters.
    """
    words = [f"<{word.lower()}>" for word in words_of(text)]
    pieces = [*words, *(a + b for a, b in pairwise(words))]
    if letters:
        pieces += [
            word[at : at + RUN]
            for word in words
            if len(word) >= RUN + 2
            for at in range(len(word) - RUN + 1)
        ]
    return tuple(1 + crc32(piece.encode()) % (buckets - 1) for piece in pieces)


@dataclass(frozen=True)
class HashedPieces:
    """A tokenizer: each text's buckets, ``Int64[texts, longest]``, 0 behind.

    Attributes:
        letters: whether runs of four letters count, so that a mistyped word resembles itself.
        buckets: how many there are.
    """

    letters: bool = True
    buckets: int = BUCKETS

    def __call__(self, texts: Sequence[Any]) -> Tensor:
        rows = []
        for text in texts:
            joined = text if isinstance(text, str) else " \u241e ".join(text)
            rows.append(pieces_of_words(joined, self.letters, self.buckets))
        found = torch.zeros((len(rows), max([1, *map(len, rows)])), dtype=torch.int64)
        for place, row in enumerate(rows):
            found[place, : len(row)] = torch.tensor(row, dtype=torch.int64)
        return found


class HashedNet(nn.Module):
    """The mean of embedded pieces, then one hidden layer.

    Args:
        classes: the number of labels.
        width: of the embedding and the hidden layer.
        buckets: of the tokenizer.
    """

    def __init__(self, classes: int, width: int = 32, buckets: int = BUCKETS) -> None:
        super().__init__()
        self.embed = nn.Embedding(buckets, width, padding_idx=0)
        self.read = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, classes))

    def forward(self, pieces: Tensor) -> Tensor:
        """Logits ``Float[batch, classes]`` of buckets ``Int64[batch, longest]``."""
        many = (pieces != 0).sum(1, keepdim=True).clamp(min=1)
        found: Tensor = self.read(self.embed(pieces).sum(1) / many)
        return found


def hashed_texts(
    classes: int,
    *,
    width: int = 32,
    letters: bool = True,
    seed: int = 0,
    name: str = HASHED,
    device: str | torch.device = "cpu",
) -> TokenizedStudent:
    """An untaught network that reads texts, to be taught.

    Args:
        classes: the number of labels.
        width: of the embedding and the hidden layer.
        letters: whether it reads runs of four letters beside words and pairs of words.
        seed: of the weights.
        name: of the student.
        device: where it computes.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = HashedNet(classes, width)
    return of_network(network, HashedPieces(letters), classes=classes, name=name, device=device)


def of_network(
    network: HashedNet,
    pieces: HashedPieces,
    *,
    classes: int,
    name: str,
    device: str | torch.device = "cpu",
) -> TokenizedStudent:
    """The student of a network and its tokenizer."""
    return TokenizedStudent(
        network, pieces, classes=classes, name=name, device=device, batch=_TEXTS_AT_ONCE
    )


def header_of(student: object) -> dict[str, str]:
    """What a file of weights says beside them, so that it can be loaded by itself; empty for others."""
    if not isinstance(student, TokenizedStudent) or not isinstance(student.module, HashedNet):
        return {}
    if not isinstance(student.tokenizer, HashedPieces):
        return {}
    said = {
        "classes": student.classes,
        "width": student.module.embed.embedding_dim,
        "letters": student.tokenizer.letters,
        "buckets": student.tokenizer.buckets,
    }
    return {HASHED: json.dumps(said, sort_keys=True)}


def load_hashed(path: Path, device: str | torch.device = "cpu") -> TokenizedStudent | None:
    """The network in a file of weights that says so; ``None`` for a file of others.

    Raises:
        InputError: the file is damaged.
    """
    try:
        with safe_open(path, framework="pt") as opened:
            said = (opened.metadata() or {}).get(HASHED)
            weights = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path} is no file of weights: {error}") from error
    if said is None:
        return None
    try:
        form = json.loads(said)
        network = HashedNet(int(form["classes"]), int(form["width"]), int(form["buckets"]))
        network.load_state_dict(weights)
        pieces = HashedPieces(bool(form["letters"]), int(form["buckets"]))
    except (ValueError, KeyError, TypeError, RuntimeError) as error:
        raise InputError(f"{path} holds weights that are not what it says: {error}") from error
    return of_network(
        network,
        pieces,
        classes=int(form["classes"]),
        name=path.parent.name or path.stem,
        device=device,
    )
