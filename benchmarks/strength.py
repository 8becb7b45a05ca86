"""How strong the default suite is: AutoAttack's APGD-CE + APGD-T, and decision attacks.

    python benchmarks/strength.py [--part suites|decisions] [--items 200] [--rounds 2] [--seeds 6,7,8]

First part: ``standard:eps=...`` against AutoAttack (pyautoattack 0.2.0, version ``custom``,
attacks ``apgd-ce`` with one restart and ``apgd-t`` with nine targets, 100 steps each), on DigitNet
trained ordinarily and on l_inf examples of eps 0.3, three seeds each, held-out MNIST digits. Both
move away from the student's own answers, so *robust* is the share of items that keep theirs. The
two run in turn in one process, which goes first changes from round to round; times are processor
seconds of its one thread, and ratios are paired. Robust counts are read from one forward pass on
what each returns, which is first checked to lie in the ball; items that one flips and the other
does not are counted too. A round is one attack seed for both. The suite was tuned on students of
seeds from 20 on and on digits 200 to 399, and after a first report on seeds 3 to 5 on what it had
missed there; seeds 6 to 8 were first looked at for the results kept here.

Second part: ``boundary`` against foolbox's HopSkipJump and BoundaryAttack on the three ordinary
networks, without a pool, at queries counted in the student. An item that an attack could not flip
counts as infinitely far. Trained students are kept in ``runs/strength``. A part that is run alone
leaves the other's stored results, with the commit they came from, as they are.
"""

import argparse
import itertools
import json
import os
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
STUDENTS = {"ordinary": (0.0, 6, (0.05, 0.1)), "adversarially-trained": (0.3, 16, (0.2, 0.25))}
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
) -> dict[str, float]:
    """Items that keep their answer, those that only one side flips, and the ratio of times."""
    runs: dict[str, Callable[[], Tensor]] = {
        "ours": lambda: ours(Standard(eps), network, clean, seed, problem),
        "autoattack": lambda: theirs(network, clean, own, eps, seed),
    }
    kept, seconds = {}, {}
    for name in sorted(runs, reverse=seed % 2 == 0):
        moved, seconds[name] = timed(runs[name])
        assert (moved - clean).abs().max() <= eps + 1e-5
        assert moved.min() >= 0
        assert moved.max() <= 1
        kept[name] = decided(network, moved) == own
    return {
        "attack_seed": seed,
        "robust_ours": int(kept["ours"].sum()),
        "robust_autoattack": int(kept["autoattack"].sum()),
        "only_ours_flips": int((kept["autoattack"] & ~kept["ours"]).sum()),
        "only_autoattack_flips": int((kept["ours"] & ~kept["autoattack"]).sum()),
        "time_ratio": round(seconds["ours"] / seconds["autoattack"], 3),
        "seconds_autoattack": round(seconds["autoattack"], 2),
    }


def suites(problem: Problem, clean: Tensor, seeds: list[int], rounds: int) -> list[dict[str, Any]]:
    """One case for each student, seed and size, with one pair for each attack seed."""
    cases = []
    for kind, (_, _, sizes) in STUDENTS.items():
        for seed, eps in itertools.product(seeds, sizes):
            network = student(problem, kind, seed)
            own = decided(network, clean)
            pairs = [pair(problem, network, clean, own, eps, number) for number in range(rounds)]
            cases.append({"student": kind, "seed": seed, "eps": eps, "pairs": pairs})
            print(json.dumps(cases[-1]), flush=True)
    return cases


def summed_up(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """What the cases of the first part say together."""
    pairs = [pair for case in cases for pair in case["pairs"]]
    ratios = [pair["time_ratio"] for pair in pairs]
    return {
        "pairs": len(pairs),
        "ours_at_most_theirs": sum(p["robust_ours"] <= p["robust_autoattack"] for p in pairs),
        "in_less_time": sum(ratio < 1 for ratio in ratios),
        "both": sum(
            p["robust_ours"] <= p["robust_autoattack"] and p["time_ratio"] < 1 for p in pairs
        ),
        "ours_below_theirs": sum(p["robust_ours"] < p["robust_autoattack"] for p in pairs),
        "only_ours_flips": sum(p["only_ours_flips"] for p in pairs),
        "only_autoattack_flips": sum(p["only_autoattack_flips"] for p in pairs),
        "time_ratio": {
            "median": round(statistics.median(ratios), 3),
            "min": min(ratios),
            "max": max(ratios),
        },
    }


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


def provenance(seeds: list[int]) -> dict[str, Any]:
    """Which code and which libraries gave a part its numbers."""
    return {
        "commit": git("rev-parse", "HEAD"),
        "changed_since_commit": bool(
            git("status", "--short", "src/preceptor/attacks", "benchmarks/strength.py")
        ),
        "seeds": seeds,
        "load_at_the_end": [round(load, 1) for load in os.getloadavg()],
        "unreliable": "the machine had other work: read ratios, not seconds",
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "pyautoattack", "foolbox", "numpy")},
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("suites", "decisions"), help="default: both")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seeds", default="6,7,8", help="of the students of the first part")
    parser.add_argument("--items", type=int, default=200)
    parser.add_argument("--near", type=int, default=50, help="items of the second part")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/strength.json")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    problem = mnist()
    result = json.loads(given.out.read_text()) if given.out.is_file() else {}
    if given.part != "suites":
        digits = problem.source.read(0, given.near)
        near = [case for seed in (0, 1, 2) for case in decisions(problem, digits, seed)]
        result["decisions"] = {**provenance([0, 1, 2]), "items": given.near, "cases": near}
    if given.part != "decisions":
        seeds = [int(seed) for seed in given.seeds.split(",")]
        cases = suites(problem, problem.source.read(0, given.items), seeds, given.rounds)
        result["suites"] = {
            "what": "standard suite against APGD-CE + APGD-T on MNIST digits, one thread",
            **provenance(seeds),
            "items": given.items,
            "summary": summed_up(cases),
            "cases": cases,
        }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
