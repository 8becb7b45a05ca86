"""The plan of an audit: which attacks, what to ask, and the seed. Data, not behaviour."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from hashlib import sha256
from types import FunctionType
from typing import Any, Final, Literal, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from preceptor.core import AnyAttack, Goal, InputError, Inputs, Texts
from preceptor.core.domains import AnyDomain
from preceptor.core.inputs import feed_inputs
from preceptor.core.sources import read_rows
from preceptor.outcome import NO_ATTACK, WORST_CASE
from preceptor.sequential import StoppingRule

Ask = Literal["all", "flips"]

GIVEN: Final = "Given"
"""In records and attempts: the kind of moved inputs that were made elsewhere."""


@runtime_checkable
class Recorded(Protocol):
    """Whoever stands in records and attempts in other words than its class and its fields.

    Attempts of audits with a stopping rule are known by these words, and records are set side by
    side by them: a class that gets another name would begin attempts anew.
    """

    @property
    def recorded(self) -> Mapping[str, Any]:
        """``kind``, or ``kind`` and ``settings``."""
        ...


@dataclass(frozen=True, eq=False)
class MovedInputs:
    """Moved inputs made elsewhere, to be audited like an attack's.

    Attributes:
        name: unique within the plan.
        inputs: row for row the source's items: ``[items, *shape]``, numpy or torch; or texts.
        ids: the source's ids in the same order, if you have them: checked, so that pairs can
            never slip; empty to trust the order.
        family: for curves over sizes.
        size: likewise.
        goal: ``flip`` or ``keep``, as for attacks.
    """

    name: str
    inputs: np.ndarray | Inputs
    ids: Sequence[str] = ()
    family: str = "given"
    size: float | None = None
    goal: Goal = "flip"

    def read(self, start: int, stop: int) -> Inputs:
        """Those of items ``start .. stop - 1``: float32 on the CPU, or texts."""
        if isinstance(self.inputs, Texts):
            return self.inputs[start:stop]
        return read_rows(self.inputs, start, stop)

    def take(self, rows: np.ndarray) -> np.ndarray | Inputs:
        """Those of some items, ``Int64[rows]``."""
        if isinstance(self.inputs, np.ndarray):
            found: np.ndarray = self.inputs[rows]
            return found
        return self.inputs[torch.from_numpy(rows)]

    @property
    def recorded(self) -> dict[str, Any]:
        """The word for these in records and attempts, which is older than the class's name."""
        return {"kind": GIVEN}


@dataclass(frozen=True)
class Plan:
    """What an audit does.

    Attributes:
        attacks: moved inputs are made by these, in this order, each from its own random stream.
        given: and these moved inputs were made elsewhere.
        ask: ``all`` asks the teacher at every clean and moved input. ``flips`` asks at the clean
            inputs and only where an attack reached its goal (the student changed its answer; for
            ``keep``, the input moved): cheaper, and the interval says what stays unknown.
        seed: of every random stream.
        level: of the confidence intervals.
        batch: items handled at a time; the same seed gives the same record whatever it is.
        repeats: how many questions to ask twice, to see whether the teacher contradicts itself.
        until: ask item by item in random order and stop when this is decided; ``None`` asks all.
        mix: of a stopped audit with a proxy, the share of items drawn uniformly; the rest goes
            to items of which the proxy's guess is doubtful.

    Raises:
        InputError: names that repeat, or numbers out of range.
    """

    attacks: tuple[AnyAttack, ...] = ()
    given: tuple[MovedInputs, ...] = field(default=())
    ask: Ask = "all"
    seed: int = 0
    level: float = 0.95
    batch: int = 256
    repeats: int = 0
    until: StoppingRule | None = None
    mix: float = 0.5

    def __post_init__(self) -> None:
        names = [move.name for move in self.moves]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(f"attack names must be unique within a plan; {twice} repeat")
        taken = [name for name in names if name in (NO_ATTACK, WORST_CASE)]
        if taken:
            raise InputError(
                f"{taken[0]!r} is the name of a row of every audit; give the attack another name"
            )
        if self.ask not in ("all", "flips"):
            raise InputError(f"ask must be 'all' or 'flips'; got {self.ask!r}")
        if self.batch < 1 or self.repeats < 0:
            raise InputError(
                f"batch must be at least 1, repeats at least 0; got {self.batch}, {self.repeats}"
            )
        if not 0 < self.level < 1:
            raise InputError(f"level must lie between 0 and 1, such as 0.95; got {self.level}")
        if not 0 < self.mix <= 1:
            raise InputError(f"mix is a share of items, above 0 and at most 1; got {self.mix}")
        if self.until is not None and self.ask != "all":
            raise InputError(
                "a stopping rule needs to know of every item whether the student is right, so ask "
                "must be 'all'; an item is asked about no further once it is wrong anyway"
            )

    @property
    def moves(self) -> tuple[AnyAttack | MovedInputs, ...]:
        """Everything that yields moved inputs, in order."""
        return (*self.attacks, *self.given)

    def describe(self, domain: AnyDomain | None = None) -> dict[str, Any]:
        """Plain data for the record; the batch is left out, since it changes nothing.

        With a domain, each attack also says what its size is counted in there.
        """
        sizes = {} if domain is None else {"sizes": domain.sizes}
        return {
            "attacks": [{**describe(move), **sizes} for move in self.moves],
            "ask": self.ask,
            "seed": self.seed,
            "level": self.level,
            "repeats": self.repeats,
            **({} if self.until is None else {"until": self.until.describe(), "mix": self.mix}),
        }


def describe(move: AnyAttack | MovedInputs) -> dict[str, Any]:
    """Name, family, size and goal of an attack, and its settings as plain data."""
    settings = {}
    if is_dataclass(move):
        settings = {f.name: _plain(getattr(move, f.name)) for f in fields(move)}
    return {
        "name": move.name,
        "family": move.family,
        "size": _plain(move.size),
        "goal": move.goal,
        "kind": type(move).__name__,
        "settings": settings,
        **(move.recorded if isinstance(move, Recorded) else {}),
    }


def decides(attack: AnyAttack) -> object:
    """All that decides what an attack does: its class with the fields, or whatever it holds.

    What a dataclass holds beside its fields is no setting.
    """
    if not is_dataclass(attack):
        return attack
    return type(attack), {one.name: getattr(attack, one.name) for one in fields(attack)}


def _plain(value: Any) -> Any:
    if isinstance(value, Texts):
        digest = sha256()
        feed_inputs(digest, value)
        return {"texts": len(value), "fields": list(value.fields), "sha256": digest.hexdigest()}
    if isinstance(value, Tensor):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        digest = sha256()
        for start in range(0, len(value), 4096):  # streamed: it may be mapped from disk
            digest.update(np.ascontiguousarray(value[start : start + 4096]).tobytes())
        return {"shape": list(value.shape), "dtype": str(value.dtype), "sha256": digest.hexdigest()}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)  # JSON has no word for it
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    if isinstance(value, FunctionType):
        return f"{value.__module__}.{value.__qualname__}"
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))  # the same in every process
