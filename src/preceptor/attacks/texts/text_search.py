"""Searches through texts, item by item, of which the student is asked about many at once.

The search of one item is a generator: it yields the texts to be tried, is sent what the student
says of them, and returns the text that it found. What it is sent depends on its own texts only, so
that items can be searched together and the result is the same whatever the batch.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from preceptor.attacks.predictions import CleanPrediction, doubt, holds, logits_of
from preceptor.core import ItemRng, Student, TextDomain, Texts

Parts = tuple[str, ...]
"""One input: its only text, or one for each field."""

TOGETHER: Final = 2048
"""Texts that the student is asked about between two looks at the searches."""


@dataclass(frozen=True, eq=False)
class Said:
    """What the student says of the texts of one search, ``[texts]`` each.

    Attributes:
        doubt: how far it is from its own answer: infinite where it gives another label, see
            :func:`preceptor.attacks.predictions.doubt`.
        holds: where it still gives its own answer, with a hair's margin.
    """

    doubt: np.ndarray
    holds: np.ndarray


Search = Generator[Sequence[Parts], Said, Parts]


@dataclass(frozen=True, eq=False)
class TextItem:
    """One input to be moved.

    Attributes:
        clean: its parts.
        domain: which texts are valid.
        rng: its own stream.
        own: the student's label for it.
    """

    clean: Parts
    domain: TextDomain
    rng: np.random.Generator
    own: int

    def valid(self, tried: Sequence[Parts]) -> list[Parts]:
        """Those of some texts that are valid and differ from the clean one; each once."""
        return [
            one
            for one in dict.fromkeys(tried)
            if one != self.clean and self.domain.allows(one, self.clean)
        ]


def search_texts(
    student: Student[Texts],
    inputs: Texts,
    search: Callable[[TextItem], Search],
    *,
    domain: TextDomain,
    rng: ItemRng,
) -> Texts:
    """Search for every item, all of them together.

    Args:
        student: asked about texts.
        inputs: the clean ones.
        search: begins the search of one item.
        domain: which texts are valid.
        rng: the items' streams.

    Returns:
        what each search returned.
    """
    if len(inputs) == 0:
        return inputs
    own = CleanPrediction.of(student, inputs)
    labels = own.labels.tolist()
    items = [
        TextItem(parts, domain, rng.generators[row], labels[row])
        for row, parts in enumerate(inputs.parts)
    ]
    found = [item.clean for item in items]
    known: list[dict[Parts, tuple[float, bool]]] = [{} for _ in items]
    running: dict[int, tuple[Search, Sequence[Parts]]] = {}

    def go_on(row: int, walk: Search, said: Said | None) -> None:
        try:
            running[row] = walk, walk.send(said)  # type: ignore[arg-type]
        except StopIteration as end:
            running.pop(row, None)
            found[row] = end.value

    for row, item in enumerate(items):
        go_on(row, search(item), None)
    while running:
        rows, asked = _wanted(running, known)
        if asked:
            _hear(student, inputs.with_parts(asked), torch.tensor(rows), own, asked, known)
        for row in [*running]:
            walk, tried = running[row]
            if all(one in known[row] for one in tried):
                answers = [known[row][one] for one in tried]
                doubts = np.array([one for one, _ in answers], np.float64)
                go_on(row, walk, Said(doubts, np.array([one for _, one in answers], np.bool_)))
    return inputs.with_parts(found)


def _wanted(
    running: Mapping[int, tuple[Search, Sequence[Parts]]],
    known: Sequence[Mapping[Parts, tuple[float, bool]]],
) -> tuple[list[int], list[Parts]]:
    """The texts that searches wait for, each with its item; about as many as go together."""
    rows: list[int] = []
    asked: list[Parts] = []
    for row, (_, tried) in running.items():
        new = [one for one in dict.fromkeys(tried) if one not in known[row]]
        rows += [row] * len(new)
        asked += new
        if len(asked) >= TOGETHER:
            break
    return rows, asked


def _hear(
    student: Student[Texts],
    texts: Texts,
    rows: torch.Tensor,
    own: CleanPrediction,
    asked: Sequence[Parts],
    known: Sequence[dict[Parts, tuple[float, bool]]],
) -> None:
    """Ask about some texts, and note what is said of each."""
    logits = logits_of(student, texts)
    mine = own.take(rows.to(logits.device))
    doubts = doubt(student, logits, mine).tolist()
    kept = holds(student, logits, mine).tolist()
    for row, one, much, held in zip(rows.tolist(), asked, doubts, kept, strict=True):
        known[row][one] = much, held
