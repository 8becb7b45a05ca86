"""``preceptor compare``: which way of learning buys most robustness for its price."""

import json
from pathlib import Path
from typing import Annotated

import typer

from preceptor.api.comparing import CompareOptions, run_comparison
from preceptor.cli import shared_options
from preceptor.cli.comparison_tables import print_comparison
from preceptor.cli.console import err, out
from preceptor.comparison import BACKENDS
from preceptor.comparison.convergence import describe, sentences

LISTS = shared_options.STRATEGY_LIST


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
        shared_options.spec(
            f"How it learns: {shared_options.STRATEGY} May stand several times. [default: those "
            "worth comparing on the problem]"
        ),
    ] = None,
    budget: Annotated[
        list[int] | None,
        shared_options.count(
            "Questions to ask or items to be told; may stand several times. [default: 30 100 300 "
            "1000]"
        ),
    ] = None,
    seeds: Annotated[
        int, shared_options.count("How many seeds, from 0 on; 1 gives no interval.")
    ] = 5,
    student: Annotated[
        str | None,
        shared_options.spec(
            "A class or function without parameters that makes the untaught torch module. "
            "[default: a perceptron, 96 and 48 units wide]",
            "FILE.py:NAME",
        ),
    ] = None,
    given: Annotated[int, shared_options.count("Labels that every student has for nothing.")] = 300,
    steps: Annotated[int, shared_options.count("Steps of fitting.")] = 900,
    rounds: Annotated[
        int, shared_options.count("Rounds of asking, for strategies that look at the student.")
    ] = 3,
    probes: Annotated[
        int, shared_options.count("Inputs on which strong accuracy is measured.")
    ] = 2000,
    items: Annotated[
        int, shared_options.count("Held-out items for clean and weak accuracy.")
    ] = 200,
    attack: Annotated[
        str,
        shared_options.spec(
            "What held-out items and draws are attacked with, as `preceptor audit` takes it. "
            "[default: standard, in l_inf at a tenth of the inputs' range]",
            "NAME:OPTIONS",
        ),
    ] = "",
    search: Annotated[
        int,
        shared_options.count(
            "Questions of a search for witnesses in each taught student, in no price; 0 for no "
            "search. Takes a fraction of a second a run.",
            0,
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
    jobs: shared_options.Jobs = -1,
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
        shared_options.flag(
            "--check-convergence",
            "Also compare with twice the steps: does any clear order change? Three times the work.",
        ),
    ] = False,
    quick: Annotated[
        bool,
        shared_options.flag(
            "--quick",
            "A first look: budgets 30 and 300, 2 seeds, 200 steps, 2 rounds, 1,000 probes, 100 "
            "items, in place of what these options say.",
        ),
    ] = False,
    out_: shared_options.ResumedOut = None,
    as_json: shared_options.AsJson = False,
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
    folder = out_ or Path(f"compare-{problem.replace(':', '-').replace('=', '')}")
    found, check, page = run_comparison(
        CompareOptions(
            problem=problem,
            strategies=strategy or (),
            budgets=budget or (),
            seeds=seeds,
            student=student,
            given=given,
            steps=steps,
            rounds=rounds,
            probes=probes,
            items=items,
            attack=attack,
            search=search,
            target=target,
            jobs=jobs,
            backend=backend,
            scheduler=scheduler,
            check_convergence=check_convergence,
            quick=quick,
            out=folder,
        )
    )
    if as_json:
        told = {
            "report": str(page),
            "convergence": None if check is None else describe(check),
            **found.to_dict(),
        }
        typer.echo(json.dumps(told))
        return
    print_comparison(found)
    for line in () if check is None else sentences(check):
        out.print(f"- {line}", highlight=False, markup=False)
    out.print(f"Report: {page}", highlight=False, soft_wrap=True)
    out.print(f"Numbers: {folder / 'comparison.json'}", highlight=False, soft_wrap=True)
    if len(found.design["seeds"]) < 5:
        err.print("Fewer than 5 seeds: the intervals are wide.", highlight=False)
