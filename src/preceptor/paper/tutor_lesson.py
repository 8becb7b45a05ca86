"""What a problem's teacher tells a student that has learned nothing."""

from math import prod

from torch import nn

from preceptor.core import InputError, generator
from preceptor.lessons import Lesson
from preceptor.problems import Problem
from preceptor.students import TorchStudent


def told(problem: Problem, tutor: str, n: int = 1, seed: int = 0) -> Lesson:
    """A lesson of ``n`` items, to a linear student as it is made.

    Raises:
        InputError: the teacher says nothing.
    """
    size, classes = prod(problem.source.domain.shape), problem.teacher.classes
    layers = nn.Sequential(nn.Flatten(), nn.Linear(size, classes))
    student = TorchStudent(layers, classes=classes, name="untaught")
    lesson = problem.tutors[tutor](student, n, rng=generator(seed, tutor))
    if lesson is None:
        raise InputError(f"the teacher of {problem.name} says nothing as {tutor!r}")
    return lesson
