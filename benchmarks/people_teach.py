"""What people's labels, revisions and words teach about texts, and at which price.

    python benchmarks/people_teach.py --data FOLDER [--seeds 0,1,...] [--learner linear]
        [--out benchmarks/results/people_teach.json]

FOLDER holds ``reviews/`` (film reviews, each with its revision by a person who turned its sentiment
around by the least) and ``snippets/`` (short texts with every rater's answer). The words that people
rated come with the package vaderSentiment; without it that arm is left out, and said so.

**Arms**: labels of reviews (random; by uncertainty), of film snippets (random, uncertainty, BADGE,
committee; and random, one rater each), pairs of a review and its revision, words with the side on which
people put them, a declared invariance (names and numbers do not matter), and mixtures. **Controls**:
automatic revisions (opposed words exchanged, the label turned, nobody asked), pairs with labels shuffled,
and reviews joined with others of the opposite label in place of their revisions.

**Prices**, all printed: items; bits; answers that persons gave; seconds of persons, by the assumptions in
``SECONDS``. As they are assumptions, the seconds that a revision might take until both ways cost the same
are printed beside each verdict.

**Measured** where people are certain (two thirds on one side): original and revised reviews of the test
set, films (half that nothing learns from), products, tweets, editorials, and original reviews with the five
words that speak most for their label misspelt.
"""

import argparse
import difflib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from people_texts import (
    UNSURE,
    WORD,
    Linear,
    Network,
    Rated,
    Revised,
    Store,
    Student,
    read_reviews,
    read_snippets,
    words,
)
from runs import ROOT, Numbers, carry_out
from sklearn.cluster import kmeans_plusplus
from sklearn.decomposition import TruncatedSVD

SIZES = (50, 100, 200, 400, 800, 1600)
"""Items of an arm: reviews, snippets or words; of pairs half as many, since each is two texts."""

POOL = 4800
"""Film snippets that may be asked about; the others are for testing."""

SECONDS = {
    "word read": 60 / 238,
    "label": 2.0,
    "word rated": 3.0,
    "span found": 5.0,
    "word typed": 1.5,
}
"""Assumptions. Reading: 238 words a minute (Brysbaert 2019, a meta-analysis of 190 studies). The others are
guesses: two seconds to decide and press a key, three to rate a word, five to find each place that must
change, 40 typed words a minute.
"""

VOCABULARY = 20_000
"""Words from which a person chooses when revising, for bits."""

MISSPELT = 5
RATERS_OF_WORDS = 10
LEVELS = 9
INVARIANCES = 16
"""How many invariances a person might declare, for the bits of one."""

OPPOSED = (
    "good bad, great terrible, best worst, excellent awful, wonderful horrible, brilliant stupid, "
    "interesting boring, exciting dull, funny unfunny, love hate, loved hated, liked disliked, like dislike, "
    "enjoy dislike, enjoyed disliked, beautiful ugly, amazing dreadful, perfect flawed, fantastic pathetic, "
    "superb lousy, well badly, better worse, recommend avoid, always never, more less, strong weak, "
    "believable unbelievable, convincing unconvincing, original unoriginal, clever dumb, fresh stale, "
    "masterpiece disaster, success failure, positive negative, happy sad, right wrong, real fake, "
    "memorable forgettable, fun tedious, entertaining annoying, impressive disappointing"
)
"""The words that the control exchanges."""


@dataclass(frozen=True)
class Lessons:
    """What one way of teaching has got for its price.

    Attributes:
        rows: of the store.
        labels: one for each.
        items: texts or words that people looked at.
        bits: of information.
        answers: that persons gave.
        seconds: of persons.
    """

    rows: np.ndarray
    labels: np.ndarray
    items: float
    bits: float
    answers: float
    seconds: float

    def __add__(self, other: "Lessons") -> "Lessons":
        return Lessons(
            np.r_[self.rows, other.rows],
            np.r_[self.labels, other.labels],
            self.items + other.items,
            self.bits + other.bits,
            self.answers + other.answers,
            self.seconds + other.seconds,
        )


