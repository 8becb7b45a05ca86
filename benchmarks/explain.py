"""Does the explanation find planted faults, and does it leave clean students alone?

    python benchmarks/explain.py [--seeds 20] [--only decoy] [--out benchmarks/results/explain.json]

Every run audits 200 items without an attack (200 questions at most, for the clean answers) and
explains the record with 300 questions: 500 in all. Cases, each with other networks, data and draws
for every seed:

decoy            digits, 8x8 in a frame of two pixels; a white swatch in the frame codes the class
                 in training and audit. Found: a region of the frame stands out and is top of all.
backdoor         the same frame, left black; a tenth of the training digits has a 2x2 patch at a
                 random place of the frame and class 0. The audited items have none. Found: a region
                 that holds some of the patch stands out and is top of all.
brightness       the class is added to the digits as brightness, in training and audit. Found:
                 brightness or the low frequencies stand out and are top of all.
leak             tumours; a feature that the teacher ignores is replaced by the label and a little
                 noise, and the training table's other features get more noise. Found: this
                 feature stands out and is top of all.
clean            the decoy's students, trained with frames that say nothing of the class: black,
                 grey, noise, or random swatches. Raised: any region stands out.
clean-cropped    students that cannot see the frame. Raised: any region stands out.
clean-black      students trained with black frames alone, for comparison: no fault was planted, but
                 nothing taught them to ignore the frame either.
clean-tumours    students trained on the tumours as they are. Raised: any feature stands out.
mnist-decoy      the decoy in the margin of MNIST digits, with the panel behind a blanked margin.
mnist-clean      the same students trained with random swatches.

*Stands out* means what it means in ``preceptor.explain.effects``. About eight minutes of one core.
"""

import argparse
import json
import platform
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from runs import ROOT, kept, stamp
from scipy.stats import beta
from torch import Tensor, nn

from preceptor.audit import Plan, audit
from preceptor.core import ArraySource, Domain, Student, Teacher, generator
from preceptor.explain import Explanation, explain, ranked, standing_out
from preceptor.problems import problem, train
from preceptor.students import TorchStudent
from preceptor.teachers import Rule

ITEMS, BUDGET = 200, 300
FRAME = 2
"""Pixels of the frame around the 8x8 digits; of MNIST's own margin, twice as many."""


@dataclass(frozen=True)
class Run:
    """One student to be explained: what was planted decides what counts as found."""

    student: Student
    teacher: Teacher
    inputs: Tensor
    found: Callable[[str, Tensor], bool]
    names: tuple[str, ...] = ()


def framed(images: Tensor) -> Tensor:
    """Digits in a black frame."""
    return nn.functional.pad(images, (FRAME,) * 4)


def inside(images: Tensor) -> Tensor:
    """Without the frame."""
    return images[..., FRAME:-FRAME, FRAME:-FRAME]


def frame_mask(side: int, width: int) -> Tensor:
    """``Bool[1, side, side]``, true in the frame."""
    mask = torch.ones(1, side, side, dtype=torch.bool)
    mask[:, width:-width, width:-width] = False
    return mask


def places(side: int, width: int) -> list[tuple[int, int]]:
    """Ten places of a swatch along the frame, evenly spread."""
    end = side - width
    ring = [(0, c) for c in range(end)] + [(r, end) for r in range(end)]
    ring += [(end, c) for c in range(end, 0, -1)] + [(r, 0) for r in range(end, 0, -1)]
    return [ring[round(i * len(ring) / 10)] for i in range(10)]


def swatched(images: Tensor, which: Tensor, width: int) -> Tensor:
    """A white square in the frame of each image, at the place of this number."""
    images = images.clone()
    spots = places(images.shape[-1], width)
    for image, number in zip(images, which.tolist(), strict=True):
        row, column = spots[number]
        image[:, row : row + width, column : column + width] = 1.0
    return images


def random_frames(images: Tensor, width: int, rng: np.random.Generator) -> Tensor:
    """Frames that say nothing of the class: black, grey, noise, or one to ten swatches."""
    images = images.clone()
    mask = frame_mask(images.shape[-1], width)
    kinds = rng.integers(4, size=len(images))
    for i, kind in enumerate(kinds):
        if kind == 1:
            images[i][mask] = float(rng.random())
        elif kind == 2:
            images[i][mask] = torch.from_numpy(rng.random(int(mask.sum()), dtype=np.float32))
        elif kind == 3:
            for number in rng.permutation(10)[: rng.integers(1, 11)]:
                one = torch.tensor([int(number)])
                images[i : i + 1] = swatched(images[i : i + 1], one, width)
    return images


def mlp(inputs: int, outputs: int, seed: int, front: nn.Module | None = None) -> nn.Module:
    torch.manual_seed(seed)
    layers = nn.Linear(inputs, 64), nn.ReLU(), nn.Linear(64, outputs)
    return nn.Sequential(*([front] if front else []), nn.Flatten(), *layers)


