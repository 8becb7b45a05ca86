"""Strong accuracy: is the student right wherever the teacher is certain, under a stated law?"""

import torch
from jaxtyping import Float
from torch import Tensor

from preceptor.core import Student, Teacher, generator
from preceptor.outcome import Rate, Sheet, accuracy, judge
from preceptor.problems.problem import Problem


def agreement(
    student: Student,
    teacher: Teacher,
    inputs: Float[Tensor, "items *shape"],
    *,
    level: float = 0.95,
    batch: int = 1000,
) -> Rate:
    """The share of inputs of which the teacher is certain at which the student says the same.

    The teacher is asked of all inputs, so it should be one that may be asked freely.
    """
    said = []
    with torch.no_grad():
        for part in torch.split(inputs, batch):
            said.append(student.decide(student(part.to(student.device))).cpu())
    answers = teacher(inputs)
    everything = torch.ones(len(inputs), dtype=torch.bool)
    sheet = Sheet(torch.cat(said), answers.labels, everything, answers.cost, answers.sets)
    return accuracy(judge(sheet), level)


def strong(
    student: Student, problem: Problem, *, probes: int = 5000, seed: int = 0
) -> dict[str, Rate]:
    """Strong accuracy under each of the problem's laws, on draws that do not depend on the student.

    An estimate under a law, not a proof: strong robustness is about every input.
    """
    return {
        name: agreement(student, problem.teacher, law(probes, generator(seed, "probe", name)))
        for name, law in problem.probes.items()
    }
