"""The teacher: whatever a user has, as somebody who can be asked; and how that is done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

from preceptor.api.data import Data
from preceptor.api.given_services import ADDRESSES, SERVICES, for_services, read_service
from preceptor.api.given_student import Given, as_given
from preceptor.api.module_modes import modes_kept
from preceptor.api.recorded_tables import parse, read_named
from preceptor.core import AnyStudent, AnyTeacher, InputError, Remembers, TableDomain, Teacher
from preceptor.core.running import taken
from preceptor.core.signatures import takes_one
from preceptor.ledger import Ledger
from preceptor.people import Human, Settings, Studies
from preceptor.problems import PROBLEMS, TEXT_PROBLEMS, Problem, problem
from preceptor.students import FunctionStudent, SklearnStudent, TorchStudent
from preceptor.teachers import Model, Rule, about_rows, check_version, soft, with_retries
from preceptor.teachers.services import keeping_replies, services_in

QUICK_BATCH = 256
"""Questions at once to models and panels of models, which compute here and cost nothing. Others (a
function may call whom it likes) get the ledger's 64: a crash loses the answers in flight, and
``--timeout`` is for one call."""

Classes = int | str | Sequence[str]
"""How many labels there are, or their names: a sequence, or separated by commas."""


def as_teacher(
    thing: object,
    data: Data,
    names: Sequence[str],
    ledger: str | Path | None,
    *,
    student: object = None,
) -> AnyTeacher:
    """Whatever a user has as a teacher.

    Words are read as on the command line. A function of a batch of inputs that labels them is a
    :class:`preceptor.teachers.Rule`, a torch module or a classifier a
    :class:`preceptor.teachers.Model`. How many labels there are says ``names``; failing that the
    model, or the student.

    Args:
        thing: a teacher, a function, a model, words, or ``None`` for the problem's own.
        data: what it is asked about.
        names: of the labels, or their number as one word; may be empty.
        ledger: the file of studies; ``None`` where there is none.
        student: tells how many labels there are where nothing else does.

    Raises:
        InputError: nothing of the kind; says what to write instead.
    """
    found = _teacher(thing, data, names, ledger, student)
    domain = data.source.domain
    words = () if len(names) == 1 and names[0].isdigit() else names
    if services_in(found):
        return for_services(found, data, words)
    return about_rows(found, domain, words) if isinstance(domain, TableDomain) else found


def _teacher(
    thing: object, data: Data, names: Sequence[str], ledger: str | Path | None, student: object
) -> Teacher:
    if isinstance(thing, type):
        raise InputError(f"the teacher {thing.__name__} is a class; write {thing.__name__}(...)")
    if isinstance(thing, Problem):
        return thing.teacher
    if isinstance(thing, Teacher):
        check_version(thing)  # a notebook may have gone on after it was made
        return thing
    if thing is None or isinstance(thing, str | Path):
        spec = None if thing is None else str(thing)
        return read_teacher(spec, data, names, ledger, student=student)
    if isinstance(thing, np.ndarray | Tensor | list | tuple):
        raise InputError(
            f"the teacher is a {type(thing).__name__}. Known labels say nothing of moved inputs: "
            "give a function, a model or people. For an audit without an attack write them as a "
            "table item,label and give 'truth:FILE.csv'; of several teachers make a "
            "Panel([...], name=...)"
        )
    if isinstance(thing, nn.Module) or callable(getattr(thing, "predict", None)):
        return _model(thing, data, names)
    if not callable(thing):
        raise InputError(
            f"the teacher is a {type(thing).__name__}; expected a function from a batch of inputs "
            "to labels, a model, a Rule, Model or Panel, or words such as 'human:STUDY', "
            "'votes:FILE.csv' or 'file.py:name'"
        )
    return _rule(thing, names, student, data)


def _rule(
    function: Callable[..., object], names: Sequence[str], student: object, data: Data
) -> Rule:
    """A function that labels a batch, as a rule."""
    name = str(getattr(function, "__name__", type(function).__name__)).strip("<>")
    return Rule(function, name=name, classes=_count(names, student, data, name))


def _count(names: Sequence[str], student: object, data: Data, who: str) -> int:
    """How many labels there are: as said, else as many as the student has."""
    if len(names) == 1 and names[0].isdigit():
        return int(names[0])
    if names:
        return len(names)
    if data.problem is not None:
        return len(data.problem.classes)
    try:
        with modes_kept(student.thing if isinstance(student, Given) else student):
            return as_given(student, data.source, None, ()).classes
    except InputError as error:
        if "classes" not in str(error):
            raise
        if data.classes:
            return len(data.classes)
        raise InputError(
            f"{str(error).rstrip('.')}. How many labels the function {who!r} gives is taken from the "
            "student, unless you say it with --classes, such as 2 or cat,dog"
        ) from error


def _model(thing: object, data: Data, names: Sequence[str]) -> AnyTeacher:
    """A model that computes here: certain where it is sure enough."""
    said = int(names[0]) if len(names) == 1 and names[0].isdigit() else len(names) or None
    words = () if len(names) == 1 and names[0].isdigit() else names
    pupil = as_given(thing, data.source, said, words)
    if isinstance(pupil, SklearnStudent) and not callable(getattr(thing, "predict_proba", None)):
        return Rule(_Decisions(pupil), name=pupil.name, classes=pupil.classes)
    if isinstance(pupil, FunctionStudent) and pupil.kind == "labels":  # a module of labels
        return Rule(_Decisions(pupil), name=pupil.name, classes=pupil.classes)
    raw: Callable[[Any], Tensor] = pupil
    if (
        isinstance(pupil, TorchStudent)
        and isinstance(thing, nn.Module)
        and getattr(pupil, "kind", "") == "logits"
    ):
        raw = thing
    return Model(raw, name=pupil.name, classes=pupil.classes)


@dataclass(frozen=True, eq=False)
class _Decisions:
    """What a model decides, as a rule: its version is the model's, whatever the text of this file."""

    pupil: AnyStudent

    def __call__(self, inputs: Any) -> Tensor:
        return self.pupil.decide(self.pupil(inputs))


