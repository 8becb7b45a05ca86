"""The roles. Anything of the right form can play one; no base class is needed."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from typing_extensions import TypeVar

from preceptor.core.answers import Answers
from preceptor.core.domain import Domain
from preceptor.core.random import ItemRng

Goal = Literal["flip", "keep"]

Q = TypeVar("Q", contravariant=True, default=Tensor)
"""The kind of batch that is taken: tensors unless said, so that a plain ``Teacher`` takes tensors."""

R = TypeVar("R", covariant=True, default=Tensor)
"""The kind of batch that is read."""

D = TypeVar("D", covariant=True, default=Domain)
"""The kind of domain."""

X = TypeVar("X", default=Tensor)
"""The kind of batch that is taken and returned."""

E = TypeVar("E", contravariant=True, default=Domain)
"""The kind of domain that is taken."""


@runtime_checkable
class Teacher(Protocol[Q]):
    """Answers any batch of inputs: a label or ``UNCERTAIN``.

    Attributes:
        name: who it is. Together with ``version`` the key under which the ledger keeps answers.
        version: changes whenever the same question might get another answer.
        classes: labels are ``0 .. classes - 1``.
        deterministic: the same question always gets the same answer, and asking again does no
            harm; only then may a failed question be asked again unbidden.
        certainty: one sentence that says when it is certain.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def classes(self) -> int: ...
    @property
    def deterministic(self) -> bool: ...
    @property
    def certainty(self) -> str: ...

    def __call__(self, inputs: Q) -> Answers:
        """Answer a batch, of tensors ``Float[batch, *shape]`` or of texts.

        Raises:
            IncompleteError: for some of the batch there is no answer; carries the rest.
        """
        ...


@runtime_checkable
class Composite(Teacher[X], Protocol[X]):
    """A teacher made of others whose answers it combines by a rule."""

    @property
    def members(self) -> Sequence[Teacher[X]]: ...

    def with_members(self, members: Sequence[Teacher[X]]) -> Teacher[X]:
        """The same rule over other members, in the same order."""
        ...


@runtime_checkable
class Concurrent(Teacher[Q], Protocol[Q]):
    """A teacher that may be called again before it has answered, such as a service.

    Two more attributes may stand beside it: ``per_call``, how many questions one call gets (1
    without it), and ``rate``, how many calls may begin in a second (no limit without it). What it
    answers must not depend on which questions come together, nor on their order.

    Attributes:
        concurrency: how many calls it takes at once, from several threads.
    """

    @property
    def concurrency(self) -> int: ...


@runtime_checkable
class Remembers(Teacher[Q], Protocol[Q]):
    """A teacher that keeps its answers, so that a question can be known before it is asked."""

    def known(self, inputs: Q) -> Bool[Tensor, " batch"]:
        """True where the answer is already kept and asking costs nothing."""
        ...


@runtime_checkable
class Viewer(Teacher, Protocol):
    """A teacher that sees pictures on a screen, so that how they were shown belongs to the record.

    Attributes:
        viewing: plain data: ``sentence``, and of pictures ``width``, ``height`` (CSS pixels) and ``smooth`` of most
            of them; empty where nothing is known.
    """

    @property
    def viewing(self) -> Mapping[str, Any]: ...


@runtime_checkable
class Relates(Protocol):
    """A teacher whom it concerns which inputs are versions of one item: a person who sees one right
    after another may answer by the change instead of by what they see.
    """

    def relate(self, keys: Sequence[str], items: Sequence[str]) -> None:
        """Be told of which item each input is, before it is asked about.

        Args:
            keys: of the inputs.
            items: names of their items, one for each.
        """
        ...


@runtime_checkable
class Budgeted(Protocol):
    """Whoever keeps a budget of questions.

    Attributes:
        remaining: how many new questions it still covers; ``None`` for no limit.
    """

    @property
    def remaining(self) -> int | None: ...


@runtime_checkable
class Repeats(Teacher[Q], Protocol[Q]):
    """A teacher that can be asked a question again on purpose, to see whether it is consistent."""

    def again(self, inputs: Q) -> Answers:
        """Answer anew, whatever was answered before."""
        ...