class Texts:
    """All texts, read once, with what people said of them."""

    def __init__(self, folder: Path) -> None:
        self.store = store = Store()
        self.train, test = read_reviews(folder, "train"), read_reviews(folder, "test")
        self.original, self.revised = (
            store.add(self.train.originals),
            store.add(self.train.revisions),
        )
        automatic = [turned(text) for text in self.train.originals]
        self.turned, self.changed = (
            store.add(automatic),
            np.array(
                [new != old for new, old in zip(automatic, self.train.originals, strict=True)]
            ),
        )
        rng = np.random.default_rng(0)
        self.renamed = store.add([without_names(text, rng) for text in self.train.originals])
        films = read_snippets(folder, "films")
        films = films.take(rng.permutation(len(films.texts)))
        self.films = films.take(np.arange(POOL))
        self.pool = store.add(self.films.texts)
        self.lexicon = rated_words()
        self.words = store.add([word for word, _ in self.lexicon])
        self.laws: dict[str, tuple[np.ndarray, np.ndarray]] = {
            "original": (store.add(test.originals), test.labels),
            "revised": (store.add(test.revisions), 1 - test.labels),
        }
        others = {
            name: read_snippets(folder, name) for name in ("products", "tweets", "editorials")
        }
        for name, rated in {
            "films": films.take(np.arange(POOL, len(films.texts))),
            **others,
        }.items():
            certain = rated.certain()
            self.laws[name] = (store.add(certain.texts), certain.labels)
        self.laws["misspelt"] = (store.add(self._misspelt(test)), test.labels)

    def _misspelt(self, test: Revised) -> list[str]:
        """The test reviews with the words misspelt that speak most for their label.

        By a student of its own, taught with all labels of train reviews: what fools it is carried over to
        the others. People read through a letter that is left out; nobody was asked here.
        """
        own = Store()
        rows = own.add(self.train.originals)
        known = sorted({word for text in test.originals for word in words(text)})
        single = own.add(known)
        odds = Linear().fit(own, rows, self.train.labels, 0).odds(single)
        weight = dict(zip(known, odds.tolist(), strict=True))
        return [
            misspelt(text, weight, 1 if label else -1)
            for text, label in zip(test.originals, test.labels.tolist(), strict=True)
        ]

    def read(self, texts: Sequence[str]) -> float:
        """Seconds to read texts once."""
        return sum(len(words(text)) for text in texts) * SECONDS["word read"]


def misspelt(text: str, weight: Mapping[str, float], side: int) -> str:
    """The text with a middle letter left out of the ``MISSPELT`` words of four letters or more that most
    speak for ``side`` (1 or -1) by their weights.
    """
    long = sorted({word for word in words(text) if len(word) >= 4}, key=lambda w: -side * weight[w])
    chosen = set(long[:MISSPELT])

    def one(found: re.Match[str]) -> str:
        word = found[0]
        middle = len(word) // 2
        return word[:middle] + word[middle + 1 :] if word.lower() in chosen else word

    return WORD.sub(one, text)


def turned(text: str) -> str:
    """The text with each opposed word exchanged: what a program makes that nobody was asked about."""
    table = _opposites()
    return re.sub(r"\w+", lambda found: table.get(found[0].lower(), found[0]), text)


@cache
def _opposites() -> dict[str, str]:
    pairs = [pair.split() for pair in OPPOSED.split(", ")]
    return {**{b: a for a, b in pairs}, **dict(pairs)}


def without_names(text: str, rng: np.random.Generator) -> str:
    """The text with other numbers, and with another name for each capitalised word within a sentence."""
    names = ("Alden", "Bryce", "Corin", "Dorset", "Ellery", "Fenton", "Garrick", "Hollis")
    numbered = re.sub(r"\d+", lambda _: str(int(rng.integers(1, 100))), text)
    inner = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+")
    return inner.sub(lambda _: names[int(rng.integers(len(names)))], numbered)


