"""The human teacher: answers what people have said, files the rest, and says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Bool
from torch import Tensor

from preceptor.core import (
    MISSING,
    Answers,
    BudgetError,
    IncompleteError,
    InputError,
    Inputs,
    UnansweredError,
    blank,
    decide_answers,
)
from preceptor.core.label_sets import kept_sets, plain_sets
from preceptor.people import study_questions
from preceptor.people.database import Session
from preceptor.people.own_viewing import seen_how
from preceptor.people.settings import Settings
from preceptor.people.studies import Studies, Study, filings_of
from preceptor.people.study_questions import Filing, StudyVote
from preceptor.teachers import version_of

_CONTRADICTS = "A person who is asked twice and says different things counts as unable to tell."


@dataclass(frozen=True)
class _Heard:
    """What was said of inputs, by their keys.

    Attributes:
        votes: that count.
        decided: labels that owners decided.
    """

    votes: dict[str, list[StudyVote]]
    decided: dict[str, int]

    def has(self, key: str, settings: Settings) -> bool:
        """Whether there is an answer."""
        return key in self.decided or settings.further(self.labels(key)) == 0

    def labels(self, key: str) -> list[int]:
        """What was said of an input, in the order in which it came."""
        return [vote.label for vote in self.votes.get(key, ())]


@dataclass(frozen=True, eq=False)
class Human:
    """People as the teacher, through a study.

    Re-run, do not resume: a call answers what is known, files the rest for the desk and raises
    ``UnansweredError`` with all that is known. The same command, run again when people have
    answered, finds more. A question with fewer votes than the study's overlap (or, of a rule that
    stops as soon as the votes decide, one that they do not decide yet) is unanswered, not uncertain; the study's rule turns the votes into a label or ``UNCERTAIN``, computed anew at each
    call, so a correction is seen at once. That is why a ledger must not keep this teacher's
    answers: it keeps them itself, row by row.

    Excluded people's answers do not count, and what an owner decided wins over the votes; both are
    looked up at each call too. Who is excluded is part of the version, since it may change any answer.

    The cost of an answer is the seconds that people spent on it, corrected answers included; an owner's
    decision is not timed.
    Votes have one column for each person of the desk, in the order in which they came.

    Attributes:
        studies: where it is kept.
        study: the study. One that is only planned (:meth:`Studies.plan`) is made when the first
            question is filed, and not before: a run that fails or files nothing leaves none behind.
        purpose: what the questions are for; keeps accounts apart.
        budget: the most questions that may ever be filed for this purpose; ``None`` for no limit.
            What people have answered already, for whatever purpose, is free.

    Raises:
        InputError: a negative budget.
    """

    studies: Studies
    study: Study
    purpose: str = ""
    budget: int | None = None
    _items: dict[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.budget is not None and self.budget < 0:
            raise InputError(f"a budget is a number of questions, at least 0; got {self.budget}")

    @property
    def name(self) -> str:
        return f"human:{self.study.name}"

    @property
    def version(self) -> str:
        plain = self.study.settings.version
        study = self._now()
        if not study.number:
            return plain
        with self.studies.database.read() as db:
            names: dict[int, str] = dict(db.all("SELECT id, name FROM desk_people"))
            # by name: an import into another store is the same teacher, whatever numbers people get
            left_out = sorted(names[one] for one in study_questions.excluded(db, study.number))
        return version_of(plain, "excluded", left_out) if left_out else plain

    @property
    def viewing(self) -> dict[str, Any]:
        """How people saw the inputs (:func:`preceptor.people.own_viewing.seen_how`)."""
        study = self._now()
        if not study.number:
            return {}
        with self.studies.database.read() as db:
            return seen_how(db, study.number, study.settings)

    @property
    def classes(self) -> int:
        return len(self.study.settings.classes)

    @property
    def deterministic(self) -> bool:
        return False

    @property
    def certainty(self) -> str:
        settings = self.study.settings
        more = f" {_CONTRADICTS}" if settings.again else ""
        study = self._now()
        if study.number:
            with self.studies.database.read() as db:
                more += _led(db, study.number)
        if settings.overlap == 1:
            return f"Certain where the person who was asked gave a label.{more}"
        return f"Certain where {settings.rule.sentence}.{more}"

    @property
    def spent(self) -> int:
        """How many questions were filed for this purpose so far, read from disk."""
        study = self._now()
        if not study.number:
            return 0
        with self.studies.database.read() as db:
            return study_questions.spent(db, study.number, self.purpose)

    def known(self, inputs: Inputs) -> Bool[Tensor, " batch"]:
        """True where enough people have answered."""
        keys = [one.key for one in filings_of(self.study, inputs)]
        found = self._said(keys)
        settings = self.study.settings
        return torch.tensor([found.has(key, settings) for key in keys], dtype=torch.bool)

    def relate(self, keys: Sequence[str], items: Sequence[str]) -> None:
        """Be told which inputs are versions of one item: nobody is asked about two of these within
        :data:`preceptor.people.assign.GAP` answers as long as anything else waits.
        """
        self._items.update(zip(keys, items, strict=True))

    def __call__(self, inputs: Inputs) -> Answers:
        """What people said of a batch.

        Raises:
            UnansweredError: some questions wait at the desk; carries the rest.
            BudgetError: some were not filed, since the budget is spent; carries the rest.
            InputError: inputs of another shape or kind than the study's.
        """
        filings = filings_of(self.study, inputs)
        keys = [one.key for one in filings]
        found = self._said(keys)
        settings = self.study.settings
        waiting = [one for one in filings if not found.has(one.key, settings)]
        refused: set[str] = set()
        if waiting:
            refused = self._file(waiting)
        answers = self._answers(keys, found)
        if not waiting:
            return answers
        missing = {one.key for one in waiting}
        raise self._unanswered(keys, missing, refused, found, answers)

    def _now(self) -> Study:
        """The study, if it is there by now; else as it is planned."""
        if self.study.number:
            return self.study
        study = self.studies.plan(self.study.name, self.study.settings)
        if study.settings != self.study.settings:
            raise InputError(
                f"the study {study.name!r} was made with other settings while this ran; run the same "
                "command again"
            )
        return study

    def _said(self, keys: Sequence[str]) -> "_Heard":
        """The votes on each of these inputs that has any, and what owners decided."""
        study = self._now()
        found = _Heard({}, {})
        if not study.number:
            return found
        with self.studies.database.read() as db:
            numbers = study_questions.numbers(db, study.number, list(dict.fromkeys(keys)))
            names = {number: key for key, number in numbers.items()}
            for vote in study_questions.votes(db, study.number, list(names), self.classes):
                found.votes.setdefault(names[vote.question], []).append(vote)
            for number, label in study_questions.decided(db, study.number).items():
                if number in names:
                    found.decided[names[number]] = label
        return found

    def _file(self, waiting: Sequence[Filing]) -> set[str]:
        """File what the budget covers; returns the keys of the rest."""
        unique = {one.key: one for one in waiting}
        if self.budget == 0 and not self._now().number:
            return set(unique)
        study = self._now()
        if not study.number:
            study = self.studies.make(study.name, study.settings)
        with self.studies.database.write() as db:
            return self._file_in(db, study.number, unique)

    def _file_in(self, db: Session, study: int, unique: Mapping[str, Filing]) -> set[str]:
        db.lock(study)
        purpose = self.purpose
        numbers = study_questions.numbers(db, study, list(unique))
        filed = study_questions.filed(db, purpose, list(numbers.values()))
        new = [key for key in unique if numbers.get(key) not in filed]
        room = len(new)
        if self.budget is not None:
            room = max(0, min(room, self.budget - study_questions.spent(db, study, purpose)))
        entered = study_questions.enter(db, study, [unique[key] for key in new[:room]])
        study_questions.file(db, study, purpose, entered)
        related = {key: self._items[key] for key in unique if key in self._items}
        known = study_questions.numbers(db, study, list(related))
        study_questions.relate(db, study, {key: related[key] for key in known})
        return set(new[room:])

    def _answers(self, keys: Sequence[str], found: "_Heard") -> Answers:
        """Labels by the study's rule, or as an owner decided; ``UNCERTAIN`` at cost 0 where too few
        have voted.
        """
        settings = self.study.settings
        members = max((vote.person for votes in found.votes.values() for vote in votes), default=1)
        table = torch.full((len(keys), members), MISSING)
        cost = torch.zeros(len(keys))
        came = torch.full_like(table, MISSING)  # a rule that stops asking goes by the order
        for row, key in enumerate(keys):
            votes = found.votes.get(key, ())
            if found.has(key, settings):
                for place, vote in enumerate(votes):
                    table[row, vote.person - 1] = came[row, place] = vote.label
                cost[row] = sum(vote.seconds for vote in votes)
        said = decide_answers(settings.rule, came, self.classes, self._ballots(keys, found, came))
        labels, sets = said.labels, said.sets
        owners = torch.tensor([key in found.decided for key in keys], dtype=torch.bool)
        for row, key in enumerate(keys):
            if owners[row]:
                labels[row] = found.decided[key]
        if sets is not None:
            sets = torch.where(owners[:, None], plain_sets(labels, self.classes), sets)
        return Answers(labels, cost, table, kept_sets(sets))

    def _ballots(self, keys: Sequence[str], found: "_Heard", came: Tensor) -> Tensor | None:
        """``Bool[keys, votes, classes]``, what each vote that is a set accepts; none without any."""
        named = [
            (row, place, list(vote.acceptable))
            for row, key in enumerate(keys)
            for place, vote in enumerate(found.votes.get(key, ()))
            if vote.acceptable and int(came[row, 0]) != MISSING
        ]
        if not named:
            return None
        ballots = torch.zeros(*came.shape, self.classes, dtype=torch.bool)
        for row, place, labels in named:
            ballots[row, place, labels] = True
        return ballots

    def _unanswered(
        self,
        keys: Sequence[str],
        missing: set[str],
        refused: set[str],
        found: "_Heard",
        answers: Answers,
    ) -> IncompleteError:
        answered = torch.tensor([key not in missing for key in keys], dtype=torch.bool)
        enough = self.study.settings.overlap
        budget = f"not asked: the budget of {self.budget} questions is spent"
        reasons = {}
        for row, key in enumerate(keys):
            if key in refused:
                reasons[row] = budget
            elif key in missing:
                said = found.labels(key)
                of = (
                    f"{len(said)} of {len(said) + self.study.settings.further(said)} answers"
                    if enough > 1
                    else "no answer"
                )
                reasons[row] = f"waits at the desk, {of} yet"
        if refused:
            return BudgetError(
                f"{len(refused)} questions for {self.name} are beyond the budget of {self.budget}",
                answers,
                answered,
                reasons,
            )
        where = self.studies.database.name
        return UnansweredError(
            f"{len(missing)} questions wait for people; open them with 'preceptor desk {where}' "
            "and run the same command again when they are answered",
            blank(len(keys)) if not bool(answered.any()) else answers,
            answered,
            reasons,
        )


def _led(db: Session, study: int) -> str:
    """What owners decided, in sentences that follow others."""
    left_out = len(study_questions.excluded(db, study))
    decided = len(study_questions.decided(db, study))
    said = ""
    if left_out:
        people = "person" if left_out == 1 else "people"
        said += f" The answers of {left_out} excluded {people} do not count."
    if decided:
        questions = "question" if decided == 1 else "questions"
        said += f" An owner decided {decided} {questions}, which wins over the votes."
    return said
