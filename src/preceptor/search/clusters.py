"""Which witnesses are one: clusters by what both said and by distance.

Two witnesses are copies of one fault if the teacher says the same of both, the student says the
same of both, and they lie as near to each other as neighbours in the data do. Leader clustering
(Hartigan 1975, *Clustering algorithms*, chapter 3) in the order of asking: a witness joins the
nearest earlier cluster whose first witness lies within reach, else it founds one. So one more
witness never changes the clusters of the earlier ones, and their number only grows.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import generator

SAMPLE = 300
"""Items whose distance to their nearest neighbour is measured."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """The first witness of each cluster.

    Attributes:
        reach: the l_2 distance within which two witnesses with the same answers are one.
        leaders: ``Float[clusters, values]``, flattened, each coordinate counted in its unit.
        said: ``Int64[clusters, 2]``, the teacher's label and the student's.
    """

    reach: float
    leaders: Tensor
    said: Int64[Tensor, "clusters 2"]

    @classmethod
    def none(cls, reach: float, values: int) -> "Clusters":
        """No witness yet."""
        return cls(reach, torch.empty(0, values), torch.empty(0, 2, dtype=torch.int64))

    def __len__(self) -> int:
        return len(self.leaders)

    def add(
        self,
        inputs: Float[Tensor, "batch *shape"],
        teacher: Int64[Tensor, " batch"],
        student: Int64[Tensor, " batch"],
    ) -> tuple["Clusters", Int64[Tensor, " batch"]]:
        """With some more witnesses, in order; and the number of each one's cluster.

        Args:
            inputs: ``Float[batch, *shape]``, counted in the domain's units.
            teacher: ``Int64[batch]``, its labels.
            student: ``Int64[batch]``, its labels.
        """
        now, numbers = self, []
        for item, answers in zip(
            inputs.flatten(1), torch.stack([teacher, student], 1), strict=True
        ):
            number = now._nearest(item, answers)
            if number is None:
                number = len(now)
                leaders = torch.cat([now.leaders, item[None]])
                now = Clusters(now.reach, leaders, torch.cat([now.said, answers[None]]))
            numbers.append(number)
        return now, torch.tensor(numbers, dtype=torch.int64)

    def _nearest(self, item: Tensor, answers: Tensor) -> int | None:
        if len(self) == 0:
            return None
        gaps = torch.linalg.vector_norm(self.leaders - item, dim=1)
        gaps[(self.said != answers).any(1)] = torch.inf
        nearest = int(gaps.argmin())
        return nearest if float(gaps[nearest]) <= self.reach else None


def neighbour_scale(pool: Float[Tensor, "pool *shape"], seed: int) -> float:
    """The median l_2 distance from an item of the data to its nearest neighbour.

    The pool is counted in the domain's units (:meth:`preceptor.core.Domain.measured`).
    Identical items are left out; 0 if all are identical or there is only one.
    """
    rows = torch.from_numpy(generator(seed, "search", "scale").permutation(len(pool))[:SAMPLE])
    flat = pool.flatten(1)
    gaps = torch.cdist(flat[rows], flat, compute_mode="donot_use_mm_for_euclid_dist")
    gaps[gaps == 0] = torch.inf
    nearest = gaps.amin(1)
    nearest = nearest[nearest.isfinite()]
    return float(nearest.median()) if len(nearest) else 0.0
