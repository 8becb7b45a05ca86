"""The lowered form computes what the module computes, or refuses by name."""

import pytest
import torch
from torch import Tensor, nn

from preceptor.certificates.lowering import lower_module
from preceptor.core import InputError
from preceptor.problems import DigitNet
from preceptor.students import read_preprocessing


class Residual(nn.Module):
    """Two residual sums, one of a value that may be negative."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(5, 6), nn.Linear(6, 6)
        self.third, self.last = nn.Linear(6, 6), nn.Linear(6, 3)

    def forward(self, inputs: Tensor) -> Tensor:
        start = self.first(inputs)
        block = start + self.second(torch.relu(start))
        again = block - 0.5 * self.third(block.relu())
        found: Tensor = self.last(torch.relu(again))
        return found


class Convolutional(nn.Module):
    """Convolution, normalisation, both poolings, a residual sum, a view."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 4, 3, padding=1, stride=2)
        self.norm = nn.BatchNorm2d(4)
        self.second = nn.Conv2d(4, 4, 3, padding=1)
        self.pool, self.most = nn.AvgPool2d(2), nn.MaxPool2d(2)
        self.last = nn.Linear(8, 3)

    def forward(self, inputs: Tensor) -> Tensor:
        low = torch.relu(self.norm(self.first(inputs)))
        low = torch.relu(self.second(low) + low)
        mean, top = self.pool(low), self.most(low)
        both = torch.cat([mean, top], 1).mean(3)
        found: Tensor = self.last(both.view(both.size(0), -1)[:, :8])
        return found


def normed() -> nn.Module:
    net = Convolutional()
    net.norm.running_mean.uniform_(-1, 1)
    net.norm.running_var.uniform_(0.5, 2)
    return net


MODULES = {
    "dense": (lambda: nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 3)), (5,)),
    "one layer": (lambda: nn.Linear(5, 3), (5,)),
    "softmax at the end": (
        lambda: nn.Sequential(nn.Flatten(), nn.Linear(6, 7), nn.ReLU(), nn.Linear(7, 3)),
        (1, 2, 3),
    ),
    "residual": (Residual, (5,)),
    "convolutional": (normed, (1, 8, 8)),
    "digits": (lambda: DigitNet(3, 2).body, (1, 28, 28)),
    "behind": (
        lambda: read_preprocessing(([0.1, 0.5], [0.3, 0.2])).before(
            nn.Sequential(nn.Flatten(), nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 2))
        ),
        (2, 2, 2),
    ),
}


@pytest.mark.parametrize("name", MODULES)
def test_lowered_as_the_module(name: str) -> None:
    torch.manual_seed(3)
    make, shape = MODULES[name]
    module = make().double().eval()
    net = lower_module(module, shape, name)
    inputs = torch.randn(200, *shape, dtype=torch.float64)
    with torch.no_grad():
        assert torch.allclose(net(inputs.flatten(1)), module(inputs), atol=1e-12)


class Gated(nn.Module):
    def forward(self, inputs: Tensor) -> Tensor:
        return inputs * inputs


class Branching(nn.Module):
    def forward(self, inputs: Tensor) -> Tensor:
        return inputs if float(inputs.sum()) > 0 else -inputs


@pytest.mark.parametrize(
    ("module", "named"),
    [
        (nn.Sequential(nn.Linear(5, 5), nn.Tanh(), nn.Linear(5, 2)), "Tanh"),
        (nn.Sequential(nn.Linear(5, 5), nn.Softmax(1), nn.Linear(5, 2)), "Softmax"),
        (nn.Sequential(nn.Linear(5, 5), nn.LayerNorm(5)), "LayerNorm"),
        (Gated(), "product"),
        (Branching(), "traced"),
        (nn.Linear(4, 2), "shape"),
    ],
)
def test_refused_by_name(module: nn.Module, named: str) -> None:
    with pytest.raises(InputError, match=named):
        lower_module(module, (5,), "student 's'")
