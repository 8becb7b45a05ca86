"""The attacks: objects, the command line's words, both, or the suite that stands for none named."""

from collections.abc import Mapping, Sequence
from typing import Final

from preceptor.api.data import Data
from preceptor.attacks import parse
from preceptor.core import AnyAttack, Attack, InputError, Inputs, Texts
from preceptor.problems import TextProblem

Attacks = str | AnyAttack | Sequence[str | AnyAttack]
"""Attacks, or their specifications such as ``"pgd:eps=0.1"``; one alone, or several."""

POOL = 1000
"""Items towards which the ``keep`` attack may walk."""


TEXT_SUITE: Final = ("standard", "negate", "opposites", "splice")
"""The attacks on texts where none is named: one that flips and three that keep."""


def listed(given: Attacks | None) -> list[str | AnyAttack]:
    """What was given, as a list; empty for nothing.

    Raises:
        InputError: something that is no attack.
    """
    if given is None:
        return []
    if isinstance(given, str) or (isinstance(given, Attack) and not isinstance(given, type)):
        return [given]
    if isinstance(given, type):
        raise InputError(f"{given.__name__} is a class; write {given.__name__}(...)")
    if isinstance(given, Mapping) or not isinstance(given, Sequence):
        raise InputError(
            f"--attack: a {type(given).__name__}; expected attacks such as PGD(eps=0.1), or "
            "words such as 'pgd:eps=0.1'"
        )
    return [one for part in given for one in _one(part)]


def _one(part: object) -> list[str | AnyAttack]:
    if isinstance(part, Sequence) and not isinstance(part, str):
        raise InputError(f"an attack is a {type(part).__name__}; give all in one plain list")
    return listed(part)  # type: ignore[arg-type]


def read_attacks(given: Attacks | None, data: Data) -> tuple[AnyAttack, ...]:
    """Attacks as given, ``none``, or the strong suite with others, which need no gradients.

    Sizes are shares of the narrowest feature's range. Only images are turned: two columns of a
    table do not span a plane. In a table with categories *keep* goes as far as the answer holds,
    since no ball holds another word.

    Raises:
        InputError: no attack, or ``none`` beside another.
    """
    specs = listed(given)
    if "none" in specs:
        if len(specs) > 1:
            raise InputError("--attack 'none' stands alone: no input is attacked then")
        return ()
    pool = _pool(data)
    domain = data.source.domain
    if isinstance(pool, Texts):
        return tuple(
            parse(one, pool=pool) if isinstance(one, str) else one for one in specs or TEXT_SUITE
        )
    if not specs:
        size = f"{0.1 * domain.narrowest:g}"
        turns = ["rotate"] if domain.is_image else []
        specs = [f"standard:eps={size}", *turns, f"noise:size={size}"]
        words = domain.still is not None and bool(domain.still.any())
        specs += ["keep" if words else f"keep:eps={3 * float(size):g}"]
    return tuple(parse(one, pool=pool) if isinstance(one, str) else one for one in specs)


def _pool(data: Data) -> Inputs:
    """Other inputs to walk towards: training inputs where there are any, else the items."""
    if data.problem is not None:
        if isinstance(data.problem, TextProblem):
            return data.problem.train_texts[:POOL]
        return data.problem.train_inputs[:POOL]
    pool: Inputs = data.source.read(0, min(POOL, len(data.source)))
    return pool
