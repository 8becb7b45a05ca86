"""What a perceptual front end is worth on mnist-rule, under attacks that go through it.

    python benchmarks/front_end.py [--seeds 0 1 2 3 4] [--items 100] [--steps 3000]

About 11 CPU-minutes; a seed is kept as soon as it is done, and the same command goes on.

Three students with the same 1,000 labels and the same perceptron (256-128): labels alone, l_inf
training at 0.2, and the rule's own perception told as a program (``told:program``). Measured: clean
and strong accuracy where the teacher is certain, and weak accuracy at l_inf 0.2.

Weak accuracy here is the share of the items on which the teacher is certain when clean for which
*no* candidate is an error: a point of the ball at which the teacher is certain and the student says
something else. Candidates come from the standard suite (through a front end by its straight-through
gradient), from APGD on surrogates of the student (a flatter and a steeper slope of the threshold
backwards, and a smooth threshold forwards too), from two random searches that use no gradient, and
from ends that were found against the two other students of the seed; each at 0.5, 0.75, 0.9 and 1 of
its way from the clean item. That is stronger than one attack with one question for each item, which
stands beside it. ``only blind`` counts the items on which the random searches found an error and
nothing that follows the student's own gradients did: many of them would mean masked gradients. The
items are the same for every seed, so the intervals over seeds are about training (and the attacks'
draws), not about other items. No setting was tuned on any seed.
"""

import argparse
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from runs import ROOT, stamp
from torch import Tensor

from preceptor.attacks import APGD, Square, Standard
from preceptor.comparison import Perceptron
from preceptor.core import UNCERTAIN, Attack, ItemRng, Trainable, generator
from preceptor.lessons import Examples, FrontStudent, Lesson, Program
from preceptor.outcome import Spread
from preceptor.problems import Problem, mnist_rule, strong
from preceptor.problems.perception import SLOPE
from preceptor.strategies import AdamFit, LinfTraining

EPS = 0.2
WAYS = (0.5, 0.75, 0.9, 1.0)
HARD = " ink = soft + ((x > 0).float() - soft).detach()\n"


def students(problem: Problem, seed: int, steps: int) -> dict[str, Trainable]:
    """The three students of a seed."""
    rows = torch.from_numpy(generator(seed, "given").permutation(len(problem.train_inputs)))[:1000]
    inputs = problem.train_inputs[rows]
    labels = problem.teacher(inputs).labels
    given = Examples(inputs, labels, 10, "given")
    untaught = Perceptron((256, 128))(problem, seed)
    program = problem.tutors["program"](untaught, 1, rng=generator(seed, "program"))
    harden = LinfTraining(inputs, labels, problem.source.domain, EPS)
    hard = harden(untaught, (), 1, rng=generator(seed, "linf"))
    assert hard is not None
    lessons: dict[str, tuple[Lesson, ...]] = {
        "labels alone": (given,),
        "linf training 0.2": (given, hard),
        "front end": (given, program),
    }
    return {
        name: AdamFit()(untaught, told, steps=steps, rng=generator(seed, "fit"))
        for name, told in lessons.items()
    }


def surrogates(student: Trainable) -> dict[str, Trainable]:
    """The student behind the same front end with another threshold, backwards or forwards."""
    if not (isinstance(student, FrontStudent) and isinstance(student.front, Program)):
        return {}
    source = student.front.source
    slope = f"sigmoid({SLOPE:g} * x)"
    assert slope in source
    assert HARD in source
    flat, steep = source.replace(slope, "sigmoid(4 * x)"), source.replace(slope, "sigmoid(40 * x)")
    smooth = source.replace(HARD, " ink = soft\n")
    sources = {"flat": flat, "steep": steep, "smooth": smooth}
    return {name: FrontStudent(student.inner, Program(text)) for name, text in sources.items()}


def moved(attack: Attack, student: Trainable, clean: Tensor, problem: Problem, seed: int) -> Tensor:
    """The ends of an attack, within its ball and the domain."""
    rng = ItemRng.named(seed, attack.name, [str(i) for i in range(len(clean))])
    ends = attack(student, clean.clone(), domain=problem.source.domain, rng=rng).detach()
    assert (ends - clean).abs().max() <= EPS + 1e-5
    return problem.source.domain.project(ends, clean)


def attacked(student: Trainable, clean: Tensor, problem: Problem, seed: int) -> dict[str, Tensor]:
    """Ends by where they come from."""
    found = {"standard": moved(Standard(EPS), student, clean, problem, seed)}
    for name, other in surrogates(student).items():
        for restart in range(2):
            attack = APGD(EPS, steps=60)
            key = f"surrogate {name} {restart}"
            found[key] = moved(attack, other, clean, problem, 100 * seed + restart)
    for restart in range(2):
        attack = Square(EPS, queries=2000)
        key = f"blind {restart}"
        found[key] = moved(attack, student, clean, problem, 100 * seed + restart)
    return found


