"""The studies in one file or database: what is asked of people, and what they said."""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import numpy as np

from preceptor.core import InputError, Inputs
from preceptor.core.inputs import unpack_texts
from preceptor.ledger import Ledger
from preceptor.ledger.clock import utc_now
from preceptor.people import mending, offering, study_questions
from preceptor.people.connecting import PATIENCE, POSTGRES, connect
from preceptor.people.database import Database, Session
from preceptor.people.one_study import Study as Study
from preceptor.people.one_study import filings_of as filings_of
from preceptor.people.settings import Settings, admit, settings_of
from preceptor.people.steps import ACCESS, LEADING
from preceptor.people.study_schema import prepare


class Studies:
    """The studies that one file or database holds.

    Args:
        where: a ledger's file, made if it does not exist, or a ``postgresql://`` URL.
        create: if false, a missing file is an error; if ``"later"``, it is made when something is
            written down.
        patience: seconds to wait for another process's transaction.

    Raises:
        InputError: the URL holds a password, or psycopg is missing.
        LedgerError: the file is no ledger, or the database cannot be opened.
    """

    def __init__(
        self,
        where: str | Path,
        *,
        create: bool | Literal["later"] = True,
        patience: float = PATIENCE,
    ) -> None:
        self._where = where
        self._create = create
        self._patience = patience
        self._database: Database | None = None
        self._opening = threading.Lock()
        if create != "later" or self._is_there:
            self._open()

    def __enter__(self) -> "Studies":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        if self._database is not None:
            self._database.close()

    @property
    def database(self) -> Database:
        """Where everything is kept; made now if it was to be made later."""
        return self._database or self._open()

    @property
    def _is_there(self) -> bool:
        return str(self._where).startswith(POSTGRES) or Path(self._where).exists()

    def _open(self) -> Database:
        with self._opening:
            if self._database is None:
                if not str(self._where).startswith(POSTGRES):
                    Ledger(self._where, create=bool(self._create)).close()
                database = connect(self._where, self._patience)
                prepare(database, {ACCESS: mending.mend, LEADING: mending.begin_blocks})
                self._database = database
            return self._database

    def all(self) -> list[Study]:
        """Every study, in the order in which they were made."""
        with self.database.read() as db:
            names = db.all("SELECT id, name FROM desk_studies WHERE deleted IS NULL ORDER BY id")
            return [Study(number, name, settings_of(db, number)) for number, name in names]

    def find(self, name: str) -> Study | None:
        """The study of this name."""
        if self._database is None and not self._is_there:
            return None
        with self.database.read() as db:
            found = db.one("SELECT id FROM desk_studies WHERE name = :name", name=name)
            return None if found is None else Study(found[0], name, settings_of(db, found[0]))

    def get(self, name: str) -> Study:
        """The study of this name.

        Raises:
            InputError: there is none.
        """
        study = self.find(name)
        if study is None:
            known = ", ".join(repr(one.name) for one in self.all()) or "none yet"
            raise InputError(f"no study {name!r} in {self.database.name}; it holds {known}")
        return study

    def plan(self, name: str, settings: Settings) -> Study:
        """The study of this name, or, with the number 0, one that could be made; nothing is made.

        Raises:
            InputError: no proper name or settings; or it is there with other classes or another
                shape.
        """
        _check_name(name)
        study = self.find(name)
        if study is None:
            admit(settings)
            return Study(0, name, settings)
        _same(study, settings)
        return study

    def make(self, name: str, settings: Settings) -> Study:
        """The study of this name, made with these settings if it is not there.

        Raises:
            InputError: no proper name or settings; or it is there with other classes or another
                shape.
        """
        study = self.plan(name, settings)
        if not study.number:
            with self.database.write() as db:
                db.run(
                    "INSERT INTO desk_studies (name, made_at) VALUES (:name, :now) "
                    "ON CONFLICT (name) DO NOTHING",
                    name=name,
                    now=utc_now(),
                )
                found = db.all("SELECT id FROM desk_studies WHERE name = :name", name=name)
                if db.one("SELECT 1 FROM desk_settings WHERE study = :study", study=found[0][0]):
                    made = settings_of(db, found[0][0])  # by somebody else, meanwhile
                else:
                    made = settings
                    _put_settings(db, found[0][0], settings, None)
            study = Study(found[0][0], name, made)
            _same(study, settings)
        return study

    def change(
        self, name: str, change: Callable[[Settings], Settings], person: int | None = None
    ) -> Study:
        """Give a study other settings. The old ones are kept; answers stay what they are.

        Raises:
            InputError: there is no such study, or classes or shape would change.
        """
        study = self.get(name)
        with self.database.write() as db:
            db.lock(study.number)
            before = settings_of(db, study.number)
            after = change(before)
            admit(after, before)
            _same(study, after)
            if after != before:
                _put_settings(db, study.number, after, person)
            if (after.overlap, after.rule) != (before.overlap, before.rule):
                study_questions.need_again(db, study.number, after)
            if after.block != before.block:
                study_questions.mark_block(db, study.number, after.block)
        return replace(study, settings=after)

    def file(self, name: str, inputs: Inputs, purpose: str) -> int:
        """File inputs as questions; returns how many were not filed before.

        Raises:
            InputError: no such study, or inputs of another shape.
        """
        study = self.get(name)
        filings = filings_of(study, inputs)
        with self.database.write() as db:
            db.lock(study.number)
            entered = study_questions.enter(db, study.number, filings)
            before = study_questions.filed(db, purpose, list(entered.values()))
            study_questions.file(db, study.number, purpose, entered)
        return len(set(entered.values()) - before)

    def rename(self, name: str, to: str) -> Study:
        """Give a study that has no answers another name.

        Raises:
            InputError: no such study, no proper name or one that is taken, or people have answered
                or taught in it: their answers are kept under its name in records and exports.
        """
        _check_name(to)
        study = self.get(name)
        with self.database.write() as db:
            _need_empty(db, study, "renamed")
            if db.one("SELECT 1 FROM desk_studies WHERE name = :to", to=to):
                raise InputError(f"there is a study {to!r} already; choose another name")
            db.run(
                "UPDATE desk_studies SET name = :to WHERE id = :study", to=to, study=study.number
            )
        return replace(study, name=to)

    def delete(self, name: str) -> None:
        """Delete a study that has no answers; its name can be given anew.

        Its questions are out of sight from then on. The database keeps them, since it never forgets
        what was asked.

        Raises:
            InputError: no such study, or people have answered or taught in it.
        """
        study = self.get(name)
        with self.database.write() as db:
            _need_empty(db, study, "deleted")
            db.run(
                "UPDATE desk_studies SET deleted = :now, name = :gone WHERE id = :study",
                now=utc_now(),
                gone=f"{name}/deleted/{study.number}",  # no study can be named so
                study=study.number,
            )

    def know(self, name: str, inputs: Inputs, labels: Sequence[int]) -> None:
        """Give items whose label is known, for attention checks. They are no questions.

        Raises:
            InputError: no such study, inputs of another shape, or labels out of range.
        """
        study = self.get(name)
        classes = len(study.settings.classes)
        if len(labels) != len(inputs) or any(not -1 <= label < classes for label in labels):
            raise InputError(f"known items need one label each, -1 or 0 .. {classes - 1}")
        filings = filings_of(study, inputs)
        with self.database.write() as db:
            entered = study_questions.enter(db, study.number, filings)
            db.many(
                "INSERT INTO desk_known (question, label, made_at) VALUES (:question, :label, :now)",
                (
                    {"question": entered[one.key], "label": int(label), "now": utc_now()}
                    for one, label in zip(filings, labels, strict=True)
                ),
            )

    def offer(self, name: str, inputs: Inputs) -> int:
        """Offer inputs to teach on; nobody is asked them. Returns how many are new.

        Raises:
            InputError: no such study, or inputs of another shape.
        """
        study = self.get(name)
        filings = filings_of(study, inputs)
        with self.database.write() as db:
            db.lock(study.number)
            return offering.offer(db, study.number, filings)

    def input(self, study: Study, question: int) -> np.ndarray:
        """The input ``Float32[*shape]`` of a question.

        Raises:
            InputError: the study has no such question, or is about texts.
        """
        if study.settings.is_text:
            raise InputError(f"the study {study.name!r} is about texts, which are no numbers")
        return np.frombuffer(self._bytes(study, question), "<f4").reshape(study.settings.shape)

    def text(self, study: Study, question: int) -> tuple[str, ...]:
        """The parts of the text of a question: one, where texts have no parts.

        Raises:
            InputError: the study has no such question, or is about numbers.
        """
        if not study.settings.is_text:
            raise InputError(f"the study {study.name!r} is about numbers, which are no texts")
        fields = tuple(study.settings.domain["fields"])
        return unpack_texts([self._bytes(study, question)], fields).parts[0]

    def _bytes(self, study: Study, question: int) -> bytes:
        with self.database.read() as db:
            found = db.one(
                "SELECT i.bytes FROM desk_questions q JOIN desk_inputs i ON i.key = q.input "
                "WHERE q.id = :question AND q.study = :study",
                question=question,
                study=study.number,
            )
        if found is None:
            raise InputError(f"the study {study.name!r} has no question {question}")
        return bytes(found[0])


