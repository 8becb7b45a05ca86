"""``preceptor explain``: why student and teacher part, and which lesson would help."""

import json
from pathlib import Path
from typing import Annotated

import typer

from preceptor.api.explaining import ExplainOptions, run_explanation
from preceptor.cli import shared_options
from preceptor.cli.console import err, out
from preceptor.cli.explain_tables import print_explanation
from preceptor.cli.waiting import say_desk
from preceptor.core import Teacher


def explain(
    record: shared_options.Record,
    student: Annotated[
        str, shared_options.spec("The student of that audit, as `preceptor audit` took it.")
    ],
    teacher: Annotated[
        str | None,
        shared_options.spec(
            "The teacher of that audit, as `preceptor audit` took it. [default: that of the problem, "
            "if one was audited]"
        ),
    ] = None,
    sibling: Annotated[
        list[str] | None,
        shared_options.spec(
            "A student trained as this one was, but for the seed or a bootstrap sample; may "
            "stand several times. Says which errors the data leave open."
        ),
    ] = None,
    beyond: Annotated[
        list[str] | None,
        shared_options.spec(
            "Inputs unlike the data (.npz or .npy), on which siblings are compared too; may "
            "stand several times. A third of the budget is asked there."
        ),
    ] = None,
    budget: Annotated[
        int,
        shared_options.count("The most questions, those that have an answer already included.", 0),
    ] = 300,
    items: Annotated[int, shared_options.count("The most items on which factors are tried.")] = 400,
    least: Annotated[
        float,
        shared_options.share(
            "A factor must surely move more than this share of the items to stand out."
        ),
    ] = 0.05,
    ledger: shared_options.Ledger = Path("preceptor.db"),
    level: Annotated[
        float | None,
        shared_options.share(
            "Confidence level of all statements together. [default: the record's]"
        ),
    ] = None,
    seed: shared_options.Seed = 0,
    batch: shared_options.Batch = "auto",
    device: shared_options.Device = "cpu",
    timeout: shared_options.Timeout = None,
    dry_run: shared_options.DryRun = False,
    trust_pickle: shared_options.TrustPickle = False,
    normalise: shared_options.Normalise = None,
    as_json: shared_options.AsJson = False,
) -> None:
    """Say why student and teacher part: what the student uses that the teacher does not see, what
    it overlooks, and which errors the data leave open. Ends in the lesson that would help.

    Factors (regions, frequencies, transformations, features) are changed one at a time; the student
    says for nothing where its answer changes, and the teacher is asked at a few of these inputs.
    Prints the factors that stand out, ranked, with intervals; writes explanation.json beside the
    record, and a section into its report.

        preceptor explain audit --student model.py:net --sibling model.py:other

    Run it again after an interruption: nothing is asked twice.

    Exit codes: 0 done; 2 something handed in cannot be used; 3 some questions have no answer.
    """

    def before(who: Teacher, questions: int, known: int) -> None:
        err.print(
            f"{questions} questions for {who.name}, {known} of them answered already.",
            highlight=False,
        )
        if dry_run:
            if as_json:
                out.print_json(json.dumps({"questions": questions, "known": known}))
            raise typer.Exit(0)

    explanation, found, who = run_explanation(
        ExplainOptions(
            record=record,
            student=student,
            teacher=teacher,
            siblings=sibling or [],
            beyond=beyond or [],
            budget=budget,
            items=items,
            least=least,
            ledger=ledger,
            level=level,
            seed=seed,
            batch=batch,
            device=device,
            timeout=timeout,
            trust_pickle=trust_pickle,
            normalise=normalise,
            before=before,
        )
    )
    if as_json:
        typer.echo(json.dumps(explanation.to_dict()))
    else:
        print_explanation(explanation)
        out.print(f"Report: {found.folder / 'report.html'}", highlight=False, soft_wrap=True)
        file = found.folder / "explanation.json"
        out.print(f"Explanation: {file}", highlight=False, soft_wrap=True)
    unanswered = explanation.facts["questions"]["unanswered"]
    if unanswered:
        reasons = "; ".join(f"{count} x {why}" for why, count in unanswered.items())
        err.print(f"Questions without an answer: {reasons}", highlight=False, markup=False)
        say_desk(who)
        raise typer.Exit(3)