def rated_words() -> list[tuple[str, int]]:
    """Words of letters alone with the side on which two thirds of ten people put them."""
    try:
        import vaderSentiment
    except ImportError:
        return []
    found = []
    file = Path(vaderSentiment.__file__).parent / "vader_lexicon.txt"
    for line in file.read_text().splitlines():
        word, _, _, ratings = line.split("\t")[:4]
        given = tuple(int(rating) for rating in ratings.strip("[]").split(","))
        side = int(Rated((word,), (given,)).labels[0])
        if word.isalpha() and side != UNSURE:
            found.append((word, side))
    return found


def reviews(texts: Texts, chosen: np.ndarray) -> Lessons:
    """Labels of reviews, one person each."""
    some = [texts.train.originals[row] for row in chosen]
    seconds = texts.read(some) + SECONDS["label"] * len(some)
    many = len(some)
    return Lessons(
        texts.original[chosen], texts.train.labels[chosen], many, many * math.log2(3), many, seconds
    )


def snippets(texts: Texts, chosen: np.ndarray, rng: np.random.Generator | None = None) -> Lessons:
    """Labels of snippets: of all raters, or with ``rng`` of one rater each. Unsure ones teach nothing."""
    rated = texts.films.take(chosen)
    if rng is None:
        labels, raters = rated.labels, [len(ratings) for ratings in rated.ratings]
    else:
        one = [ratings[int(rng.integers(len(ratings)))] for ratings in rated.ratings]
        labels = np.array([UNSURE if r == 0 else int(r > 0) for r in one])
        raters = [1] * len(one)
    seconds = sum(
        many * (texts.read([text]) + SECONDS["label"])
        for many, text in zip(raters, rated.texts, strict=True)
    )
    sure = labels != UNSURE
    bits = len(chosen) * math.log2(3)
    return Lessons(texts.pool[chosen][sure], labels[sure], len(chosen), bits, sum(raters), seconds)


def pairs(texts: Texts, chosen: np.ndarray) -> Lessons:
    """Reviews with their labels and revisions: two answers of a person each."""
    base = reviews(texts, chosen)
    edits = [edit(texts.train.originals[row], texts.train.revisions[row]) for row in chosen]
    bits = sum(one.bits for one in edits)
    seconds = sum(
        SECONDS["span found"] * one.spans + SECONDS["word typed"] * one.typed for one in edits
    )
    seconds += texts.read([texts.train.revisions[row] for row in chosen])  # and reads what came out
    many = len(chosen)
    revised = Lessons(
        texts.revised[chosen], 1 - texts.train.labels[chosen], many, bits, many, seconds
    )
    return base + revised


@dataclass(frozen=True)
class Edit:
    """How a text was revised.

    Attributes:
        spans: places that changed.
        typed: words that were put in.
        bits: to say which places and which words.
    """

    spans: int
    typed: int
    bits: float


def edit(old: str, new: str) -> Edit:
    """What changed, word by word."""
    before, after = words(old), words(new)
    codes = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    changed = [(j2 - j1) for tag, _, _, j1, j2 in codes if tag != "equal"]
    typed = sum(changed)
    places = 2 * len(changed) * math.log2(len(before) + 1)
    return Edit(len(changed), typed, places + typed * math.log2(VOCABULARY))


def lexicon(texts: Texts, chosen: np.ndarray) -> Lessons:
    """Words with the side on which ten people put them, each a text of one word."""
    labels = np.array([texts.lexicon[row][1] for row in chosen])
    answers = RATERS_OF_WORDS * len(chosen)
    bits = len(chosen) * math.log2(LEVELS + 1)
    return Lessons(
        texts.words[chosen], labels, len(chosen), bits, answers, answers * SECONDS["word rated"]
    )


Order = Callable[[Texts, np.random.Generator], np.ndarray]
Make = Callable[[Texts, np.ndarray, np.random.Generator], Lessons]


def _declared(texts: Texts, chosen: np.ndarray) -> Lessons:
    """Labels of reviews, and once that names and numbers do not matter."""
    base = reviews(texts, chosen)
    once = Lessons(texts.renamed[chosen], base.labels, 0, math.log2(INVARIANCES), 1, 30.0)
    return base + once


