"""Attacks: move inputs, given the student, to where student and teacher should part.

An attack sees the student and the inputs, never a label and never the teacher. What it returns
is projected, measured and judged by whoever runs it.
"""

from preceptor.attacks.catalogue import ATTACKS, describe, names, parse
from preceptor.attacks.keep import Keep
from preceptor.attacks.noise import Noise
from preceptor.attacks.pgd import L2PGD, LinfPGD
from preceptor.attacks.rotate import RotateTranslate

__all__ = [
    "ATTACKS",
    "L2PGD",
    "Keep",
    "LinfPGD",
    "Noise",
    "RotateTranslate",
    "describe",
    "names",
    "parse",
]
