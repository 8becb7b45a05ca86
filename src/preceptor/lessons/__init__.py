"""What a teacher tells, as losses with a price."""

from preceptor.lessons.beliefs import InputGradients, SoftLabels
from preceptor.lessons.declared import Border, Permute, declaration_bits
from preceptor.lessons.examples import Examples, Origin, pooled
from preceptor.lessons.features import FeatureSet, Irrelevant, Subspace
from preceptor.lessons.files import fingerprint, load, save
from preceptor.lessons.invariances import Invariances
from preceptor.lessons.lesson import Front, Lesson, Tutor, at_cost, total
from preceptor.lessons.losses import need_trainable
from preceptor.lessons.masks import Masks
from preceptor.lessons.pairs import Pairs
from preceptor.lessons.price import Budget, Price, label_bits, subset_bits
from preceptor.lessons.program import Program
from preceptor.lessons.views import Seen, seen_through

__all__ = [
    "Border",
    "Budget",
    "Examples",
    "FeatureSet",
    "Front",
    "InputGradients",
    "Invariances",
    "Irrelevant",
    "Lesson",
    "Masks",
    "Origin",
    "Pairs",
    "Permute",
    "Price",
    "Program",
    "Seen",
    "SoftLabels",
    "Subspace",
    "Tutor",
    "at_cost",
    "declaration_bits",
    "fingerprint",
    "label_bits",
    "load",
    "need_trainable",
    "pooled",
    "save",
    "seen_through",
    "subset_bits",
    "total",
]