def _automatic(texts: Texts, chosen: np.ndarray) -> Lessons:
    base = reviews(texts, chosen)
    new = chosen[texts.changed[chosen]]
    return replace(
        base,
        rows=np.r_[base.rows, texts.turned[new]],
        labels=np.r_[base.labels, 1 - texts.train.labels[new]],
    )


def _shuffled(texts: Texts, chosen: np.ndarray, rng: np.random.Generator) -> Lessons:
    told = pairs(texts, chosen)
    return replace(told, labels=rng.permutation(told.labels))


def _unpaired(texts: Texts, chosen: np.ndarray, rng: np.random.Generator) -> Lessons:
    """Each review with another review of the revision's label, in place of the revision."""
    told = pairs(texts, chosen)
    other = [
        rng.choice(np.flatnonzero(texts.train.labels != texts.train.labels[row])) for row in chosen
    ]
    return replace(told, rows=np.r_[told.rows[: len(chosen)], texts.original[np.array(other)]])


PASSIVE: Mapping[str, tuple[str, Make]] = {
    "reviews": ("reviews", lambda t, c, _: reviews(t, c)),
    "snippets": ("films", lambda t, c, _: snippets(t, c)),
    "snippets, one rater": ("films", snippets),
    "pairs": ("half", lambda t, c, _: pairs(t, c)),
    "words": ("words", lambda t, c, _: lexicon(t, c)),
    "reviews + invariance": ("reviews", lambda t, c, _: _declared(t, c)),
    "reviews + snippets": ("both", lambda t, c, _: _both(t, c)),
    "words + pairs": (
        "half",
        lambda t, c, r: pairs(t, c) + lexicon(t, _some(r, len(t.words), 400)),
    ),
    "control: automatic": ("reviews", lambda t, c, _: _automatic(t, c)),
    "control: shuffled": ("half", _shuffled),
    "control: unpaired": ("half", _unpaired),
}


def _both(texts: Texts, chosen: np.ndarray) -> Lessons:
    half = len(chosen) // 2
    return reviews(texts, chosen[:half] % len(texts.original)) + snippets(texts, chosen[half:])


def _some(rng: np.random.Generator, many: int, wanted: int) -> np.ndarray:
    return rng.permutation(many)[:wanted]


def run_passive(texts: Texts, learner: type[Student], arm: str, seed: int) -> Numbers:
    """One way of teaching at each size, in one random order."""
    pool, make = PASSIVE[arm]
    rng = np.random.default_rng([seed, 1])
    many = {"films": POOL, "words": len(texts.words), "both": POOL}.get(pool, len(texts.original))
    order = rng.permutation(many)
    numbers: Numbers = {}
    for size in SIZES:
        wanted = size // 2 if pool == "half" else size
        lessons = make(texts, order[:wanted], np.random.default_rng([seed, 2, size]))
        numbers |= measured(texts, learner, lessons, size, seed)
    return numbers


def measured(
    texts: Texts, learner: type[Student], lessons: Lessons, size: int, seed: int
) -> Numbers:
    """What a student taught so reaches on each law, and the price."""
    student = learner().fit(texts.store, lessons.rows, lessons.labels, seed)
    right: Numbers = {}
    for law, (rows, labels) in texts.laws.items():
        same = (student.odds(rows) > 0) == labels
        right[law] = float(same.mean())
        right[f"{law}, balanced"] = float(np.mean([same[labels == side].mean() for side in (0, 1)]))
    price = {
        unit: float(getattr(lessons, unit)) for unit in ("items", "bits", "answers", "seconds")
    }
    return {f"{key} @ {size}": value for key, value in {**right, **price}.items()}


def by_uncertainty(student: Student, rows: np.ndarray, many: int, **_: object) -> np.ndarray:
    """The texts whose odds are nearest to even."""
    return np.argsort(np.abs(student.odds(rows)))[:many]


