"""How strong the default suite is: AutoAttack's APGD-CE + APGD-T, and decision attacks.

    python benchmarks/strength.py [--items 300] [--rounds 1] [--out benchmarks/results/strength.json]

First part: ``standard:eps=...`` against AutoAttack (pyautoattack 0.2.0, version ``custom``,
attacks ``apgd-ce`` with one restart and ``apgd-t`` with nine targets, 100 steps each), on DigitNet
trained ordinarily and on l_inf examples of eps 0.2, three seeds each, held-out MNIST digits. Both
move away from the student's own answers, so *robust* is the share of items that keep theirs. The
two run in turn in one process; times are processor seconds of its one thread, and ratios are
paired. Robust counts are read from one forward pass on what each returns, which is first checked
to lie in the ball.

Second part: ``boundary`` against foolbox's HopSkipJump and BoundaryAttack on the three ordinary
networks, without a pool, at queries counted in the student. An item that an attack could not flip
counts as infinitely far. Trained students are kept in ``runs/strength``.
"""

import argparse
import itertools
import json
import platform
import statistics
import subprocess
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from preceptor.attacks import Boundary, Standard
from preceptor.core import Attack, ItemRng
from preceptor.problems import DigitNet, Problem, mnist, train
from preceptor.students import TorchStudent

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # both use interfaces that are on their way out
    import foolbox
    from pyautoattack.autoattack import AutoAttack

ROOT = Path(__file__).parents[1]
STUDENTS = {"ordinary": (0.0, 6, (0.1,)), "hardened": (0.2, 16, (0.2, 0.3))}
"""Size trained on, epochs, sizes attacked with."""


class Counted(nn.Module):
    """A network that counts the inputs it was asked about."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.asked = 0

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits."""
        self.asked += len(inputs)
        logits: Tensor = self.network(inputs)
        return logits


def student(problem: Problem, kind: str, seed: int) -> DigitNet:
    """A trained network, kept on disk."""
    eps, epochs, _ = STUDENTS[kind]
    kept = ROOT / "runs/strength" / f"{kind}-{epochs}-{eps:g}-{seed}.safetensors"
    torch.manual_seed(seed)
    network = DigitNet()
    if kept.is_file():
        network.load_state_dict(load_file(kept))
        return network.eval()
    train(network, problem.train_inputs, problem.train_labels, eps=eps, epochs=epochs, seed=seed)
    kept.parent.mkdir(parents=True, exist_ok=True)
    save_file(network.state_dict(), kept)
    return network


def decided(network: nn.Module, inputs: Tensor) -> Tensor:
    with torch.no_grad():
        answers: Tensor = network(inputs).argmax(1)
    return answers


def ours(attack: Attack, network: nn.Module, clean: Tensor, seed: int, problem: Problem) -> Tensor:
    """Our attack as the audit runs it."""
    asked = TorchStudent(network, classes=10, shape=(1, 28, 28))
    rng = ItemRng.named(seed, attack.name, [str(i) for i in range(len(clean))])
    domain = problem.source.domain
    return domain.project(attack(asked, clean.clone(), domain=domain, rng=rng), clean)


def theirs(network: nn.Module, clean: Tensor, own: Tensor, eps: float, seed: int) -> Tensor:
    """AutoAttack, told the student's own answers as labels."""
    suite = AutoAttack(network, attacks=["apgd-ce", "apgd-t"], version="custom", eps=eps, seed=seed)
    suite.apgd.n_restarts = 1
    moved: Tensor = suite.run_standard_evaluation(clean, own, batch_size=250)[0]
    return moved


def timed(run: Callable[[], Tensor]) -> tuple[Tensor, float]:
    start = time.process_time()
    moved = run()
    return moved, time.process_time() - start


def pair(
    problem: Problem, network: nn.Module, clean: Tensor, own: Tensor, eps: float, seed: int
) -> dict[str, tuple[int, float]]:
    """Items that keep their answer and processor seconds, for ours and for AutoAttack."""
    runs: dict[str, Callable[[], Tensor]] = {
        "ours": lambda: ours(Standard(eps), network, clean, seed, problem),
        "autoattack": lambda: theirs(network, clean, own, eps, seed),
    }
    found = {}
    for name, run in runs.items():
        moved, seconds = timed(run)
        assert (moved - clean).abs().max() <= eps + 1e-5
        assert moved.min() >= 0
        assert moved.max() <= 1
        found[name] = int((decided(network, moved) == own).sum()), seconds
    return found


