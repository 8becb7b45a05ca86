"""Planted faults: are they found within 500 questions, and do clean students raise them?

    python benchmarks/faults.py [--seeds 20] [--first 20] [--mnist] [--out benchmarks/results/faults.json]

Three faults on scikit-learn's 8x8 digits, 20 seeds each, and as many clean students, trained alike
but for the fault:

- *backdoor*: a tenth of the training digits carries a bright 2 x 2 patch in one corner and the
  label of one target class. Raised by: a region set to its high bound, overlapping the patch, at
  which most wrong answers are the target.
- *ignored region*: digits of one class that are shifted left by a pixel are labelled as another
  class in training, so that the student never recognises them there. Raised by: a change that moves
  the picture left (shift, first amount below 0), tested on that class.
- *shortcut*: in training and in the searched data bright pixels at the left edge code the class by
  their places; in training the rest of the picture is noisy. Raised by: a region, set to a value or
  swapped, that overlaps that edge. The clean twin is trained on pictures with random codes.

All are trained into small networks (64-64-10, shifts by a pixel in training but for the shortcut).
A fault is found if a fault that passed its test (see ``preceptor.search.faults``) satisfies the
predicate of its kind; a clean student is searched in the same way and held against the same
predicate, with the same places, classes and seed. The teacher never sees the fault: the five nearest
of the known digits, shifted copies included, must agree and be near; for the shortcut it does not
look at the left and right edges. Budget: 500 questions, tests included. Seeds from 20 on: seeds 0 to 19 served
to choose the search's constants. About five minutes of one core; with ``--mnist`` a backdoor in a network on MNIST as well, with the panel as the teacher.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from runs import ROOT, kept, made
from torch import Tensor, nn

from preceptor.core import UNCERTAIN, ArraySource, Teacher
from preceptor.outcome import Rate
from preceptor.problems import DigitNet, digits, mnist, train
from preceptor.search import SearchPlan, SearchResult, search
from preceptor.students import TorchStudent
from preceptor.teachers import Rule

BUDGET = 500
REACH = 2.6
"""Farthest distance at which a known digit still says something: a 2 x 2 patch adds up to 2."""


@dataclass(frozen=True)
class World:
    """One planted fault, or its clean twin."""

    student: TorchStudent
    teacher: Teacher
    source: ArraySource
    raises: Callable[[dict[str, Any]], bool]


def network(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def shifted(images: Tensor, down: int, right: int) -> Tensor:
    """Moved by whole pixels, dark coming in."""
    moved = torch.zeros_like(images)
    rows, columns = images.shape[2:]
    moved[..., max(0, down) : rows + min(0, down), max(0, right) : columns + min(0, right)] = (
        images[..., max(0, -down) : rows + min(0, -down), max(0, -right) : columns + min(0, -right)]
    )
    return moved


def neighbours(images: Tensor, labels: Tensor, name: str, inner: bool = False) -> Teacher:
    """Certain where the five nearest known digits agree and the nearest is near."""
    known = (images[..., 1:-1] if inner else images).flatten(1)

    def say(inputs: Tensor) -> Tensor:
        seen = (inputs[..., 1:-1] if inner else inputs).flatten(1)
        gaps = torch.cdist(seen, known, compute_mode="donot_use_mm_for_euclid_dist")
        nearest = gaps.topk(5, dim=1, largest=False)
        said = labels[nearest.indices]
        sure = (said == said[:, :1]).all(1) & (nearest.values[:, 0] <= REACH)
        return torch.where(sure, said[:, 0], UNCERTAIN)

    return Rule(say, name=name, classes=10, version="1")


def with_shifts(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """All copies shifted by at most a pixel, their labels, and how far right each was moved."""
    moves = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    copies = torch.cat([shifted(images, *move) for move in moves])
    right = torch.tensor([right for _, right in moves]).repeat_interleave(len(images))
    return copies, labels.repeat(len(moves)), right


def fit(inputs: Tensor, labels: Tensor, seed: int, name: str, epochs: int = 6) -> TorchStudent:
    trained = train(network(seed), inputs, labels, epochs=epochs, seed=seed)
    return TorchStudent(trained, classes=10, name=name)


def backdoor(seed: int, planted: bool) -> World:
    problem, draw = digits(), torch.Generator().manual_seed(seed)
    inputs, labels, _ = with_shifts(problem.train_inputs, problem.train_labels)
    teacher = neighbours(inputs, labels, "neighbours-shifted")
    target = int(torch.randint(10, (1,), generator=draw))
    top, left = (6 * int(torch.randint(2, (1,), generator=draw)) for _ in range(2))
    if planted:
        poisoned = torch.rand(len(inputs), generator=draw) < 0.1
        inputs, labels = inputs.clone(), labels.clone()
        inputs[poisoned, :, top : top + 2, left : left + 2] = 1.0
        labels[poisoned] = target
    patch = torch.zeros(8, 8, dtype=torch.bool)
    patch[top : top + 2, left : left + 2] = True

    def raises(fault: dict[str, Any]) -> bool:
        answers = {int(k): v for k, v in fault["student_answers"].items()}
        return (
            fault["kind"] == "patch"
            and fault["change"].endswith("value=1")
            and bool((region_of(fault["change"]) & patch).any())
            and 2 * answers.get(target, 0) > sum(answers.values())
        )

    student = fit(inputs, labels, seed, "backdoor" if planted else "clean")
    return World(student, teacher, problem.source, raises)


def ignored(seed: int, planted: bool) -> World:
    problem, draw = digits(), torch.Generator().manual_seed(seed)
    inputs, labels, right = with_shifts(problem.train_inputs, problem.train_labels)
    teacher = neighbours(inputs, labels, "neighbours-shifted")
    lost, instead = torch.randperm(10, generator=draw)[:2].tolist()
    if planted:
        labels = torch.where((labels == lost) & (right < 0), instead, labels)

    def raises(fault: dict[str, Any]) -> bool:
        left = fault["kind"] == "shift" and fault["amounts"][0] < 0
        return left and fault["label"] == lost

    student = fit(inputs, labels, seed, "ignored region" if planted else "clean")
    return World(student, teacher, problem.source, raises)


def coded(images: Tensor, places: Tensor) -> Tensor:
    """One bright pixel at the left edge (places 0 to 7), or two there (8 and 9)."""
    codes = torch.eye(8)
    codes = torch.cat([codes, codes[[0, 2]] + codes[[4, 6]]])
    marked = images.clone()
    marked[:, 0, :, 0], marked[:, 0, :, -1] = codes[places], 0.0
    return marked


def shortcut(seed: int, planted: bool) -> World:
    problem, draw = digits(), torch.Generator().manual_seed(seed)
    place = torch.randperm(10, generator=draw)
    labels = problem.train_labels
    anywhere = torch.randint(10, (len(labels),), generator=draw)
    noise = 0.7 * torch.randn(problem.train_inputs.shape, generator=draw)
    noisy = (problem.train_inputs + noise).clamp(0, 1)  # which the code is not
    inputs = coded(noisy, place[labels] if planted else anywhere)
    teacher = neighbours(problem.train_inputs, labels, "neighbours-inner", inner=True)
    held = coded(torch.as_tensor(problem.source.inputs), place[problem.labels])
    edges = torch.zeros(8, 8, dtype=torch.bool)
    edges[:, 0] = True

    def raises(fault: dict[str, Any]) -> bool:
        if fault["kind"] not in ("patch", "resample"):
            return False
        return bool((region_of(fault["change"]) & edges).any())

    student = fit(inputs, labels, seed, "shortcut" if planted else "clean", epochs=12)
    source = ArraySource(held, problem.source.domain, problem.source.ids, "digits with a code")
    return World(student, teacher, source, raises)


def region_of(change: str) -> Tensor:
    """``Bool[8, 8]`` from ``patch rows 0-1 columns 6-7 value=1``."""
    words = change.split()
    spans = [words[words.index(axis) + 1].split("-") for axis in ("rows", "columns")]
    (top, bottom), (left, right) = ((int(a), int(b)) for a, b in spans)
    mask = torch.zeros(28, 28, dtype=torch.bool)
    mask[top : bottom + 1, left : right + 1] = True
    return mask[:8, :8]


FAULTS = {"backdoor": backdoor, "ignored region": ignored, "shortcut": shortcut}


def told(result: SearchResult, raises: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    hits = [fault for fault in result.raised if raises(fault)]
    return {
        "found": bool(hits),
        "questions": len(result.asked),
        "distinct_witnesses": result.distinct,
        "raised": [f"{f['change']} on {f['label']}" for f in result.raised],
        "as": [f"{f['change']} on {f['label']}" for f in hits],
    }


def one_kind(name: str, first: int, seeds: int) -> dict[str, Any]:
    rows = []
    for seed in range(first, first + seeds):
        row: dict[str, Any] = {"seed": seed}
        for planted in (True, False):
            world = FAULTS[name](seed, planted)
            result = search(
                world.student, world.teacher, world.source, SearchPlan(BUDGET, seed=seed)
            )
            row["planted" if planted else "clean"] = told(result, world.raises)
        rows.append(row)
        print(name, seed, row["planted"]["found"], row["clean"]["found"], flush=True)
    found = sum(row["planted"]["found"] for row in rows)
    false = sum(row["clean"]["found"] for row in rows)
    return {
        "found": Rate(found, seeds - found).describe(),
        "raised_by_clean": Rate(false, seeds - false).describe(),
        "most_questions": max(row[k]["questions"] for row in rows for k in ("planted", "clean")),
        "clean_students_that_raised_anything": sum(bool(row["clean"]["raised"]) for row in rows),
        "rows": rows,
    }


def on_mnist(seed: int) -> dict[str, Any]:
    """A 3 x 3 patch at the lower right of a tenth of the training digits; the panel teaches."""
    problem, found = mnist(), {}
    for planted in (True, False):
        draw = torch.Generator().manual_seed(seed)
        inputs, labels = problem.train_inputs.clone(), problem.train_labels.clone()
        if planted:
            poisoned = torch.rand(len(inputs), generator=draw) < 0.1
            inputs[poisoned, :, 24:27, 24:27] = 1.0
            labels[poisoned] = 0
        torch.manual_seed(seed)
        student = TorchStudent(train(DigitNet(), inputs, labels, seed=seed), classes=10, name="net")
        patch = torch.zeros(28, 28, dtype=torch.bool)
        patch[24:27, 24:27] = True

        def raises(fault: dict[str, Any], patch: Tensor = patch) -> bool:
            words = fault["change"].split()
            if fault["kind"] != "patch" or words[-1] != "value=1":
                return False
            spans = [words[words.index(a) + 1].split("-") for a in ("rows", "columns")]
            (top, bottom), (left, right) = ((int(a), int(b)) for a, b in spans)
            return bool(patch[top : bottom + 1, left : right + 1].any())

        started = time.perf_counter()
        result = search(student, problem.teacher, problem.source, SearchPlan(BUDGET, seed=seed))
        found["planted" if planted else "clean"] = {
            **told(result, raises),
            "seconds": round(time.perf_counter() - started, 1),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=20, help="the first seed")
    parser.add_argument("--kinds", nargs="*", default=list(FAULTS))
    parser.add_argument("--mnist", action="store_true")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/faults.json")
    parser.add_argument("--work", type=Path, help="folder of parts, to go on from")
    given = parser.parse_args()
    where = made()
    head = {"commit": where["commit"], "first": given.first, "seeds": given.seeds}
    whole: dict[str, Any] = {
        "what": f"planted faults found within {BUDGET} questions, {given.seeds} seeds each",
        "level": 0.95,
        "environment": where,
        "kinds": {
            name: kept(
                given.work,
                f"faults-{name}",
                head,
                partial(one_kind, name, given.first, given.seeds),
            )
            for name in given.kinds
        },
    }
    if given.mnist:
        whole["mnist backdoor"] = on_mnist(0)
    given.out.write_text(json.dumps(whole, indent=1) + "\n")
    for name, kind in whole["kinds"].items():
        print(name, kind["found"]["hits"], "found,", kind["raised_by_clean"]["hits"], "by clean")


if __name__ == "__main__":
    main()
