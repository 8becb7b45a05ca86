"""Votes gathered elsewhere, as a teacher."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from preceptor.core import (
    MISSING,
    UNCERTAIN,
    Answers,
    AnySource,
    Ballots,
    InputError,
    Inputs,
    UnansweredError,
    VoteRule,
    Votes,
    blank,
    decide_answers,
)
from preceptor.core.content import input_key, shape_of, values_of
from preceptor.core.label_sets import joined_sets, set_words
from preceptor.teachers.versions import version_of
from preceptor.teachers.vote_tables import Vote, VoteTable, read_inputs, read_vote_table

_BATCH: Final = 1024


class RecordedVotes:
    """A table of votes as a teacher: it knows the inputs in the table and no other.

    An input is looked up by its content, its shape and its bytes as float32, so it is found under
    whatever id; items of equal content are one question and share their votes. An annotator who
    answered one question several times has one vote: the answer, if it was always the same, and
    otherwise *could not tell*, as for any single person who is asked twice and differs. An input
    with fewer votes than the rule asks for has no answer *yet*: it is unanswered, not uncertain.
    Inputs of which only the ids are known are those of :func:`preceptor.core.id_inputs`.

    The cost of an answer is the sum of its votes' costs; of their seconds, if no vote in the table
    states a cost; 0 if none states either. ``Answers.votes`` has one column for each voter of the
    item with the most voters; ``MISSING`` fills the rows of the others.

    Args:
        votes: who said what of which item, in any order.
        inputs: the items themselves: ``[items, *shape]``, read as float32, or texts.
        ids: the items' ids, as the votes name them.
        name: who the annotators are, as one.
        classes: how many, or their names.
        rule: how the votes become one answer.
        persons: whether the annotators are people told apart, and no made-up names for counts.

    Raises:
        InputError: no votes; ids that do not fit; a vote on an item that is not there, or for
            a label that is none.
    """

    def __init__(
        self,
        votes: Sequence[Vote],
        inputs: np.ndarray | Inputs,
        ids: Sequence[str],
        *,
        name: str,
        classes: int | Sequence[str],
        rule: VoteRule = Votes(),  # noqa: B008 - frozen
        persons: bool = True,
    ) -> None:
        self.name = name
        self.persons = persons
        self.class_names = (
            tuple(str(number) for number in range(classes))
            if isinstance(classes, int)
            else tuple(classes)
        )
        self.classes = len(self.class_names)
        self.rule = rule
        self.deterministic = True
        keys = _keys(inputs, ids, name)
        self.shape = shape_of(inputs)
        self._rows = {key: row for row, key in enumerate(sorted(set(keys.values())))}
        self._said, costs = self._gather(votes, keys)
        self._among = self._sets(votes, keys)
        self.votes, self.cost = _padded(self._said, name), torch.tensor(costs, dtype=torch.float32)
        more = [sorted(self._among.items())] if self._among else []
        self.version = version_of(
            rule, self.classes, list(self._rows), self.votes, self.cost, *more
        )

    @classmethod
    def read(
        cls,
        votes: str | Path,
        inputs: str | Path,
        *,
        name: str,
        classes: int | Sequence[str],
        rule: VoteRule = Votes(),  # noqa: B008 - frozen
    ) -> "RecordedVotes":
        """Read votes from CSV or NPZ and inputs from NPZ with arrays ``inputs`` and ``ids``.

        See :func:`preceptor.teachers.read_vote_table` for the forms.

        Raises:
            InputError: a bad file or row; names the file and the line.
        """
        ids, items = read_inputs(inputs)
        return cls.of(
            read_vote_table(votes, classes), items, ids, name=name, classes=classes, rule=rule
        )

    @classmethod
    def of(
        cls,
        table: VoteTable,
        inputs: np.ndarray | Inputs,
        ids: Sequence[str],
        *,
        name: str,
        classes: int | Sequence[str],
        rule: VoteRule = Votes(),  # noqa: B008 - frozen
    ) -> "RecordedVotes":
        """The same from a table that was read; see the class for what is raised."""
        return cls(
            table.votes,
            inputs,
            ids,
            name=name,
            classes=classes,
            rule=rule,
            persons=table.persons,
        )

    @property
    def certainty(self) -> str:
        """One sentence."""
        return f"Certain where {self.rule.sentence}, among votes gathered elsewhere."

    def __call__(self, inputs: Inputs) -> Answers:
        """Answer a batch from the table.

        Raises:
            UnansweredError: some inputs are not in the table or have too few votes; carries the
                answers to the others, and for each of these the reason.
            InputError: inputs of another shape than the table's.
        """
        if shape_of(inputs) != self.shape:
            raise InputError(
                f"the votes of {self.name!r} are about inputs of shape {self.shape}; "
                f"asked about inputs of shape {shape_of(inputs)}"
            )
        rows = torch.tensor([self._rows.get(input_key(x), -1) for x in inputs], dtype=torch.int64)
        given = (self.votes[rows] != MISSING).sum(1)
        answered = (rows >= 0) & (given >= self.rule.least)
        answers = blank(len(inputs), self.votes.shape[1])
        assert answers.votes is not None  # noqa: S101 - for the type checker
        found = rows[answered]
        said = decide_answers(self.rule, self.votes[found], self.classes, self._ballots(found))
        answers.labels[answered] = said.labels
        answers.cost[answered] = self.cost[found]
        answers.votes[answered] = self.votes[found]
        sets = joined_sets(answers.labels, [(answered.nonzero()[:, 0], said.sets)])
        answers = replace(answers, sets=sets)
        if bool(answered.all()):
            return answers
        reasons = {
            row: "not in the table of votes"
            if rows[row] < 0
            else f"{int(given[row])} votes of at least {self.rule.least}, the rule's least"
            for row in (~answered).nonzero()[:, 0].tolist()
        }
        absent = int((rows < 0).sum())
        raise UnansweredError(
            f"the votes of {self.name!r} answer {int(answered.sum())} of {len(inputs)} questions: "
            f"{absent} inputs are not in the table, {len(reasons) - absent} have fewer than "
            f"{self.rule.least} votes. Gather votes for them and add them to the table, or set the "
            "rule: votes:FILE,least=N on the command line, rule=Votes(least=N) in Python.",
            answers,
            answered,
            reasons,
        )

    def ballots(self, source: AnySource) -> Ballots | None:
        """Who said what of each item of a source; ``None`` if the annotators are not told apart.

        An item that is not in the table has no ballots.
        """
        if not self.persons:
            return None
        names = sorted({who for voters in self._said for who in voters})
        place = {who: i for i, who in enumerate(names)}
        found = []
        for start in range(0, len(source), _BATCH):
            inputs = source.read(start, min(start + _BATCH, len(source)))
            for item, key in enumerate(map(input_key, inputs), start):
                voters = self._said[self._rows[key]] if key in self._rows else {}
                found += [(place[who], item, label) for who, label in sorted(voters.items())]
        person, item_, label_ = torch.tensor(found, dtype=torch.int64).reshape(-1, 3).T
        return Ballots(tuple(names), person, item_, label_, self.rule, self.name, self.version)

    def _ballots(self, rows: Tensor) -> Tensor | None:
        """``Bool[rows, voters, classes]``, what each vote that is a set accepts; none without any."""
        if not self._among:
            return None
        found = torch.zeros(len(rows), self.votes.shape[1], self.classes, dtype=torch.bool)
        for place, row in enumerate(rows.tolist()):
            for column, who in enumerate(sorted(self._said[row])):
                found[place, column, list(self._among.get((row, who), ()))] = True
        return found

    def _sets(
        self, votes: Sequence[Vote], keys: dict[str, bytes]
    ) -> dict[tuple[int, str], tuple[int, ...]]:
        """The sets by row and annotator; who said one thing and then another could not tell."""
        said: dict[tuple[int, str], set[tuple[int, ...]]] = {}
        for vote in votes:
            if not all(0 <= label < self.classes for label in vote.acceptable):
                raise InputError(
                    f"{vote.annotator!r} said {set_words(vote.acceptable)} of item {vote.item!r}; "
                    f"expected 0 .. {self.classes - 1}"
                )
            one = vote.acceptable or (vote.label,)
            said.setdefault((self._rows[keys[vote.item]], vote.annotator), set()).add(one)
        return {
            who: next(iter(sets))
            for who, sets in said.items()
            if len(sets) == 1 and len(next(iter(sets))) > 1
        }

    def _gather(
        self, votes: Sequence[Vote], keys: dict[str, bytes]
    ) -> tuple[list[dict[str, int]], list[float]]:
        """Each item's votes by annotator, and what they cost."""
        said: list[dict[str, int]] = [{} for _ in self._rows]
        priced = any(vote.cost is not None for vote in votes)
        cost = [0.0] * len(self._rows)
        for vote in votes:
            if vote.item not in keys:
                raise InputError(
                    f"{vote.annotator!r} voted on item {vote.item!r}, which is not among the "
                    f"{len(keys)} items of {self.name!r}, such as {next(iter(keys), '')!r}"
                )
            if not UNCERTAIN <= vote.label < self.classes:
                raise InputError(
                    f"{vote.annotator!r} said {vote.label} of item {vote.item!r}; expected "
                    f"0 .. {self.classes - 1}, or {UNCERTAIN} for could not tell"
                )
            row = self._rows[keys[vote.item]]
            before = said[row].setdefault(vote.annotator, vote.label)
            if before != vote.label:
                said[row][vote.annotator] = UNCERTAIN
            cost[row] += (vote.cost if priced else vote.seconds) or 0.0
        return said, cost

    def __repr__(self) -> str:
        return f"RecordedVotes({self.name!r}, items={len(self._rows)}, version={self.version!r})"


def _padded(said: Sequence[dict[str, int]], name: str) -> Int64[Tensor, "items voters"]:
    """The votes as a table, padded with ``MISSING``."""
    width = max((len(voters) for voters in said), default=0)
    if width == 0:
        raise InputError(f"there are no votes for {name!r}: nothing can be answered")
    table = torch.full((len(said), width), MISSING)
    for row, voters in enumerate(said):
        labels = [voters[annotator] for annotator in sorted(voters)]
        table[row, : len(labels)] = torch.tensor(labels, dtype=torch.int64)
    return table


def _keys(inputs: np.ndarray | Inputs, ids: Sequence[str], name: str) -> dict[str, bytes]:
    if len(ids) != len(inputs) or len(set(ids)) != len(ids):
        raise InputError(
            f"{len(set(ids))} different ids among {len(ids)} for the {len(inputs)} inputs of "
            f"{name!r}; expected one id for each, all different"
        )
    try:
        values = values_of(inputs)
    except (TypeError, ValueError) as error:
        raise InputError(f"the inputs of {name!r} are no numbers: {error}") from error
    return {item: input_key(value) for item, value in zip(ids, values, strict=True)}
