"""A panel with a memory: each member's answers are kept, the panel's own is computed from them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from weakref import WeakSet

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from preceptor.core import Answers, Composite, IncompleteError, Teacher, blank
from preceptor.ledger import queries
from preceptor.ledger.clock import utc_now
from preceptor.ledger.hearing import Gathered, fault_of, hear
from preceptor.ledger.kept import Kept, next_rounds, windows
from preceptor.ledger.keys import Batch
from preceptor.ledger.store import Store


@dataclass(frozen=True, eq=False)
class Anew:
    """A kept teacher that is asked anew each time it is called."""

    kept: Kept

    @property
    def name(self) -> str:
        return self.kept.name

    @property
    def version(self) -> str:
        return self.kept.version

    @property
    def classes(self) -> int:
        return self.kept.classes

    @property
    def deterministic(self) -> bool:
        return self.kept.deterministic

    @property
    def certainty(self) -> str:
        return self.kept.certainty

    def __call__(self, inputs: Float[Tensor, "batch *shape"]) -> Answers:
        return self.kept.again(inputs)


@dataclass(frozen=True, eq=False)
class KeptPanel:
    """A panel whose members' answers the ledger keeps. Made by ``Ledger.keep``.

    The panel's rule may change later without a question being asked again: the ledger holds what
    each member said under the member's own key, and the panel's answer is computed at each call.
    Budget and ``spent`` count *panel questions*: inputs for which at least one member had to be
    asked anew. Raises what ``KeptTeacher`` raises.
    """

    store: Store
    inner: Composite
    members: Sequence[Kept]
    identity: int
    budget: int | None
    purpose: str
    batch: int
    _errors: "WeakSet[IncompleteError]" = field(default_factory=WeakSet, repr=False)

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def version(self) -> str:
        return self.inner.version

    @property
    def classes(self) -> int:
        return self.inner.classes

    @property
    def deterministic(self) -> bool:
        return self.inner.deterministic

    @property
    def certainty(self) -> str:
        return self.inner.certainty

    @property
    def spent(self) -> int:
        with self.store.read() as db:
            return queries.spent(db, self.identity, self.purpose)

    @property
    def remaining(self) -> int | None:
        return None if self.budget is None else max(0, self.budget - self.spent)

    def with_members(self, members: Sequence[Teacher]) -> Teacher:
        return self.inner.with_members(members)

    def raised(self, error: IncompleteError) -> bool:
        return error in self._errors

    def known(self, inputs: Float[Tensor, "batch *shape"]) -> Bool[Tensor, " batch"]:
        everyone = torch.ones(len(inputs), dtype=torch.bool)
        for member in self.members:
            everyone &= member.known(inputs)
        return everyone

    def __call__(self, inputs: Float[Tensor, "batch *shape"]) -> Answers:
        return self._consult(Batch.of(inputs), self.members, anew=False)

    def again(self, inputs: Float[Tensor, "batch *shape"]) -> Answers:
        members = [Anew(member) for member in self.members]
        return self._consult(Batch.of(inputs, merge=False), members, anew=True)

    def _consult(self, batch: Batch, members: Sequence[Teacher], *, anew: bool) -> Answers:
        rule = self.inner.with_members(members)
        gathered = Gathered()
        for slots in windows(range(len(batch.keys)), self.batch):
            mine = self._charge(batch, slots, anew=anew)
            covered = set(mine)
            gathered.refuse([slot for slot in slots if slot not in covered], self.budget)
            if mine:
                heard = hear(
                    lambda inputs: self._combine(rule, inputs, anew=anew),
                    batch.ask(mine),
                    name=self.name,
                    classes=self.classes,
                )
                gathered.hear(mine, heard)
        try:
            return gathered.answers(batch, f"panel {self.name!r} version {self.version!r}")
        except IncompleteError as error:
            self._errors.add(error)
            raise

    def _charge(self, batch: Batch, slots: Sequence[int], *, anew: bool) -> Sequence[int]:
        """Charge for the panel questions among these slots; returns the slots covered."""
        if not anew:
            known = self.known(batch.ask(slots)).tolist()
            asked = [slot for slot, knows in zip(slots, known, strict=True) if not knows]
        else:
            asked = list(slots)
        if not asked:
            return slots
        keys = [batch.keys[slot] for slot in asked]
        with self.store.write(durable=False) as db:
            put = queries.rounds(db, self.identity, self.purpose, keys)
            new = [slot for slot in asked if anew or batch.keys[slot] not in put]
            spent = queries.spent(db, self.identity, self.purpose)
            room = len(new) if self.budget is None else max(0, self.budget - spent)
            charged = [batch.keys[slot] for slot in new[:room]]
            queries.put_inputs(db, batch.payload(new[:room]))
            rounds = next_rounds(charged, put) if anew else [(key, 0) for key in charged]
            queries.put_questions(db, self.identity, self.purpose, utc_now(), rounds)
        refused = set(new[room:])
        return [slot for slot in slots if slot not in refused]

    def _combine(self, rule: Teacher, inputs: Tensor, *, anew: bool) -> Answers:
        """The panel's answers, also where its rule lets a member's error through.

        Such an error carries the member's answers, which must not pass for the panel's.
        """
        try:
            return rule(inputs)
        except IncompleteError as error:
            if not any(member.raised(error) for member in self.members):
                raise
            answers, answered = blank(len(inputs)), torch.zeros(len(inputs), dtype=torch.bool)
            if not anew:
                self._ask_others(error, inputs)
                answered = self.known(inputs)
            if bool(answered.any()):
                some = rule(inputs[answered])
                answers.labels[answered], answers.cost[answered] = some.labels, some.cost.float()
            raise fault_of(error)(
                f"a member of panel {self.name!r} has no answer: {error}", answers, answered
            ) from error

    def _ask_others(self, error: IncompleteError, inputs: Tensor) -> None:
        """Ask the members that the rule did not get to, so that most rows can be combined."""
        for member in self.members:
            if not member.raised(error):
                with suppress(IncompleteError):
                    member(inputs)
