"""How many inputs at a time fit: measured bytes per input, and the memory that is free."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from preceptor.core import AnyStudent, Inputs, PreceptorError, Texts
from preceptor.core.out_of_memory import is_out_of_memory

MOST: Final = 256
"""Inputs at a time at most: a larger batch is no faster."""

SHARE: Final = 0.5
"""Of free memory that a batch may take: other programs, and the teacher, want some too."""

ON_PROCESSORS: Final = 640 * 2**20
"""Bytes that a batch may take in main memory: there more at a time is hardly faster."""

PROBED: Final = (1, 3)
"""Inputs in a measured pass, less and more: what does not grow with the batch, as weights, drops out."""

COPIES: Final = 24
"""Of each input, beside what the student needs: an attack's best so far, slopes, bounds, draws, and what
is read and written. Of ``standard``, the hungriest of ours, about twenty were counted.
"""

UNSEEN: Final = 8 * 2**20
"""Bytes by which the peak of a process rises for other reasons, as code that is loaded late."""

BESIDE: Final = 4
"""Times the largest tensor that is held for the gradient, beside all that are held: what comes and goes
while a step runs. On the way back a slope, what it is made of and what it is added to.
"""


def fitting_batch(student: AnyStudent, items: Inputs) -> int:
    """Inputs at a time such that passes with gradients, and the attacks' copies, fit: 1 to ``MOST``.

    Measured by two small passes forward and back. On processors it is what autograd holds, and how
    far the peak of the process rises; on CUDA the allocator's peak. Of texts nothing is measured.
    Where neither need nor free memory is known, or the student fails, it is ``MOST``: whatever is
    wrong with the student is told where it is audited.

    Args:
        student: the one whose passes are measured.
        items: a few inputs; the first ones are taken.
    """
    if isinstance(items, Texts) or len(items) == 0:
        return MOST
    free = free_memory(student.device)
    if free is None:
        return MOST
    try:
        need = bytes_per_input(student, items)
    except PreceptorError:
        return MOST
    except Exception as error:  # a student is foreign code
        return 1 if is_out_of_memory(error) else MOST
    may = free * SHARE
    if student.device.type != "cuda":
        may = min(may, ON_PROCESSORS)
    return max(1, min(MOST, int(may / max(1.0, need))))


def bytes_per_input(student: AnyStudent, items: Tensor) -> float:
    """Bytes that one more input in a batch takes at the peak of an attack's step."""
    _step(student, _rows(items, 1))  # what comes with a first pass is no input's
    less, more = (_measured(student, _rows(items, many)) for many in PROBED)
    grown = max(0.0, more - less) / (PROBED[1] - PROBED[0])
    own = items[0].numel() * items.element_size()
    return grown + COPIES * own


def _rows(items: Tensor, many: int) -> Tensor:
    return items[torch.arange(many) % len(items)]


def _measured(student: AnyStudent, inputs: Tensor) -> float:
    if student.device.type == "cuda":
        return _peak_on_cuda(lambda: _step(student, inputs), student.device)
    held: dict[int, int] = {}

    def hold(tensor: Tensor) -> Tensor:
        if tensor.layout == torch.strided:
            storage = tensor.untyped_storage()
            held[storage.data_ptr()] = storage.nbytes()
        return tensor.detach()

    before = _peak_of_process(afresh=True)
    with torch.autograd.graph.saved_tensors_hooks(hold, lambda tensor: tensor):
        _step(student, inputs)
    after = _peak_of_process()
    risen = 0 if before is None or after is None else max(0, after - before - UNSEEN)
    return max(float(sum(held.values()) + BESIDE * max(held.values(), default=0)), float(risen))


def _step(student: AnyStudent, inputs: Tensor) -> None:
    """Forward and, where there are gradients, back to the inputs."""
    if not student.differentiable:
        with torch.no_grad():
            student(inputs.to(student.device))
        return
    with torch.enable_grad():
        leaf = inputs.detach().clone().requires_grad_()
        logits = student(leaf.to(student.device))
        if logits.requires_grad:
            torch.autograd.grad(logits.amax(1).sum(), leaf, allow_unused=True)


def _peak_on_cuda(step: Callable[[], None], device: torch.device) -> float:
    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    step()
    torch.cuda.synchronize(device)
    return float(torch.cuda.max_memory_allocated(device) - before)


def _peak_of_process(*, afresh: bool = False) -> int | None:
    """Bytes: the peak resident size since it was last begun afresh, or ``None``. Linux only."""
    try:
        if afresh:
            Path("/proc/self/clear_refs").write_text("5")
        return _kilobytes(Path("/proc/self/status").read_text(), "VmHWM")
    except OSError:  # another system, or a container that does not allow it
        return None


def free_memory(device: torch.device) -> int | None:
    """Bytes that can still be had on a device; ``None`` where it is not known.

    In main memory the least of what the system has available, what the control group of this
    process (containers, batch systems) has left, and what its own limit on address space leaves.
    """
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if device.type != "cpu":
        return None
    known = [
        one for one in (_available(), *_left_in_groups(), _left_of_addresses()) if one is not None
    ]
    return max(0, min(known)) if known else None


def _available() -> int | None:
    try:
        return _kilobytes(Path("/proc/meminfo").read_text(), "MemAvailable")
    except OSError:
        return None


def _left_in_groups() -> list[int]:
    """Of each control group around this process, version 2 or 1: its limit less what it uses."""
    found = []
    for folder in _groups():
        for limit, used in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ):
            try:
                most = int((folder / limit).read_text())  # "max": no limit
                now = int((folder / used).read_text())
                stat = (folder / "memory.stat").read_text()
            except (OSError, ValueError):
                continue
            cached = re.search(r"^(?:total_)?inactive_file (\d+)", stat, re.MULTILINE)
            found.append(most - now + (int(cached[1]) if cached else 0))
    return found


def _groups() -> list[Path]:
    root = Path("/sys/fs/cgroup")
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    found: list[Path] = []
    for line in lines:
        _, controllers, place = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        top = root if controllers == "" else root / controllers
        inner = top / place.lstrip("/")
        around = [one for one in inner.parents if one.is_relative_to(top)]
        found += [inner, *around]
    return found


def _left_of_addresses() -> int | None:
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY:
        return None
    try:
        used = _kilobytes(Path("/proc/self/status").read_text(), "VmSize")
    except OSError:
        used = None
    return None if used is None else most - used


def _kilobytes(text: str, name: str) -> int | None:
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return None if found is None else int(found[1]) * 1024
