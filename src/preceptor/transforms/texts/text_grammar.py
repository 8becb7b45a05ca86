"""Texts by a grammar that a user writes down in a plain file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np

from preceptor.core import InputError
from preceptor.core.did_you_mean import did_you_mean

DEEPEST: Final = 30
"""So deep rules are taken at random; below, the alternative that ends soonest is taken."""

_RULE: Final = re.compile(r"^([A-Za-z_][\w-]*)\s*:(.*)$")
_NAME: Final = re.compile(r"\{([A-Za-z_][\w-]*)\}")

EXAMPLE: Final = "review: The {what} was {word}. | I {verb} the {what}.\nwhat: film | story"


@dataclass(frozen=True)
class TextGrammar:
    """Rules by which texts are made up.

    A line for each rule, ``name: one way | another way``; ``{name}`` stands for what that rule gives. The
    first rule is where a text begins. A line that begins with a space goes on with the one before; one that
    begins with ``#`` says nothing. A way that stands twice is taken twice as often.

    Attributes:
        rules: by name, the ways of each.

    Raises:
        InputError: no rule, a name without a rule, or rules that never end.
    """

    rules: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        if not self.rules:
            raise InputError(f"a grammar needs at least one rule, such as\n{EXAMPLE}")
        for name, ways in self.rules.items():
            for way in ways:
                for used in _NAME.findall(way):
                    if used not in self.rules:
                        raise InputError(
                            f"the rule {name!r} of the grammar names {{{used}}}, and there is no such rule"
                            f"{did_you_mean(used, self.rules)}"
                        )
        endless = [name for name in self.rules if self._depths[name] == np.inf]
        if endless:
            raise InputError(
                f"the rules {', '.join(endless[:5])} of the grammar never end: each of their ways leads "
                "back to them. Give one that does not"
            )

    @classmethod
    def read(cls, path: str | Path) -> "TextGrammar":
        """A grammar from a file in UTF-8.

        Raises:
            InputError: no such file, or a line that is no rule.
        """
        file = Path(path)
        try:
            return cls.parse(file.read_text(encoding="utf-8-sig"), str(file))
        except OSError as error:
            raise InputError(
                f"the grammar {file} cannot be read: {error.strerror}. It is a text file such as\n{EXAMPLE}"
            ) from error
        except UnicodeDecodeError as error:
            raise InputError(f"the grammar {file} is not in UTF-8; save it so") from error

    @classmethod
    def parse(cls, text: str, where: str = "the grammar") -> "TextGrammar":
        """A grammar from its text.

        Raises:
            InputError: a line that is no rule, or a rule that stands twice.
        """
        joined: list[tuple[int, str]] = []
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            if line[0].isspace() and joined:
                joined[-1] = (joined[-1][0], f"{joined[-1][1]} {line.strip()}")
            else:
                joined.append((number, line.strip()))
        rules: dict[str, tuple[str, ...]] = {}
        for number, line in joined:
            found = _RULE.match(line)
            if found is None:
                raise InputError(
                    f"{where}, line {number}: {line[:60]!r} is no rule; write\n{EXAMPLE}"
                )
            name = found.group(1)
            if name in rules:
                raise InputError(f"{where}, line {number}: the rule {name!r} stands twice")
            rules[name] = tuple(way.strip() for way in found.group(2).split("|"))
        return cls(rules)

    @property
    def start(self) -> str:
        """The first rule."""
        return next(iter(self.rules))

    @property
    def digest(self) -> str:
        """A hash of all rules, in their order."""
        said = "\n".join(f"{name}: {' | '.join(ways)}" for name, ways in self.rules.items())
        return sha256(said.encode()).hexdigest()[:16]

    def draw(self, rng: np.random.Generator) -> str:
        """A text."""
        return " ".join(self._draw(self.start, rng, 0).split())

    @cached_property
    def _depths(self) -> dict[str, float]:
        """How deep each rule goes at least; infinite where it never ends."""
        depths = dict.fromkeys(self.rules, float(np.inf))
        for _ in self.rules:
            for name, ways in self.rules.items():
                depths[name] = min(
                    1 + max((depths[used] for used in _NAME.findall(way)), default=0.0)
                    for way in ways
                )
        return depths

    def _draw(self, name: str, rng: np.random.Generator, depth: int) -> str:
        ways = self.rules[name]
        if depth > DEEPEST:
            ways = self._soonest(ways)
        way = ways[int(rng.integers(len(ways)))]
        return _NAME.sub(lambda found: self._draw(found.group(1), rng, depth + 1), way)

    def _soonest(self, ways: Sequence[str]) -> tuple[str, ...]:
        ends = [
            max((self._depths[used] for used in _NAME.findall(way)), default=0.0) for way in ways
        ]
        return (ways[int(np.argmin(ends))],)
