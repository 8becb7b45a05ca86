"""What programs of ``torch.export`` (``.pt2``) call operations: taught students lie in such files."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import torch
from torch.nn import functional as F

_ATEN: Final = torch.ops.aten
EXPORTED: Final[Mapping[Any, Callable[..., Any]]] = {
    _ATEN.linear.default: F.linear,
    _ATEN.conv2d.default: F.conv2d,
    _ATEN.relu.default: torch.relu,
    _ATEN.relu_.default: torch.relu,
    _ATEN.add.Tensor: torch.add,
    _ATEN.sub.Tensor: torch.sub,
    _ATEN.mul.Tensor: torch.mul,
    _ATEN.div.Tensor: torch.div,
    _ATEN.flatten.using_ints: torch.flatten,
    _ATEN.view.default: torch.reshape,
    _ATEN.reshape.default: torch.reshape,
}
"""To what they are elsewhere."""

SIZE: Final = _ATEN.sym_size.int
"""A length of a batch of any size."""
