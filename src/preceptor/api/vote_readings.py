"""How recorded votes are read beyond counting all of them: as few as decide, or weighed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from preceptor.core import InputError, Unanimous, UntilDecided, VoteRule, Votes
from preceptor.students import read_predictions
from preceptor.teachers import CROWD_METHODS, VoteTable, Weighing, read_truth


@dataclass(frozen=True)
class Beyond:
    """How votes are read otherwise than by counting all of them. The names are the options'.

    Attributes:
        until: the chance of another answer at which no more votes are looked at; ``None`` for all.
        of: how many votes are all; ``None`` for as many as the item with the most has.
        order: ``rows`` to look at an item's votes in the table's order; ``None`` for an order by chance.
        weigh: by which model of the people; ``None`` to count.
        threshold: of its posterior.
        known: a table of known labels, for it.
        helper: a table of a model's probabilities, for it.

    Raises:
        InputError: options that mean nothing without others, or together.
    """

    until: float | None = None
    of: int | None = None
    order: str | None = None
    weigh: str | None = None
    threshold: float | None = None
    known: str | None = None
    helper: str | None = None

    def __post_init__(self) -> None:
        for leader, others in (
            ("until", ("of", "order")),
            ("weigh", ("threshold", "known", "helper")),
        ):
            alone = [name for name in others if getattr(self, name) is not None]
            if alone and getattr(self, leader) is None:
                raise InputError(f"votes: {alone[0]}= means nothing without {leader}=")
        if self.order not in (None, "rows"):
            raise InputError(
                f"votes: order={self.order}: expected rows, the table's order, or leave it out"
            )
        if self.until is not None and self.weigh is not None:
            raise InputError(
                "votes: until= counts as few votes as decide, weigh= weighs all of them; give one"
            )

    def rule(self, rule: VoteRule, table: VoteTable) -> VoteRule:
        """The rule, made to stop as soon as the votes decide where that is wanted."""
        if self.until is None or not isinstance(rule, Votes | Unanimous):
            return rule
        people = {
            (vote.item, vote.annotator) for vote in table.votes
        }  # each has one vote on an item
        most = max(Counter(item for item, _ in people).values(), default=1)
        return UntilDecided(rule, self.of or most, self.until)

    def weighing(self, classes: int | Sequence[str]) -> Weighing | None:
        """How votes are weighed, with what the tables say that help."""
        if self.weigh is None:
            return None
        known: Mapping[str, int] = {}
        helper: dict[str, list[float]] = {}
        if self.known is not None:
            told, _ = read_truth(Path(self.known), classes)
            known = {item: said for item, said in told.items() if isinstance(said, int)}
        if self.helper is not None:
            read = read_predictions(self.helper, classes)
            rows = read.logits.double()
            chances = rows.softmax(1).tolist()
            helper = {
                item: chance
                for item, chance, row in zip(read.ids, chances, rows, strict=True)
                if bool(row.any())  # a row of zeros: it abstained
            }
        method = next((one for one in CROWD_METHODS if one == self.weigh), None)
        if method is None:
            raise InputError(f"weigh={self.weigh}: expected {' or '.join(CROWD_METHODS)}")
        limit = Weighing.threshold if self.threshold is None else self.threshold
        return Weighing(method, limit, known, helper)
