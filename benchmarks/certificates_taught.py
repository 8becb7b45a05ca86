"""Family (f) of the certificates: taught until proved over the whole domain, beside random questions.

    python benchmarks/certificates_taught.py                      # 20 task-seeds; about 15 CPU-minutes
    python benchmarks/certificates_taught.py --tasks iris-4 --seeds 2

Teachers are rules with an uncertain band, made of real tables scaled to [0, 1]; the domain is the whole box. A
student of two layers of 24 learns 20 given labels, then what it asks. For each task and seed: the questions and
CPU-seconds until everything is proved (at most 700 questions); then the same student taught with as many
random questions, and with ten times as many, and what a proof of at most 20 s says of these. Nothing was tuned
on the seeds from 0; settings are those of the strategy, with 1000 steps a round.
"""

import argparse
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from runs import ROOT, carry_out
from torch import Tensor, nn

from preceptor.certificates import CertificateQuestion, ProofSettings, check, prove
from preceptor.core import Domain
from preceptor.lessons import Budget, Examples
from preceptor.strategies import RandomSynthesis, Schedule, UntilProved, learn
from preceptor.students import TorchStudent
from preceptor.teachers import NearestPrototypes, Rule, tree_rule

HIDDEN, GIVEN, STEPS, MOST, SECONDS = 24, 20, 1000, 700, 20.0
STATUS = {"proved": 1.0, "refuted": 0.0, "undecided": 0.5}
"""As numbers, so that runs can be averaged by status; undecided is neither."""


def scaled(table: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Every column from 0 to 1."""
    return (table - table.min(0)) / np.ptp(table, 0)


def moons(seed: int) -> tuple[Rule, Tensor]:
    """2-d: the nearest of three prototypes of each moon."""
    from sklearn.cluster import KMeans
    from sklearn.datasets import make_moons

    points, labels = make_moons(400, noise=0.1, random_state=seed)
    points = scaled(points)
    found = [
        KMeans(3, n_init=1, random_state=seed).fit(points[labels == k]).cluster_centers_
        for k in (0, 1)
    ]
    law = NearestPrototypes(
        torch.tensor(np.concatenate(found)), torch.tensor([0, 0, 0, 1, 1, 1]), 0.03
    )
    return Rule(law, name="moons", classes=2), torch.tensor(points).float()


def steps(seed: int) -> tuple[Rule, Tensor]:
    """2-d: a tree of eight leaves on the moons, uncertain near its thresholds."""
    from sklearn.datasets import make_moons
    from sklearn.tree import DecisionTreeClassifier

    points, labels = make_moons(400, noise=0.1, random_state=seed)
    points = scaled(points)
    tree = DecisionTreeClassifier(max_leaf_nodes=8, random_state=seed).fit(points, labels)
    return Rule(tree_rule(tree, band=0.02), name="steps", classes=2), torch.tensor(points).float()


def means(name: str, features: int, lead: float) -> Callable[[int], tuple[Rule, Tensor]]:
    """The nearest mean of a class of a table's first features."""

    def made(seed: int) -> tuple[Rule, Tensor]:
        from sklearn import datasets

        table, labels = getattr(datasets, f"load_{name}")(return_X_y=True)
        rows = np.random.default_rng(seed).permutation(len(table))[: 2 * len(table) // 3]
        table = scaled(table[:, :features])
        centres = np.stack(
            [table[rows][labels[rows] == k].mean(0) for k in range(labels.max() + 1)]
        )
        law = NearestPrototypes(torch.tensor(centres), torch.arange(len(centres)), lead)
        return Rule(law, name=name, classes=len(centres)), torch.tensor(table).float()

    return made


def cancer(seed: int) -> tuple[Rule, Tensor]:
    """8-d: a tree of six leaves on breast cancer's first features, uncertain near its thresholds."""
    from sklearn.datasets import load_breast_cancer
    from sklearn.tree import DecisionTreeClassifier

    table, labels = load_breast_cancer(return_X_y=True)
    table = scaled(table[:, :8])
    rows = np.random.default_rng(seed).permutation(len(table))[:380]
    tree = DecisionTreeClassifier(max_leaf_nodes=6, random_state=seed).fit(
        table[rows], labels[rows]
    )
    return Rule(tree_rule(tree, band=0.05), name="cancer", classes=2), torch.tensor(table).float()


TASKS: dict[str, Callable[[int], tuple[Rule, Tensor]]] = {
    "moons-2": moons,
    "steps-2": steps,
    "iris-4": means("iris", 4, 0.1),
    "cancer-8": cancer,
    "wine-13": means("wine", 13, 0.1),
}


def pupil(features: int, classes: int, seed: int) -> TorchStudent:
    """Untaught, from a seed."""
    torch.manual_seed(seed)
    widths = (features, HIDDEN, HIDDEN, classes)
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise(widths):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return TorchStudent(nn.Sequential(*layers[:-1]), classes=classes, name="pupil")


def taught(task: str, seed: int) -> dict[str, float]:
    """One task with one seed."""
    import time

    teacher, table = TASKS[task](seed)
    domain = Domain((table.shape[1],), 0.0, 1.0)
    student = pupil(table.shape[1], teacher.classes, seed)
    rows = torch.randperm(len(table), generator=torch.Generator().manual_seed(seed))[:GIVEN]
    given = [Examples(table[rows], teacher(table[rows]).labels, teacher.classes, "given")]
    begun = time.process_time()
    way = UntilProved(domain, teacher, seconds=SECONDS)
    plan = Schedule(1, MOST, STEPS)
    done = learn(student, way, given=given, budget=Budget(MOST), schedule=plan, seed=seed)
    made = done.certificate
    assert made is not None
    found = {
        "proved": STATUS[made.status],
        "questions": float(done.price.questions),
        "cpu": round(time.process_time() - begun, 2),
        "rounds": float(len(done.rounds) - 1),
    }
    question = CertificateQuestion(done.student, teacher, domain)
    checked = check(made, question, seconds=30) if made.status == "proved" else None
    agreed = None if checked is None else checked.agrees
    found["checked"] = 0.5 if agreed is None else float(agreed)
    many = done.price.questions
    for times in (1, 10):
        asked = RandomSynthesis(domain, teacher)
        other = learn(
            student,
            asked,
            given=given,
            schedule=Schedule(1, max(1, times * many), STEPS * (len(done.rounds))),
            seed=seed,
        ).student
        said = prove(
            CertificateQuestion(other, teacher, domain), ProofSettings(seconds=SECONDS, clock="cpu")
        )
        found[f"random x{times} proved"] = STATUS[said.status]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--seeds", type=int, default=4)
    told = parser.parse_args()
    head = {
        "benchmark": "certificates_taught",
        "settings": {
            "hidden": HIDDEN,
            "given": GIVEN,
            "steps a round": STEPS,
            "most questions": MOST,
            "seconds a proof": SECONDS,
        },
        "statuses": STATUS,
    }
    carry_out(
        ROOT / "benchmarks/results/certificates_taught.json",
        head,
        {task: lambda seed, task=task: taught(task, seed) for task in told.tasks},  # type: ignore[misc]
        {task: range(told.seeds) for task in told.tasks},
    )


if __name__ == "__main__":
    main()
