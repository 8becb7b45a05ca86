"""Teaching, between two audits: what command line and front door both call."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from preceptor import report as reports
from preceptor.api.auditing import Say
from preceptor.api.checking import beside_people
from preceptor.api.data import Data, as_data, label_names
from preceptor.api.declared_columns import Columns, Relations
from preceptor.api.desk_lessons import DeskLessons, setting_of
from preceptor.api.given_bounds import Bounds
from preceptor.api.given_student import Given, as_given
from preceptor.api.given_tables import TableWords
from preceptor.api.given_teacher import Classes, as_teacher, check_names, keep
from preceptor.api.picture_folders import Resize
from preceptor.api.places import Kept, file_of, folder_for, opened
from preceptor.api.progress_bars import bars, watching
from preceptor.api.scaling import Scale
from preceptor.api.suite import Attacks
from preceptor.api.teach_result import TeachResult
from preceptor.api.teaching_summary import told
from preceptor.api.text_files import TextReading
from preceptor.api.training_data import Material, Spend, budget_of, material, plan_for
from preceptor.api.words import names_of, whole_number
from preceptor.audit import Plan, Record, side_by_side
from preceptor.audit import audit as run_audit
from preceptor.core import AnyStudent, AnyTeacher, Domain, InputError, Pupil, TextDomain
from preceptor.core.lock import alone
from preceptor.lessons import Budget, Examples, label_bits, total
from preceptor.strategies import LearningResult, Round, Schedule, Strategy, learn, parse
from preceptor.students import Normalise, SklearnStudent, TokenizedStudent, TorchStudent
from preceptor.students.keeping import called, keep_student


@dataclass(frozen=True, kw_only=True, eq=False)
class TeachOptions:
    """How a student is to be taught: the options of :func:`preceptor.teach`, not yet understood.

    Attributes:
        say: told what is no result.
        watch: told each round, beside the bar.
    """

    student: object
    data: object
    strategy: str | Strategy
    say: Say
    teacher: object = None
    study: str | None = None
    budget: Spend | None = None
    rounds: int = 3
    steps: int = 1000
    given: int = 1000
    ledger: Kept | None = None
    out: str | Path | None = None
    audit: bool = True
    items: int = 200
    attacks: Attacks | None = None
    bounds: Bounds | None = None
    scale: Scale | None = None
    columns: Columns | None = None
    relations: Relations | None = None
    label: str | None = None
    classes: Classes | None = None
    seed: int = 0
    device: str = "cpu"
    trust_pickle: bool = False
    normalise: Normalise | None = None
    resize: Resize | None = None
    channels: str | None = None
    text: Sequence[str] = ()
    protect: Sequence[str] = ()
    progress: bool | None = None
    watch: Callable[[Round], None] | None = None
    command: str | None = None

    def check(self) -> None:
        """See that numbers are numbers.

        Raises:
            InputError: one is not, or there is no strategy.
        """
        for name, least in (("rounds", 1), ("steps", 1), ("given", 0), ("items", 1), ("seed", 0)):
            whole_number(name, getattr(self, name), least)
        if not isinstance(self.strategy, str | Strategy) or isinstance(self.strategy, type):
            raise InputError(
                f"--strategy {self.strategy!r}: expected words such as 'pool-uncertainty' or "
                "'invariance:shift=0.1 + random', or a strategy of preceptor.strategies"
            )
        if self.data is None:
            raise InputError("no --data given: name the inputs to learn on, or a problem")

    @property
    def words(self) -> str:
        """The strategy, in words."""
        return self.strategy if isinstance(self.strategy, str) else self.strategy.name


def run_teaching(asked: TeachOptions) -> TeachResult:
    """Teach a copy of the student, audit both, and write all of it.

    Raises:
        InputError: something handed in cannot be used.
        IncompleteError: questions of the teaching have no answer; to be run again.
        NothingTaughtError: people have taught nothing yet; to be run again.
    """
    asked.check()
    labels = names_of(asked.classes)
    found = as_data(
        asked.data,
        bounds=asked.bounds,
        scale=asked.scale,
        seed=asked.seed,
        resize=asked.resize,
        channels=asked.channels,
        classes=labels,
        words=TableWords(asked.columns, asked.relations, asked.label),
        texts=TextReading(tuple(asked.text), tuple(asked.protect)),
    )
    found.say_remarks(asked.say, notes=asked.command is not None)
    file = file_of(asked.ledger)
    beside = Given.of(asked.student, asked.normalise)
    who = as_teacher(asked.teacher, found, labels, file, student=beside)
    check_names(labels, who)
    named = label_names(labels, found, who.classes)
    pupil = as_given(
        beside,
        found.source,
        who.classes,
        named,
        trust_pickle=asked.trust_pickle,
        device=asked.device,
    )
    pupil = _teachable(pupil, asked, found)
    desk = DeskLessons.of(asked.study, who, file)
    out = folder_for(asked.out)
    with alone(out), opened(asked.ledger) as book:
        kept = keep(book, who, None, f"teach {pupil.name}: {asked.words}")
        have = material(found, kept, items=asked.items, given=asked.given, seed=asked.seed)
        told_here = desk.taught(have, asked.words, asked.seed, asked.say) if desk else ()
        limit = Budget(100 + total(told_here).questions)
        if asked.budget is not None:
            limit = budget_of(asked.budget)
        rounds = max(asked.rounds, len(told_here))
        schedule = Schedule(rounds, _each_round(limit, rounds, pupil.classes), asked.steps)
        way = asked.strategy
        if isinstance(way, str):
            way = parse(way, setting_of(have, kept, desk, named))
        student, learned = _learn(pupil, have, way, limit, schedule, asked, out)
        domain = found.source.domain
        written = keep_student(student, out, domain.shape if isinstance(domain, Domain) else None)
        before = after = sides = None
        if asked.audit:
            plan = plan_for(found, have, asked.attacks, asked.seed)
            check = partial(beside_people, book, who)
            before = _audit("before", pupil, kept, have, plan, named, asked, out, check)
            after = _audit("after", student, kept, have, plan, named, asked, out, check)
            sides = side_by_side([before, after])
            reports.write_side_by_side(sides, out / "before-and-after.html")
        answer = told(learned, who, have, sides, out, written)
        text = json.dumps(answer.describe(), indent=1) + "\n"
        (out / "teach.json").write_text(text, encoding="utf-8")
    return TeachResult(student, answer, learned, before, after, sides, out)


def _teachable(pupil: AnyStudent, asked: TeachOptions, found: Data) -> Pupil:
    """The student, if it can be taught on such data.

    Raises:
        InputError: it cannot.
    """
    texts = isinstance(found.source.domain, TextDomain)
    if isinstance(pupil, TokenizedStudent | SklearnStudent if texts else TorchStudent):
        return pupil
    given = asked.student if isinstance(asked.student, str | Path) else pupil.name
    fit = (
        "hashed-texts (preceptor.students.hashed_texts), a preceptor.students.TokenizedStudent(module, "
        "tokenizer, classes=...), a transformers model or a scikit-learn pipeline"
        if texts
        else "a torch module"
    )
    raise InputError(
        f"{given} is a {type(pupil).__name__}, which has no weights that learn here; give {fit}"
    )


def _learn(
    pupil: Pupil,
    have: Material,
    way: Strategy,
    limit: Budget,
    schedule: Schedule,
    asked: TeachOptions,
    folder: Path,
) -> tuple[AnyStudent, LearningResult]:
    """The taught student under its own name, and how it came about."""
    lessons: tuple[Examples, ...] = ()
    if have.labelled:
        lessons = (Examples(have.inputs, have.labels, pupil.classes, "given"),)
    with bars(asked.progress) as show:
        show("learn", "learning", 0, schedule.rounds + 1)

        def watch(done: Round) -> None:
            price = done.price
            words = f"round {done.number}: {price.questions} questions, {price.bits:,.0f} bits"
            show("learn", words, done.number + 1, schedule.rounds + 1)
            if asked.watch is not None:
                asked.watch(done)

        learned = learn(
            pupil,
            way,
            given=lessons,
            budget=limit,
            schedule=schedule,
            seed=asked.seed,
            out=folder / "rounds",
            watch=watch,
        )
    return called(learned.student, f"{pupil.name} taught", pupil), learned


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
    student: AnyStudent,
    kept: AnyTeacher,
    have: Material,
    plan: Plan,
    classes: tuple[str, ...],
    asked: TeachOptions,
    folder: Path,
    check: Callable[[Record], Record],
) -> Record:
    with watching(asked.progress, f"{name}: ") as watch:
        record = run_audit(
            student,
            kept,
            have.source,
            plan,
            folder / name,
            watch=watch,
            classes=() if len(classes) == 1 else classes,
            command=asked.command,
        )
    record = check(record)
    reports.write(record)
    return record
