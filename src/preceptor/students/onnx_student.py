"""An ONNX file as a student."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from preceptor.core import InputError
from preceptor.students.logits import Kind, check_classes, plain_decisions, read_outputs

_DTYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
}


class OnnxStudent:
    """A model in an ONNX file, run by onnxruntime on the CPU. Not differentiable.

    Loading an ONNX file runs no code from it. A model with a fixed batch size, such as 1, is fed
    batches of that size.

    Args:
        path: the file.
        classes: the number of classes; read from the file, or found with ``shape``, if not given.
        shape: of one input; needed only if the file states neither it nor the classes.
        name: as it stands in the record; the file's name unless given.
        kind: ``logits`` or ``probabilities``.
        output: which output; the first one of floating numbers unless given.

    Raises:
        InputError: onnxruntime is not installed, the file cannot be read, or it does not have one
            input and an output of logits.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        classes: int | None = None,
        shape: Sequence[int] | None = None,
        name: str | None = None,
        kind: Kind = "logits",
        output: str | None = None,
    ) -> None:
        path = Path(path)
        self.name = name if name is not None else path.name
        if kind == "labels":
            raise InputError(f"student {self.name!r}: kind may be logits or probabilities")
        self.kind: Kind = kind
        self.differentiable = False
        self.device = torch.device("cpu")
        self.session = _session(path)
        entries = self.session.get_inputs()
        if len(entries) != 1 or entries[0].type not in _DTYPES:
            said = ", ".join(f"{entry.name}: {entry.type}" for entry in entries)
            raise InputError(f"{path} takes ({said}); expected one input of floating numbers")
        self.entry: str = entries[0].name
        self.dtype = _DTYPES[entries[0].type]
        self.batch = entries[0].shape[0] if isinstance(entries[0].shape[0], int) else None
        self.output, stated = _output(self.session, output, path)
        if classes is None:
            classes = stated or self._count(shape or entries[0].shape[1:])
        self.classes = check_classes(classes, self.name)

    def __call__(self, inputs: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch classes"]:
        """Logits.

        Raises:
            InputError: the model refuses the inputs, or gives outputs of another form.
        """
        if len(inputs) == 0:
            return torch.zeros(0, self.classes)
        return read_outputs(self.raw(inputs), len(inputs), self.classes, self.kind, self.name)

    def decide(self, logits: Float[Tensor, "batch classes"]) -> Int64[Tensor, " batch"]:
        """The top class; ``BROKEN`` where the logits are not finite."""
        return plain_decisions(logits)

    def raw(self, inputs: Tensor) -> Tensor:
        """What the model itself gives, before it is read as logits.

        Args:
            inputs: ``Float[batch, *shape]``, not empty.

        Returns:
            ``Float32[batch, ...]`` on the CPU.

        Raises:
            InputError: the model refuses the inputs.
        """
        rows = inputs.detach().cpu().numpy().astype(self.dtype)
        size = self.batch or len(rows)
        padded = np.concatenate([rows, np.repeat(rows[-1:], -len(rows) % size, axis=0)])
        try:
            parts = [
                self.session.run([self.output], {self.entry: padded[start : start + size]})[0]
                for start in range(0, len(padded), size)
            ]
        except Exception as error:  # onnxruntime's errors share no class but this
            raise InputError(
                f"student {self.name!r} refuses inputs of shape {tuple(inputs.shape)}: {error}"
            ) from error
        return torch.from_numpy(np.concatenate(parts).astype(np.float32))[: len(rows)]

    def _count(self, shape: Sequence[Any]) -> int:
        if not all(isinstance(size, int) for size in shape):
            raise InputError(
                f"{self.name} does not state how many classes it has: give classes=, or shape= of "
                "one input"
            )
        outputs = self.raw(torch.zeros(1, *shape))
        return int(read_outputs(outputs, 1, None, self.kind, self.name).shape[1])

    def __repr__(self) -> str:
        return f"OnnxStudent({self.name!r}, classes={self.classes})"


def _session(path: Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise InputError(
            f"reading {path} needs onnxruntime: pip install 'preceptor[onnx]'"
        ) from error
    if not path.is_file():
        raise InputError(f"there is no file at {path}")
    try:
        return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no class but this
        raise InputError(f"{path} cannot be read as ONNX: {error}") from error


def _output(session: Any, wanted: str | None, path: Path) -> tuple[str, int | None]:
    """The name of the output to use, and the classes that the file states."""
    outputs = session.get_outputs()
    fitting = [
        output
        for output in outputs
        if output.type in _DTYPES and (wanted is None or output.name == wanted)
    ]
    if not fitting:
        said = ", ".join(f"{output.name}: {output.type}" for output in outputs)
        raise InputError(
            f"{path} gives ({said}); expected {wanted or 'an output'} of floating numbers. A "
            "scikit-learn model is exported with zipmap off."
        )
    shape = fitting[0].shape
    stated = shape[1] if len(shape) == 2 and isinstance(shape[1], int) and shape[1] > 1 else None
    return fitting[0].name, stated
