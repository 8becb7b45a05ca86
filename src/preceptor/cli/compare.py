"""``preceptor compare``: which way of learning buys most robustness for its price."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from preceptor.cli.comparison_tables import print_comparison
from preceptor.cli.console import bar, err, out
from preceptor.cli.students import ITEMS
from preceptor.comparison import (
    BACKENDS,
    Design,
    Learner,
    Perceptron,
    Told,
    cluster,
    contests,
    harms,
    sentence,
    settled,
    strategies_for,
    witnessed,
)
from preceptor.comparison import compare as run
from preceptor.comparison.settled import describe, sentences
from preceptor.core import InputError, Trainable
from preceptor.core.lock import alone
from preceptor.problems import Problem
from preceptor.report import write_comparison
from preceptor.strategies import STRATEGIES
from preceptor.students import TorchStudent, load_student

LISTS = {
    "Strategies, each by an example": {entry.example: entry.help for entry in STRATEGIES.values()}
}


class FromFile:
    """A learner that a file makes anew for each seed, with the streams of random numbers set to it.

    Args:
        spec: ``file.py:name``, a class or function without parameters.
    """

    def __init__(self, spec: str) -> None:
        self.name = spec

    def __call__(self, problem: Problem, seed: int) -> Trainable:
        with torch.random.fork_rng(devices=[]), _plain_streams():
            torch.manual_seed(seed)
            np.random.seed(seed)
            random.seed(seed)
            made = load_student(
                self.name,
                classes=problem.teacher.classes,
                items=problem.source.read(0, min(ITEMS, len(problem.source))),
            )
        if not isinstance(made, TorchStudent):
            raise InputError(f"{self.name} makes no torch module, so it cannot be taught")
        return made


@contextmanager
def _plain_streams() -> Iterator[None]:
    """Leave the global streams of numpy and Python as they were."""
    kept = np.random.get_state(), random.getstate()
    try:
        yield
    finally:
        np.random.set_state(kept[0])
        random.setstate(kept[1])


def compare(
    problem: Annotated[
        str,
        typer.Argument(
            metavar="PROBLEM",
            help="A problem by name, with options: xor, xor:features=10, blocks, two-rules. "
            "`preceptor problems` lists them.",
        ),
    ],
    strategy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SPEC",
            help="One of the strategies below; may stand several times. ' + ' joins what is told "
            "and questions after it: 'told:feature set + random'. [default: those worth comparing "
            "on the problem]",
        ),
    ] = None,
    budget: Annotated[
        list[int] | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Questions to ask or items to be told; may stand several times. [default: 30 100 300 "
            "1000]",
        ),
    ] = None,
    seeds: Annotated[
        int,
        typer.Option(metavar="N", min=1, help="How many seeds, from 0 on; 1 gives no interval."),
    ] = 5,
    student: Annotated[
        str | None,
        typer.Option(
            metavar="FILE.py:NAME",
            help="A class or function without parameters that makes the untaught torch module. "
            "[default: a perceptron, 96 and 48 units wide]",
        ),
    ] = None,
    given: Annotated[
        int, typer.Option(metavar="N", min=1, help="Labels that every student has for nothing.")
    ] = 300,
    steps: Annotated[int, typer.Option(metavar="N", min=1, help="Steps of fitting.")] = 900,
    rounds: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            help="Rounds of asking, for strategies that look at the student.",
        ),
    ] = 3,
    probes: Annotated[
        int, typer.Option(metavar="N", min=1, help="Inputs on which strong accuracy is measured.")
    ] = 2000,
    items: Annotated[
        int, typer.Option(metavar="N", min=1, help="Held-out items for clean and weak accuracy.")
    ] = 200,
    attack: Annotated[
        str,
        typer.Option(
            metavar="NAME:OPTIONS",
            help="What held-out items and draws are attacked with, as `preceptor audit` takes it. "
            "[default: standard, in l_inf at a tenth of the inputs' range]",
        ),
    ] = "",
    search: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Questions of a search for witnesses in each taught student, in no price; 0 for no "
            "search. Takes a fraction of a second a run.",
        ),
    ] = 200,
    target: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            min=0.0,
            max=1.0,
            help="Strong accuracy of which the price is sought.",
        ),
    ] = 0.9,
    jobs: Annotated[
        int,
        typer.Option(metavar="N", help="Processes at once; -1 for all cores. Changes no number."),
    ] = -1,
    backend: Annotated[
        str,
        typer.Option(
            metavar="|".join(BACKENDS),
            help="Processes of this machine, or the workers of a cluster. Changes no number.",
        ),
    ] = "loky",
    scheduler: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Address of a running cluster: tcp://host:8786 for dask, host:6379 or auto for ray. "
            "[default: one is started on this machine]",
        ),
    ] = "",
    check_convergence: Annotated[
        bool,
        typer.Option(
            "--check-convergence",
            help="Also compare with twice the steps: does any clear order change? Three times the "
            "work.",
        ),
    ] = False,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="A first look: budgets 30 and 300, 2 seeds, 200 steps, 2 rounds, 1,000 probes, 100 "
            "items, in place of what these options say.",
        ),
    ] = False,
    out_: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FOLDER",
            help="Folder for finished runs, numbers and page. [default: compare-PROBLEM]",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the numbers as JSON instead of tables.")
    ] = False,
) -> None:
    """Set ways of learning against one another: robustness against price, over seeds.

    Every way gets the same learner, the same given labels and the same steps. Strong accuracy: right
    where the teacher is certain, on inputs to which the data did not lead; weak: under an attack. The report also has conventional
    accuracy (the clean label assumed) and draws that are attacked too (pushed).
    Witnesses: distinct inputs found by the same search, with the same budget, at which the teacher
    is certain and the student wrong; to be compared between ways here only, and 0 proves nothing.
    Prices stand in four units that are never added up: questions, bits from the teacher, bits to
    it, cost. Prints a table with 95 % intervals over seeds; writes comparison.html with the curves,
    and comparison.json. A first look:

        preceptor compare xor:features=10 --quick

    Run the same command again after an interruption: finished runs are kept.

    Exit codes: 0 done; 2 something handed in cannot be used.
    """
    if jobs == 0:
        raise InputError("--jobs 0: write the number of processes, or -1 for all cores")
    if check_convergence and not quick and seeds < 2:
        raise InputError("--check-convergence needs intervals: --seeds 2 or more")
    learner: Learner = Perceptron() if student is None else FromFile(student)
    design = Design(
        problem,
        tuple(strategy or strategies_for(problem)),
        tuple(budget or ((30, 300) if quick else (30, 100, 300, 1000))),
        tuple(range(2 if quick else seeds)),
        learner,
        given,
        200 if quick else steps,
        2 if quick else rounds,
        1000 if quick else probes,
        attack,
        100 if quick else items,
        search=search,
    )
    folder = out_ or Path(f"compare-{problem.replace(':', '-').replace('=', '')}")
    with alone(folder):
        with bar() as shown:
            task = shown.add_task("learning", total=None)

            def watch(told: Told) -> None:
                cell = told.cell
                words = f"{cell.strategy}, budget {cell.budget}, seed {cell.seed}"
                shown.update(task, completed=told.done, total=told.total, description=words)

            with cluster(backend, scheduler, jobs) as spread:
                found = run(design, folder, target=target, n_jobs=spread, watch=watch)
                longer = replace(design, steps=2 * design.steps)
                long = (
                    run(longer, folder / "twice", target=target, n_jobs=spread, watch=watch)
                    if check_convergence
                    else None
                )
        check = None if long is None else settled(found, long)
        if check is not None:
            file = folder / "convergence.json"
            file.write_text(json.dumps(describe(check), indent=2) + "\n", encoding="utf-8")
        page = write_comparison(found, folder / "comparison.html")
    if as_json:
        told = {
            "report": str(page),
            "answers": [
                {**one.describe(), "sentence": sentence(one, found)} for one in contests(found)
            ],
            "harms": harms(found),
            "witnesses": witnessed(found),
            "convergence": None if check is None else describe(check),
            **found.describe(),
        }
        typer.echo(json.dumps(told))
        return
    print_comparison(found)
    for line in () if check is None else sentences(check):
        out.print(f"- {line}", highlight=False, markup=False)
    out.print(f"Report: {page}", highlight=False, soft_wrap=True)
    out.print(f"Numbers: {folder / 'comparison.json'}", highlight=False, soft_wrap=True)
    if len(design.seeds) < 5:
        err.print("Fewer than 5 seeds: the intervals are wide.", highlight=False)