def read_teacher(
    spec: str | None,
    data: Data,
    classes: Sequence[str],
    ledger: str | Path | None,
    *,
    student: object = None,
) -> AnyTeacher:
    """The problem's own teacher, ``human:STUDY``, votes or known labels in a table, or
    ``file.py:name``.

    A study lies in the ledger's file, or in a database: ``human:STUDY@postgresql://...``.

    Raises:
        InputError: none of these.
    """
    if spec is None:
        if data.problem is None:
            raise InputError(
                "no --teacher given. For your own data, name who labels it: file.py:name (a "
                "teacher, or a function that returns one; in Python, the function that labels a "
                "batch, or a model, will do), human:STUDY for people at the desk, "
                "votes:FILE.csv for votes gathered elsewhere, llm:judge.toml for a language model, or "
                "truth:FILE.csv for known labels."
            )
        return data.problem.teacher
    if spec in PROBLEMS:
        return problem(spec).teacher
    if spec in TEXT_PROBLEMS:
        return TEXT_PROBLEMS[spec]().teacher
    if spec.startswith("human:"):
        return read_human(spec.removeprefix("human:"), data, classes, ledger)
    if spec.startswith((*SERVICES, *ADDRESSES)):
        return read_service(spec)
    named = parse(spec)
    if named is not None:
        return read_named(named, data.source, data.file, classes)
    with taken(*_file_and_name(spec)) as found:
        made = found
        if callable(found) and not isinstance(found, Teacher):
            labels = not isinstance(found, type) and takes_one(found)
            made = _rule(found, classes, student, data) if labels else _made(found, spec)
    if not isinstance(made, Teacher):
        raise InputError(
            f"{spec} is of type {type(made).__name__}, no teacher. Give a teacher or a function without "
            "arguments that returns one; wrap a labelling function as "
            "preceptor.teachers.Rule(function, name=..., classes=...)."
        )
    check_version(made)  # the file may have gone on after it was made
    return made


