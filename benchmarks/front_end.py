"""What a perceptual front end is worth on mnist-rule, under attacks that go through it.

    python benchmarks/front_end.py [--seeds 0 1 2 3 4] [--items 100] [--steps 3000]

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
stands beside it. ``only_blind`` counts the items on which the random searches found an error and
nothing that follows the student's own gradients did: many of them would mean masked gradients. No
setting was tuned on any seed.
"""

import argparse
import json
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from preceptor.attacks import APGD, Square, Standard
from preceptor.comparison import Perceptron
from preceptor.core import UNCERTAIN, Attack, ItemRng, Trainable, generator
from preceptor.lessons import Examples, Lesson, Program, Seen
from preceptor.outcome import Spread
from preceptor.problems import Problem, mnist_rule, strong
from preceptor.problems.perception import SLOPE
from preceptor.strategies import AdamFit, LinfTraining

ROOT = Path(__file__).parents[1]
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
    if not (isinstance(student, Seen) and isinstance(student.front, Program)):
        return {}
    source = student.front.source
    slope = f"sigmoid({SLOPE:g} * x)"
    assert slope in source
    assert HARD in source
    flat, steep = source.replace(slope, "sigmoid(4 * x)"), source.replace(slope, "sigmoid(40 * x)")
    smooth = source.replace(HARD, " ink = soft\n")
    sources = {"flat": flat, "steep": steep, "smooth": smooth}
    return {name: Seen(student.inner, Program(text)) for name, text in sources.items()}


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
        "weak": round(float((own == said)[certain].float().mean()), 4),
        "void": round(float((~certain).float().mean()), 4),
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
        "student": name,
        "seed": seed,
        "clean": round(float(rates["clean"].value or 0.0), 4),
        "strong_seen_mean": round(sum(seen) / len(seen), 4),
        "strong_held_out_mean": round(sum(held) / len(held), 4),
        "strong_held_out_least": round(min(held), 4),
        "weak_any_candidate": round(1 - float(any_of.float().mean()), 4),
        "weak_standard": one_question(student, ends[name]["standard"], problem),
        "errors_by": {what: int(found.sum()) for what, found in by.items()},
        "only_blind": int((blind & ~own).sum()),
    }


def git(*words: str) -> str:
    """What git says of this tree."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def summed_up(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over seeds with intervals of 95 %."""
    keys = ("clean", "strong_seen_mean", "strong_held_out_mean", "strong_held_out_least")
    keys += ("weak_any_candidate",)
    found: dict[str, Any] = {}
    for name in dict.fromkeys(one["student"] for one in rows):
        own = [one for one in rows if one["student"] == name]
        found[name] = {}
        for key in keys:
            spread = Spread.of([one[key] for one in own])
            low, high = spread.interval
            found[name][key] = [round(spread.mean, 4), round(low, 4), round(high, 4)]
        found[name]["only_blind"] = sum(one["only_blind"] for one in own)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--items", type=int, default=100)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/front_end.json")
    given = parser.parse_args()
    torch.set_num_threads(1)
    problem = mnist_rule()
    held = problem.source.read(0, len(problem.source))
    sure = problem.teacher(held).labels != UNCERTAIN
    clean = held[sure][: given.items]
    program = problem.tutors["program"](Perceptron()(problem, 0), 1, rng=generator(0))
    result = {
        "what": "mnist-rule: labels alone, l_inf training, the rule's perception as a program",
        "commit": git("rev-parse", "HEAD"),
        "changed_since_commit": bool(git("status", "--short", "src", "benchmarks/front_end.py")),
        "items": given.items,
        "steps": given.steps,
        "eps": EPS,
        "program_bits": program.price.bits,
        "load_at_start": round(os.getloadavg()[0], 1),
        "versions": {"python": platform.python_version(), "torch": version("torch")},
    }
    rows: list[dict[str, Any]] = []
    for done, seed in enumerate(given.seeds, 1):
        taught = students(problem, seed, given.steps)
        ends = {name: attacked(one, clean, problem, seed) for name, one in taught.items()}
        for name in taught:
            rows.append(row(name, taught, ends, clean, problem, seed))
            print(json.dumps(rows[-1]), flush=True)
        if done > 1:  # an interval needs two
            kept = {**result, "seeds": given.seeds[:done], "summary": summed_up(rows), "rows": rows}
            given.out.write_text(json.dumps(kept, indent=2) + "\n")


if __name__ == "__main__":
    main()
