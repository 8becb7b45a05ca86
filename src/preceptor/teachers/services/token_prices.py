"""What tokens cost."""

import math
from dataclasses import dataclass
from typing import Final

from preceptor.core import InputError

MILLION: Final = 1_000_000
BYTES: Final = 4
"""So many bytes of a request are taken for one token, where a service does not count."""


@dataclass(frozen=True)
class TokenPrices:
    """Prices of a million tokens each.

    Attributes:
        input: read.
        output: written.
        cached: read, and remembered by the service; as ``input`` unless given.
        unit: of the money; empty where there is no price, so that answers cost nothing.

    Raises:
        InputError: a price that is negative or not finite.
    """

    input: float = 0.0
    output: float = 0.0
    cached: float | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        for name in ("input", "output", "cached"):
            price = getattr(self, name)
            if price is not None and not 0 <= price < math.inf:
                raise InputError(f"[price] {name} = {price}: expected a number of at least 0")
        if self.given and not self.unit:
            raise InputError('[price] has no unit; say what the money is, such as unit = "USD"')

    @property
    def given(self) -> bool:
        """Whether anything costs anything."""
        return bool(self.input or self.output or self.cached)

    def of(self, prompt: int, cached: int, written: int) -> float:
        """What so many tokens cost."""
        remembered = self.input if self.cached is None else self.cached
        whole = (prompt - cached) * self.input + cached * remembered + written * self.output
        return whole / MILLION
