"""A panel: several teachers as one, certain where they agree by a stated rule."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from preceptor.asking import Fault, call_at_once
from preceptor.core import (
    Answers,
    AnyTeacher,
    BudgetError,
    HopelessError,
    IncompleteError,
    InputError,
    Inputs,
    TeacherError,
    UnansweredError,
    VoteRule,
    Votes,
    blank,
    decide_answers,
)
from preceptor.core.label_sets import joined_sets
from preceptor.teachers.versions import version_of


@dataclass(frozen=True, eq=False)
class Panel:
    """Several teachers as one. Every member is asked every question.

    ``Answers.votes`` holds each member's own answer, ``UNCERTAIN`` where that is a set (see
    :func:`preceptor.core.decide_answers` for what it counts), and ``Answers.cost`` the sum of theirs. Where
    a member has no answer the panel has none; the other members are asked all the same, so that a
    ledger around them keeps what they say.

    Attributes:
        members: at least ``rule.least`` different teachers with the same number of classes.
        name: who it is.
        rule: how the members' answers become one.

    Raises:
        InputError: too few members, the same member twice, or different numbers of classes.
    """

    members: Sequence[AnyTeacher]
    name: str
    rule: VoteRule = Votes()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", tuple(self.members))
        if len(self.members) < self.rule.least or not self.members:
            raise InputError(
                f"panel {self.name!r} has {len(self.members)} members and its rule asks for at "
                f"least {self.rule.least}, so it could never be certain. Add members, or lower "
                f"the bar, for example rule=Votes(least={max(1, len(self.members))})."
            )
        counts = Counter(member.classes for member in self.members)
        if len(counts) > 1:
            said = ", ".join(f"{member.name}: {member.classes}" for member in self.members)
            raise InputError(f"the members of panel {self.name!r} differ in classes ({said})")
        (who, times) = Counter((m.name, m.version) for m in self.members).most_common(1)[0]
        if times > 1:
            raise InputError(
                f"{who[0]!r}, version {who[1]!r}, is {times} members of panel {self.name!r}: one "
                "opinion would count several times. Give different teachers different names or "
                "versions."
            )

    @property
    def version(self) -> str:
        """A hash of the rule and of the members' names and versions."""
        return version_of(self.rule, [(member.name, member.version) for member in self.members])

    @property
    def classes(self) -> int:
        """The members' number of classes."""
        return self.members[0].classes

    @property
    def deterministic(self) -> bool:
        """Whether all members are."""
        return all(member.deterministic for member in self.members)

    @property
    def certainty(self) -> str:
        """One sentence."""
        return f"Certain where {self.rule.sentence}, of {len(self.members)} members."

    def with_members(self, members: Sequence[AnyTeacher]) -> "Panel":
        """The same rule over other members, in the same order."""
        return Panel(members, self.name, self.rule)

    def __call__(self, inputs: Inputs) -> Answers:
        """Answer a batch.

        Raises:
            IncompleteError: a member had no answer somewhere; of the members' own kind
                (``BudgetError`` before ``TeacherError`` before ``UnansweredError``). Carries the
                answers to the questions that every member answered.
        """
        batch = len(inputs)
        heard = [call_at_once(member, inputs) for member in self.members]
        votes = torch.stack([one.answers.labels for one in heard], dim=1)
        cost = torch.stack([one.answers.cost.float() for one in heard], dim=1).sum(1)
        gaps: dict[int, str] = {}
        for member, one in zip(self.members, heard, strict=True):
            for row, gap in sorted(one.gaps.items()):
                gaps.setdefault(row, f"{member.name}: {gap.why}")
        ballots = self._ballots([one.answers for one in heard])
        if not gaps:
            said = decide_answers(self.rule, votes, self.classes, ballots)
            return Answers(said.labels, cost, votes, said.sets)
        answered = torch.ones(batch, dtype=torch.bool)
        answered[list(gaps)] = False
        partial = blank(batch, len(self.members))
        assert partial.votes is not None  # noqa: S101 - for the type checker
        some = None if ballots is None else ballots[answered]
        said = decide_answers(self.rule, votes[answered], self.classes, some)
        partial.labels[answered] = said.labels
        partial.cost[answered] = cost[answered]
        sets = joined_sets(partial.labels, [(answered.nonzero()[:, 0], said.sets)])
        partial.votes[answered] = votes[answered]
        partial = replace(partial, sets=sets)
        error = _kind([one.fault for one in heard if one.gaps])(
            f"panel {self.name!r} has no answer to {len(gaps)} of {batch} questions: "
            + "; ".join(list(dict.fromkeys(gaps.values()))[:3]),
            partial,
            answered,
            gaps,
        )
        if isinstance(error, TeacherError):
            kinds = {gap.kind for one in heard for gap in one.gaps.values()}
            error.kind = kinds.pop() if len(kinds) == 1 else ""
        raise error

    def _ballots(self, answers: Sequence[Answers]) -> Tensor | None:
        """``Bool[batch, members, classes]``, what each accepts; none where nobody said a set."""
        if all(one.sets is None for one in answers):
            return None
        return torch.stack([one.acceptable(self.classes) for one in answers], dim=1)


def _kind(faults: Sequence[Fault]) -> Fault:
    for kind in (BudgetError, HopelessError, TeacherError, UnansweredError):
        if any(issubclass(fault, kind) for fault in faults):
            return kind
    return IncompleteError
