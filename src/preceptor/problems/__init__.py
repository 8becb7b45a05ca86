"""Sources with a teacher that can be asked anywhere, for demo, tests and benchmarks."""

from preceptor.core.specs import choose
from preceptor.problems.bistable import bistable
from preceptor.problems.blocks import blocks
from preceptor.problems.copies import copies, passive_error
from preceptor.problems.decoys import decoy_digits, decoy_mnist
from preceptor.problems.digits import digits
from preceptor.problems.halfspace import halfspace
from preceptor.problems.hidden import ball, needle
from preceptor.problems.measuring import agreement, strong
from preceptor.problems.mnist import mnist, mnist_contrast
from preceptor.problems.networks import DigitNet
from preceptor.problems.plane import plane
from preceptor.problems.problem import Probe, Problem
from preceptor.problems.ruled import digits_rule, mnist_rule
from preceptor.problems.sentences import sentences
from preceptor.problems.text_network import hashed_student
from preceptor.problems.text_problem import TextProblem
from preceptor.problems.training import train
from preceptor.problems.tumours import tumours
from preceptor.problems.two_rules import two_rules
from preceptor.problems.xor import xor

PROBLEMS = {
    "mnist": mnist,
    "mnist-contrast": mnist_contrast,
    "digits": digits,
    "tumours": tumours,
    "two-rules": two_rules,
    "blocks": blocks,
    "xor": xor,
    "copies": copies,
    "halfspace": halfspace,
    "needle": needle,
    "plane": plane,
    "bistable": bistable,
    "mnist-rule": mnist_rule,
    "digits-rule": digits_rule,
    "decoy-mnist": decoy_mnist,
    "decoy-digits": decoy_digits,
}
"""Every problem of numbers by name; call one to load it."""

TEXT_PROBLEMS = {"sentences": sentences}
"""Every problem of texts by name."""


AnyProblem = Problem | TextProblem
"""A problem of any kind of inputs."""


def problem(name: str) -> Problem:
    """Load a problem by name.

    Raises:
        InputError: there is none of that name, or its data package is not installed.
    """
    return choose(name, PROBLEMS, "problem")()


__all__ = [
    "PROBLEMS",
    "TEXT_PROBLEMS",
    "AnyProblem",
    "DigitNet",
    "Probe",
    "Problem",
    "TextProblem",
    "agreement",
    "ball",
    "bistable",
    "blocks",
    "copies",
    "decoy_digits",
    "decoy_mnist",
    "digits",
    "digits_rule",
    "halfspace",
    "hashed_student",
    "mnist",
    "mnist_rule",
    "needle",
    "passive_error",
    "plane",
    "problem",
    "sentences",
    "strong",
    "train",
    "tumours",
    "two_rules",
    "xor",
]
