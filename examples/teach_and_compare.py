"""Buy robustness from a teacher: teach one student, then compare ways of teaching by their price.

First a student is taught on `plane`, a problem that ships with preceptor: only the second number
decides, while in the data the first number always agrees with it. More labels of the same data cannot
tell the two apart; questions about other points can. Then ways of teaching are compared on `xor`,
where two of ten features matter, and a teacher can simply say which.

    python examples/teach_and_compare.py
"""

from pathlib import Path

import torch
from torch import nn

import preceptor as pr

OUT = Path("example-teach")


def main() -> None:
    """Teach by questions, then compare questions with what the teacher can tell."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2))
    taught = pr.teach(
        net,
        "plane",
        strategy="random",
        budget=60,
        rounds=1,
        steps=300,
        items=100,
        attacks="noise:size=0.2",
        out=OUT / "taught",
    )
    print(taught, "\n")
    print(taught.to_pandas().to_string(), "\n")

    comparison = pr.compare(
        "xor:features=10",
        ["passive", "random", "told:feature set"],
        budgets=[30, 100],
        seeds=2,
        steps=400,
        probes=500,
        items=50,
        search=0,
        jobs=1,
        out=OUT / "compared",
    )
    print(comparison)
    print(comparison.to_pandas().to_string())
    print(f"\nPages: {OUT}/taught/side-by-side.html, {OUT}/compared/comparison.html")


if __name__ == "__main__":
    main()
