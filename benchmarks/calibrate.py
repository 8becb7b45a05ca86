"""People's number from a stand-in and few of their answers: does it hold, and what does it save?

    python benchmarks/calibrate.py --data FOLDER [--resamplings 1000] [--seed 20260916]
        [--invariance FILE.npz] [--out benchmarks/results/calibrate.json] [--work FOLDER]

``FOLDER`` holds ``films.csv``, ``products.csv``, ``editorials.csv`` and ``tweets.csv`` with columns
``id,text,ratings``: every rater's own answer, from -4 to 4, separated by blanks (Hutto & Gilbert
2014, the data of cjhutto/vaderSentiment). People say *positive*, *negative*, or cannot tell (0);
they are certain where two thirds of the raters, of at least five, say the same.

Each resampling draws one of the four sets in turn, 500 texts of the half that no student was trained
on, three raters of each text to be set aside, and an order in which people are asked. What people
say is what the raters who are left say. Students: linear on tf-idf, trained on 2,000 texts of the
other half, or on 150. Stand-ins:

- ``agrees on .90``: says what people say, but turns around a tenth of the labels;
- ``reversed``: the same, turned around;
- ``coin``: a label, or that it cannot tell, at random;
- ``three raters``: those set aside, certain where two of them agree; how many do is its score;
- ``model``: linear on characters, trained on the other half, certain from a probability of .6 on,
  which is its score.

The rate is the student's accuracy where people are certain, at 95 %, after 25, 50 and 100 answers. Counted:
resamplings in which the true rate of the 500 texts was ever ruled out up to 100 answers (intervals
only shrink, so the last one tells), with Clopper-Pearson intervals; and widths, beside those of
people's answers alone in a uniformly random order, through the same library. Rules fixed
beforehand: coverage at least 95 %; at 100 answers the accuracy's interval on average at least 30 % narrower
with ``agrees on .90``, and at most 10 % wider with ``coin`` or ``reversed``, over the four sets together. What
was tuned (the part of the stake bet alone, its fractions, the weights of the draw) was tuned on simulated
answers and on seeds below 100; the seeds that count begin at ``--seed``.

Where ``ppi_py`` is installed, prediction-powered inference (Angelopoulos et al. 2023, its
``ppi_mean_ci`` with power tuning) gets the same people's answers, uniformly drawn, and the same
guesses; the ratio's interval is where the mean of ``right - p certain`` may be 0. It is for one look at
a number of answers fixed beforehand, and asymptotic; ``missed_ever`` looks after each tenth answer.

``--invariance``: the MNIST panel and the rule teacher of :mod:`preceptor.problems` against people on 100
pictures moved within l_inf 0.3 and 100 moved within a few pixels (Tramer et al. 2020,
ftramer/Excessive-Invariance), all of them, so without intervals.

Some eight minutes of one core; with ``--work`` it goes on where it was.
"""

import argparse
import csv
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from runs import ROOT, kept, made
from scipy.stats import beta
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from preceptor.calibration.drawing import weights_of
from preceptor.calibration.measures import AuditMeasure, Guess, Kind
from preceptor.core import MISSING, UNCERTAIN, Votes
from preceptor.problems import problem
from preceptor.sequential import Cells, Result, corrected, weighted_order

SETS = ("films", "products", "editorials", "tweets")
SEED, LEVEL, ITEMS, LOOKS = 20260916, 0.95, 500, (25, 50, 100)
KINDS: tuple[Kind, ...] = ("accuracy",)
PART = 50
RULE = Votes(least=5)

Codes = NDArray[np.int64]
Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Texts:
    """One set of texts: the half to draw from, with what two students and a model say of it.

    Attributes:
        ratings: of each text, -1, 0 or 1 for each rater.
        students: ``Int64[students, texts]``.
        sure: ``Float[texts]``, the model's probability of *positive*.
    """

    ratings: list[Codes]
    students: Codes
    sure: Array