def _made(function: Callable[[], object], spec: str) -> object:
    try:
        return function()
    except InputError:
        raise
    except Exception as error:  # a user's code
        raise InputError(
            f"{spec} was called without arguments to make a teacher, and failed: "
            f"{type(error).__name__}: {error}. A function that labels inputs is no teacher yet: "
            "give one that returns preceptor.teachers.Rule(function, name=..., classes=...)."
        ) from error


def check_names(names: Sequence[str], who: AnyTeacher) -> None:
    """See that ``--classes`` says as many labels as the teacher has.

    Raises:
        InputError: it does not.
    """
    said = int(names[0]) if len(names) == 1 and names[0].isdigit() else len(names)
    if names and said != who.classes:
        raise InputError(
            f"--classes {','.join(names)}: {said} labels, but the teacher {who.name!r} has "
            f"{who.classes}"
        )


def read_human(spec: str, data: Data, classes: Sequence[str], ledger: str | Path | None) -> Human:
    """The people of a study; if it is not there, it is made when its first question is filed.

    Raises:
        InputError: the labels' names are not known, or the study is about something else.
    """
    name, _, url = spec.partition("@")
    if not name:
        raise InputError("human: lacks the study's name; write human:STUDY, for example human:ann")
    if not url and (ledger is None or str(ledger) == ":memory:"):
        raise InputError(
            f"human:{name} keeps its questions in the ledger's file, where the desk finds them: name "
            "one with --ledger, such as 'preceptor.db'"
        )
    studies = Studies(url or str(ledger), create="later")
    study = studies.find(name)
    names = tuple(classes)
    if not names:
        names = data.classes if data.problem is None else data.problem.classes
    if len(names) == 1 and names[0].isdigit():
        names = tuple(map(str, range(int(names[0]))))
    if not names and study is None:
        raise InputError(
            "people need to know the labels: give their names with --classes, for example "
            "--classes cat,dog,bird"
        )
    if study is not None and not names:
        names = study.settings.classes
    planned = studies.plan(name, Settings.of(data.source.domain, names))
    fresh = Settings.of(data.source.domain, planned.settings.classes)
    if planned.number and planned.settings.wider(fresh) != planned.settings:
        planned = studies.change(name, lambda old: old.wider(fresh))
    return Human(studies, planned)


def keep(
    book: Ledger,
    who: AnyTeacher,
    budget: int | None,
    purpose: str,
    timeout: float | None = None,
    *,
    most_cost: float | None = None,
) -> AnyTeacher:
    """A teacher with memory and budget, asked carefully (:class:`preceptor.teachers.Careful`).

    Of a service the ledger also keeps what it sends, before it is read.

    People keep their answers themselves. A teacher that a ledger keeps already stays as it is.

    Raises:
        InputError: a budget or a timeout for a teacher that is kept already.
    """
    if most_cost is not None and isinstance(who, Human | Remembers):
        raise InputError(
            f"--budget cost=: what {who.name!r} costs is not kept here; give a number of questions"
        )
    if isinstance(who, Human):  # a ledger would go on giving the first answer after a correction
        return replace(who, budget=budget, purpose=purpose)
    if isinstance(who, Remembers):
        if budget is not None or timeout is not None:
            raise InputError(
                f"--budget and --timeout: the teacher {who.name!r} is kept by a ledger already, "
                "which has its own; give the teacher itself, and the ledger with --ledger"
            )
        return who
    asked = with_retries(keeping_replies(who, book.journal), timeout=timeout)
    if soft(who) is None:
        return book.keep(asked, budget=budget, purpose=purpose, most_cost=most_cost)
    return book.keep(asked, budget=budget, purpose=purpose, batch=QUICK_BATCH, most_cost=most_cost)


def _file_and_name(spec: str) -> tuple[Path, str]:
    file, colon, name = spec.rpartition(":")
    if not colon or Path(file).suffix != ".py":
        raise InputError(
            f"{spec!r} names no teacher: write file.py:name, human:STUDY, "
            "votes:FILE.csv, truth:FILE.csv, llm:judge.toml, http:service.toml, or one of "
            f"{', '.join(PROBLEMS)}"
        )
    return Path(file), name
