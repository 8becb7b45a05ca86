"""Whether the teacher's beliefs and gradients help the search: the same search with and without.

    python benchmarks/gradients.py [--seeds 20,21,22,23,24] [--out benchmarks/results/gradients.json]

The student is a DigitNet adversarially trained within l_inf 0.3 on 4,000 MNIST digits (one for each seed), the
teacher the MNIST panel of five networks, which offers beliefs. Two settings, each with and without
``beliefs``: anywhere in the domain with 300 questions (distinct witnesses), and around single
held-out digits with 20 questions each (digits with a witness). Questions alone are counted;
beliefs are more than answers, and how many inputs they were said of is told beside.
"""

import argparse
import json
import os
import statistics
from pathlib import Path
from typing import Any

import torch
from runs import ROOT, git
from safetensors.torch import load_file, save_file

from preceptor.core import Soft, environment
from preceptor.problems import DigitNet, Problem, mnist, train
from preceptor.search import SearchPlan, search
from preceptor.students import TorchStudent
from preceptor.teachers import soft

ANYWHERE, AROUND = 300, 20


def trained(problem: Problem, seed: int) -> TorchStudent:
    """A student trained on l_inf examples, kept on disk."""
    kept = ROOT / "runs/strength" / f"adversarially-trained-16-0.3-{seed}.safetensors"
    torch.manual_seed(seed)
    network = DigitNet()
    if kept.is_file():
        network.load_state_dict(load_file(kept))
        network.eval()
    else:
        train(network, problem.train_inputs, problem.train_labels, eps=0.3, epochs=16, seed=seed)
        kept.parent.mkdir(parents=True, exist_ok=True)
        save_file(network.state_dict(), kept)
    return TorchStudent(network, classes=10, name="adversarially-trained")


def compared(problem: Problem, student: TorchStudent, seed: int, images: int) -> dict[str, Any]:
    """One student in both settings, with and without beliefs."""
    beliefs = soft(problem.teacher)
    assert beliefs is not None
    inputs = problem.source.read(0, 200)
    said = student.decide(student(inputs))
    alike = (said == problem.teacher(inputs).labels).nonzero()[:, 0][:images].tolist()
    found: dict[str, Any] = {"seed": seed}
    ways: dict[str, Soft | None] = {"without": None, "with": beliefs}
    for way, leaning in ways.items():
        whole = search(
            student,
            problem.teacher,
            problem.source,
            SearchPlan(ANYWHERE, seed=seed),
            beliefs=leaning,
        )
        hits, inputs_used = 0, whole.facts["beliefs"]["inputs"]
        for row in alike:
            plan = SearchPlan(AROUND, seed=seed, enough=1, round=3)
            near = search(
                student,
                problem.teacher,
                problem.source,
                plan,
                around=problem.source.ids[row],
                beliefs=leaning,
            )
            hits += near.distinct > 0
            inputs_used += near.facts["beliefs"]["inputs"]
        own = [one for one in whole.yields if one.name == "teacher gradient"]
        found[way] = {
            "distinct_anywhere": whole.distinct,
            "asked_by_its_generator": sum(one.asked for one in own),
            "distinct_by_its_generator": sum(one.distinct for one in own),
            "images_found": int(hits),
            "beliefs_of_inputs": inputs_used,
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", default="20,21,22,23,24")
    parser.add_argument("--images", type=int, default=8)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/gradients.json")
    given = parser.parse_args()
    torch.set_num_threads(1)
    problem = mnist()
    rows = []
    for seed in map(int, given.seeds.split(",")):
        rows.append(compared(problem, trained(problem, seed), seed, given.images))
        print(json.dumps(rows[-1]), flush=True)
    summary = {}
    for what in ("distinct_anywhere", "images_found"):
        gaps = [row["with"][what] - row["without"][what] for row in rows]
        # Student's t for 4 degrees of freedom, as there are five seeds
        reach = 2.776 * statistics.stdev(gaps) / len(gaps) ** 0.5 if len(gaps) == 5 else None
        mean = statistics.mean(gaps)
        summary[what] = {
            "without": sum(row["without"][what] for row in rows),
            "with": sum(row["with"][what] for row in rows),
            "mean_difference": round(mean, 3),
            "interval": None if reach is None else [round(mean - reach, 3), round(mean + reach, 3)],
        }
    whole = {
        "what": "the search with and without the teacher's beliefs and gradients, on MNIST",
        "commit": git("rev-parse", "HEAD"),
        "environment": environment(),
        "load_at_the_end": [round(load, 1) for load in os.getloadavg()],
        "questions": {"anywhere": ANYWHERE, "around": AROUND},
        "images": given.images,
        "summary": summary,
        "rows": rows,
    }
    given.out.write_text(json.dumps(whole, indent=1) + "\n")
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
