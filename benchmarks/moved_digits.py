"""What the MNIST teachers say of moved digits, and what people say: chosen on half, measured on half.

    python benchmarks/moved_digits.py --data mnist_people.npz [--out benchmarks/results/moved_digits.json]
        [--ship]

``mnist_people.npz`` holds 100 MNIST test digits (``originals``, ``original_label``), each moved within
l_inf .3 (``linf03``) and within a few pixels (``l0``), so that a network keeps its answer, and one label of
people for each moved picture (``linf03_people``, ``l0_people``; Tramer et al. 2020,
ftramer/Excessive-Invariance). All pictures together, so without intervals.

A panel may look at further contrasts (see :func:`preceptor.problems.mnist.contrast_panel`). ``candidates``
says what each contrast, and some pairs, would have done *on the choosing half* of the digits, with the void
share and the errors on the 1,000 held-out digits; from ``objections`` members who say another digit on,
the panel is uncertain. The rule by which one was chosen: contrary to people on at most a fifth of the
pictures of the choosing half that changed within l_inf .3, no new weights, then the fewest kept pictures
void. ``teachers`` has the shipped ones on both halves. The pictures of both halves had been looked at by
whoever chose; their labels by the panels only on the choosing half.

``--ship`` writes the counts over all pictures, which every report of these teachers tells, to
``src/preceptor/problems/people_checks.json``. A minute of one core.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from runs import ROOT, stamp
from torch import Tensor

from preceptor.core import UNCERTAIN
from preceptor.problems import problem
from preceptor.problems.mnist import CONTRASTS, panel
from preceptor.problems.networks import Ink

SEED, SIDE = 20261130, (1, 28, 28)
NAMES = ("mnist", "mnist-contrast", "mnist-rule")
MOVED = {
    "linf03": "moved within l_inf 0.3",
    "l0": "moved in a few pixels",
}
SOURCE = "100 MNIST test digits, Tramer et al. 2020"
LEVELS: Mapping[str, tuple[float, float]] = {
    "none": (0.0, 1.0),
    **CONTRASTS,
    "all ink from .1 in full": (0.1, 0.1001),
    "all ink from .3 in full": (0.3, 0.3001),
    "all ink below .5 away": (0.5, 0.5001),
    "all ink below .75 away": (0.75, 0.7501),
    "a little more contrast for faint ink": (0.0, 0.4),
    "a little less for faint ink": (0.6, 1.0),
}
PAIRS: Sequence[tuple[str, ...]] = (
    *((name,) for name in LEVELS),
    ("faint ink in full", "faint ink away"),
    ("faint ink in full", "all ink below .75 away"),
    ("all ink from .1 in full", "faint ink away"),
    ("a little more contrast for faint ink", "faint ink away"),
)

Codes = NDArray[np.int64]


def counted(said: Codes, people: Codes) -> dict[str, int]:
    """How often a teacher says what people say, another label, or nothing certain."""
    return {
        "of": len(people),
        "agrees": int((said == people).sum()),
        "contrary": int(((said != UNCERTAIN) & (said != people)).sum()),
        "void": int((said == UNCERTAIN).sum()),
    }


def split(said: Codes, people: Codes, old: Codes) -> dict[str, dict[str, int]]:
    """The same for the pictures that became another digit to people, and for those that did not."""
    changed = people != old
    return {
        "changed": counted(said[changed], people[changed]),
        "kept": counted(said[~changed], people[~changed]),
    }


def halves(n: int) -> dict[str, NDArray[np.bool_]]:
    """Which digits were for choosing, and which for measuring."""
    choosing = np.zeros(n, dtype=bool)
    choosing[np.random.default_rng(SEED).permutation(n)[: n // 2]] = True
    return {"choosing": choosing, "measuring": ~choosing, "all": np.ones(n, dtype=bool)}


def shipped(data: Mapping[str, NDArray[Any]], rows: NDArray[np.bool_], name: str) -> dict[str, Any]:
    """What a shipped teacher says of some of the digits."""
    teacher = problem(name).teacher
    old = data["original_label"][rows].astype(np.int64)
    found: dict[str, Any] = {
        "clean": counted(teacher(pictures(data["originals"][rows])).labels.numpy(), old)
    }
    found["moved"] = {
        one: split(
            teacher(pictures(data[one][rows])).labels.numpy(),
            data[f"{one}_people"][rows].astype(np.int64),
            old,
        )
        for one in MOVED
    }
    return found


def held_out(name: str) -> dict[str, int]:
    """The teacher on the problem's held-out digits, beside the dataset."""
    found = problem(name)
    said = found.teacher(found.source.read(0, len(found.source))).labels.numpy()
    return counted(said, found.labels.numpy())


def candidates(data: Mapping[str, NDArray[Any]], rows: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """What further contrasts would do, on the choosing half and on the held-out digits."""
    plain, digits = panel(), problem("mnist")
    sets = {one: pictures(data[one][rows]) for one in MOVED}
    sets["held out"] = digits.source.read(0, len(digits.source))
    before = {one: plain(inputs).labels for one, inputs in sets.items()}
    others = {
        (look, one): _others(plain(Ink(*LEVELS[look])(inputs)).votes, before[one])
        for look in LEVELS
        for one, inputs in sets.items()
    }
    old = data["original_label"][rows].astype(np.int64)
    told = []
    for looks in PAIRS:
        for least in (1, 2, 3):
            said = {
                one: torch.where(
                    torch.stack([others[look, one] < least for look in looks]).all(0),
                    label,
                    UNCERTAIN,
                ).numpy()
                for one, label in before.items()
            }
            told.append(
                {
                    "contrasts": list(looks),
                    "objections": least,
                    **{
                        one: split(said[one], data[f"{one}_people"][rows].astype(np.int64), old)
                        for one in MOVED
                    },
                    "held out": counted(said["held out"], digits.labels.numpy()),
                }
            )
    return told


def _others(votes: Tensor | None, label: Tensor) -> Tensor:
    """How many members say another digit."""
    assert votes is not None
    return ((votes >= 0) & (votes != label[:, None])).sum(1)


def pictures(arrays: NDArray[Any]) -> Tensor:
    return torch.from_numpy(arrays.astype(np.float32)).reshape(-1, *SIDE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/moved_digits.json")
    parser.add_argument("--ship", action="store_true", help="write what the package tells")
    given = parser.parse_args()
    torch.set_num_threads(1)
    code = stamp()
    with np.load(given.data) as held:
        data = dict(held)
    parts = halves(len(data["originals"]))
    found = {
        "what": "the MNIST teachers beside people on moved digits",
        "command": "python benchmarks/moved_digits.py --data mnist_people.npz --ship",
        **code,
        "seed": SEED,
        "teachers": {
            name: {
                "version": problem(name).teacher.version,
                "held out": held_out(name),
                **{part: shipped(data, rows, name) for part, rows in parts.items()},
            }
            for name in NAMES
        },
        "levels": LEVELS,
        "candidates": candidates(data, parts["choosing"]),
    }
    given.out.write_text(json.dumps(found, indent=1) + "\n")
    if given.ship:
        teachers = {
            one["version"]: {"name": name, **one["all"]} for name, one in found["teachers"].items()
        }
        facts = {"source": SOURCE, "moved": MOVED, "teachers": teachers}
        file = ROOT / "src/preceptor/problems/people_checks.json"
        file.write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
