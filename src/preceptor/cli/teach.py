"""``preceptor teach``: a student learns from its teacher, audited before and after."""

import json
from pathlib import Path
from typing import Annotated

import typer

from preceptor import report as reports
from preceptor.audit import Plan, Record, SideBySide, side_by_side
from preceptor.audit import audit as run_audit
from preceptor.cli import options
from preceptor.cli.console import bar, command_line, err, out, watching
from preceptor.cli.desk_lessons import DeskLessons, setting_of
from preceptor.cli.specs import (
    check_names,
    keep,
    label_names,
    read_data,
    read_names,
    read_teacher,
)
from preceptor.cli.students import read_student
from preceptor.cli.taught import told
from preceptor.cli.teaching import Material, budget_of, material, plan_for
from preceptor.core import IncompleteError, InputError, Teacher
from preceptor.core.lock import alone
from preceptor.ledger import Ledger
from preceptor.lessons import Budget, Examples, label_bits, total
from preceptor.strategies import STRATEGIES, Learned, Round, Schedule, Strategy, learn, parse
from preceptor.students import TorchStudent, save_export, save_weights

LISTS = {
    "Strategies, each by an example": {entry.example: entry.help for entry in STRATEGIES.values()}
}


def teach(
    student: Annotated[
        str,
        typer.Option(
            metavar="SPEC",
            help="The classifier to teach, a torch module: file.py:name, or with --trust-pickle "
            "model.pt2, .pt. It stays as it is; a copy learns.",
        ),
    ],
    data: Annotated[
        str,
        typer.Option(
            metavar="SPEC",
            help="What it learns on and is audited on (never the same items): inputs.npz (array "
            "'inputs', optional 'labels' with -1 for can't tell, optional 'ids'), inputs.npy, or a "
            "problem by name. Without labels: the answers that the ledger has.",
        ),
    ],
    strategy: Annotated[
        str,
        typer.Option(
            metavar="SPEC",
            help="How it learns: one of the strategies below. ' + ' joins what is told and "
            "questions after it: 'invariance:shift=0.1 + random'.",
        ),
    ],
    teacher: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="Who teaches, as `preceptor audit` takes it. [default: the problem's own]",
        ),
    ] = None,
    study: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="For the strategy desk: the study in which people taught, of the ledger's file, or "
            "NAME@postgresql://... . [default: the teacher's own, where that is human:NAME]",
        ),
    ] = None,
    budget: Annotated[
        list[str] | None,
        typer.Option(
            metavar="UNIT=N",
            help="The most that teaching may spend: questions=200, bits=300, cost=12.5; may stand "
            "several times. The two audits are not part of it. [default: questions=100, beside what "
            "people taught at the desk]",
        ),
    ] = None,
    rounds: Annotated[
        int, typer.Option(metavar="N", min=1, help="Rounds among which the budget is divided.")
    ] = 3,
    steps: Annotated[
        int, typer.Option(metavar="N", min=1, help="Steps of fitting in each round.")
    ] = 1000,
    given: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="The most labels of the data that it learns besides, at no new price.",
        ),
    ] = 1000,
    ledger: options.Ledger = Path("preceptor.db"),
    out_: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="Folder for student, audits and pages.")
    ] = Path("taught"),
    audit: Annotated[
        bool,
        typer.Option(
            help="Audit before and after. Without it nothing is known of whether teaching helped, "
            "and no questions are spent on that."
        ),
    ] = True,
    items: Annotated[
        int, typer.Option(metavar="N", min=1, help="Items that are set apart for the audits.")
    ] = 200,
    attack: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME:OPTIONS",
            help="Of the audits, as `preceptor audit` takes them; may stand several times. [default: as "
            "there]",
        ),
    ] = None,
    bounds: options.Bounds = None,
    scale: options.Scale = None,
    classes: options.Classes = None,
    seed: options.Seed = 0,
    device: options.Device = "cpu",
    trust_pickle: options.TrustPickle = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the answer as JSON instead of sentences.")
    ] = False,
) -> None:
    r"""Teach a student, and find out by an audit before and after whether it helped.

    Prints what it cost (questions, bits, and the teacher's own unit of cost) and what changed, with
    intervals; writes the taught student (student.safetensors, student.pt2), both audits, and
    before-and-after.html.

        preceptor teach --student model.py:net --data two-rules \
            --strategy told:masks --budget questions=50

    Run the same command again after an interruption, or once more questions have answers: nothing
    is asked twice, no round is fitted twice.

    Exit codes: 0 done; 1 teaching surely hurt; 2 something handed in cannot be used; 3 questions
    have no answer yet.
    """
    found = read_data(data, bounds=bounds, scale=scale, items=None, seed=seed)
    labels = read_names(classes)
    named = label_names(labels, found)
    who = read_teacher(teacher, found, labels, ledger)
    check_names(labels, who)
    pupil = read_student(
        student,
        found.source,
        who,
        named,
        trust_pickle=trust_pickle,
        device=device,
    )
    if not isinstance(pupil, TorchStudent):
        raise InputError(
            f"{student} is a {type(pupil).__name__}, which has no weights that learn here; give a "
            "torch module"
        )
    desk = DeskLessons.of(study, who, ledger)
    with alone(out_), Ledger(ledger) as book:
        kept = keep(book, who, None, f"teach {pupil.name}: {strategy}")
        have = material(data, found, kept, items=items, given=given, seed=seed)
        told_here = desk.taught(have, strategy, seed) if desk else ()
        limit = budget_of(budget) if budget else Budget(100 + total(told_here).questions)
        schedule = Schedule(max(rounds, len(told_here)), 1, steps)
        way = parse(strategy, setting_of(have, kept, desk))
        taught, learned = _learn(pupil, have, way, limit, schedule, seed, out_)
        weights = save_weights(taught, out_ / "student.safetensors")
        why_not = save_export(taught, out_ / "student.pt2", found.source.domain.shape)
        sides = None
        if audit:
            plan = plan_for(found, have, attack or [], seed)
            records = []
            for name, one in (("before", pupil), ("after", taught)):
                records.append(_audit(name, one, kept, have, plan, named, out_))
                reports.write(records[-1])
            sides = side_by_side(records)
            reports.write_side_by_side(sides, out_ / "before-and-after.html")
        answer = told(learned, who, have, sides, out_, why_not, weights)
        (out_ / "teach.json").write_text(
            json.dumps(answer.describe(), indent=1) + "\n", encoding="utf-8"
        )
    if as_json:
        typer.echo(json.dumps(answer.describe()))
    else:
        for line in answer.lines:
            out.print(line, highlight=False, markup=False, soft_wrap=False)
    raise typer.Exit(1 if answer.hurt else 3 if _open(sides) else 0)