def suites(problem: Problem, clean: Tensor, rounds: int) -> list[dict[str, Any]]:
    """One case for each student, seed and size."""
    cases = []
    for kind, (_, _, sizes) in STUDENTS.items():
        for seed, eps in itertools.product((0, 1, 2), sizes):
            network = student(problem, kind, seed)
            own = decided(network, clean)
            pairs = [pair(problem, network, clean, own, eps, number) for number in range(rounds)]
            kept = {name: [found[name][0] for found in pairs] for name in ("ours", "autoattack")}
            ratios = [found["ours"][1] / found["autoattack"][1] for found in pairs]
            case = {
                "student": kind,
                "seed": seed,
                "eps": eps,
                "robust_of_items": kept,
                "ours_at_most_theirs": max(kept["ours"]) <= min(kept["autoattack"]),
                "time_ratio": [round(ratio, 3) for ratio in ratios],
            }
            cases.append(case)
            print(json.dumps(case), flush=True)
    return cases


def decisions(problem: Problem, clean: Tensor, seed: int) -> list[dict[str, Any]]:
    """Median l_2 of decision attacks on one network, at the queries that each spent."""
    network = student(problem, "ordinary", seed)
    counted = Counted(network).eval()
    own = decided(network, clean)
    wrapped = foolbox.PyTorchModel(counted, bounds=(0, 1), device="cpu")
    hop = foolbox.attacks.HopSkipJumpAttack(steps=9, initial_gradient_eval_steps=100)
    walk = foolbox.attacks.BoundaryAttack(steps=2000)
    runs: dict[str, Callable[[], Tensor]] = {
        f"ours, {queries} queries": lambda queries=queries: ours(
            Boundary(queries=queries), counted, clean, seed, problem
        )
        for queries in (500, 1000, 2450)
    }
    runs["foolbox HopSkipJump"] = lambda: hop(wrapped, clean, own, epsilons=None)[1]
    runs["foolbox BoundaryAttack"] = lambda: walk(wrapped, clean, own, epsilons=None)[1]
    cases = []
    for name, run in runs.items():
        torch.manual_seed(seed)
        np.random.seed(seed)  # foolbox draws from the global state
        counted.asked = 0
        moved, seconds = timed(run)
        spent = counted.asked / len(clean)
        gaps = (moved - clean).flatten(1).norm(dim=1)
        gaps[decided(network, moved) == own] = torch.inf
        case = {
            "seed": seed,
            "attack": name,
            "queries_per_item": round(spent, 1),
            "median_l2": round(float(gaps.median()), 3),
            "not_flipped": int(gaps.isinf().sum()),
            "processor_seconds": round(seconds, 2),
        }
        cases.append(case)
        print(json.dumps(case), flush=True)
    return cases


def git(*words: str) -> str:
    """What git says of this tree."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--items", type=int, default=300)
    parser.add_argument("--near", type=int, default=50, help="items of the second part")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/strength.json")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    problem = mnist()
    clean = problem.source.read(0, given.items)
    digits = problem.source.read(0, given.near)
    near = [case for seed in (0, 1, 2) for case in decisions(problem, digits, seed)]
    cases = suites(problem, clean, given.rounds)
    ratios = [ratio for case in cases for ratio in case["time_ratio"]]
    result = {
        "what": f"standard suite against APGD-CE + APGD-T, {given.items} MNIST digits, one thread",
        "commit": git("rev-parse", "HEAD"),
        "changed_since_commit": bool(
            git("status", "--short", "src/preceptor/attacks", "benchmarks/strength.py")
        ),
        "rounds": given.rounds,
        "seeds": [0, 1, 2],
        "unreliable": "the machine had other work: read ratios, not seconds",
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "pyautoattack", "foolbox", "numpy")},
        },
        "cases_won": sum(case["ours_at_most_theirs"] for case in cases),
        "cases": cases,
        "time_ratio": {
            "median": round(statistics.median(ratios), 3),
            "min": min(ratios),
            "max": max(ratios),
        },
        "decisions": {"items": given.near, "cases": near},
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
