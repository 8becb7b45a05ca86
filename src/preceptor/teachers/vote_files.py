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
    Answers,
    AnySource,
    Ballots,
    InputError,
    Inputs,
    UnansweredError,
    UntilDecided,
    VoteRule,
    Votes,
    blank,
    decide_answers,
    enough,
)
from preceptor.core.content import input_key, shape_of
from preceptor.core.label_sets import joined_sets, set_words
from preceptor.core.rule_words import whole
from preceptor.teachers.gathered_votes import decisive, gather, keys_of, padded
from preceptor.teachers.versions import version_of
from preceptor.teachers.vote_tables import Vote, VoteTable, read_inputs, read_vote_table
from preceptor.teachers.weighing import Weighing, weigh

_BATCH: Final = 1024


class RecordedVotes:
    """A table of votes as a teacher: it knows the inputs in the table and no other.

    An input is looked up by its content, its shape and its bytes as float32, so it is found under
    whatever id; items of equal content are one question and share their votes. An annotator who
    answered one question several times has one vote: the answer, if it was always the same, and
    otherwise *could not tell*, as for any single person who is asked twice and differs. An input
    with fewer votes than the rule asks for has no answer *yet*: it is unanswered, not uncertain.
    Inputs of which only the ids are known are those of :func:`preceptor.core.id_inputs`.

    Under a rule that stops as soon as the votes decide (:class:`preceptor.core.UntilDecided`), the
    votes of an item are taken in an order that hangs on a hash of item and annotator, whatever the
    table's order; or in this. Those beyond the one that decided are left out, and cost nothing;
    ``saving`` says how many. By the hash a vote that is added may come before others, so the rule's
    error holds where that is done whatever was decided before. With ``weighing`` the answer is what a model of the people makes of all votes; items with
    fewer than ``rule.least`` have none.

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
        weighing: how votes are weighed by who gave them; ``None`` to count them by the rule.
        as_listed: whether a rule that stops takes the votes in the order in which they are given.

    Attributes:
        given: how many votes there are.
        used: how many of them are looked at: of an item that is not decided, all.

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
        weighing: Weighing | None = None,
        as_listed: bool = False,
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
        keys = keys_of(inputs, ids, name)
        self.shape = shape_of(inputs)
        self._rows = {key: row for row, key in enumerate(sorted(set(keys.values())))}
        self.weighing = weighing
        self._said, costs = gather(
            votes, keys, self._rows, self.classes, name, by_name=not as_listed
        )
        self._all = self._said
        self.given = sum(map(len, self._said))
        if isinstance(rule, UntilDecided):
            self._said = [
                decisive(said, rule, None if as_listed else key)
                for key, said in zip(self._rows, self._said, strict=True)
            ]
        self.used = sum(map(len, self._said))
        self.votes = padded(self._said, name)
        spent = [sum(costs[row][who] for who in said) for row, said in enumerate(self._said)]
        self.cost = torch.tensor(spent, dtype=torch.float32)
        self._answered, among = enough(rule, self.votes), self._named(votes, keys)
        voted = decide_answers(rule, self.votes, self.classes, self._ballots(among))
        self._labels, self._sets = voted.labels, voted.sets
        more: tuple[object, ...] = (sorted(among.items()),) if among else ()
        if weighing is not None:
            self._labels, self._sets = self._weighed(weighing, keys), None
            more = (*more, weighing.sentence, self._labels)
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
        weighing: Weighing | None = None,
        as_listed: bool = False,
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
            weighing=weighing,
            as_listed=as_listed,
        )

    @property
    def certainty(self) -> str:
        """What it takes for a label, and how many votes were not needed."""
        if self.weighing is not None:
            return f"Certain where {self.weighing.sentence}"
        said = f"Certain where {self.rule.sentence}, among votes gathered elsewhere."
        return f"{said} {self.saving}" if self.saving else said

    @property
    def saving(self) -> str:
        """How many votes the answers rest on, under a rule that stops; else empty."""
        if not isinstance(self.rule, UntilDecided):
            return ""
        done = [row for row, there in enumerate(self._answered.tolist()) if there]
        given = sum(len(self._all[row]) for row in done)
        used = sum(len(self._said[row]) for row in done)
        if not given:
            return "The votes decide no item yet."
        return (
            f"{used:,} of the {given:,} votes on the {len(done):,} decided items were enough; "
            f"{given - used:,} answers ({1 - used / given:.0%}) need not have been given."
        )

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
        answered = (rows >= 0) & self._answered[rows]
        answers = blank(len(inputs), self.votes.shape[1])
        assert answers.votes is not None  # noqa: S101 - for the type checker
        found = rows[answered]
        answers.labels[answered] = self._labels[found]
        answers.cost[answered] = self.cost[found]
        answers.votes[answered] = self.votes[found]
        some = None if self._sets is None else self._sets[found]
        sets = joined_sets(answers.labels, [(answered.nonzero()[:, 0], some)])
        answers = replace(answers, sets=sets)
        if bool(answered.all()):
            return answers
        reasons = {
            row: "not in the table of votes" if rows[row] < 0 else self._why(int(given[row]))
            for row in (~answered).nonzero()[:, 0].tolist()
        }
        absent = int((rows < 0).sum())
        raise UnansweredError(
            f"the votes of {self.name!r} answer {int(answered.sum())} of {len(inputs)} questions: "
            f"{absent} inputs are not in the table, {len(reasons) - absent} have {self._lack}. "
            "Gather votes for them and add them to the table, or set the "
            "rule: votes:FILE,least=N on the command line, rule=Votes(least=N) in Python.",
            answers,
            answered,
            reasons,
        )

    @property
    def _lack(self) -> str:
        if isinstance(self.rule, UntilDecided):
            return "votes that do not decide yet"
        return f"fewer than {self.rule.least} votes"

    def _why(self, given: int) -> str:
        if isinstance(self.rule, UntilDecided):
            return f"{given} votes do not decide what {self.rule.of} would"
        return f"{given} votes of at least {self.rule.least}, the rule's least"

    def _weighed(self, weighing: Weighing, keys: dict[str, bytes]) -> Int64[Tensor, " items"]:
        """What the votes say, weighed.

        Raises:
            InputError: nobody is told apart.
        """
        if not self.persons:
            raise InputError(
                f"the votes of {self.name!r} are counts that do not say whose they are, so they "
                "cannot be weighed; expected the columns item,annotator,label"
            )
        ids: list[list[str]] = [[] for _ in self._rows]
        for item, key in keys.items():
            ids[self._rows[key]].append(item)
        return weigh(self._said, ids, self.classes, weighing)

    def ballots(self, source: AnySource) -> Ballots | None:
        """Who said what of each item of a source; ``None`` if the annotators are not told apart.

        All votes, and the rule for all of them, also where fewer decided: those that were needed are
        more often the disputed ones. An item that is not in the table has no ballots.
        """
        if not self.persons:
            return None
        names = sorted({who for voters in self._all for who in voters})
        place = {who: i for i, who in enumerate(names)}
        found = []
        for start in range(0, len(source), _BATCH):
            inputs = source.read(start, min(start + _BATCH, len(source)))
            for item, key in enumerate(map(input_key, inputs), start):
                voters = self._all[self._rows[key]] if key in self._rows else {}
                found += [(place[who], item, label) for who, label in sorted(voters.items())]
        person, item_, label_ = torch.tensor(found, dtype=torch.int64).reshape(-1, 3).T
        rule = whole(self.rule)
        return Ballots(tuple(names), person, item_, label_, rule, self.name, self.version)

    def _ballots(self, among: dict[tuple[int, str], tuple[int, ...]]) -> Tensor | None:
        """``Bool[items, voters, classes]``, what each vote that is a set accepts; none without any."""
        if not among:
            return None
        found = torch.zeros(*self.votes.shape, self.classes, dtype=torch.bool)
        for row, voters in enumerate(self._said):
            for column, who in enumerate(voters):
                found[row, column, list(among.get((row, who), ()))] = True
        return found

    def _named(
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

    def __repr__(self) -> str:
        return f"RecordedVotes({self.name!r}, items={len(self._rows)}, version={self.version!r})"
