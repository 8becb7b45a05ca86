"""The table of opponents of a claim: who took part, what each knew, and how the teller stands to it."""

from dataclasses import dataclass
from typing import Final

from preceptor.outcome.wording import number
from preceptor.paper import ClaimResult, Opponent

ROLES: Final = {
    "asks": "asks",
    "told": "is told",
    "passive": "passive",
    "control": "control",
}
STRENGTHS: Final = {"usual": "usual", "strongest": "strongest"}


@dataclass(frozen=True)
class OpponentRow:
    """One opponent, as text.

    Attributes:
        name: of the opponent.
        role: what it does, and how strong it counts.
        knows: beforehand.
        price: what it is charged.
        stands: how the teller stands to it: ahead, tie, behind, open; a dash where they are not
            compared.
        numbers: of the duel, each with its interval.
    """

    name: str
    role: str
    knows: str
    price: str
    stands: str
    numbers: tuple[str, ...]


def opponent_rows(one: ClaimResult) -> tuple[OpponentRow, ...]:
    """Of a claim, the entered ones last."""
    return tuple(_row(one, opponent) for opponent in one.opponents)


def _row(one: ClaimResult, opponent: Opponent) -> OpponentRow:
    counts = opponent.opposes
    role = ROLES[opponent.role] + (f", {STRENGTHS[opponent.strength]}" if counts else "")
    if opponent.source:
        role += ", entered"
    price = opponent.price or "a label for each question"
    return OpponentRow(
        opponent.name,
        role,
        opponent.knows,
        price,
        standing(one, opponent),
        _numbers(one, opponent),
    )


def standing(one: ClaimResult, opponent: Opponent) -> str:
    """Of the teller against an opponent: ``ahead``, ``tie``, ``behind``, ``open``, or a dash."""
    duel, spreads = one.facts.duel, one.spreads
    if duel is None or not opponent.opposes:
        return "\u2013"
    if not duel.ahead(opponent.name).names(spreads):
        return "ahead: target missed" if opponent.source else "open"
    if duel.ahead(opponent.name).state(spreads) == "holds":
        return "ahead"
    if duel.tied(opponent.name).state(spreads) == "holds":
        return "tie"
    return "behind" if duel.not_behind(opponent.name).state(spreads) == "fails" else "open"


def _numbers(one: ClaimResult, opponent: Opponent) -> tuple[str, ...]:
    duel, spreads = one.facts.duel, one.spreads
    if duel is None:
        return ()
    said = []
    for name in duel.ahead(opponent.name).names(spreads):
        spread = spreads[name]
        if spread is None:
            said.append(f"{name}: undefined")
            continue
        low, high = spread.interval
        said.append(f"{name}: {number(spread.mean)} ({number(low)} to {number(high)})")
    return tuple(said)
