"""Audit a torch image model: ordinary training beside adversarial training.

The pictures are the 8 x 8 digits of scikit-learn. The teacher is a panel of three networks, each
trained adversarially on its own third of the pictures: it is certain where two of three agree and
none is against. A panel is no person; see people_at_the_desk.py for people as the teacher.

    python examples/image_model.py
"""

from pathlib import Path

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

import preceptor as pr
from preceptor.teachers import Confidence

OUT = Path("example-image-model")


def network(width: int = 16) -> nn.Sequential:
    """A small convolutional network for pictures [1, 8, 8]."""
    return nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(width * 16, 10),
    )


def fit(net: nn.Module, images: Tensor, labels: Tensor, *, eps: float = 0.0) -> nn.Module:
    """Train it; with eps, on pictures that one gradient step has moved (adversarial training)."""
    steps = torch.optim.Adam(net.parameters(), 3e-3)
    loss = nn.CrossEntropyLoss()
    for _ in range(150):
        inputs = images
        if eps:
            start = images.clone().requires_grad_()
            (slope,) = torch.autograd.grad(loss(net(start), labels), start)
            inputs = (images + eps * slope.sign()).clamp(0, 1)
        steps.zero_grad()
        loss(net(inputs), labels).backward()
        steps.step()
    return net.eval()


def main() -> None:
    """Train, audit both, and set them side by side."""
    torch.manual_seed(0)
    digits = load_digits()
    images = torch.from_numpy(digits.images).float().unsqueeze(1) / 16
    labels = torch.from_numpy(digits.target)

    members = [
        pr.Model(
            fit(network(), images[part:1500:3], labels[part:1500:3], eps=0.2),
            name=f"member {part}",
            classes=10,
            rule=Confidence(0.5),
        )
        for part in range(3)
    ]
    rule = pr.Votes(least=2, share=1.0, abstentions=0.5)
    panel = pr.Panel(members, name="panel", rule=rule)

    plain = fit(network(), images[:1000], labels[:1000])
    robust = fit(network(), images[:1000], labels[:1000], eps=0.15)
    attacks = ["standard:eps=0.1", "standard:eps=0.2", "keep:norm=l2,eps=2"]
    records = [
        pr.audit(
            pr.as_student(net, classes=10, shape=(1, 8, 8), name=name),
            images[1500:1580],
            panel,
            attacks,
            out=OUT / name,
        )
        for name, net in (("plain", plain), ("robust", robust))
    ]
    for record in records:
        print(record, "\n")
    both = pr.side_by_side(records, out=OUT / "side-by-side.html")
    print(both)
    print(f"\nPages: {OUT}/plain/report.html, {OUT}/robust/report.html, {OUT}/side-by-side.html")


if __name__ == "__main__":
    main()
