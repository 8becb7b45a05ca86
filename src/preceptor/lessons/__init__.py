"""What a teacher tells, as losses with a price."""

from preceptor.lessons.declared import Permute, declaration_bits
from preceptor.lessons.environments import AcrossEnvironments
from preceptor.lessons.examples import Examples, Origin, pooled
from preceptor.lessons.features import FeatureSet, Irrelevant, Subspace
from preceptor.lessons.findings import (
    InvarianceFindings,
    InvarianceTally,
    tallies_of,
    with_findings,
)
from preceptor.lessons.front_end import FrontStudent, seen_through
from preceptor.lessons.invariances import Invariances
from preceptor.lessons.lesson import Front, Lesson, Tutor, at_cost, total
from preceptor.lessons.lesson_files import fingerprint, load, save
from preceptor.lessons.losses import need_trainable
from preceptor.lessons.masks import Masks
from preceptor.lessons.pairs import Pairs
from preceptor.lessons.price import Budget, Price, label_bits, subset_bits
from preceptor.lessons.program import Program
from preceptor.lessons.soft_labels import InputGradients, SoftLabels
from preceptor.lessons.sparse_features import SparseFeatures
from preceptor.lessons.tested_features import TestedFeatures
from preceptor.lessons.texts import (
    RelevantWords,
    TextInvariances,
    TextPairs,
    WordMeanings,
    WordSpan,
)
from preceptor.lessons.weighted import AsExamples, WeightedExamples, all_weighted

__all__ = [
    "AcrossEnvironments",
    "AsExamples",
    "Budget",
    "Examples",
    "FeatureSet",
    "Front",
    "FrontStudent",
    "InputGradients",
    "InvarianceFindings",
    "InvarianceTally",
    "Invariances",
    "Irrelevant",
    "Lesson",
    "Masks",
    "Origin",
    "Pairs",
    "Permute",
    "Price",
    "Program",
    "RelevantWords",
    "SoftLabels",
    "SparseFeatures",
    "Subspace",
    "TestedFeatures",
    "TextInvariances",
    "TextPairs",
    "Tutor",
    "WeightedExamples",
    "WordMeanings",
    "WordSpan",
    "all_weighted",
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
    "tallies_of",
    "total",
    "with_findings",
]
