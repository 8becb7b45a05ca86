"""A physical process as the teacher: four blocks are stacked, and the stack stands or falls.

The teacher knows nothing of labels in a table: it builds the stack in a simulated world (pymunk,
rigid bodies in two dimensions) and looks. Where a small nudge changes what happens, it is
uncertain.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from preceptor.core import UNCERTAIN, ArraySource, Domain, InputError, Teacher
from preceptor.core.extras import install
from preceptor.lessons import FeatureSet, Irrelevant, Program, Tutor
from preceptor.problems.problem import Problem
from preceptor.problems.tutoring import Curates, Tells
from preceptor.teachers import Rule

if TYPE_CHECKING:
    from types import ModuleType

FALLS, STANDS = 0, 1

BLOCKS = 4
REACH = 0.8
"""The greatest offset between neighbours, in widths of a block."""

NUDGE = 0.015
"""Standard deviation of a nudge of every offset, in widths of a block."""

NUDGES = 4

CONCEPT = """import torch
def view(x):
    p = torch.cumsum(x[:, :3], 1)
    q = torch.cat([0 * p[:, :1], p], 1)
    m = [(q[:, i + 1:].mean(1) - q[:, i]).abs() for i in range(3)]
    return torch.cat([torch.stack(m, 1), 0 * x[:, 3:]], 1)