@runtime_checkable
class Soft(Teacher, Protocol):
    """A teacher that also says how much it believes in each class, and through which gradients
    flow. More than an answer: whoever uses it says so, and prices it.
    """

    def beliefs(self, inputs: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch classes"]:
        """The probability of each class, differentiable in the inputs."""
        ...


@runtime_checkable
class Student(Protocol[Q]):
    """The classifier under audit: inputs to logits.

    Attributes:
        name: as it stands in the record.
        classes: the number of logits.
        differentiable: whether gradients flow from logits to inputs.
        device: where it computes; inputs are moved there first.
    """

    @property
    def name(self) -> str: ...
    @property
    def classes(self) -> int: ...
    @property
    def differentiable(self) -> bool: ...
    @property
    def device(self) -> torch.device: ...

    def __call__(self, inputs: Q) -> Float[Tensor, "batch classes"]:
        """Logits: any numbers whose softmax is the student's belief."""
        ...

    def decide(self, logits: Float[Tensor, "batch classes"]) -> Int64[Tensor, " batch"]:
        """The student's answers: a label, ``ABSTAINED``, or ``BROKEN`` where not finite."""
        ...


@runtime_checkable
class Preprocessed(Protocol):
    """Whoever may meet inputs behind a preprocessing, such as a normalisation.

    Attributes:
        preprocessing: what it is, in words; empty for none.
    """

    @property
    def preprocessing(self) -> str: ...


@runtime_checkable
class Trainable(Student[Q], Protocol[Q]):
    """A student whose weights can be changed: gradients flow from its logits to its parameters.

    Attributes:
        module: what holds the parameters. Whoever trains it does so on a copy.
    """

    @property
    def module(self) -> nn.Module: ...


@runtime_checkable
class LearnsUnseen(Protocol):
    """A student with weights to which gradients flow, though none flows to what it is given.

    Attributes:
        learns: whether gradients reach the weights while the module is in training mode.
    """

    @property
    def learns(self) -> bool: ...


@runtime_checkable
class Embeds(Protocol):
    """A student that says what it makes of its inputs before it answers."""

    def embed(self, inputs: Any) -> Float[Tensor, "batch hidden"]:
        """A vector for each input, on the CPU; the same for an input whatever the batch."""
        ...


@runtime_checkable
class Refittable(Student[Q], Protocol[Q]):
    """A student without weights that follow a gradient: it learns from weighted examples, all at once."""

    def refit(
        self,
        inputs: Q,
        labels: Int64[Tensor, " examples"],
        weights: Float[Tensor, " examples"],
        seed: int,
    ) -> "AnyStudent":
        """A new student of the same kind, fitted to these examples and no others.

        Args:
            inputs: as the student takes them.
            labels: none of them ``UNCERTAIN``.
            weights: of the examples, above 0.
            seed: of whatever the fitting draws.

        Raises:
            InputError: it cannot be fitted to them.
        """
        ...


@runtime_checkable
class Attack(Protocol[X, E]):
    """Moves inputs to where student and teacher should part. Never meets the teacher or a label.

    Attributes:
        name: unique within a plan, with its size, such as ``linf-pgd eps=0.1``.
        family: the same for all sizes of one attack, such as ``linf-pgd``.
        size: how far it may go, for curves; ``None`` if it has no one size.
        goal: ``flip`` makes the student change its mind; ``keep`` holds the student's answer
            while the input turns into something else.
    """

    @property
    def name(self) -> str: ...
    @property
    def family(self) -> str: ...
    @property
    def size(self) -> float | None: ...
    @property
    def goal(self) -> Goal: ...

    def __call__(
        self,
        student: Student[X],
        inputs: X,
        *,
        domain: E,
        rng: ItemRng,
    ) -> X:
        """Moved inputs, on the device of ``inputs``. The runner projects them and judges."""
        ...


@runtime_checkable
class Source(Protocol[R, D]):
    """The data generator: where inputs come from. Knows no label.

    Attributes:
        name: as it stands in the record.
        domain: which inputs are valid.
        ids: one unique id for each item; random streams and pairs hang on it.
    """

    @property
    def name(self) -> str: ...
    @property
    def domain(self) -> D: ...
    @property
    def ids(self) -> Sequence[str]: ...

    def __len__(self) -> int: ...

    def read(self, start: int, stop: int) -> R:
        """Items ``start .. stop - 1``: float32 on the CPU, or texts."""
        ...


@runtime_checkable
class Described(Source[R, D], Protocol[R, D]):
    """A source that knows more of its items than their inputs.

    Attributes:
        columns: by name, a cell for each item, in their order.
    """

    @property
    def columns(self) -> Mapping[str, Sequence[str]]: ...


AnyTeacher = Teacher[Any]
"""A teacher of any kind of inputs, for whoever passes inputs along."""

AnyStudent = Student[Any]
AnySource = Source[Any, Any]
AnyTrainable = Trainable[Any]

Pupil = Trainable[Any] | Refittable[Any]
"""Whoever can be taught: by gradients, or by weighted examples."""

AnyAttack = Attack[Any, Any]
