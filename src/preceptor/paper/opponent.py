"""Whom a claim's teller stands against: what each knows beforehand, and how strong it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from preceptor.core import InputError
from preceptor.core.plain import read_fields
from preceptor.paper.verdict_rule import Check, VerdictRule

Side = Literal["asks", "told", "passive", "control"]
"""What an opponent does: asks the teacher, is told, is told nothing and asks nothing, or is a control,
which shows what a number owes to something else than what is claimed.
"""

Strength = Literal["usual", "strongest"]
"""``usual``: what people do. ``strongest``: the best that we, the literature or a user could build
that knows beforehand no less than the teller.
"""

WHO: Final = "{who}"


@dataclass(frozen=True)
class Opponent:
    """One who stands against the teller of a claim, or beside it.

    Attributes:
        name: as the claim's numbers call it; no ``*``, ``?`` or ``[``.
        role: what it does.
        knows: prior knowledge, in a sentence: printed with every verdict.
        strength: only those that ask or are passive are counted by it.
        price: what it is charged, in words; empty if its questions at the price of a label each.
        source: digest of the file that an entered opponent comes from; empty for the claim's own.

    Raises:
        InputError: no name, a name that a check cannot hold, or nothing about what it knows.
    """

    name: str
    role: Side
    knows: str
    strength: Strength = "usual"
    price: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if not self.name or set(self.name) & set("*?["):
            raise InputError(f"an opponent cannot be called {self.name!r}: give it a plain name")
        if not self.knows.strip():
            raise InputError(f"opponent {self.name!r}: say what it knows beforehand")

    @property
    def opposes(self) -> bool:
        """Whether the teller has to be ahead of it."""
        return self.role in ("asks", "passive")


@dataclass(frozen=True)
class Duel:
    """The number on which teller and opponent are compared: the greater, the better for the teller.

    Attributes:
        measure: its name, with ``{who}`` where the opponent's stands; may end with ``*``.
        lead: from here on the teller is ahead.
        level: from where to where the two tie.

    Raises:
        InputError: no ``{who}``, or a lead that lies within the tie.
    """

    measure: str
    lead: float
    level: tuple[float, float]

    def __post_init__(self) -> None:
        if WHO not in self.measure:
            raise InputError(f"{self.measure!r}: write {WHO} where the opponent's name stands")
        if not self.level[0] <= self.level[1] <= self.lead:
            raise InputError(
                f"{self.measure}: a lead from {self.lead:g} on does not lie beyond a tie of "
                f"{self.level[0]:g} to {self.level[1]:g}"
            )

    def of(self, who: str) -> str:
        """The number's name."""
        return self.measure.replace(WHO, who)

    def ahead(self, who: str) -> Check:
        """The teller is."""
        return Check(self.of(who), self.lead)

    def tied(self, who: str) -> Check:
        """Nobody is."""
        return Check(self.of(who), *self.level)

    def not_behind(self, who: str) -> Check:
        """The teller is ahead, or ties."""
        return Check(self.of(who), self.level[0])

    @classmethod
    def read(cls, said: Any) -> "Duel":
        """From plain data."""
        return read_fields(cls, {**said, "level": tuple(said["level"])})


def contested(
    duel: Duel,
    opponents: Sequence[Opponent],
    *,
    shown: tuple[Check, ...] = (),
    tie: tuple[Check, ...] = (),
) -> VerdictRule:
    """The rule of a claim that compares telling with asking.

    Args:
        duel: what the teller has to lead in.
        opponents: all of the claim; those that ask or are passive have to be led.
        shown: what else must hold for any of the two *shown*.
        tie: what else must hold for a tie, in which nobody leads anybody.

    Raises:
        InputError: nobody to be ahead of, or two of one name.
    """
    names = [one.name for one in opponents]
    if len(set(names)) < len(names):
        raise InputError(f"two opponents have one name: {', '.join(names)}")
    against = [one for one in opponents if one.opposes]
    if not against:
        raise InputError("a contest needs an opponent that asks or is passive")
    ahead = {kind: _ahead(duel, against, kind) for kind in ("usual", "strongest")}
    level = tuple(duel.tied(one.name) for one in against)
    return VerdictRule(shown, (*tie, *level), ahead["usual"], ahead["strongest"])


def _ahead(duel: Duel, against: Sequence[Opponent], kind: str) -> tuple[Check, ...]:
    return tuple(duel.ahead(one.name) for one in against if one.strength == kind)


def entered(rule: VerdictRule, duel: Duel, names: Sequence[str]) -> VerdictRule:
    """The rule with opponents whom a user entered: each counts as one of the strongest.

    One that ties or is ahead turns *shown against the strongest asker* off; one that is ahead turns
    a tie off.
    """
    tie = (*rule.tie, *map(duel.not_behind, names)) if rule.tie else ()
    strongest = (*rule.strongest, *map(duel.ahead, names))
    return VerdictRule(rule.shown, tie, rule.usual, strongest)
