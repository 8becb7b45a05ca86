"""Invariance errors around single images: ten questions against a reference search of a thousand.

    python benchmarks/search.py [--images 30] [--out benchmarks/results/search.json]

The student is a DigitNet adversarially trained within l_inf 0.3 on 4,000 MNIST digits, the teacher the MNIST
panel, the images held-out digits that student and teacher label alike. ``search(..., around=id)``
asks only about inputs to which the student still gives the image's answer. A witness is one at
which the teacher is certain of another label. The question about the image itself counts.
"""

import argparse
import json
import time
from pathlib import Path

import torch
from runs import ROOT, made

from preceptor.outcome import Rate
from preceptor.problems import DigitNet, mnist, train
from preceptor.search import SearchPlan, search
from preceptor.students import TorchStudent

FEW, MANY = 10, 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/search.json")
    given = parser.parse_args()
    where = made()
    problem = mnist()
    torch.manual_seed(given.seed)
    network = train(
        DigitNet(), problem.train_inputs, problem.train_labels, eps=0.3, epochs=8, seed=given.seed
    )
    student = TorchStudent(network, classes=10, name="adversarially-trained")
    inputs = problem.source.read(0, 200)
    said = student.decide(student(inputs))
    alike = (said == problem.teacher(inputs).labels).nonzero()[:, 0]
    rows = []
    for row in alike[: given.images].tolist():
        item = problem.source.ids[row]
        found = {}
        for budget in (FEW, MANY):
            started = time.perf_counter()
            plan = SearchPlan(budget, seed=given.seed, enough=1, round=3)
            result = search(student, problem.teacher, problem.source, plan, around=item)
            found[str(budget)] = {
                "found": result.distinct > 0,
                "questions": len(result.asked),
                "seconds": round(time.perf_counter() - started, 2),
            }
        rows.append({"item": item, **found})
        print(item, found, flush=True)
    reference = [row for row in rows if row[str(MANY)]["found"]]
    few = sum(row[str(FEW)]["found"] for row in reference)
    whole = {
        "what": f"invariance errors with {FEW} questions, of those that {MANY} find",
        "environment": where,
        "seed": given.seed,
        "images": len(rows),
        "student_alike_of_200": len(alike),
        "reference_found": Rate(len(reference), len(rows) - len(reference)).describe(),
        "few_of_reference": Rate(few, len(reference) - few).describe(),
        "rows": rows,
    }
    given.out.write_text(json.dumps(whole, indent=1) + "\n")
    print(few, "of", len(reference), "of", len(rows))


if __name__ == "__main__":
    main()
