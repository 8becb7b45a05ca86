"""A small design, and comparisons made up cell by cell."""

from preceptor.comparison import BASE, Cell, Comparison, Design
from preceptor.lessons import Price
from preceptor.outcome import Rate

SMALL = Design(
    "xor:features=6",
    ("random", "boundary", "told:feature set", "told:feature set + random"),
    budgets=(6, 20),
    seeds=(0, 1),
    given=60,
    steps=30,
    rounds=2,
    probes=150,
    items=20,
)


def cell(
    strategy: str, budget: int, seed: int, share: float, price: Price, kind: str = "active student"
) -> Cell:
    right = round(1000 * share)
    rates = {"clean": Rate(100, 0), "strong law": Rate(right, 1000 - right, void=50)}
    return Cell(strategy, strategy, kind, budget, seed, price, rates, "rounds", 0.1)


def made(
    curves: dict[str, tuple[str, list[tuple[Price, list[float]]]]], target: float = 0.9
) -> Comparison:
    """From the curves: strategy -> kind and, for each budget, price and strong accuracy by seed."""
    cells = []
    for name, (kind, points) in curves.items():
        for place, (price, shares) in enumerate(points):
            budget = 0 if name == BASE else place + 1
            cells += [cell(name, budget, s, share, price, kind) for s, share in enumerate(shares)]
    seeds = sorted({one.seed for one in cells})
    design = {**SMALL.describe(), "seeds": seeds, "strategies": list(curves)}
    about = {"problem": "made up", "teacher": "nobody", "certainty": "always"}
    return Comparison(design, about, tuple(cells), target, {"preceptor": "0", "torch": "0"})
