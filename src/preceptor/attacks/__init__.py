"""Attacks: move inputs, given the student, to where student and teacher should part.

An attack sees the student and the inputs, never a label and never the teacher. What it returns
is projected, measured and judged by whoever runs it.
"""

from preceptor.attacks.apgd import APGD
from preceptor.attacks.attack_catalogue import ATTACKS, TEXT_ATTACKS, names, parse
from preceptor.attacks.auto_attack import AutoAttack
from preceptor.attacks.boundary import Boundary
from preceptor.attacks.change_cells import Cells
from preceptor.attacks.corrupt import Corrupt
from preceptor.attacks.foolbox_attack import Foolbox
from preceptor.attacks.keep import Keep
from preceptor.attacks.noise import NoiseAttack
from preceptor.attacks.pgd import PGD
from preceptor.attacks.rotate import RotateTranslate
from preceptor.attacks.sparse import Sparse
from preceptor.attacks.square import Square
from preceptor.attacks.standard import Cascade, Standard
from preceptor.attacks.structural import Structural
from preceptor.attacks.wasserstein import Wasserstein

__all__ = [
    "APGD",
    "ATTACKS",
    "PGD",
    "TEXT_ATTACKS",
    "AutoAttack",
    "Boundary",
    "Cascade",
    "Cells",
    "Corrupt",
    "Foolbox",
    "Keep",
    "NoiseAttack",
    "RotateTranslate",
    "Sparse",
    "Square",
    "Standard",
    "Structural",
    "Wasserstein",
    "names",
    "parse",
]
