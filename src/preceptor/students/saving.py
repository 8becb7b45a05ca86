"""A taught torch module on disk: its weights, and a program if it can be exported."""

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save as to_bytes
from torch import nn
from torch.export import Dim, export
from torch.export import save as save_program

from preceptor.core import AnyTrainable, Trainable
from preceptor.core.atomic_write import atomic_write
from preceptor.students.hashed_texts import header_of
from preceptor.students.preprocessing import Behind


def save_weights(student: AnyTrainable, path: str | Path) -> Path:
    """Write the module's state dict as safetensors, whole or not at all; returns its path.

    Such a file holds no code. Load it into the same network with
    ``safetensors.torch.load_file``; that of :func:`preceptor.students.hashed_texts` is a student by itself.

    Raises:
        OSError: the file cannot be written.
    """
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    state = {
        name: value.detach().cpu().clone().contiguous()
        for name, value in own(student).state_dict().items()
    }
    with atomic_write(file) as fresh:
        fresh.write_bytes(to_bytes(state, {"student": student.name, **header_of(student)}))
    return file


def own(student: AnyTrainable) -> nn.Module:
    """The user's own module, without the preprocessing before it."""
    return student.module.module if isinstance(student.module, Behind) else student.module


def save_export(student: Trainable, path: str | Path, shape: Sequence[int]) -> str | None:
    """Write the module as a program (``.pt2``) that needs no Python class, for batches of any size.

    Args:
        student: its module is exported in evaluation mode, on the CPU.
        path: where to.
        shape: of one input.

    Returns:
        ``None``, or in a line why it cannot be exported; then no file is written.
    """
    file = Path(path)
    module = student.module.to("cpu").eval()
    dtypes = (p.dtype for p in module.parameters() if p.is_floating_point())
    sample = torch.zeros(2, *shape, dtype=next(dtypes, torch.float32))
    try:
        program = export(module, (sample,), dynamic_shapes=({0: Dim("batch")},))
        made = program.module()(torch.zeros(3, *shape, dtype=sample.dtype))
        right = module(torch.zeros(3, *shape, dtype=sample.dtype))
        if not torch.allclose(made, right, atol=1e-5):
            return "the exported program gives other logits than the module"
        with atomic_write(file) as fresh:
            save_program(program, fresh)
    except Exception as error:  # whatever a user's module does that export does not know
        return f"{type(error).__name__}: {str(error).strip().splitlines()[0][:200]}"
    finally:
        student.module.to(student.device)
    return None
