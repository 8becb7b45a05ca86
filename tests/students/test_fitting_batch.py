"""How many inputs at a time fit: measured, bounded, and never the reason why something fails."""

import resource
import subprocess
import sys

import pytest
import torch
from torch import Tensor, nn

from preceptor.api.batches import fitting
from preceptor.core import InputError, Texts
from preceptor.students import FunctionStudent, TorchStudent, fitting_batch
from preceptor.students.fitting_batch import MOST, bytes_per_input, free_memory

MIB = 2**20
ITEMS = torch.rand(6, 1, 8, 8, generator=torch.Generator().manual_seed(0))


class Wide(nn.Module):
    """Holds ``width`` numbers of each input for its gradient, twice."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.linspace(0, 1, width))

    def forward(self, inputs: Tensor) -> Tensor:
        wide = inputs.flatten(1)[:, :1] * self.weights
        return torch.stack([wide.sin().mean(1), wide.square().mean(1)], 1)


def student(width: int) -> TorchStudent:
    return TorchStudent(Wide(width), classes=2)


def allow(monkeypatch: pytest.MonkeyPatch, free: int | None) -> None:
    monkeypatch.setattr(fitting_batch, "free_memory", lambda device: free)


@pytest.mark.parametrize("mib", [1, 8])
def test_bytes_are_those_that_a_step_holds_and_not_those_of_the_weights(mib: int) -> None:
    found = bytes_per_input(student(mib * MIB // 4), ITEMS)
    assert mib * MIB <= found <= 8 * mib * MIB


def test_the_batch_is_what_half_of_free_memory_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = student(MIB)  # 4 MiB for each number that is held
    sizes = []
    for free in (100 * MIB, 200 * MIB, 400 * MIB):
        allow(monkeypatch, free)
        sizes.append(fitting_batch.fitting_batch(wide, ITEMS))
        assert 4 * MIB * sizes[-1] <= free / 2
    assert 1 < sizes[0] < sizes[1] < sizes[2] < MOST


def test_with_plenty_the_batch_is_bounded_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, 2**50)
    assert fitting_batch.fitting_batch(student(10), ITEMS) == MOST
    assert fitting_batch.fitting_batch(student(4 * MIB), ITEMS) < 640 / 16
    allow(monkeypatch, 0)
    assert fitting_batch.fitting_batch(student(10), ITEMS) == 1


def fails(inputs: Tensor) -> Tensor:
    raise ArithmeticError("wrong shape")


def refuses(inputs: Tensor) -> Tensor:
    raise InputError("not for me")


def runs_out(inputs: Tensor) -> Tensor:
    raise MemoryError


@pytest.mark.parametrize(("function", "batch"), [(fails, MOST), (refuses, MOST), (runs_out, 1)])
def test_what_is_wrong_with_a_student_is_told_elsewhere(function: object, batch: int) -> None:
    one = FunctionStudent(function, classes=2, kind="logits", differentiable=True)  # type: ignore[arg-type]
    assert fitting_batch.fitting_batch(one, ITEMS) == batch


def test_where_nothing_is_known_the_batch_is_the_largest(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fitting_batch.fitting_batch(student(10), Texts(("a", "b"))) == MOST
    allow(monkeypatch, None)
    assert fitting_batch.fitting_batch(student(4 * MIB), ITEMS) == MOST


def test_measuring_leaves_no_gradient_behind() -> None:
    one = student(100)
    fitting_batch.fitting_batch(one, ITEMS)
    assert all(weights.grad is None for weights in one.module.parameters())
    assert ITEMS.grad is None
    assert not ITEMS.requires_grad


LIMITED = """
import resource, torch
from preceptor.students.fitting_batch import free_memory
unlimited = free_memory(torch.device("cpu"))
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 50 * 2**20, resource.RLIM_INFINITY))
print(unlimited, free_memory(torch.device("cpu")))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_limit_of_the_process_bounds_what_is_free() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED], capture_output=True, text=True, check=True
    )
    unlimited, limited = map(int, done.stdout.split())
    assert unlimited > 50 * MIB >= limited > 30 * MIB


def test_what_a_device_has_free_is_unknown_where_nobody_says_it() -> None:
    assert free_memory(torch.device("meta")) is None
    assert resource.getrlimit(resource.RLIMIT_AS)  # of this process nothing was changed


def test_an_attack_on_whole_batches_gets_one_that_hangs_on_no_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("preceptor.students.fitting_batch.free_memory", lambda _: 2**20)
    student = TorchStudent(
        nn.Sequential(nn.Flatten(), nn.Linear(4096, 64), nn.Linear(64, 2)), classes=2
    )
    items = torch.rand(3, 1, 64, 64)

    class Together:
        alone = False

    assert fitting("auto", [student], items, [object()]) < MOST
    assert fitting("auto", [student], items, [object(), Together()]) == MOST
    assert fitting(7, [student], items, [Together()]) == 7
