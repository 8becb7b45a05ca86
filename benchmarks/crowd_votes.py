"""Votes for crowd_rules.py: what people said of snippets, dealt anew; and votes drawn to stated facts."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

SETS = ("films", "products", "editorials", "tweets")
SEATS, ITEMS = 20, 500
FEWEST = {"films": 15}
"""So many raters a text of these has at least; of the others 20."""

Codes = NDArray[np.int64]
Chances = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Dealt:
    """Some items, and as many votes of each, in an order by chance.

    Attributes:
        votes: ``Int64[items, votes]``: 0, 1, ..., or -1 for could not tell.
        helper: ``Float64[items, classes]``, a model's probabilities; ``None`` without one.
    """

    votes: Codes
    helper: Chances | None = None


Deal = Callable[[np.random.Generator], Dealt]


def snippets(folder: Path, name: str) -> Deal:
    """500 texts of one set at random, from the half on which the helper was not trained.

    Positive, negative, or 0: cannot tell. Which rater is which is not known, so that seats are dealt
    by chance. The helper is linear on tf-idf, trained on the other half's texts of which two thirds
    of the raters said one side.
    """
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    order = np.random.default_rng(0).permutation(len(rows))
    most = FEWEST.get(name, SEATS)
    said = [np.sign([int(one) for one in rows[i]["ratings"].split()]) for i in order]
    texts = [rows[i]["text"] for i in order]
    half = len(rows) // 2
    sides = np.array([np.mean(one > 0) - np.mean(one < 0) for one in said])
    clear = np.array([max(np.mean(one > 0), np.mean(one < 0)) >= 2 / 3 for one in said])
    learn = np.flatnonzero(clear[:half])[:2000]
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    model = LogisticRegression(C=10.0, max_iter=1000)
    model.fit(words.fit_transform([texts[i] for i in learn]), sides[learn] > 0)
    helper = model.predict_proba(words.transform(texts[half:]))

    def deal(rng: np.random.Generator) -> Dealt:
        some = rng.choice(len(rows) - half, ITEMS, replace=False)
        votes = np.stack([rng.permutation(said[half + i])[:most] for i in some])
        return Dealt(np.where(votes > 0, 1, np.where(votes < 0, 0, -1)), helper[some])

    return deal


FACTS: Mapping[str, float] = {"one vote errs": 0.045, "unanimous": 0.44, "below two thirds": 0.026}
"""Of the 50 votes of a CIFAR-10H image (Peterson et al. 2019), as measured elsewhere."""


def pictures(rng: np.random.Generator) -> Dealt:
    """Votes of 51 people on 500 pictures of ten classes, *drawn*, to the facts of CIFAR-10H.

    Most pictures are clear, and who errs there says any label; a few have a rival with 10 to 65 % of
    the votes.
    """
    clear = rng.random(ITEMS) < 0.945
    wrong = np.where(clear, rng.beta(0.42, 22.0, ITEMS), rng.uniform(0.1, 0.65, ITEMS))
    right = rng.integers(0, 10, ITEMS)
    rival = (right + rng.integers(1, 10, ITEMS)) % 10
    errs = rng.random((ITEMS, 51)) < wrong[:, None]
    any_ = (right[:, None] + rng.integers(1, 10, (ITEMS, 51))) % 10
    other = np.where(clear[:, None], any_, rival[:, None])
    return Dealt(np.where(errs, other, right[:, None]))


def seated(dealt: Dealt, each: int, rng: np.random.Generator) -> tuple[Codes, Codes]:
    """Seats and votes ``Int64[items, each]``: each item's first votes, given by people of 20 seats."""
    seats = np.stack([rng.permutation(SEATS)[:each] for _ in dealt.votes])
    return seats, dealt.votes[:, :each].copy()


def spoiled(
    seats: Codes, votes: Codes, clickers: int, classes: int, rng: np.random.Generator
) -> Codes:
    """The votes with some seats taken by people who click anything."""
    blind = seats < clickers
    return np.where(blind, rng.integers(0, classes, votes.shape), votes)
