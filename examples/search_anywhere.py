"""Search the whole domain for inputs at which the teacher is certain and the student is wrong.

An audit looks around the data; a search looks anywhere that the teacher can be asked. One witness
refutes strong robustness; none within the budget proves nothing.

    python examples/search_anywhere.py
"""

from pathlib import Path

import torch

import preceptor as pr

OUT = Path("example-search")


def law(points: torch.Tensor) -> torch.Tensor:
    """The teacher: inside a ring, outside it, and uncertain near its edges."""
    radius = (points - 0.5).norm(dim=1)
    inside = (radius > 0.2) & (radius < 0.4)
    near = ((radius - 0.2).abs() < 0.02) | ((radius - 0.4).abs() < 0.02)
    return inside.long().where(~near, -1)


def model(points: torch.Tensor) -> torch.Tensor:
    """The student: knows the outer edge only."""
    return ((points - 0.5).norm(dim=1) < 0.4).long()


def main() -> None:
    """Audit, which sees nothing wrong; then search, which does."""
    angle = 6.2832 * torch.rand(100, generator=torch.Generator().manual_seed(0))
    radius = torch.linspace(0.25, 0.48, 100)
    data = 0.5 + radius[:, None] * torch.stack([angle.cos(), angle.sin()], 1)

    record = pr.audit(model, data, law, "noise:size=0.02", classes=["out", "in"], bounds=(0, 1))
    print(record, "\n")
    found = pr.search(model, data, law, budget=400, classes=["out", "in"], bounds=(0, 1), out=OUT)
    print(found, "\n")
    print(found.to_pandas().head(10).to_string())
    print(f"\nThe page: {OUT}/search.html")


if __name__ == "__main__":
    main()