def _put_settings(db: Session, study: int, settings: Settings, person: int | None) -> None:
    db.run(
        "INSERT INTO desk_settings (study, body, person, made_at) "
        "VALUES (:study, :body, :person, :now)",
        study=study,
        body=json.dumps(settings.describe()),
        person=person,
        now=utc_now(),
    )


def _check_name(name: str) -> None:
    if not 0 < len(name) <= 80 or not name.isprintable() or "/" in name or name != name.strip():
        raise InputError(f"a study's name has 1 to 80 printable characters, no /; got {name!r}")


def _need_empty(db: Session, study: Study, what: str) -> None:
    """Have a study to oneself, in which nobody has said anything.

    Raises:
        InputError: somebody has, or it was deleted meanwhile.
    """
    db.lock(study.number)
    settings_of(db, study.number)
    answers, lessons = db.all(
        "SELECT (SELECT COUNT(*) FROM desk_answers a JOIN desk_questions q ON q.id = a.question "
        "WHERE q.study = :study), (SELECT COUNT(*) FROM desk_lessons WHERE study = :study)",
        study=study.number,
    )[0]
    if answers or lessons:
        raise InputError(
            f"people have said something in the study {study.name!r} ({answers} answers, {lessons} "
            f"things taught), so it cannot be {what}. Make another study instead"
        )


def _same(study: Study, settings: Settings) -> None:
    """Refuse settings that make another study of it."""
    pairs: tuple[tuple[str, Any, Any], ...] = (
        ("classes", study.settings.classes, settings.classes),
        ("inputs of shape", study.settings.shape, settings.shape),
    )
    if study.settings.is_text != settings.is_text:
        kinds = ("numbers", "texts")
        raise InputError(
            f"the study {study.name!r} is about {kinds[study.settings.is_text]}, now "
            f"{kinds[settings.is_text]}: it is another study. Give it another name: human:ANOTHER-NAME"
        )
    if settings.is_text:
        parts = [one.domain["fields"] for one in (study.settings, settings)]
        pairs = (*pairs, ("parts", *parts))
    if study.settings.table and settings.table:
        pairs = (*pairs, ("columns", study.settings.columns, settings.columns))
    for what, old, new in pairs:
        if old != new:
            raise InputError(
                f"the study {study.name!r} has {what} {list(old)}, now {list(new)}: it is another "
                "study. Give it another name: human:ANOTHER-NAME"
            )
