"""What a service said over a whole run, from the replies that are kept: counted apart, and what is odd."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from scipy.stats import binomtest

from preceptor.core import Finding, Inputs
from preceptor.teachers.services.service_role import SaidOfInput, ServiceTeacher

ODD: Final = 0.001
"""So improbable must it be that a label's place does not matter, before it is said that it does."""


@dataclass(frozen=True)
class LookBack:
    """What is known of a service's replies to some inputs.

    Attributes:
        name: of the teacher.
        said: of each input of which something is kept.
        classes: how many labels there are.
    """

    name: str
    said: tuple[SaidOfInput, ...]
    classes: int

    @property
    def reasons(self) -> dict[str, int]:
        """How many inputs it was uncertain of, by reason."""
        return dict(Counter(one.reason for one in self.said if one.reason).most_common())

    @property
    def models(self) -> dict[str, int]:
        """How many inputs each model answered, as the service named it, by when it first did."""
        return dict(Counter(one.model for one in self._named))

    @property
    def _named(self) -> list[SaidOfInput]:
        """Those answered by a model that was named, in the order in which they came."""
        return sorted((one for one in self.said if one.model), key=lambda one: one.at)

    @property
    def belief(self) -> dict[str, float]:
        """The mean belief in each label, as it came, made to sum to 1; what ``prior`` takes."""
        told = [one.belief for one in self.said if one.belief is not None]
        sums = {name: sum(one[name] for one in told) for name in (told[0] if told else ())}
        whole = sum(sums.values())
        return {name: round(one / whole, 4) for name, one in sums.items()} if whole > 0 else {}

    def describe(self) -> dict[str, Any]:
        """Plain data."""
        counted = [one.tokens for one in self.said if one.tokens is not None]
        return {
            "name": self.name,
            "inputs": len(self.said),
            "uncertain": self.reasons,
            "models": self.models,
            "belief": self.belief,
            "tokens": {
                "read": sum(read for read, _ in counted),
                "written": sum(written for _, written in counted),
                "not_counted": len(self.said) - len(counted),
            },
        }

    def findings(self) -> list[Finding]:
        """What should be known of it."""
        return [*self._uncertain(), *self._changed(), *self._order()]

    def _uncertain(self) -> list[Finding]:
        if not self.reasons:
            return []
        told = ", ".join(f"{many} {_REASONS[reason]}" for reason, many in self.reasons.items())
        odd = sum(self.reasons.get(name, 0) for name in ("refused", "unreadable", "too long"))
        loud = odd > 0.05 * len(self.said)
        return [
            Finding(
                "uncertain-service",
                "warning" if loud else "note",
                f"{self.name} was uncertain of {sum(self.reasons.values())} of {len(self.said)} inputs: "
                f"{told}.",
                "Void is void, whatever the reason; but refusals and unreadable answers say nothing of "
                "the inputs. Change task, template or label words, or take another model."
                if odd
                else "Nothing; preceptor calibrate says which threshold people would choose.",
            )
        ]

    def _changed(self) -> list[Finding]:
        if len(self.models) < 2:
            return []
        ordered = self._named
        place = next(i for i, one in enumerate(ordered) if one.model != ordered[0].model)
        told = ", ".join(f"{name}: {many}" for name, many in self.models.items())
        return [
            Finding(
                "changed-service",
                "warning",
                f"{self.name} changed while it was asked: its answer {place + 1} of {len(ordered)}, by the "
                f"time they came, is the first by another model ({told}). The numbers mix them.",
                "Ask for one dated model, and audit with a fresh ledger or another name.",
            )
        ]

    def _order(self) -> list[Finding]:
        told = [one.first for one in self.said if one.first is not None]
        if len(told) < 30:
            return []
        share = sum(told) / len(told)
        if binomtest(sum(told), len(told), 1 / self.classes).pvalue >= ODD:
            return []
        return [
            Finding(
                "order-matters",
                "warning",
                f"{self.name} says the label that it is offered first in {share:.0%} of {len(told)} "
                f"answers; {1 / self.classes:.0%} would be even, since their order is drawn by the input.",
                'Take a larger model, centre it (centre = ["N/A"]), or a template without a list.',
            )
        ]


_REASONS = {
    "cannot tell": "said so",
    "below the threshold": "below its threshold",
    "refused": "refused",
    "unreadable": "answered with no label",
    "too long": "too long for it",
}


def look_back(teacher: ServiceTeacher, batches: Sequence[Inputs]) -> LookBack:
    """What is kept of some inputs; asks nothing."""
    found = [one for batch in batches for one in teacher.said(batch)]
    return LookBack(teacher.name, tuple(one for one in found if one is not None), teacher.classes)
