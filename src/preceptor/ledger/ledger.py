"""The ledger: the durable, append-only memory of all that teachers said."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from preceptor.asking import concurrency
from preceptor.core import (
    Answers,
    AnyTeacher,
    Composite,
    InputError,
    Inputs,
    LedgerError,
    TeacherCheck,
)
from preceptor.ledger import kept_checks, ledger_checks, queries
from preceptor.ledger.account import Account
from preceptor.ledger.answer_rows import (
    AnswerRow,
    Conflict,
    ImportCounts,
    KeptAnswer,
    TeacherRow,
    Total,
)
from preceptor.ledger.cached_panel import KeptPanel
from preceptor.ledger.cached_teacher import CachedTeacherBase
from preceptor.ledger.clock import utc_now
from preceptor.ledger.export import Names, export
from preceptor.ledger.hearing import check_import
from preceptor.ledger.keep_answers import CachedTeacher, Keeper
from preceptor.ledger.merging import MergeCounts, merge
from preceptor.ledger.notes import Notes
from preceptor.ledger.question_keys import Batch, restore, windows
from preceptor.ledger.store import Store
from preceptor.ledger.stored_inputs import enter

_PAGE = 1000
_IMPORT = 256


class Ledger:
    """Keeps every answer for good, asks no question twice, and knows what was spent.

    One file, which any number of threads and processes may use at once. Nothing in it is ever
    changed or removed; the file itself sees to that. One that cannot be written answers what it
    knows, and leaves other questions unanswered.

    Args:
        path: the file, made if it does not exist; ``":memory:"`` for one that vanishes.
        create: if false, a missing file is an error.
        lease: seconds after which another *host* or container may ask a question that this one
            has begun to ask and not answered. On one host, it is known who lives.

    Raises:
        LedgerError: the file is no ledger, damaged, or written by a newer preceptor.
    """

    def __init__(self, path: str | Path, *, create: bool = True, lease: float = 900.0) -> None:
        self._store = Store(path, create=create)
        self._lease = lease

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def path(self) -> str | Path:
        """The file."""
        return self._store.path

    @property
    def journal(self) -> Notes:
        """Notes beside the answers, see :class:`preceptor.core.Journal`."""
        return Notes(self._store)

    def close(self) -> None:
        """Close the file. Teachers kept in it can no longer be asked."""
        self._store.close()

    def keep(
        self,
        teacher: AnyTeacher,
        budget: int | None = None,
        purpose: str = "",
        *,
        batch: int = 64,
        most_cost: float | None = None,
    ) -> CachedTeacher:
        """The same teacher with memory, price and budget.

        Args:
            teacher: any teacher. Of a panel, each member's answers are kept under the member's
                own key and the panel's answer is computed from them.
            budget: the largest number of new questions that may ever be put to this teacher for
                this purpose, counted on disk: a run that was killed goes on with what is left. A
                question known already, from whatever purpose, is free. Of a panel it counts
                inputs for which at least one member is asked.
            purpose: what the questions are for; keeps accounts apart.
            batch: how many questions the inner teacher gets at once. A crash loses at most the
                answers to one such sub-batch. One that takes several calls at once (see
                :class:`preceptor.core.Concurrent`) gets its own number a call, and a crash loses
                at most the calls under way.
            most_cost: the largest sum of costs, in the teacher's own unit, that answers for this purpose
                may ever have. A question's cost is not known before, so that the sum may be passed by
                what the questions under way together cost beyond the dearest before them.

        Raises:
            InputError: a teacher without name or version, or a negative budget.
            LedgerError: the teacher's name and version are known with another number of classes.
        """
        if most_cost is not None and not 0 <= most_cost < math.inf:
            raise InputError(f"a budget of cost is a number of at least 0; got {most_cost}")
        return self._kept(teacher, budget, purpose, batch, most_cost)

    def _kept(
        self,
        teacher: AnyTeacher,
        budget: int | None,
        purpose: str,
        batch: int,
        most_cost: float | None = None,
    ) -> Keeper:
        if budget is not None and budget < 0:
            raise InputError(f"a budget is a number of questions, at least 0; got {budget}")
        if batch < 1:
            raise InputError(f"batch is how many questions are asked at once; got {batch}")
        if isinstance(teacher, Keeper) and teacher.account.store is self._store:
            teacher = teacher.inner
        identity = self._enroll(teacher)
        many = 1 if most_cost is None else concurrency(teacher)
        account = Account(self._store, identity, purpose, budget, most_cost, many)
        if isinstance(teacher, Composite):
            members = [self._kept(one, None, purpose, batch) for one in teacher.members]
            return KeptPanel(account, teacher, batch, members)
        return CachedTeacherBase(account, teacher, batch, self._lease)

    def add(
        self,
        teacher: AnyTeacher,
        inputs: Inputs,
        answers: Answers,
        purpose: str = "",
    ) -> ImportCounts:
        """Import answers obtained elsewhere. They count against no budget; adding twice is safe.

        An answer that equals one kept for the same question (label and votes) is known. One that
        differs is kept as a further repeat and reported; teachers go on to give the first.

        Raises:
            InputError: ``teacher`` is a panel, the lengths differ, or some answers are nonsense;
                then nothing is stored.
        """
        if isinstance(teacher, Composite):
            raise InputError(
                f"{teacher.name!r} is a panel, whose answers are computed; add each member's own"
            )
        batch = Batch.of(inputs, merge=False)
        said = check_import(answers, len(batch.keys), name=teacher.name, classes=teacher.classes)
        identity = self._enroll(teacher)
        stored = 0
        conflicts: list[Conflict] = []
        for slots in windows(range(len(batch.keys)), _IMPORT):
            stored += self._add(identity, batch, slots, said, purpose, conflicts)
        return ImportCounts(stored, len(said) - stored, tuple(conflicts))

    def teachers(self) -> list[TeacherRow]:
        """Every teacher that was ever kept, in the order in which they were first seen."""
        with self._store.read() as db:
            return queries.teachers(db)

    def answers(
        self, teacher: str | None = None, purpose: str | None = None
    ) -> Iterator[AnswerRow]:
        """The kept answers in the order in which they were given, read a page at a time.

        Args:
            teacher: only of teachers with this name, whatever their version.
            purpose: only those asked for this purpose.
        """
        last = 0
        while True:
            with self._store.read() as db:
                page = queries.answers_after(db, last, teacher, purpose, _PAGE)
            if not page.rows:
                return
            yield from page.rows
            last = page.last

    def input(self, key: str) -> Inputs:
        """The input with this key: a tensor ``[*shape]`` on the CPU, or a batch of one text.

        Raises:
            InputError: no input has this key.
            LedgerError: the stored bytes are damaged.
        """
        with self._store.read() as db:
            found = queries.get_input(db, key)
        if found is None:
            raise InputError(f"no input in {self.path} has the key {key!r}; see Ledger.answers()")
        return restore(*found)

    def totals(self) -> list[Total]:
        """Questions, answers, cost and seconds by teacher and purpose."""
        with self._store.read() as db:
            return queries.totals(db)

    def keep_checks(
        self, name: str, version: str, classes: int, certainty: str, checks: Sequence[TeacherCheck]
    ) -> int:
        """Keep what people said beside a teacher; returns how much of it is new.

        Of one input, as one attack moved it, what was kept last counts.

        Args:
            name: of the teacher that was checked.
            version: of it.
            classes: how many labels it has.
            certainty: when it is certain, in a sentence.
            checks: one for each input.

        Raises:
            LedgerError: the teacher is known with another number of classes, or the file cannot be
                written.
        """
        identity = self._enter(name, version, classes, certainty)
        with self._store.write() as db:
            return kept_checks.put(db, identity, checks, utc_now())

    def checks(self, name: str, version: str) -> list[TeacherCheck]:
        """What people said beside this version of a teacher, the latest of each input."""
        with self._store.read() as db:
            identity = queries.find_teacher(db, name, version)
            return [] if identity is None else kept_checks.latest(db, identity)

    def check(self) -> list[str]:
        """What is wrong with the file, in words; empty if it is sound.

        Looks at SQLite's own integrity, foreign keys, the guards against change, whether each
        input's bytes give its key, whether labels lie within classes and whether answers vanished.
        """
        return ledger_checks.check(self._store)

    def merge(self, other: "str | Path | Ledger") -> MergeCounts:
        """Add all that another ledger holds, in one transaction: all of it or nothing.

        What both hold, because one is a grown copy of the other, stands once; merging twice changes
        nothing. Of a question that both asked, both answers are kept: the one that stood here stays the first.

        Args:
            other: a ledger, or its file. It is not changed, but for being brought up to date if an older
                preceptor wrote it.

        Raises:
            LedgerError: a teacher has another number of classes there, somebody is asking through it at
                this moment, it is this very file, or a file cannot be read or written.
        """
        if not isinstance(other, Ledger):
            with Ledger(other, create=False) as opened:
                return self.merge(opened)
        if other is self or _same_file(self.path, other.path):
            raise LedgerError(f"{other.path} is this very ledger; give another one to merge")
        return merge(self._store, other._store)

    def export(
        self,
        path: str | Path,
        *,
        items: Mapping[str, str] | None = None,
        classes: Sequence[str] = (),
    ) -> int:
        """Write all answers to a ``.csv`` or ``.jsonl`` file; returns how many.

        Args:
            path: the file.
            items: ids by the key of the input (:func:`preceptor.ledger.input_keys`), for a column
                ``item``, which is empty for other inputs.
            classes: names of the labels, for a column ``class``.

        Raises:
            InputError: another suffix, a label without a name, or the file cannot be written.
        """
        return export(self.answers(), Path(path), Names(items or {}, classes))

    def _enroll(self, teacher: AnyTeacher) -> int:
        return self._enter(teacher.name, teacher.version, teacher.classes, teacher.certainty)

    def _enter(self, name: str, version: str, classes: int, certainty: str) -> int:
        """The number of a teacher, who is entered if not yet known."""
        if not name or not version:
            raise InputError(
                f"a teacher's name and version are its key in the ledger; got name {name!r}, "
                f"version {version!r}. Give both, and a new version whenever its answers may change"
            )
        if self._store.read_only:
            with self._store.read() as db:
                known = queries.find_teacher(db, name, version)
                before = classes if known is None else queries.classes_of(db, known)
            identity = queries.NOBODY if known is None else known
        else:
            with self._store.write() as db:
                identity = queries.enroll(db, name, version, classes, certainty, utc_now())
                before = queries.classes_of(db, identity)
        if before != classes:
            raise LedgerError(
                f"teacher {name!r} version {version!r} has {before} classes in {self.path}, now "
                f"{classes}: it is not the same teacher. Give it a new version"
            )
        return identity

    def _add(
        self,
        identity: int,
        batch: Batch,
        slots: Sequence[int],
        said: Sequence[KeptAnswer],
        purpose: str,
        conflicts: list[Conflict],
    ) -> int:
        """Import one portion in one transaction; returns how many answers were new."""
        new: list[queries.NewAnswer] = []
        with self._store.write() as db:
            numbers = enter(db, batch, slots)
            before = queries.all_answers(db, identity, list(numbers.values()))
            for slot, number in numbers.items():
                one, answers = said[slot], before.setdefault(number, [])
                if answers and answers[0].said != one.said:
                    key = batch.keys[slot]
                    conflicts.append(Conflict(slot, key, answers[0].label, one.label))
                if all((one.said, one.votes) != (old.said, old.votes) for old in answers):
                    new.append(queries.NewAnswer(number, len(answers), one, 0.0))
                    answers.append(one)
            queries.put_answers(db, identity, purpose, utc_now(), new)
        return len(new)


def _same_file(one: str | Path, other: str | Path) -> bool:
    """Whether two ledgers are one file."""
    return ":memory:" not in (one, other) and Path(one).resolve() == Path(other).resolve()
