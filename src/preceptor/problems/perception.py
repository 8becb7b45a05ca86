"""How the rule teachers of digits look, as a program that they can tell: blur, black and white,
centre, straighten, bring to one size.
"""

from typing import Final

from preceptor.lessons import Program
from preceptor.problems.prototypes import SPREAD, Looking

SLOPE: Final = 12.0
"""Steepness of the smooth threshold whose gradient stands for that of the hard one."""

SOURCE: Final = """\
import math
import torch
from torch.nn import functional as F
def view(x):
 h, w = x.shape[2:]
 x = x - x.amin((1, 2, 3), True)
 if SCALE > 1: x = F.interpolate(x, scale_factor=SCALE, mode="bilinear")
 r = math.ceil(3 * BLUR)
 k = torch.exp(-0.5 * (torch.arange(-r, r + 1.0, device=x.device) / BLUR) ** 2)
 k = k / k.sum()
 x = F.conv2d(F.conv2d(F.pad(x, (r,) * 4), k[None, None, :, None]), k[None, None, None])
 low, high = x.amin((1, 2, 3), True), x.amax((1, 2, 3), True)
 x = (x - low) / (high - low).clamp_min(1e-6) - LEVEL
 soft = torch.sigmoid(SLOPE * x)
 ink = soft + ((x > 0).float() - soft).detach()
 b, c = ink.shape[2:]
 v = torch.linspace(-1, 1, b, device=x.device)[:, None] * (1 - 1 / b)
 u = torch.linspace(-1, 1, c, device=x.device) * (1 - 1 / c)
 m = ink[:, 0] / ink.sum((1, 2, 3)).clamp_min(1e-6)[:, None, None]
 def mean(a): return (m * a).sum((1, 2))
 def wide(a): return a[:, None, None]
 p, q = mean(v), mean(u)
 v, u = v - wide(p), u - wide(q)
 t = mean(v ** 2)
 n = (mean(v * u) / t.clamp_min(1e-6)).clamp(-0.6, 0.6)
 s = ((t + mean((u - wide(n) * v) ** 2) + 1e-12).sqrt() / SPREAD).clamp(0.2, 2)
 z = torch.zeros_like(s)
 a = torch.stack([s, n * s, q, z, s, p], 1).reshape(-1, 2, 3)
 g = F.affine_grid(a, [len(x), 1, SIDE, SIDE], align_corners=False)
 e = F.grid_sample(ink, g, align_corners=False)
 return F.pad(e, ((w - SIDE) // 2, (w - SIDE + 1) // 2, (h - SIDE) // 2, (h - SIDE + 1) // 2))
"""


def front_end(looking: Looking, level: float, side: int) -> Program:
    """What a rule sees of an image at one threshold, in the middle of a black image of its size.

    The view is that of :func:`preceptor.problems.prototypes.normal_form` exactly. Backwards the
    threshold is a smooth one, so that students can be trained, and attacked, through it.

    Args:
        looking: of the rule.
        level: of the threshold.
        side: of what is seen; no larger than the images.
    """
    source = SOURCE
    values = {"BLUR": looking.blur, "LEVEL": level, "SCALE": looking.scale}
    values |= {"SLOPE": SLOPE, "SPREAD": SPREAD, "SIDE": side}
    for name, value in values.items():
        source = source.replace(name, f"{value:g}")
    return Program(source)
