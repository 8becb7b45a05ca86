"""Small convolutional networks for 28x28 digits: the panel's members and the demo's students."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class SoftThreshold(nn.Module):
    """A perceptual front end: blur, then a smooth threshold, so that faint marks carry little."""

    def __init__(self, blur: float, sharpness: float) -> None:
        super().__init__()
        self.sharpness = sharpness
        radius = 2
        offsets = torch.arange(-radius, radius + 1, dtype=torch.float32)
        bell = torch.exp(-0.5 * (offsets / max(blur, 1e-3)) ** 2)
        kernel = torch.outer(bell, bell)
        self.register_buffer("kernel", (kernel / kernel.sum())[None, None], persistent=False)
        self.kernel: Tensor

    def forward(self, inputs: Tensor) -> Tensor:
        """Images ``[batch, 1, height, width]`` in [0, 1] to the same shape and range."""
        blurred = F.conv2d(F.pad(inputs, (2, 2, 2, 2), mode="reflect"), self.kernel)
        return torch.sigmoid(self.sharpness * (blurred - 0.5))


class Ink(nn.Module):
    """Another contrast: no ink up to a level, full ink from another, in proportion between them."""

    def __init__(self, none: float, full: float) -> None:
        super().__init__()
        self.register_buffer("levels", torch.tensor([none, full]), persistent=False)
        self.levels: Tensor

    def forward(self, inputs: Tensor) -> Tensor:
        """Images in [0, 1] to the same shape and range."""
        none, full = self.levels
        seen: Tensor = ((inputs - none) / (full - none)).clamp(0, 1)
        return seen


class DigitNet(nn.Module):
    """Images ``[batch, 1, 28, 28]`` in [0, 1] to logits ``[batch, outputs]``.

    Three convolutions and one linear layer, about 50,000 weights at width 16. ``blur`` and
    ``sharpness`` put a :class:`SoftThreshold` in front when ``sharpness`` is not 0.
    """

    def __init__(
        self,
        outputs: int = 10,
        width: int = 16,
        kernel: int = 5,
        blur: float = 0.0,
        sharpness: float = 0.0,
    ) -> None:
        super().__init__()
        front: list[nn.Module] = [SoftThreshold(blur, sharpness)] if sharpness else []
        self.body = nn.Sequential(
            *front,
            nn.Conv2d(1, width, kernel, stride=2, padding=kernel // 2),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(2 * width, 4 * width, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(4 * width * 9, outputs),
        )

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits; the normalisation is inside, so inputs are plain pixels in [0, 1]."""
        logits: Tensor = self.body(inputs)
        return logits