def by_gradients(
    student: Student, rows: np.ndarray, many: int, *, rng: np.random.Generator, **_: object
) -> np.ndarray:
    """BADGE (Ash et al. 2020): k-means++ on the gradients that the student's own answers would give.

    Of a logistic output the gradient is the features times how unsure the answer is; features of words are
    brought to 50 dimensions first.
    """
    odds = student.odds(rows)
    unsure = 1 / (1 + np.exp(np.abs(odds)))
    features = student.features(rows)
    if features.shape[1] > 50:
        features = TruncatedSVD(50, random_state=0).fit_transform(features)
    else:
        features = features.toarray()
    signed = features * (unsure * np.where(odds > 0, 1, -1))[:, None]
    return kmeans_plusplus(signed, many, random_state=int(rng.integers(1 << 31)))[1]


def by_committee(
    student: Student,
    rows: np.ndarray,
    many: int,
    *,
    rng: np.random.Generator,
    texts: Texts,
    lessons: Lessons,
) -> np.ndarray:
    """The texts on which five students of resampled lessons differ most (vote entropy, ties by odds)."""
    votes = np.zeros(len(rows))
    for member in range(5):
        some = rng.integers(len(lessons.rows), size=len(lessons.rows))
        if len(np.unique(lessons.labels[some])) < 2:
            continue
        one = type(student)().fit(texts.store, lessons.rows[some], lessons.labels[some], member)
        votes += one.odds(rows) > 0
    split = np.minimum(votes, 5 - votes) + 0.5 / (1 + np.abs(student.odds(rows)))
    return np.argsort(-split)[:many]


ACTIVE: Mapping[str, tuple[str, Callable[..., np.ndarray]]] = {
    "reviews by uncertainty": ("reviews", by_uncertainty),
    "snippets by uncertainty": ("films", by_uncertainty),
    "snippets by BADGE": ("films", by_gradients),
    "snippets by committee": ("films", by_committee),
}


def run_active(texts: Texts, learner: type[Student], arm: str, seed: int) -> Numbers:
    """A student that asks: at first at random, then in rounds of a quarter of what it has."""
    kind, choose = ACTIVE[arm]
    make, rows = (reviews, texts.original) if kind == "reviews" else (snippets, texts.pool)
    rng = np.random.default_rng([seed, 1])
    chosen = rng.permutation(len(rows))[: SIZES[0]]
    numbers = measured(texts, learner, make(texts, chosen), SIZES[0], seed)
    for size in SIZES[1:]:
        while len(chosen) < size:
            lessons = make(texts, chosen)
            student = learner().fit(texts.store, lessons.rows, lessons.labels, seed)
            left = np.setdiff1d(np.arange(len(rows)), chosen)
            many = min(size - len(chosen), max(25, len(chosen) // 4), len(left))
            picked = choose(student, rows[left], many, rng=rng, texts=texts, lessons=lessons)
            chosen = np.r_[chosen, left[picked]]
        numbers |= measured(texts, learner, make(texts, chosen), size, seed)
    return numbers


def arms(texts: Texts, learner: type[Student]) -> dict[str, Callable[[int], Numbers]]:
    """Every arm with this learner."""
    found: dict[str, Callable[[int], Numbers]] = {}
    for arm in PASSIVE:
        if texts.lexicon or "words" not in arm:
            found[arm] = lambda seed, arm=arm: run_passive(texts, learner, arm, seed)  # type: ignore[misc]
    for arm in ACTIVE:
        found[arm] = lambda seed, arm=arm: run_active(texts, learner, arm, seed)  # type: ignore[misc]
    return found


def main() -> None:
    """Run what is missing of the result file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", default="0,1,2,3,4,5,6,7,8,9")
    parser.add_argument("--learner", choices=("linear", "network"), default="linear")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    texts = Texts(given.data)
    learner = {"linear": Linear, "network": Network}[given.learner]
    ways = arms(texts, learner)
    seeds = [int(seed) for seed in given.seeds.split(",")]
    head = {
        "what": "accuracy where people are certain, by what people taught and its price",
        "learner": given.learner,
        "sizes": list(SIZES),
        "seconds": SECONDS,
        "words": len(texts.lexicon),
        "tested on": {law: len(rows) for law, (rows, _) in texts.laws.items()},
    }
    out = given.out or ROOT / f"benchmarks/results/people_teach_{given.learner}.json"
    carry_out(out, head, ways, dict.fromkeys(ways, seeds))


if __name__ == "__main__":
    main()
