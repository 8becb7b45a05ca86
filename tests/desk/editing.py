"""What is taught on at the editor, and how a test begins to change it."""

import numpy as np
import torch
from desk_page import Page
from torch import Tensor

SIDE = 8

APART = {"l0": 0, "l1": 1, "l2": 2, "linf": np.inf}
"""The distances on the page, by the order of their norm."""


def pictures() -> Tensor:
    """Six, with a dark border, so that paper is black and ink is white."""
    made = torch.zeros(6, 1, SIDE, SIDE)
    made[:, :, 2:6, 2:6] = torch.rand(6, 1, 4, 4, generator=torch.Generator().manual_seed(1))
    return made


def change(page: Page, was: int = 0) -> np.ndarray:
    """Go to the first picture and say what it is; returns its values."""
    page.go("/study/1/teach/change")
    page.until("#ask", "What is this")
    page.label(was)
    page.until("#ask", f"You say {was}. Change it")
    return pictures()[0].numpy()


def bits(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values, "<f4").view("<u4")
