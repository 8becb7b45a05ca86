"""A table with all that a table may have, valid rows of it, and who answers about them."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from preceptor.core import ItemRng, TableColumn, TableDomain
from preceptor.core.columns import code_of

COLUMNS = (
    TableColumn("age", "whole", 18, 90, change="up"),
    TableColumn("income", "number", 0, 100_000, missing="kept"),
    TableColumn("loan", "number", 0, 100_000),
    TableColumn("home", "category", words=("rent", "own", "mortgage"), missing="kept"),
    TableColumn(
        "job",
        "category",
        words=("none", "clerk", "chief"),
        exchanges=(("none", "clerk"), ("clerk", "chief")),
    ),
    TableColumn("red", "boolean"),
    TableColumn("green", "boolean"),
    TableColumn("blue", "boolean"),
    TableColumn("wages", "whole", 0, 50),
    TableColumn("rents", "whole", 0, 50),
    TableColumn("total", "whole", 0, 100),
    TableColumn("rate", "number", 0, 5, step=0.25),
    TableColumn("member", "boolean", missing="free"),
    TableColumn("city", "category", words=("A", "B"), change="fixed"),
    TableColumn("first", "number", 0, 10),
    TableColumn("last", "number", 0, 10),
)
RELATIONS = ("loan <= income", "one of red, green, blue", "wages + rents == total", "first < last")
TABLE = TableDomain.of(COLUMNS, RELATIONS)


def rows(items: int = 40, seed: int = 0) -> Tensor:
    """Valid rows, ``Float32[items, coordinates]``."""
    rng = torch.Generator().manual_seed(seed)

    def uniform(high: float) -> Tensor:
        return high * torch.rand(items, generator=rng)

    def one_of(*values: float) -> Tensor:
        return torch.tensor(values)[torch.randint(len(values), (items,), generator=rng)]

    income, gone = uniform(100_000), torch.rand(items, generator=rng) < 0.25
    loan = income * torch.rand(items, generator=rng)
    hot = torch.randint(3, (items,), generator=rng)
    wages, rents = uniform(50).floor(), uniform(50).floor()
    first = uniform(9)
    parts = [
        18 + uniform(72).floor(),
        torch.where(gone, 0.0, income),
        gone.float(),
        loan,
        one_of(*COLUMNS[3].codes),
        one_of(*COLUMNS[4].codes),
        *(hot == i for i in range(3)),
        wages,
        rents,
        wages + rents,
        uniform(20).floor() / 4,
        *((lambda away: (one_of(0, 1) * (1 - away), away))(one_of(0, 1))),
        one_of(code_of("A"), code_of("B")),
        first,
        first + 0.01 + uniform(0.9),
    ]
    return torch.stack([part.float() for part in parts], 1)


def streams(items: int, seed: int = 0) -> ItemRng:
    return ItemRng.named(seed, "test", [str(i) for i in range(items)])


@dataclass
class Watched:
    """A student that keeps every row it was asked about, differentiable or not."""

    differentiable: bool = False
    classes: int = 2
    name: str = "watched"
    device: torch.device = field(default=torch.device("cpu"))
    seen: list[Tensor] = field(default_factory=list)

    def __call__(self, inputs: Tensor) -> Tensor:
        self.seen.append(inputs.detach().clone())
        low, high = TABLE.bounds()
        shares = (inputs - low) / (high - low)
        place = TABLE.place
        score = shares[:, place["loan"]] + shares[:, place["wages"]] - shares[:, place["age"]]
        score = score + 0.4 * (inputs[:, place["home"]] == code_of("own"))
        score = score + 0.3 * shares[:, place["red"]] - 0.2 * shares[:, place["member"]] - 0.5
        return torch.stack([score, -score], 1) * 3

    def decide(self, logits: Tensor) -> Tensor:
        return logits.argmax(1)


def faults(moved: Tensor, clean: Tensor | None = None) -> list[str]:
    """What is wrong with rows, and with how they were moved from clean ones."""
    found = [TABLE.fault(row) for row in moved if TABLE.fault(row)]
    if clean is None:
        return found
    place, columns = TABLE.place, TABLE.column
    if bool((moved[:, place["age"]] < clean[:, place["age"]]).any()):
        found.append("age went down")
    if not torch.equal(moved[:, place["city"]], clean[:, place["city"]]):
        found.append("city is fixed")
    if not torch.equal(moved[:, place["income"] + 1], clean[:, place["income"] + 1]):
        found.append("income went missing, or was made up")
    missing = columns["home"].codes[-1]
    gaps = [one[:, place["home"]] == missing for one in (moved, clean)]
    if not torch.equal(*gaps):
        found.append("home went missing, or was made up")
    steps = {code_of(one): code_of(other) for one, other in columns["job"].exchanges or ()}
    for there, here in zip(moved[:, place["job"]], clean[:, place["job"]], strict=True):
        if there != here and steps.get(int(here)) != int(there):
            found.append(f"job went from {int(here)} to {int(there)}")
    return found