def _learn(
    pupil: TorchStudent,
    have: Material,
    way: Strategy,
    limit: Budget,
    schedule: Schedule,
    seed: int,
    folder: Path,
) -> tuple[TorchStudent, Learned]:
    """The taught student under its own name, and how it came about."""
    schedule = Schedule(
        schedule.rounds, _each_round(limit, schedule.rounds, pupil.classes), schedule.steps
    )
    lessons: tuple[Examples, ...] = ()
    if have.labelled:
        lessons = (Examples(have.inputs, have.labels, pupil.classes, "given"),)
    with bar() as shown:
        task = shown.add_task("learning", total=schedule.rounds + 1)

        def watch(done: Round) -> None:
            price = done.price
            words = f"round {done.number}: {price.questions} questions, {price.bits:,.0f} bits"
            shown.update(task, completed=done.number + 1, description=words)
            if not err.is_terminal:
                err.print(words + (", found on disk" if done.resumed else ""), highlight=False)

        try:
            learned = learn(
                pupil,
                way,
                given=lessons,
                budget=limit,
                schedule=schedule,
                seed=seed,
                out=folder / "rounds",
                watch=watch,
            )
        except IncompleteError as error:
            err.print(
                f"preceptor: {error}. Run the same command again once they have answers; what was "
                "answered is kept.",
                markup=False,
                highlight=False,
            )
            raise typer.Exit(3) from error
    taught = TorchStudent(
        learned.student.module,
        classes=pupil.classes,
        name=f"{pupil.name} taught",
        device=pupil.device,
        kind=pupil.kind,
        batch=pupil.batch,
    )
    return taught, learned


def _each_round(limit: Budget, rounds: int, classes: int) -> int:
    """Questions or items in a round."""
    most = []
    if limit.questions is not None:
        most.append(limit.questions)
    if limit.bits is not None:
        most.append(int(limit.bits / label_bits(classes)))
    return max(1, -(-min(most) // rounds)) if most else 100


def _audit(
    name: str,
    student: TorchStudent,
    kept: Teacher,
    have: Material,
    plan: Plan,
    classes: tuple[str, ...],
    folder: Path,
) -> Record:
    with watching(f"{name}: ") as watch:
        return run_audit(
            student,
            kept,
            have.source,
            plan,
            folder / name,
            watch=watch,
            classes=() if len(classes) == 1 else classes,
            command=command_line(),
        )


def _open(sides: SideBySide | None) -> bool:
    """Whether a question of the audits has no answer."""
    if sides is None:
        return False
    facts = (side.whole.facts["questions"] for side in sides.sides)
    return any(one["asked"] > one["answered"] for one in facts)
