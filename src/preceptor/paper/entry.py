"""A user's opponent: a function of a Python file, known by what the file and its imports say."""

import inspect
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from preceptor.core import InputError
from preceptor.core.running import taken
from preceptor.core.user_files import closure
from preceptor.paper.claim import Claim
from preceptor.paper.contest import Numbers, Settings, play
from preceptor.paper.opponent import Opponent


@dataclass(frozen=True)
class Entry:
    """An opponent to be entered.

    Attributes:
        file: that holds it.
        name: of the function there, and of the opponent.
        knows: the first line of the function's docstring: what it knows beforehand.
        digest: of the file and of the user's files that it imports.
    """

    file: Path
    name: str
    knows: str = field(repr=False)
    digest: str = field(repr=False)

    @classmethod
    def of(cls, spec: str) -> "Entry":
        """From ``FILE.py:NAME``.

        Raises:
            InputError: not of that form, no such function, or one that does not say what it knows.
        """
        file, colon, name = spec.rpartition(":")
        if not colon or Path(file).suffix != ".py":
            raise InputError(
                f"--opponent {spec!r}: expected FILE.py:NAME, a function of an arena that returns a "
                "student"
            )
        with taken(Path(file), name) as found:
            if not callable(found) or len(inspect.signature(found).parameters) != 1:
                raise InputError(f"--opponent {spec!r}: expected a function of one arena")
            knows = (inspect.getdoc(found) or "").partition("\n")[0]
        if not knows:
            raise InputError(
                f"--opponent {spec!r}: let the first line of its docstring say what it knows "
                "beforehand; the line is printed with the verdict"
            )
        texts = closure(Path(file))
        digest = sha256(b"\0".join(texts[path] for path in sorted(texts))).hexdigest()
        return cls(Path(file).resolve(), name, knows, digest)

    @property
    def opponent(self) -> Opponent:
        """As the verdict counts it."""
        return Opponent(
            self.name, "asks", self.knows, "strongest", "entered", source=self.digest[:16]
        )

    def enter(self, claim: Claim, settings: Settings, seed: int) -> Numbers:
        """What it reaches for one seed, without the comparison.

        Raises:
            InputError: the claim takes no opponents, or what :func:`preceptor.paper.contest.play` raises.
        """
        if claim.contest is None:
            raise refused(claim)
        with taken(self.file, self.name) as entrant:
            function: Any = entrant
            return play(claim.contest, function, self.name, settings, seed)

    def allowed(self, claim: Claim) -> None:
        """Whether it can enter a claim.

        Raises:
            InputError: the claim takes no opponents, or has one of its name.
        """
        if claim.contest is None or claim.facts.duel is None:
            raise refused(claim)
        if self.name in {one.name for one in claim.facts.opponents}:
            raise InputError(
                f"claim {claim.facts.name!r} has an opponent {self.name!r} already: give the function "
                "another name"
            )


def refused(claim: Claim) -> InputError:
    """A claim that takes no opponents."""
    return InputError(
        f"claim {claim.facts.name!r} takes no opponents: `preceptor paper --help` names those that do"
    )
