"""The audit, of one student or of several: what command line and front door both call."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from preceptor import report as reports
from preceptor.api.batches import AUTO, Batch, as_said, fitting, read_batch
from preceptor.api.budgets import read_budget
from preceptor.api.certified_audit import Certify, certify_record
from preceptor.api.checking import beside_people
from preceptor.api.data import as_data
from preceptor.api.declared_columns import Columns, Relations
from preceptor.api.given_bounds import Bounds
from preceptor.api.given_hook import as_hook, tried
from preceptor.api.given_services import expected_price, told_of_services
from preceptor.api.given_student import Given, as_given, few
from preceptor.api.given_tables import TableWords
from preceptor.api.given_teacher import Classes, as_teacher, check_names, keep
from preceptor.api.moved_inputs import Moved, read_moved
from preceptor.api.participants import Crowd, folders, gather
from preceptor.api.picture_folders import Resize
from preceptor.api.places import Kept, file_of, folder_for, is_temporary, opened
from preceptor.api.progress_bars import bars, watcher
from preceptor.api.scaling import Scale
from preceptor.api.text_files import TextReading
from preceptor.api.words import names_of, share, whole_number
from preceptor.audit import Plan, Record, key
from preceptor.audit import audit as run_audit
from preceptor.audit.kept_inputs import keep_inputs, read_keep_inputs
from preceptor.core import AnyAttack, AnyStudent, AnyTeacher, Ballots, InputError
from preceptor.core.lock import alone
from preceptor.people import Human
from preceptor.sequential import StoppingRule
from preceptor.students import Normalise
from preceptor.teachers.services import ExpectedPrice, keeping_replies

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class AuditOptions:
    """What an audit is to do: the options of :func:`preceptor.audit`, read but not yet understood.

    Attributes:
        students: one, or several that get the same audit.
        before: told the teacher, the questions, how many are known and what they are likely to cost,
            before the first is asked.
        say: told what is no result.
        command: how to run this again, for the report.
        labels: bars are labelled so.
    """

    students: Sequence[object]
    say: Say
    data: object = None
    teacher: object = None
    attacks: Sequence[str | AnyAttack] = ()
    moved: Moved = ()
    out: str | Path | None = None
    ledger: Kept | None = None
    budget: int | str | None = None
    ask: str = "all"
    until: str | StoppingRule | None = None
    proxy: object = None
    mix: float = 0.5
    items: int | None = None
    people: str | Path | Ballots | None = None
    by: Sequence[str] = ()
    title: str | None = None
    show: object = None
    bounds: Bounds | None = None
    scale: Scale | None = None
    columns: Columns | None = None
    relations: Relations | None = None
    label: str | None = None
    classes: Classes | None = None
    text: Sequence[str] = ()
    protect: Sequence[str] = ()
    seed: int = 0
    level: float = 0.95
    batch: Batch = AUTO
    device: str = "cpu"
    timeout: float | None = None
    repeats: int = 0
    keep_inputs: str = "all"
    certify: object = None
    trust_pickle: bool = False
    normalise: Normalise | None = None
    resize: Resize | None = None
    channels: str | None = None
    progress: bool | None = None
    before: Callable[[AnyTeacher, int, int, ExpectedPrice | None], None] | None = None
    command: str | None = None

    def check(self) -> None:
        """See that numbers are numbers.

        Raises:
            InputError: one is not, or an option is none of its words.
        """
        for name, least in (("seed", 0), ("repeats", 0)):
            whole_number(name, getattr(self, name), least)
        if self.items is not None:
            whole_number("items", self.items, 1)
        read_batch(self.batch)
        read_keep_inputs(self.keep_inputs)
        read_budget(self.budget)
        share("level", self.level)
        share("mix", self.mix)
        if self.ask not in ("all", "flips"):
            raise InputError(f"--ask {self.ask!r}: expected all or flips")
        if not isinstance(self.moved, Mapping | list | tuple):
            raise InputError(
                f"--moved: a {type(self.moved).__name__}; expected moved inputs by name, such as "
                "{'rain': inputs}, or a list of files such as ['rain=rain.npz']"
            )
        if self.until is not None and not isinstance(self.until, str | StoppingRule):
            raise InputError(f"--until {self.until!r}: expected a rule such as '>=0.9' or '+-0.03'")


@dataclass(frozen=True, eq=False)
class AuditResults:
    """What came of it.

    Attributes:
        records: one for each student.
        purposes: under which their questions are kept.
        teacher: who was asked.
        folder: that was named for all of it.
    """

    records: tuple[Record, ...]
    purposes: tuple[str, ...]
    teacher: AnyTeacher
    folder: Path


def run_audits(
    asked: AuditOptions, finish: Callable[["AuditResults"], None] | None = None
) -> AuditResults:
    """Audit each student in turn, with one teacher and one ledger.

    Args:
        asked: what to do.
        finish: called with the result while the folder is still held; writes the pages unless given.

    Raises:
        InputError: something handed in cannot be used.
    """
    asked.check()
    names = names_of(asked.classes)
    # a stopped audit may not be tried on one sample after another
    drawn = 0 if asked.until is not None else asked.seed
    found = None
    if asked.data is not None:
        found = as_data(
            asked.data,
            bounds=asked.bounds,
            scale=asked.scale,
            items=asked.items,
            seed=drawn,
            resize=asked.resize,
            channels=asked.channels,
            classes=names,
            words=TableWords(asked.columns, asked.relations, asked.label),
            texts=TextReading(tuple(asked.text), tuple(asked.protect)),
        )
    crowd = gather(asked, found, names, drawn)
    crowd.check(asked.by, asked.until)
    file = file_of(asked.ledger)
    given = [Given.of(one, asked.normalise) for one in asked.students]
    who = crowd.teacher or as_teacher(asked.teacher, crowd.inputs(), names, file, student=given[0])
    check_names(names, who)
    labels = crowd.labels(names, who.classes)
    with as_said(asked.batch):
        pupils: Sequence[AnyStudent] = crowd.students or [
            as_given(
                one,
                crowd.source,
                who.classes,
                labels,
                trust_pickle=asked.trust_pickle,
                device=asked.device,
            )
            for one in given
        ]
    if asked.repeats and isinstance(who, Human):
        raise InputError(
            "--repeats: people are asked again at the desk, unknowingly and later, at the rate "
            "that the study sets (Settings.again, 1 in 20 unless changed)"
        )
    tried(asked.show, crowd.source)
    plan = _plan(asked, crowd, pupils)
    proofs = Certify.of(asked.certify)
    if proofs is not None:
        for pupil in pupils:
            proofs.check(pupil, who, crowd.source, plan)
    guesser = None
    if asked.proxy is not None:
        guesser = as_teacher(asked.proxy, crowd.inputs(), names, file, student=pupils[0])
    single = None if asked.until is not None else crowd.people(who, asked.people, names)
    out = folder_for(asked.out)

    def before(questions: int, known: int) -> None:
        if asked.before is not None:
            price = expected_price(who, crowd.source, questions)
            asked.before(who, questions, known, price)

    limit = read_budget(asked.budget)
    records, purposes = [], []
    with alone(out), opened(asked.ledger) as book, bars(asked.progress) as show:
        for pupil, folder in zip(pupils, folders(out, pupils), strict=True):
            purpose = f"audit {key(pupil, crowd.source, plan)}"
            proxy = None if guesser is None else keep(book, guesser, None, f"proxy, {purpose}")
            record = run_audit(
                pupil,
                keep(
                    book,
                    who,
                    limit.questions,
                    purpose,
                    asked.timeout,
                    most_cost=limit.cost,
                ),
                crowd.source,
                plan,
                folder,
                proxy=proxy,
                journal=book.journal,
                watch=watcher(show),
                before=before,
                classes=labels,
                people=single,
                remarks=crowd.remarks,
                command=asked.command,
            )
            told = told_of_services(keeping_replies(who, book.journal), record)
            record = beside_people(book, who, told)
            if proofs is not None:
                record = certify_record(record, pupil, who, crowd.source, plan, proofs, show)
            records.append(record)
            purposes.append(purpose)
        done = AuditResults(tuple(records), tuple(purposes), who, out)
        (finish or _pages(asked))(done)  # which show inputs
        keep_word = read_keep_inputs(asked.keep_inputs)
        kept = tuple(keep_inputs(record, keep_word) for record in records)
    return replace(done, records=kept)


def _plan(asked: AuditOptions, crowd: Crowd, pupils: Sequence[AnyStudent]) -> Plan:
    until = StoppingRule.parse(asked.until) if isinstance(asked.until, str) else asked.until
    return Plan(
        crowd.attacks,
        read_moved(asked.moved, crowd.inputs(), asked.say, asked.resize) if asked.moved else (),
        ask="all" if asked.ask == "all" else "flips",
        seed=asked.seed,
        level=asked.level,
        batch=fitting(asked.batch, pupils, few(crowd.source), crowd.attacks),
        repeats=asked.repeats,
        until=until,
        mix=asked.mix,
    )


def _pages(asked: AuditOptions) -> Callable[[AuditResults], None]:
    """Write the pages, unless the folder ends with the process."""

    def finish(done: AuditResults) -> None:
        if not is_temporary(done.folder):
            hook = as_hook(asked.show)
            for record in done.records:
                reports.write(record, by=asked.by, title=asked.title, show=hook)

    return finish


def several(words: str | Sequence[str] | None) -> tuple[str, ...]:
    """One word, or several, as several."""
    if words is None:
        return ()
    if not isinstance(words, str | list | tuple):
        raise InputError(f"expected a word, or a list of words; got a {type(words).__name__}")
    return (words,) if isinstance(words, str) else tuple(words)
