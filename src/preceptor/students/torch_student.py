"""A torch module as a student."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from preceptor.core import InputError, Inputs, Texts
from preceptor.students.logits import Kind, check_classes, plain_decisions, read_outputs
from preceptor.students.preprocessing import Behind
from preceptor.students.text_students import takes_numbers


class TorchStudent:
    """A torch module. Gradients flow from its logits to its inputs.

    The module is used as it is, not copied, and put into evaluation mode once, here: whether it
    had been in training mode, and holds parts such as dropout or batch normalisation to which that
    matters, stands in ``was_training``. Its parameters and their ``requires_grad`` are not touched.

    Args:
        module: ``Float[batch, *shape]`` to ``[batch, classes]``; one output for each input, such as
            ``[batch, 1]``, stands for two classes. Inputs reach it in its own floating dtype.
        classes: the number of classes; found with ``shape`` if not given.
        shape: of one input; needed only to find ``classes``, by one forward pass of zeros.
        name: as it stands in the record; the module's class unless given.
        device: where it computes; the module is moved there.
        kind: what the module gives: ``logits``, or ``probabilities`` if it ends in a softmax or
            sigmoid.
        batch: how many inputs it is given at a time, exactly: for a module that takes batches of
            one size and no other, or whose answer to an input depends on the inputs beside it.

    Raises:
        InputError: neither classes nor shape, or outputs of another form.
    """

    def __init__(
        self,
        module: nn.Module,
        *,
        classes: int | None = None,
        shape: Sequence[int] | None = None,
        name: str | None = None,
        device: str | torch.device = "cpu",
        kind: Kind = "logits",
        batch: int | None = None,
    ) -> None:
        self.name = name if name is not None else type(module).__name__
        if kind == "labels":
            raise InputError(
                f"student {self.name!r} is said to give labels; wrap such a module in Python with "
                "FunctionStudent(module, kind='labels', classes=...)"
            )
        self.device = torch.device(device)
        self.module = module.to(self.device)
        self.was_training = _settle(module)
        self.differentiable = True
        self.kind: Kind = kind
        self.batch = batch
        if classes is None:
            classes = self._count(shape)
        self.classes = check_classes(classes, self.name)

    def __call__(self, inputs: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch classes"]:
        """Logits, on the student's device.

        Raises:
            InputError: outputs of another form than the classes ask for.
        """
        if len(inputs) == 0:
            return torch.zeros(0, self.classes, device=self.device)
        return read_outputs(self.raw(inputs), len(inputs), self.classes, self.kind, self.name)

    @property
    def preprocessing(self) -> str:
        """What the module meets inputs behind; empty for nothing."""
        return self.module.preprocessing.words if isinstance(self.module, Behind) else ""

    def decide(self, logits: Float[Tensor, "batch classes"]) -> Int64[Tensor, " batch"]:
        """The top class; ``BROKEN`` where the logits are not finite."""
        return plain_decisions(logits)

    def raw(self, inputs: Inputs) -> object:
        """What the module itself gives for ``[batch, *shape]``, before it is read as logits.

        Raises:
            InputError: the inputs are texts.
        """
        if isinstance(inputs, Texts):
            raise takes_numbers(inputs, self.name)
        dtypes = (p.dtype for p in self.module.parameters() if p.is_floating_point())
        inputs = inputs.to(self.device, next(dtypes, torch.float32))
        if self.batch is None:
            return self.module(inputs)
        lacking = -len(inputs) % self.batch
        padded = torch.cat([inputs, inputs[-1:].expand(lacking, *inputs.shape[1:])])
        parts = [self.module(part) for part in torch.split(padded, self.batch)]
        return torch.cat(parts)[: len(inputs)]

    def _count(self, shape: Sequence[int] | None) -> int:
        if shape is None:
            raise InputError(
                f"how many classes student {self.name!r} has is not known: say it (--classes; in "
                "Python, classes=, or shape= of one input so that one forward pass can tell)"
            )
        try:
            with torch.no_grad():
                outputs = self.raw(torch.zeros(1, *shape))
        except (RuntimeError, ValueError, IndexError, TypeError, AssertionError) as error:
            raise InputError(
                f"student {self.name!r} fails on one input of shape {tuple(shape)}: {error}"
            ) from error
        return int(read_outputs(outputs, 1, None, self.kind, self.name).shape[1])

    def __repr__(self) -> str:
        return f"TorchStudent({self.name!r}, classes={self.classes}, device={str(self.device)!r})"


def _settle(module: nn.Module) -> bool:
    """Put into evaluation mode; whether a part whose answers hang on it had been in training mode."""
    was_training = any(part.training and has_modes(part) for part in module.modules())
    try:
        module.eval()
    except NotImplementedError:  # an exported program has no modes
        return False
    return was_training


def has_modes(part: nn.Module) -> bool:
    """Whether what a part computes hangs on its mode: its code looks at it, as dropout's does."""
    code = getattr(type(part).forward, "__code__", None)
    return code is None or "training" in code.co_names