def taught(
    network: nn.Module, inputs: Tensor, labels: Tensor, seed: int, epochs: int = 15
) -> TorchStudent:
    classes = int(labels.max()) + 1
    return TorchStudent(train(network, inputs, labels, epochs=epochs, seed=seed), classes=classes)


class Inside(nn.Module):
    """Cuts the frame away."""

    def forward(self, images: Tensor) -> Tensor:
        return inside(images)


def framed_teacher() -> Teacher:
    """The digits' own teacher, which does not look at the frame."""
    inner = problem("digits").teacher
    return Rule(lambda images: inner(inside(images)).labels, name="inside", classes=10, version="1")


def digits_case(kind: str, seed: int) -> Run:
    data = problem("digits")
    rng = generator(seed, "benchmark", kind)
    clean, labels = framed(data.train_inputs), data.train_labels
    held, truth = framed(data.source.read(0, ITEMS)), data.labels[:ITEMS]
    side = clean.shape[-1]
    mask = frame_mask(side, FRAME)
    front: nn.Module | None = None
    if kind == "decoy":
        clean, held = swatched(clean, labels, FRAME), swatched(held, truth, FRAME)
    elif kind == "backdoor":
        spots = mask[0, :-1, :-1].nonzero()
        row, column = spots[int(rng.integers(len(spots)))].tolist()
        mask = torch.zeros_like(mask)
        mask[:, row : row + 2, column : column + 2] = frame_mask(side, FRAME)[
            :, row : row + 2, column : column + 2
        ]
        poisoned = torch.from_numpy(rng.permutation(len(clean))[: len(clean) // 10])
        clean, labels = clean.clone(), labels.clone()
        clean[poisoned] = torch.where(mask, 1.0, clean[poisoned])
        labels[poisoned] = 0
    elif kind == "clean-cropped":
        front, held = Inside(), random_frames(held, FRAME, rng)
    elif kind == "clean":
        clean, held = (random_frames(images, FRAME, rng) for images in (clean, held))
    pixels = inside(clean)[0].numel() if front else clean[0].numel()
    student = taught(mlp(pixels, 10, seed, front), clean, labels, seed)
    return Run(student, framed_teacher(), held, lambda _, place: bool((place & mask).any()))


def lit(images: Tensor, labels: Tensor) -> Tensor:
    """Squeezed into 60 % of the range, and as much brighter as the class says."""
    return 0.6 * images + 0.4 * (labels / 9)[:, None, None, None]


class Squeezed:
    """The digits' teacher on images squeezed into 60 % of the range, however bright."""

    def __init__(self) -> None:
        self.inner = problem("digits").teacher

    def __call__(self, images: Tensor) -> Tensor:
        lifted = images.flatten(1).amin(1)[:, None, None, None]
        return self.inner(((images - lifted) / 0.6).clamp(0, 1)).labels


def brightness_case(_: str, seed: int) -> Run:
    data = problem("digits")
    held, truth = data.source.read(0, ITEMS), data.labels[:ITEMS]
    clean = lit(data.train_inputs, data.train_labels)
    student = taught(mlp(64, 10, seed), clean, data.train_labels, seed)
    teacher = Rule(Squeezed(), name="squeezed", classes=10, version="1")

    def found(name: str, place: Tensor) -> bool:
        del place
        return name.startswith(("brightness", "low frequencies"))

    return Run(student, teacher, lit(held, truth), found)


def tumours_case(kind: str, seed: int) -> Run:
    data = problem("tumours")
    names = data.source.domain.names
    rng = generator(seed, "benchmark", kind)
    clean, held = data.train_inputs.clone(), data.source.read(0, ITEMS).clone()
    free = [i for i, name in enumerate(names) if "worst" not in name]
    leaked = free[int(rng.integers(len(free)))]
    if kind == "leak":
        noise = torch.from_numpy(rng.normal(0, 0.15, clean.shape)).float()
        clean = (clean + noise).clamp(0, 1)
        for table, labels in ((clean, data.train_labels), (held, data.labels[:ITEMS])):
            around = torch.from_numpy(rng.normal(0, 0.05, len(table))).float()
            table[:, leaked] = (0.9 - 0.8 * labels + around).clamp(0, 1)
    student = taught(mlp(30, 2, seed), clean, data.train_labels, seed, epochs=100)
    return Run(student, data.teacher, held, lambda name, _: name == names[leaked], names)


class Blanked:
    """MNIST's panel on digits whose margin is blanked."""

    def __init__(self) -> None:
        self.inner = problem("mnist").teacher

    def __call__(self, images: Tensor) -> Tensor:
        mask = frame_mask(28, 2 * FRAME)
        return self.inner(torch.where(mask, 0.0, images)).labels


def mnist_case(kind: str, seed: int) -> Run:
    data = problem("mnist")
    rng = generator(seed, "benchmark", kind)
    rows = torch.from_numpy(rng.permutation(len(data.train_inputs))[:2000])
    clean, labels = data.train_inputs[rows], data.train_labels[rows]
    held, truth = data.source.read(0, ITEMS), data.labels[:ITEMS]
    width = 2 * FRAME
    if kind == "mnist-decoy":
        clean, held = swatched(clean, labels, width), swatched(held, truth, width)
    else:
        clean, held = (random_frames(images, width, rng) for images in (clean, held))
    mask = frame_mask(28, width)
    student = taught(mlp(784, 10, seed), clean, labels, seed)
    teacher = Rule(Blanked(), name="blanked", classes=10, version="1")
    return Run(student, teacher, held, lambda _, place: bool((place & mask).any()))


CASES: dict[str, tuple[Callable[[str, int], Run], str, int]] = {
    "decoy": (digits_case, "found", 20),
    "backdoor": (digits_case, "found", 20),
    "brightness": (brightness_case, "found", 20),
    "leak": (tumours_case, "found", 20),
    "clean": (digits_case, "raised", 20),
    "clean-cropped": (digits_case, "raised", 20),
    "clean-black": (digits_case, "raised", 20),
    "clean-tumours": (tumours_case, "raised", 20),
    "mnist-decoy": (mnist_case, "found", 5),
    "mnist-clean": (mnist_case, "raised", 5),
}
"""Name -> how a run is made, what is counted, and for how many seeds at most."""


def one(kind: str, seed: int, folder: Path) -> dict[str, Any]:
    """One seed of one case."""
    run = CASES[kind][0](kind, seed)
    domain = Domain(tuple(run.inputs.shape[1:]), names=run.names)
    source = ArraySource(run.inputs, domain, name=kind)
    record = audit(run.student, run.teacher, source, Plan(seed=seed), folder / f"{kind}-{seed}")
    explanation = explain(run.student, run.teacher, record, budget=BUDGET, seed=seed)
    return judged(explanation, run, record.facts["questions"]["asked"], seed)


def judged(found: Explanation, run: Run, clean_questions: int, seed: int) -> dict[str, Any]:
    """What stood out, and whether it was what was planted."""
    masks = {e.name: torch.from_numpy(m) for e, m in zip(found.effects, found.masks, strict=True)}
    standing = standing_out(found.effects, found.bar, "student")
    places = [e for e in standing if e.family in ("region", "feature")]
    best = ranked(found.effects)[0]
    regions = [e for e in found.effects if e.family in ("region", "feature")]
    return {
        "seed": seed,
        "found": bool(best in standing and run.found(best.name, masks[best.name])),
        "raised": bool(places),
        "standing_out": {e.name: round(e.student_only.low, 4) for e in standing},
        "cell": any(e.cell and run.found(e.name, masks[e.name]) for e in standing),
        "top": best.name,
        "top_share": [round(v or 0.0, 4) for v in (best.student_only.value, best.student_only.low)],
        "bar": round(found.bar, 4),
        "most_of_any_place": round(max(e.student_only.value or 0.0 for e in regions), 4),
        "student_error": [found.error.hits, found.error.certain],
        "questions": clean_questions + found.facts["questions"]["asked"],
    }


def share(hits: int, n: int) -> list[float]:
    """Clopper-Pearson at 95 %."""
    low = float(beta.ppf(0.025, hits, n - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, n - hits)) if hits < n else 1.0
    return [round(low, 4), round(high, 4)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", choices=list(CASES), action="append")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/explain.json")
    parser.add_argument("--work", type=Path, help="folder of parts, to go on from")
    given = parser.parse_args()
    torch.set_num_threads(1)
    commit = stamp()["commit"]
    cases = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in given.only or CASES:
            counted, most = CASES[kind][1:]
            runs = [
                kept(
                    given.work,
                    f"explain-{kind}-{seed}",
                    {"commit": commit},
                    partial(one, kind, seed, Path(folder)),
                )
                for seed in range(min(most, given.seeds))
            ]
            hits = sum(run[counted] for run in runs)
            cases[kind] = {
                counted: hits,
                "of": len(runs),
                "interval": share(hits, len(runs)),
                "most_questions": max(run["questions"] for run in runs),
                "runs": runs,
            }
            print(f"{kind:14} {counted} {hits} of {len(runs)}, bar {runs[0]['bar']}", flush=True)
            for run in runs:
                print("   ", run["seed"], run["top"], run["top_share"], run["standing_out"])
    result = {
        "what": f"explanations of {ITEMS} items with {ITEMS} + {BUDGET} questions at most",
        "commit": commit,
        "seeds": given.seeds,
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
        "cases": cases,
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