def errors(student: Trainable, ends: Tensor, clean: Tensor, problem: Problem) -> Tensor:
    """Items for which some point on the way to the end is an error, ``Bool[items]``."""
    wrong = torch.zeros(len(clean), dtype=torch.bool)
    for share in WAYS:
        at = clean + share * (ends - clean)
        said = problem.teacher(at).labels
        with torch.no_grad():
            own = student.decide(student(at))
        wrong |= (said != UNCERTAIN) & (said != own)
    return wrong


def one_question(student: Trainable, ends: Tensor, problem: Problem) -> dict[str, float]:
    """As an audit would have it: the teacher asked at the ends of one attack, void left out."""
    said = problem.teacher(ends).labels
    certain = said != UNCERTAIN
    with torch.no_grad():
        own = student.decide(student(ends))
    return {
        "one question": float((own == said)[certain].double().mean()),
        "void, one question": float((~certain).double().mean()),
    }


def row(
    name: str,
    taught: dict[str, Trainable],
    ends: dict[str, dict[str, Tensor]],
    clean: Tensor,
    problem: Problem,
    seed: int,
) -> dict[str, Any]:
    """All measures of one student."""
    student = taught[name]
    by = {what: errors(student, end, clean, problem) for what, end in ends[name].items()}
    for other, theirs in ends.items():
        if other != name:
            by[f"from {other}"] = errors(student, theirs["standard"], clean, problem)
    any_of = torch.stack(list(by.values())).any(0)
    blind = torch.stack([v for k, v in by.items() if k.startswith("blind")]).any(0)
    own = torch.stack(
        [v for k, v in by.items() if k == "standard" or k.startswith("surrogate")]
    ).any(0)
    rates = strong(student, problem, probes=2000, seed=seed)
    seen, held = (
        [float(r.value or 0.0) for k, r in rates.items() if k.startswith(start)]
        for start in ("seen", "held out")
    )
    return {
        "clean": float(rates["clean"].value or 0.0),
        "seen, mean": sum(seen) / len(seen),
        "held out, mean": sum(held) / len(held),
        "held out, least": min(held),
        "no error by any candidate": 1 - float(any_of.double().mean()),
        **one_question(student, ends[name]["standard"], problem),
        "errors by": {what: int(found.sum()) for what, found in by.items()},
        "only blind": int((blind & ~own).sum()),
    }


Rows = dict[str, dict[str, dict[str, Any]]]
"""What was measured, by student and seed."""

MEASURES = (
    "clean",
    "seen, mean",
    "held out, mean",
    "held out, least",
    "no error by any candidate",
    "one question",
    "void, one question",
)


def summed_up(rows: Rows) -> dict[str, Any]:
    """Means over seeds with intervals of 95 %, and the front end less l_inf training, seed by seed."""
    spreads = {
        name: {key: Spread.of([one[key] for one in own.values()]) for key in MEASURES}
        for name, own in rows.items()
    }
    hard, front = spreads["linf training 0.2"], spreads["front end"]
    return {
        "arms": {
            name: {
                "seeds": [int(seed) for seed in rows[name]],
                **{key: one.describe() for key, one in own.items()},
                "only blind": sum(one["only blind"] for one in rows[name].values()),
            }
            for name, own in spreads.items()
        },
        "front end less linf training": {
            key: front[key].minus(hard[key]).describe() for key in MEASURES
        },
    }


def earlier(file: Path, head: Mapping[str, Any]) -> Rows:
    """What an earlier run with the same head measured."""
    if not file.is_file():
        return {}
    found: dict[str, Any] = json.loads(file.read_text())
    same = all(found.get(key) == value for key, value in head.items())
    rows: Rows = found.get("runs", {}) if same else {}
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--items", type=int, default=100)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/front_end.json")
    given = parser.parse_args()
    torch.set_num_threads(1)
    code, load = stamp(), os.getloadavg()[0]
    problem = mnist_rule()
    held = problem.source.read(0, len(problem.source))
    sure = problem.teacher(held).labels != UNCERTAIN
    clean = held[sure][: given.items]
    program = problem.tutors["program"](Perceptron()(problem, 0), 1, rng=generator(0))
    head = {
        "what": "mnist-rule: labels alone, l_inf training, the rule's perception as a program",
        "command": "python benchmarks/front_end.py",
        "settings": {
            "student": "256-128",
            "fit": AdamFit().name,
            "steps": given.steps,
            "given": 1000,
            "items": len(clean),
            "eps": EPS,
        },
        "program bits": program.price.bits,
        "tuned": "nothing on any seed",
    }
    rows = earlier(given.out, head)
    for seed in given.seeds:
        if any(str(seed) in own for own in rows.values()):
            continue
        clock = time.process_time()
        taught = students(problem, seed, given.steps)
        ends = {name: attacked(one, clean, problem, seed) for name, one in taught.items()}
        for name in taught:
            rows.setdefault(name, {})[str(seed)] = row(name, taught, ends, clean, problem, seed)
            print(name, seed, json.dumps(rows[name][str(seed)]), flush=True)
        print(f"seed {seed}: {time.process_time() - clock:.0f} s of the processor", flush=True)
        rows = {
            name: dict(sorted(own.items(), key=lambda o: int(o[0]))) for name, own in rows.items()
        }
        kept = {**head, **code, "load at start": round(load, 1), **summed_up(rows), "runs": rows}
        given.out.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
