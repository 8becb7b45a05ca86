"""What every generator works on: the student, and data that it may start from."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from preceptor.asking import input_keys
from preceptor.attacks.predictions import CleanPrediction, logits_of
from preceptor.core import AnyStudent, Inputs, ItemRng, Texts
from preceptor.core.domains import AnyDomain, measured
from preceptor.search.asked_inputs import AskedInputs
from preceptor.transforms import Transform
from preceptor.transforms.texts import TextTransform


@dataclass(frozen=True, eq=False)
class SearchContext:
    """The student and the data. The teacher is not here: generators cannot ask.

    Attributes:
        student: under search.
        domain: of its inputs.
        pool: ``Float[pool, *shape]`` or texts, items of the data.
        own: what the student says of them.
        starts: ``Int64[starts]``, the rows of the pool from which changes may start: all, or the
            one around which the search goes.
        scale: the usual l_2 distance between neighbours in the data, as a size of the domain; of
            texts in counts of words.
        seed: of every stream.
    """

    student: AnyStudent
    domain: Any
    pool: Any
    own: CleanPrediction
    starts: Int64[Tensor, " starts"]
    scale: float
    seed: int

    def streams(self, role: str, start: int, many: int) -> ItemRng:
        """The streams of proposals ``start`` to ``start + many - 1`` of this role."""
        ids = [str(i) for i in range(start, start + many)]
        return ItemRng.named(self.seed, f"search {role}", ids)

    def measured(self, inputs: Inputs) -> Float[Tensor, "batch values"]:
        """Points whose l_2 distance says how far apart inputs are; see :func:`preceptor.core.domains.measured`."""
        return measured(self.domain, inputs).flatten(1)

    def answers(self, inputs: Inputs) -> Int64[Tensor, " batch"]:
        """The student's answers."""
        return self.student.decide(logits_of(self.student, inputs))

    def flips(self, inputs: Inputs, parents: Int64[Tensor, " batch"]) -> Bool[Tensor, " batch"]:
        """Where the student gives a label, and another one than to the item it came from."""
        said = self.answers(inputs)
        return (said >= 0) & (said != self.own.answers[parents])


@dataclass(frozen=True, eq=False)
class AppliedTransform:
    """A transformation at stated amounts.

    Attributes:
        transform: what is done.
        amounts: ``Float[dims]``, in [-1, 1]; none for a change of texts.
    """

    transform: Transform | TextTransform
    amounts: Float[Tensor, " dims"]

    @property
    def says(self) -> str:
        """``rotate degrees=30 at -0.5``; amounts that can only be 1 are left out."""
        sizes = ", ".join(f"{amount:+.2g}" for amount in self.amounts.tolist())
        if self.transform.kind in ("patch", "resample") or not len(self.amounts):
            return self.transform.name
        return f"{self.transform.name} at {sizes}"

    def __call__(self, inputs: Inputs, domain: AnyDomain, rng: ItemRng) -> Any:
        """Changed inputs."""
        change: Any = self.transform
        if isinstance(inputs, Texts):
            return change(inputs, domain=domain, rng=rng)
        return change(inputs, self.amounts.expand(len(inputs), -1), domain=domain, rng=rng)


@dataclass(frozen=True, eq=False)
class Proposals:
    """Inputs that a generator wants to be asked.

    Attributes:
        inputs: ``Float[proposals, *shape]`` or texts, valid.
        parent: ``Int64[proposals]``, the row of the pool each was made from; -1 for none.
        changes: what was done to that row, where that can be said in these words.
        known: the keys of the inputs, where they were hashed before.
    """

    inputs: Inputs
    parent: Int64[Tensor, " proposals"]
    changes: tuple[AppliedTransform | None, ...]
    known: tuple[str, ...] | None = None

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Of the inputs as questions, see ``preceptor.asking``."""
        return tuple(input_keys(self.inputs)) if self.known is None else self.known

    def take(self, rows: Int64[Tensor, " rows"]) -> "Proposals":
        """Some of them, by number; nothing is hashed again."""
        numbers = rows.tolist()
        return Proposals(
            self.inputs[rows],
            self.parent[rows],
            tuple(self.changes[row] for row in numbers),
            tuple(self.keys[row] for row in numbers),
        )

    @classmethod
    def plain(cls, inputs: Inputs, parent: Tensor | None = None) -> "Proposals":
        """Without words for what was changed.

        Args:
            inputs: ``Float[proposals, *shape]``, valid.
            parent: ``Int64[proposals]``; ``None`` where no row of the pool was changed.
        """
        if parent is None:
            parent = torch.full((len(inputs),), -1)
        return cls(inputs, parent, (None,) * len(inputs))

    def __len__(self) -> int:
        return len(self.inputs)


@runtime_checkable
class Generator(Protocol):
    """Proposes inputs at which the student may be wrong and the teacher certain.

    Attributes:
        name: unique within a search.
        says: what it does, in one sentence.
    """

    @property
    def name(self) -> str: ...
    @property
    def says(self) -> str: ...

    def propose(
        self, ground: SearchContext, start: int, many: int, asked: AskedInputs
    ) -> Proposals:
        """At most ``many`` proposals, being numbers ``start ..`` of this generator.

        Args:
            ground: student and data.
            start: how many it was asked for before.
            many: how many are wanted.
            asked: all that was asked and answered so far.
        """
        ...
