"""The explanation: what command line and front door both call."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from preceptor import report as reports
from preceptor.api.batches import AUTO, Batch, as_said, fitting, read_batch
from preceptor.api.data import Data, as_data
from preceptor.api.given_arrays import arrays_of
from preceptor.api.given_student import ITEMS, Given, given_for
from preceptor.api.given_teacher import as_teacher, keep
from preceptor.api.places import Kept, file_of, is_temporary, opened
from preceptor.api.progress_bars import bars
from preceptor.api.text_files import TextReading
from preceptor.api.words import share, whole_number
from preceptor.audit import Record
from preceptor.core import (
    AnySource,
    AnyTeacher,
    ArraySource,
    Domain,
    InputError,
    TextDomain,
    Texts,
    TextSource,
)
from preceptor.core.lock import alone
from preceptor.core.passes import at_most
from preceptor.explain import ExplainProgress, Explanation, Watcher, domain_of
from preceptor.explain import explain as run
from preceptor.explain.prepare import clean
from preceptor.ledger import Ledger
from preceptor.problems import PROBLEMS, TEXT_PROBLEMS
from preceptor.students import Normalise

_STAGES = {
    "try": "trying the student",
    "ask": "questions asked",
    "siblings": "hearing the siblings",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class ExplainOptions:
    """What is to be explained: the options of :func:`preceptor.explain`, not yet understood.

    Attributes:
        before: told the teacher, the questions and how many are known, before the first is asked.
    """

    record: Record | str | Path
    student: object
    teacher: object = None
    siblings: Sequence[object] = ()
    beyond: Sequence[object] = ()
    budget: int = 300
    items: int = 400
    least: float = 0.05
    ledger: Kept | None = None
    level: float | None = None
    seed: int = 0
    batch: Batch = AUTO
    device: str = "cpu"
    timeout: float | None = None
    trust_pickle: bool = False
    normalise: Normalise | None = None
    progress: bool | None = None
    before: Callable[[AnyTeacher, int, int], None] | None = None

    def check(self) -> None:
        """See that numbers are numbers, and lists lists.

        Raises:
            InputError: one is not.
        """
        if not isinstance(self.record, Record | str | Path):
            raise InputError(
                f"the record is a {type(self.record).__name__}; expected what audit(...) returned, "
                "or an audit's folder"
            )
        for name, least in (("budget", 0), ("items", 1), ("seed", 0)):
            whole_number(name, getattr(self, name), least)
        read_batch(self.batch)
        share("least", self.least)
        for name in ("siblings", "beyond"):
            if not isinstance(getattr(self, name), list | tuple):
                raise InputError(f"{name} is a list; got a {type(getattr(self, name)).__name__}")


def run_explanation(asked: ExplainOptions) -> tuple[Explanation, Record, AnyTeacher]:
    """Say why student and teacher part, and write it beside the record.

    Raises:
        InputError: something handed in cannot be used.
    """
    asked.check()
    found = asked.record if isinstance(asked.record, Record) else Record.load(asked.record)
    who = _teacher(asked, found)
    items = clean(found, list(range(min(ITEMS, len(found.ids)))))
    facts = found.facts["source"]

    def beside(one: object) -> object:
        return Given.of(one, asked.normalise)

    with as_said(asked.batch):
        pupils = [
            given_for(
                one,
                items,
                domain_of(found),
                who.classes,
                facts["classes"],
                trust_pickle=asked.trust_pickle,
                device=asked.device,
            )
            for one in map(beside, (asked.student, *asked.siblings))
        ]
    batch = fitting(asked.batch, pupils, items)

    def before(questions: int, known: int) -> None:
        if asked.before is not None:
            asked.before(who, questions, known)

    with (
        alone(found.folder),
        at_most(batch),
        opened(asked.ledger) as book,
        _watching(asked.progress) as watch,
    ):
        explanation = run(
            pupils[0],
            _kept(book, who, asked, f"explain {found.digest[:24]} {asked.seed}"),
            found,
            siblings=pupils[1:],
            beyond=_beyond(asked.beyond, found),
            budget=asked.budget,
            items=asked.items,
            least=asked.least,
            level=asked.level,
            seed=asked.seed,
            batch=batch,
            watch=watch,
            before=before,
        )
        if not is_temporary(found.folder):
            reports.write(found)
    return explanation, found, who


def _kept(book: Ledger, who: AnyTeacher, asked: ExplainOptions, purpose: str) -> AnyTeacher:
    return keep(book, who, asked.budget, purpose, asked.timeout)


def _teacher(asked: ExplainOptions, record: Record) -> AnyTeacher:
    """The teacher named, or that of the problem whose data were audited."""
    source = record.facts["source"]["name"]
    if asked.teacher is None and source not in (*PROBLEMS, *TEXT_PROBLEMS):
        raise InputError(
            f"no --teacher given, and the audited data ({source!r}) are no problem's. Give the "
            "teacher of the audit as you gave it to `preceptor audit`."
        )
    classes = [str(name) for name in record.facts["source"]["classes"]]
    domain = domain_of(record)
    first = record.batch(0, [0])
    one: AnySource
    if isinstance(first, Texts):
        assert isinstance(domain, TextDomain)  # noqa: S101 - as its inputs are
        one = TextSource(first, domain)
    else:
        assert isinstance(domain, Domain)  # noqa: S101 - likewise
        one = ArraySource(first, domain)
    nothing = Data(one, None, len(one), np.arange(len(one)), named=False)
    names = classes or [str(record.facts["teacher"]["classes"])]
    given = source if asked.teacher is None else asked.teacher
    return as_teacher(
        given,
        nothing,
        names,
        file_of(asked.ledger),
        student=Given.of(asked.student, asked.normalise),
    )


def _beyond(given: Sequence[object], record: Record) -> list[AnySource]:
    """Inputs beyond the data, in the record's domain."""
    domain = domain_of(record)
    found: list[AnySource] = []
    if isinstance(domain, TextDomain):
        for one in given:
            read = as_data(one, texts=TextReading(domain.fields)).source
            texts = read.read(0, len(read))
            found.append(TextSource(texts, domain, tuple(read.ids), read.name))
        return found
    for one in given:
        if isinstance(one, str | Path):
            if Path(one).suffix not in (".npz", ".npy"):
                raise InputError(f"--beyond {one}: expected a .npz or .npy file of inputs")
            low, high = domain.bounds()
            read = as_data(one, bounds=(float(low.min()), float(high.max()))).source
            inputs = read.read(0, len(read))
            found.append(ArraySource(inputs, domain, tuple(read.ids), read.name))
            continue
        arrays = arrays_of(one)
        found.append(ArraySource(arrays.inputs, domain, arrays.ids or (), "beyond"))
    return found


@contextmanager
def _watching(progress: bool | None) -> Iterator[Watcher]:
    """A bar for each stage."""
    with bars(progress) as show:

        def watch(step: ExplainProgress) -> None:
            show(step.stage, _STAGES[step.stage], step.done, step.total)

        yield watch