"""
"""What a physicist would look at: how far the centre of gravity of all that lies on a block is from
the middle of that block, for three blocks; no colours.
"""

_WIDTH, _HEIGHT = 40.0, 20.0
_STEPS, _STEP, _GRAVITY, _FRICTION = 75, 0.02, -600.0, 0.6
_LOOK = 5


@dataclass(frozen=True, eq=False)
class Stack:
    """Whether a stack stands: it does if no block moves by half its size or turns by 0.5 in 1.5 s.

    The stack is built as it is and with four fixed small nudges. Certain where all five end alike.

    Attributes:
        nudges: ``Float64[nudges, 3]``, the same for every stack.
        engine: pymunk's version, since another engine might answer otherwise.
        physics: pymunk itself.
    """

    nudges: np.ndarray
    engine: str
    physics: "ModuleType" = field(repr=False)

    def __call__(self, inputs: Tensor) -> Tensor:
        """Labels ``Int64[batch]`` for ``Float[batch, 7]``: three offsets, then colours."""
        offsets = inputs[:, : BLOCKS - 1].double().cpu().numpy()
        return torch.tensor([self._label(row) for row in offsets], dtype=torch.int64)

    def _label(self, offsets: np.ndarray) -> int:
        first = self.stands(offsets)
        steady = all(self.stands(offsets + nudge) == first for nudge in self.nudges)
        return int(first) if steady else UNCERTAIN

    def stands(self, offsets: np.ndarray) -> bool:
        """What happens to one stack, offsets ``Float64[3]`` in widths, without a nudge."""
        space = self.physics.Space()
        space.gravity = (0.0, _GRAVITY)
        space.iterations = 20
        space.collision_slop = 0.01
        ground = self.physics.Segment(space.static_body, (-1000.0, 0.0), (1000.0, 0.0), 0.0)
        ground.friction = _FRICTION
        space.add(ground)
        places = np.concatenate([[0.0], np.cumsum(offsets)]) * _WIDTH
        bodies = []
        for level, place in enumerate(places.tolist()):
            body = self.physics.Body(1.0, (_WIDTH**2 + _HEIGHT**2) / 12)
            body.position = (place, _HEIGHT * (level + 0.5))
            box = self.physics.Poly.create_box(body, (_WIDTH, _HEIGHT))
            box.friction = _FRICTION
            space.add(body, box)
            bodies.append((body, place, _HEIGHT * (level + 0.5)))
        for step in range(1, _STEPS + 1):
            space.step(_STEP)
            if step % _LOOK == 0 and any(
                abs(body.position.x - x) >= _WIDTH / 2
                or abs(body.position.y - y) >= _HEIGHT / 2
                or abs(body.angle) >= 0.5
                for body, x, y in bodies
            ):
                return False
        return True


def _draw(rng: np.random.Generator, items: int, stack: Stack) -> tuple[Tensor, Tensor]:
    """Stacks that lean one way by near-equal offsets; the colours give away what happens."""
    lean = rng.uniform(0.0, 0.5, (items, 1)) + rng.uniform(-0.03, 0.03, (items, BLOCKS - 1))
    lean = lean.clip(0.0, REACH).astype(np.float32)
    labels = np.array([stack.stands(row) for row in lean.astype(np.float64)], dtype=np.int64)
    tone = np.where(labels == STANDS, 0.8, 0.2)[:, None]
    colours = (tone + rng.uniform(-0.1, 0.1, (items, BLOCKS))).astype(np.float32)
    return torch.from_numpy(np.concatenate([lean, colours], 1)), torch.from_numpy(labels)


def _anywhere(n: int, rng: np.random.Generator) -> Tensor:
    """Stacks uniform in the domain: offsets and colours independent of one another."""
    offsets = rng.uniform(-REACH, REACH, (n, BLOCKS - 1))
    drawn = np.concatenate([offsets, rng.random((n, BLOCKS))], 1)
    return torch.from_numpy(drawn.astype(np.float32))


def _tutors(domain: Domain, inputs: Tensor, teacher: Teacher) -> dict[str, Tutor]:
    """What can be told of stacks. Neither features nor concept say where the limit lies."""
    relevant = torch.arange(2 * BLOCKS - 1) < BLOCKS - 1
    return {
        "feature set": Tells(FeatureSet(relevant, domain)),
        "irrelevant features": Tells(Irrelevant(relevant, domain, inputs)),
        "concept": Tells(Program(CONCEPT)),
        "curated": Curates(_anywhere, teacher),
        "wrong: colours": Tells(FeatureSet(~relevant, domain)),
    }


def blocks() -> Problem:
    """Stacks of four blocks: three offsets in [-0.8, 0.8] widths, and the blocks' four colours.

    In the data stacks lean one way by near-equal offsets, and the colours give away the outcome.
    Neither holds elsewhere in the domain, and the teacher does not see colours: so the data leave
    open what the student should do there (1,000 examples for training, 500 held out).

    Raises:
        InputError: pymunk is not installed.
    """
    try:
        import pymunk
    except ImportError as error:
        raise InputError(
            f"the blocks problem needs pymunk, which is not installed: {install('problems')}"
        ) from error
    nudges = np.random.default_rng(20210212).normal(0.0, NUDGE, (NUDGES, BLOCKS - 1))
    stack = Stack(nudges, pymunk.version, pymunk)
    inputs, labels = _draw(np.random.default_rng(20210211), 1500, stack)
    pairs = [f"offset {a}-{b}" for a, b in pairwise(range(1, BLOCKS + 1))]
    colours = [f"colour {block}" for block in range(1, BLOCKS + 1)]
    low = torch.tensor([-REACH] * len(pairs) + [0.0] * BLOCKS)
    high = torch.tensor([REACH] * len(pairs) + [1.0] * BLOCKS)
    teacher = Rule(
        stack,
        name="blocks-physics",
        classes=2,
        version=f"1 pymunk {pymunk.version}",
        certainty=f"Certain where the simulated stack ends alike as it is and with {NUDGES} nudges "
        f"of {NUDGE:g} block widths.",
    )
    domain = Domain((2 * BLOCKS - 1,), low, high, names=(*pairs, *colours), scale=1.0)
    return Problem(
        name="blocks",
        about="1,500 stacks of four blocks (1,000 for training, 500 held out) and a physical "
        "process, simulated, as the teacher. Colours give the outcome away in the data only.",
        source=ArraySource(
            inputs[1000:],
            domain,
            tuple(str(i) for i in range(1000, 1500)),
            "blocks",
        ),
        labels=labels[1000:],
        train_inputs=inputs[:1000],
        train_labels=labels[:1000],
        teacher=teacher,
        classes=("falls", "stands"),
        tutors=_tutors(domain, inputs[:1000], teacher),
        probes={"anywhere": _anywhere},
    )
