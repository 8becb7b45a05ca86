"""Stand-in while the panel trains."""

from dataclasses import dataclass

import numpy as np

from preceptor.problems.networks import DigitNet


@dataclass(frozen=True)
class Member:
    """How one network of the panel differs from the others."""

    norm: str
    eps: float
    width: int
    kernel: int
    blur: float
    sharpness: float

    def network(self) -> DigitNet:
        """The untrained network."""
        return DigitNet(11, self.width, self.kernel, self.blur, self.sharpness)


MEMBERS = (
    Member("linf", 0.2, 16, 5, 0.0, 0.0),
    Member("l2", 2.0, 20, 3, 0.0, 0.0),
    Member("linf", 0.15, 16, 5, 0.7, 8.0),
    Member("l2", 1.5, 16, 5, 0.5, 12.0),
    Member("linf", 0.25, 20, 3, 0.9, 6.0),
)


def split() -> tuple[np.ndarray, np.ndarray]:
    """Rows of the training part (4,000) and of the held-out part (1,000), fixed for good."""
    order = np.random.default_rng(20210211).permutation(5000)
    return order[:4000], order[4000:]
