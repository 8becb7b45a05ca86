"""How much memory an audit takes at the size of ImageNet's inputs, and which batch is chosen for it.

    python benchmarks/memory.py [--items 64] [--batch auto 8 64] [--attack standard ...] [--out FILE]

The student is ours: inverted residuals with batch normalisation, as wide and deep as MobileNetV2
(Sandler et al. 2018, 1000 classes, about 3.5 million weights), with random weights, on generated
inputs of 3x224x224. Each audit runs in a process of its own, with one thread; counted are its peak
resident size (VmHWM, so Linux only) and its processor seconds, before and with the audit. The
teacher is a cheap rule. The same record must come of every batch: its rates are compared.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import preceptor as pr
from preceptor.core import environment

ROOT = Path(__file__).parents[1]
SEED = 20261130
SIDE = 224
BLOCKS = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Of each stage: how much wider it is within, channels, blocks, stride of the first."""


def convolution(into: int, out: int, width: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """A convolution without a bias, normalised, and a rectifier that ends at 6."""
    return nn.Sequential(
        nn.Conv2d(into, out, width, stride, width // 2, groups=groups, bias=False),
        nn.BatchNorm2d(out),
        nn.ReLU6(),
    )


class InvertedResidual(nn.Module):
    """Wider, by channel, narrower again; beside it the input where the shapes agree."""

    def __init__(self, into: int, out: int, wider: int, stride: int) -> None:
        super().__init__()
        within = into * wider
        self.layers = nn.Sequential(
            *([convolution(into, within, 1)] if wider > 1 else []),
            convolution(within, within, 3, stride, groups=within),
            nn.Conv2d(within, out, 1, bias=False),
            nn.BatchNorm2d(out),
        )
        self.beside = stride == 1 and into == out

    def forward(self, inputs: Tensor) -> Tensor:
        """``Float[batch, into, height, width]`` to as many or a quarter of the places."""
        found: Tensor = self.layers(inputs)
        return inputs + found if self.beside else found


def mobile_net(classes: int = 1000) -> nn.Module:
    """A network of MobileNetV2's size with random weights; its normalisation has seen some inputs."""
    torch.manual_seed(SEED)
    layers: list[nn.Module] = [convolution(3, 32, 3, 2)]
    into = 32
    for wider, out, blocks, stride in BLOCKS:
        for block in range(blocks):
            layers.append(InvertedResidual(into, out, wider, stride if block == 0 else 1))
            into = out
    layers += [convolution(into, 1280, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    layers += [nn.BatchNorm1d(1280, affine=False)]  # else random weights say the same of all inputs
    net = nn.Sequential(*layers, nn.Linear(1280, classes))
    with torch.no_grad():
        for part in net.modules():
            if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
                part.momentum = None  # the statistics of these inputs alone
        net.train()
        net(torch.from_numpy(generated(8)))
    return net.eval()


def generated(items: int) -> np.ndarray:
    """``Float32[items, 3, SIDE, SIDE]``, blotches: eight by eight values, drawn out, and fine noise."""
    rng = np.random.default_rng(SEED)
    coarse = rng.random((items, 3, 8, 8), dtype=np.float32).repeat(SIDE // 8, 2)
    rows = coarse.repeat(SIDE // 8, 3) * 0.8
    rows += 0.2 * rng.random(rows.shape, dtype=np.float32)
    return rows


def brightest(inputs: Tensor) -> Tensor:
    """Which colour is the brightest; uncertain where two are alike."""
    colours = inputs.mean((2, 3))
    top = colours.topk(2, 1)
    return torch.where(top.values[:, 0] - top.values[:, 1] < 0.01, -1, top.indices[:, 0])


def one_audit(items: int, batch: str, attacks: list[str]) -> dict[str, Any]:
    """One audit in this process."""
    net = mobile_net()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "inputs.npy"
        np.save(path, generated(items))
        before, clock = peak(), time.process_time()
        record = pr.audit(
            net,
            np.load(path, mmap_mode="r"),
            pr.Rule(brightest, name="brightest colour", classes=1000),
            attacks or None,
            bounds=(0, 1),
            batch=batch if batch == "auto" else int(batch),
            out=Path(folder) / "audit",
            progress=False,
        )
        seconds = time.process_time() - clock
    return {
        "items": items,
        "batch": batch,
        "chosen": record.run.get("batch"),
        "attacks": [move["name"] for move in record.facts["plan"]["attacks"]],
        "weights": sum(one.numel() for one in net.parameters()),
        "peak_before_mb": round(before, 1),
        "peak_mb": round(peak(), 1),
        "processor_seconds": round(seconds, 1),
        "flipped": [
            int((one.sheet.student != record.clean.sheet.student).sum()) for one in record.moved
        ],
    }


def peak() -> float:
    """Peak resident size of this process so far, in MB (10^6 bytes)."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024 / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=64)
    parser.add_argument("--batch", nargs="+", default=["auto"])
    parser.add_argument("--attack", nargs="*", default=[])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.here:
        print(json.dumps(one_audit(given.items, given.batch[0], given.attack)))
        return
    found = []
    for batch in given.batch:
        words = [sys.executable, __file__, "--here", "--items", str(given.items), "--batch", batch]
        words += ["--attack", *given.attack] if given.attack else []
        ran = subprocess.run(
            words, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, check=True
        )
        found.append(json.loads(ran.stdout.splitlines()[-1]))
        print(json.dumps(found[-1]), flush=True)
    if given.out is not None:
        whole = {"seed": SEED, "side": SIDE, "audits": found, "environment": environment()}
        given.out.write_text(json.dumps(whole, indent=1) + "\n")


if __name__ == "__main__":
    main()
