"""Single people's answers, each told apart: what a panel's answer was made of."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from preceptor.core.answers import MISSING, UNCERTAIN
from preceptor.core.errors import InputError
from preceptor.core.rule_words import with_least
from preceptor.core.votes import VoteRule


@dataclass(frozen=True, eq=False)
class Ballots:
    """Who said what of which item. A person has at most one ballot on an item.

    Attributes:
        names: of the people.
        person: ``Int64[ballots]``, which of the names.
        item: ``Int64[ballots]``, which item of the source.
        label: ``Int64[ballots]``, a label, or ``UNCERTAIN``.
        rule: how the ballots on an item become one answer.
        source: whose they are, by name.
        version: of these ballots. A teacher of this version answers by them.

    Raises:
        InputError: the three differ in length, or a person has two ballots on an item.
    """

    names: tuple[str, ...]
    person: Int64[Tensor, " ballots"]
    item: Int64[Tensor, " ballots"]
    label: Int64[Tensor, " ballots"]
    rule: VoteRule
    source: str
    version: str

    def __post_init__(self) -> None:
        if not len(self.person) == len(self.item) == len(self.label):
            raise InputError(
                f"{len(self.person)} people, {len(self.item)} items and {len(self.label)} labels; "
                "expected one of each for every ballot"
            )
        pairs = torch.stack([self.person, self.item])
        if len(torch.unique(pairs, dim=1).T) != len(self.person):
            raise InputError("a person has two ballots on one item; expected at most one")

    def __len__(self) -> int:
        return len(self.label)

    def of(self, person: int, items: int) -> Int64[Tensor, " items"]:
        """What one person said of each item, ``MISSING`` where there is no ballot."""
        found = torch.full((items,), MISSING)
        mine = self.person == person
        found[self.item[mine]] = self.label[mine]
        return found

    def take(self, rows: Int64[Tensor, " kept"], items: int) -> "Ballots":
        """The ballots on some of the items, which become items ``0, 1, ...`` in this order."""
        place = torch.full((items,), -1)
        place[rows] = torch.arange(len(rows))
        kept = place[self.item] >= 0
        return replace(
            self, person=self.person[kept], item=place[self.item[kept]], label=self.label[kept]
        )

    def decided(
        self, items: int, without: tuple[int, ...] = ()
    ) -> tuple[Int64[Tensor, " items"], Bool[Tensor, " items"]]:
        """What the panel of all people, or of all but some, says of each item.

        Of those left out it counts that they voted, and not what they said: where enough have
        voted with them, the others are enough.

        Returns:
            The answers, ``UNCERTAIN`` where there are none; and where there are any, since enough
            people have voted.
        """
        out = torch.isin(self.person, torch.tensor(without, dtype=torch.int64))
        order = torch.argsort(self.item[~out], stable=True)
        item, label = self.item[~out][order], self.label[~out][order]
        total = torch.bincount(item, minlength=items)
        start = total.cumsum(0) - total
        place = torch.arange(len(item)) - start[item]
        most = int(total.max()) if items else 0
        votes = torch.full((items, max(1, most)), MISSING)
        votes[item, place] = label
        voted = torch.bincount(self.item, minlength=items)
        enough = (voted >= self.rule.least) & (total > 0)
        labels = with_least(self.rule, 1).decide(votes)
        return torch.where(enough, labels, UNCERTAIN), enough
