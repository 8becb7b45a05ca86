"""``preceptor paper``: the claims behind active teaching, tried, and a plain verdict on each."""

import json
from pathlib import Path
from typing import Annotated, Final

import typer
from rich import box
from rich.table import Table

from preceptor.api.progress_bars import bars
from preceptor.cli import shared_options
from preceptor.cli.console import err, out
from preceptor.core import InputError
from preceptor.paper import CLAIMS, ClaimResult, Entry, Suite, SuiteProgress, chosen, run_suite
from preceptor.report import standing, write_paper

_NAMES = ", ".join(claim.facts.name for claim in CLAIMS)
_CONTESTS = ", ".join(claim.facts.name for claim in CLAIMS if claim.contest is not None)
RESULTS, PAGE = "paper.json", "paper.html"


def paper(
    full: Annotated[
        bool,
        typer.Option(
            "--full/--quick",
            help="All sizes and seeds (some 30 minutes of one processor), or a first look at small "
            "sizes with few seeds (some 4 minutes of one).",
        ),
    ] = False,
    claims: Annotated[
        str,
        typer.Option(metavar="A,B", help=f"Only these claims. [default: all: {_NAMES}]"),
    ] = "",
    jobs: shared_options.Jobs = -1,
    out_: shared_options.ResumedOut = None,
    from_: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Run nothing: write the page of saved numbers, such as "
            "benchmarks/results/paper.json.",
        ),
    ] = None,
    remarks: Annotated[
        str,
        typer.Option(
            metavar="TEXT", help="A remark to keep with the numbers: on the machine's load, say."
        ),
    ] = "",
    opponent: Annotated[
        str,
        typer.Option(
            metavar="FILE.py:NAME",
            help="Enter an opponent into the claims named, on the same seeds: a function of an arena "
            f"that returns its student. Claims that take opponents: {_CONTESTS}.",
        ),
    ] = "",
    as_json: shared_options.AsJson = False,
) -> None:
    """Try the claims behind active teaching, and say of each: shown, and against whom, tie, or not shown.

    Every claim has a rule, written down in the repository, that wants the whole 95 % interval over the
    seeds in its bounds. These are experiments of our own on problems of known truth; what was
    constructed in a claim's favour is called so. They reproduce no table of any paper.

    A first look; and the page of the numbers that come with the source:

        preceptor paper --quick
        preceptor paper --from benchmarks/results/paper.json

    Defeat a claim: enter an opponent of your own (docs/how-to/paper.md):

        preceptor paper --claims halfspace --opponent mine.py:cutting_planes

    Run the same command again after an interruption: finished runs are kept.

    Exit codes: 0 done, whatever the verdicts; 2 something handed in cannot be used.
    """
    if jobs == 0:
        raise InputError("--jobs 0: write the number of processes, or -1 for all cores")
    folder = out_ or Path("paper-full" if full else "paper-quick")
    if from_ is not None:
        if claims or full or opponent:
            raise InputError(
                "--from runs nothing, so --claims, --full and --opponent say nothing beside it"
            )
        found = Suite.load(from_)
        _tell(found, out_ or Path(), from_, as_json=as_json)
        return
    wanted = chosen(name.strip() for name in claims.split(",") if name.strip())
    if opponent and not claims:
        raise InputError(f"--opponent: name its claims with --claims, among {_CONTESTS}")
    entry = Entry.of(opponent) if opponent else None
    with bars(None) as show:
        show("claims", "running", 0, None)

        def watch(told: SuiteProgress) -> None:
            who = f", {told.who}" if told.who else ""
            show("claims", f"{told.claim}, seed {told.seed}{who}", told.done, told.total)

        found = run_suite(
            wanted,
            "full" if full else "quick",
            folder,
            n_jobs=jobs,
            watch=watch,
            remarks=remarks,
            entry=entry,
        )
    _tell(found, folder, found.save(folder / RESULTS), as_json=as_json)


def _tell(found: Suite, folder: Path, numbers: Path, *, as_json: bool) -> None:
    page = write_paper(found, folder / PAGE)
    if as_json:
        told = {
            "report": str(page),
            "numbers": str(numbers),
            "scale": found.scale,
            "verdicts": {one.facts.name: one.verdict for one in found.findings},
            "opponents": {
                one.facts.name: {each.name: standing(one, each) for each in one.opponents}
                for one in found.findings
                if one.opponents
            },
        }
        typer.echo(json.dumps(told))
        return
    _print(found)
    out.print(f"Report: {page}", highlight=False, soft_wrap=True)
    out.print(f"Numbers: {numbers}", highlight=False, soft_wrap=True)
    if found.scale == "quick":
        err.print("A first look with few seeds: the intervals are wide.", highlight=False)


def _print(found: Suite) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("claim", no_wrap=True)
    table.add_column("verdict", overflow="fold")
    table.add_column("seeds", justify="right", no_wrap=True)
    table.add_column("checks that do not hold", overflow="fold")
    for one in found.findings:
        missed = [
            f"{name} (wanted {check.words}): {state}"
            for what, check, name, _, state in one.checks()
            if what in _doubtful(one) and state != "holds"
        ]
        expected = "" if one.verdict == one.facts.expected else f" (expected: {one.facts.expected})"
        table.add_row(
            one.facts.name + (" *" if one.facts.constructed else ""),
            one.verdict + expected,
            str(len(one.runs)),
            "; ".join([*missed[:2], *([f"{len(missed) - 2} more"] if len(missed) > 2 else [])]),
        )
    out.print(table)
    out.print(
        "*: something is constructed in the claim's favour; the report says what.", style="dim"
    )
    for one in found.findings:
        for each in one.opponents:
            if each.opposes:
                out.print(
                    f"{one.facts.name}, {each.name} ({each.strength}): "
                    f"{_SAID.get(standing(one, each), standing(one, each))}. Knows: {each.knows}",
                    highlight=False,
                    soft_wrap=True,
                )


_SAID: Final = {
    "ahead": "the teller is ahead",
    "behind": "the teller is behind",
    "tie": "a tie",
    "open": "who is ahead is open",
    "ahead: target missed": "the teller is ahead; this opponent misses the target",
}
"""How teller and opponent stand, as printed."""


def _doubtful(one: ClaimResult) -> tuple[str, ...]:
    """The parts of the rule of which checks that do not hold are told."""
    if one.verdict == "shown against usual askers only":
        return ("strongest",)
    if one.verdict == "not shown" and one.facts.expected == "tie":
        return ("tie",)
    return one.rule.decisive(one.verdict)