@lru_cache
def read(folder: Path, name: str) -> Texts:
    """Read a set, split it and train on one half."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    texts = [row["text"] for row in rows]
    ratings = [np.sign(np.array(row["ratings"].split(), float)).astype(int) for row in rows]
    order = np.random.default_rng(0).permutation(len(texts))
    train, rest = order[: len(order) // 2], order[len(order) // 2 :]
    labels = people_of(ratings)
    known = [row for row in train if labels[row] != UNCERTAIN]
    students = [fitted(texts, labels, some, rest)[0] for some in (known[:2000], known[:150])]
    _, sure = fitted(texts, labels, known, rest, analyzer="char_wb", ngram_range=(2, 5))
    return Texts([ratings[row] for row in rest], np.stack(students), sure)


def fitted(
    texts: list[str], labels: Codes, train: list[int], rest: Codes, **how: Any
) -> tuple[Codes, Array]:
    """What a linear model says of the rest, and its probability of *positive*."""
    words = TfidfVectorizer(sublinear_tf=True, **({"ngram_range": (1, 2)} | how))
    model = LogisticRegression(C=10.0, max_iter=1000)
    model.fit(words.fit_transform([texts[row] for row in train]), labels[train])
    sure = model.predict_proba(words.transform([texts[row] for row in rest]))[:, 1]
    return (sure > 0.5).astype(np.int64), sure


def people_of(ratings: list[Codes]) -> Codes:
    """``Int64[texts]``: 0 negative, 1 positive, ``UNCERTAIN``, by the rule of votes."""
    width = max(map(len, ratings))
    votes = torch.full((len(ratings), width), MISSING)
    for row, said in enumerate(ratings):
        votes[row, : len(said)] = torch.from_numpy(np.select([said > 0, said < 0], [1, 0], -1))
    return RULE.decide(votes).numpy()


@dataclass(frozen=True, eq=False)
class World:
    """One resampling: what all say of its texts.

    Attributes:
        student: ``Int64[items]``.
        people: ``Int64[items]``.
        stand_ins: labels and scores, by name.
    """

    student: Codes
    people: Codes
    stand_ins: dict[str, tuple[Codes, Array | None]]


def world(folder: Path, number: int, seed: int) -> World:
    """Draw one."""
    rng = np.random.default_rng([seed, number])
    data = read(folder, SETS[number % 4])
    rows = rng.choice(len(data.ratings), ITEMS, replace=False)
    aside, left = [], []
    for row in rows:
        said = rng.permutation(data.ratings[row])
        aside.append(said[:3])
        left.append(said[3:])
    people = people_of(left)
    turned = np.where(people == UNCERTAIN, UNCERTAIN, 1 - people)
    near = np.where(rng.random(ITEMS) < 0.9, people, turned)
    three = np.stack([(np.stack(aside) == sign).sum(1) for sign in (-1, 1)], 1)
    sure = data.sure[rows]
    stand_ins: dict[str, tuple[Codes, Array | None]] = {
        "agrees on .90": (near, None),
        "reversed": (np.where(near == UNCERTAIN, UNCERTAIN, 1 - near), None),
        "coin": (rng.integers(-1, 2, ITEMS), None),
        "three raters": (
            np.where(three.max(1) >= 2, three.argmax(1), UNCERTAIN),
            three.max(1) / 3,
        ),
        "model": (
            np.where(np.maximum(sure, 1 - sure) >= 0.6, (sure > 0.5).astype(int), UNCERTAIN),
            np.maximum(sure, 1 - sure),
        ),
    }
    return World(data.students[number // 4 % 2][rows], people, stand_ins)


def measure(student: Codes, teacher: Codes, kind: Kind) -> AuditMeasure:
    """The rate as a teacher has it."""
    codes = np.select(
        [teacher == UNCERTAIN, teacher == student], [Result.VOID, Result.RIGHT], Result.WRONG
    )
    return AuditMeasure("no attack", kind, (0,), codes.astype(np.int64))


def binned(scores: Array | None) -> Array | None:
    """As the library groups them."""
    from preceptor.calibration.measures import _binned

    return None if scores is None else _binned(scores)


def resampling(folder: Path, number: int, seed: int) -> dict[str, Any]:
    """Everything of one resampling: ends at each look, by rate and by who guesses."""
    found = world(folder, number, seed)

    def order_by(weights: Array) -> Codes:
        """All orders come from the same waiting times, so that widths are compared in pairs."""
        return weighted_order(weights, np.random.default_rng([seed, number, 1]))[: LOOKS[-1]]

    even = order_by(np.ones(ITEMS))
    guesses = {
        (name, kind): Guess((measure(found.student, said, kind),), binned(scores))
        for name, (said, scores) in found.stand_ins.items()
        for kind in KINDS
    }
    result: dict[str, Any] = {"set": SETS[number % 4], "agreement": {}, "rates": {}}
    for name, (said, _) in found.stand_ins.items():
        both = (said != UNCERTAIN) & (found.people != UNCERTAIN)
        result["agreement"][name] = float((said == found.people)[both].mean())
    orders = {}
    for name in found.stand_ins:
        weights = weights_of(guesses[name, "accuracy"])
        orders[name] = (weights, order_by(weights))
    for kind in KINDS:
        truth = measure(found.student, found.people, kind)
        shares = truth.shares[:, 0]
        total = shares.sum(0)
        ends = {"alone": at_looks(Cells.alike(np.ones(ITEMS)), even, shares, predicts=False)}
        for name in found.stand_ins:
            weights, order = orders[name]
            ends[name] = at_looks(guesses[name, kind].cells(weights), order, shares)
        result["rates"][kind] = {
            "true": float(total[0] / total[1]),
            "ends": ends,
            "ppi": {
                name: powered(shares, guesses[name, kind].measures[0].shares[:, 0], even)
                for name in found.stand_ins
            },
        }
    return result


def at_looks(
    cells: Cells, order: Codes, shares: Array, *, predicts: bool = True
) -> list[tuple[float, float]]:
    """The interval after each number of answers."""
    steps = corrected(cells, order, shares[order], shares[order], predicts=predicts)
    tail = (1 - LEVEL) / 2
    return [one.ends(tail) for place, one in enumerate(steps, 1) if place in LOOKS]


def powered(shares: Array, guessed: Array, order: Codes) -> dict[str, Any] | None:
    """Prediction-powered inference on the same answers; ``None`` where it is not installed."""
    try:
        from ppi_py import ppi_mean_ci
    except ImportError:
        return None

    def holds(p: float, n: int) -> bool:
        said, rest = order[:n], np.setdiff1d(np.arange(ITEMS), order[:n])
        y, h = (found @ np.array([1.0, -p]) for found in (shares, guessed))
        low, high = ppi_mean_ci(y[said], h[said], h[rest], alpha=1 - LEVEL)
        return bool(np.ravel(low)[0] <= 0 <= np.ravel(high)[0])

    total = shares.sum(0)
    true = float(total[0] / total[1])
    ends = {str(LOOKS[-1]): _edges(lambda p: holds(p, LOOKS[-1]))}
    return {
        "ends": ends,
        "missed": {str(n): not holds(true, n) for n in LOOKS},
        "missed_ever": not all(holds(true, n) for n in range(20, LOOKS[-1] + 1, 10)),
    }


def _edges(holds: Callable[[float], bool]) -> tuple[float, float] | None:
    """Between which rates it holds, to a two-hundredth; ``None`` if nowhere."""
    inside = [p for p in np.linspace(0, 1, 51) if holds(float(p))]
    if not inside:
        return None
    ends = []
    for edge, step in ((inside[0], -0.005), (inside[-1], 0.005)):
        while 0 <= edge + step <= 1 and holds(float(edge + step)):
            edge += step
        ends.append(float(edge))
    return ends[0], ends[1]


def ends_of(hits: int, of: int) -> list[float]:
    """Clopper-Pearson, 95 %."""
    return [
        float(beta.ppf(0.025, hits, of - hits + 1)) if hits else 0.0,
        float(beta.ppf(0.975, hits + 1, of - hits)) if hits < of else 1.0,
    ]


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage and widths, by rate and by stand-in."""
    found: dict[str, Any] = {}
    for kind in KINDS:
        one = [run["rates"][kind] for run in runs]
        alone = [[high - low for low, high in run["ends"]["alone"]] for run in one]
        rows = {}
        for name in one[0]["ends"]:
            ends = [run["ends"][name] for run in one]
            missed = sum(
                not low - 1e-9 <= run["true"] <= high + 1e-9
                for run, ends_ in zip(one, ends, strict=True)
                for low, high in ends_[-1:]
            )
            widths = np.array([[high - low for low, high in some] for some in ends])
            rows[name] = {
                "missed_ever": missed,
                "covered": 1 - missed / len(one),
                "covered_interval": ends_of(len(one) - missed, len(one)),
                "width": dict(zip(map(str, LOOKS), widths.mean(0).tolist(), strict=True)),
                "to_alone": dict(
                    zip(
                        map(str, LOOKS),
                        (widths.mean(0) / np.mean(alone, 0)).tolist(),
                        strict=True,
                    )
                ),
                "ppi": _ppi(one, name),
            }
        found[kind] = rows
    return found


