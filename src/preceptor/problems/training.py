"""Train the small students that demo and benchmarks audit: ordinarily, or adversarially in l_inf."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def train(
    network: nn.Module,
    inputs: Tensor,
    labels: Tensor,
    *,
    eps: float = 0.0,
    epochs: int = 6,
    steps: int = 5,
    rate: float = 6e-3,
    batch: int = 128,
    seed: int = 0,
    watch: Callable[[int, int], None] | None = None,
) -> nn.Module:
    """Fit a network to labels, in place; with ``eps`` > 0 to the worst of an l_inf ball instead.

    Adversarial training after Madry et al. (2018, section 2), with fewer steps, and a size that
    grows over the first 60 % of the epochs. It assumes, as that method does, that the label is
    the same all over the ball: it asks no teacher.

    Args:
        network: ``Float32[batch, *shape]`` in [0, 1] to logits; its weights are changed.
        inputs: ``Float32[examples, *shape]``.
        labels: ``Int64[examples]``.
        eps: radius of the ball; 0 for ordinary training.
        epochs: passes over the data.
        steps: of the attack in each batch.
        rate: the highest learning rate of the one-cycle schedule (Adam).
        batch: examples at a time.
        seed: of the order and the random starts.
        watch: told ``(epochs done, epochs)``.

    Returns:
        the network, in evaluation mode.
    """
    rng = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    batches = -(-len(inputs) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=epochs * batches)
    network.train()
    for epoch in range(epochs):
        size = eps * min(1.0, (epoch + 1) / (0.6 * epochs))
        for rows in torch.split(torch.randperm(len(inputs), generator=rng), batch):
            clean, truth = inputs[rows], labels[rows]
            if eps:
                clean = _harden(network, clean, truth, size, steps, rng)
            loss = F.cross_entropy(network(clean), truth)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
        if watch is not None:
            watch(epoch + 1, epochs)
    return network.eval()


def _harden(
    network: nn.Module,
    clean: Tensor,
    truth: Tensor,
    eps: float,
    steps: int,
    rng: torch.Generator,
) -> Tensor:
    delta = (torch.rand(clean.shape, generator=rng) * 2 - 1) * eps
    for _ in range(steps):
        delta.requires_grad_(True)
        loss = F.cross_entropy(network((clean + delta).clamp(0, 1)), truth)
        (gradient,) = torch.autograd.grad(loss, delta)
        delta = (delta.detach() + 1.5 * eps / steps * gradient.sign()).clamp(-eps, eps)
    return (clean + delta).clamp(0, 1).detach()