def _ppi(one: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    said = [run["ppi"].get(name) for run in one]
    if not said or said[0] is None:
        return None
    last = str(LOOKS[-1])
    return {
        "missed": {str(n): sum(s["missed"][str(n)] for s in said) for n in LOOKS},
        "missed_ever": sum(s["missed_ever"] for s in said),
        "width": {
            last: float(np.mean([e[1] - e[0] for s in said if (e := s["ends"][last])])),
        },
        "of": len(said),
        "empty": sum(s["ends"][last] is None for s in said),
    }


def invariance(file: Path) -> dict[str, Any]:
    """What the MNIST teachers say of pictures of which people say that they changed."""
    with np.load(file) as held:
        arrays = dict(held)
    originals = torch.from_numpy(arrays["originals"].astype(np.float32))
    labels = arrays["original_label"].astype(int)
    found: dict[str, Any] = {}
    for name in ("mnist", "mnist-rule"):
        teacher = problem(name).teacher
        shape = (-1, *problem(name).source.domain.shape)
        clean = teacher(originals.reshape(shape)).labels.numpy()
        rows: dict[str, Any] = {"clean": counted(clean, labels)}
        for moved in ("linf03", "l0"):
            said = teacher(
                torch.from_numpy(arrays[moved].astype(np.float32)).reshape(shape)
            ).labels.numpy()
            people = arrays[f"{moved}_people"].astype(int)
            changed = people != labels
            rows[moved] = {
                "all": counted(said, people),
                "changed_to_people": {
                    **counted(said[changed], people[changed]),
                    "says_the_old_label": int((said == labels)[changed].sum()),
                },
                "kept_to_people": counted(said[~changed], people[~changed]),
            }
        found[name] = rows
    return found


def counted(said: Codes, people: Codes) -> dict[str, int]:
    """How often a teacher says what people say, another label, or nothing certain."""
    return {
        "of": len(people),
        "agrees": int((said == people).sum()),
        "contrary": int(((said != UNCERTAIN) & (said != people)).sum()),
        "void": int((said == UNCERTAIN).sum()),
    }


def main() -> None:
    """Run what was asked for."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--invariance", type=Path)
    options.add_argument("--resamplings", type=int, default=1000)
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--work", type=Path)
    options.add_argument(
        "--most", type=int, help="stop after so many seconds of processor time; with --work"
    )
    options.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/calibrate.json")
    asked = options.parse_args()
    torch.set_num_threads(1)
    code, clock = made(), time.process_time()
    head = {"seed": asked.seed, "commit": code["commit"], "level": LEVEL, "items": ITEMS}
    runs: list[dict[str, Any]] = []
    for part, start in enumerate(range(0, asked.resamplings, PART)):
        if asked.most is not None and time.process_time() - clock > asked.most:
            return
        numbers = range(start, min(start + PART, asked.resamplings))
        name = f"part-{part}"
        runs += kept(
            asked.work,
            name,
            head,
            lambda numbers=numbers: [resampling(asked.data, n, asked.seed) for n in numbers],
        )
    found = {
        "benchmark": "calibrate",
        **head,
        "looks": list(LOOKS),
        "resamplings": len(runs),
        "environment": code,
        "agreement": {
            name: float(np.mean([run["agreement"][name] for run in runs]))
            for name in runs[0]["agreement"]
        },
        "rates": summary(runs),
        "by_set": {
            name: summary([run for run in runs if run["set"] == name])
            for name in SETS
            if any(run["set"] == name for run in runs)
        },
        "invariance": None if asked.invariance is None else invariance(asked.invariance),
    }
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for kind, rows in found["rates"].items():
        for name, row in rows.items():
            print(kind, name, row["missed_ever"], row["to_alone"], row["ppi"])


if __name__ == "__main__":
    main()
