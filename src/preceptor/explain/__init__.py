"""Why student and teacher part. It is handed a record, a student and a teacher."""

from preceptor.explain.defaults import (
    default_factors,
    features,
    group,
    region,
    regions,
    transformation,
)
from preceptor.explain.effects import Effect, Levels, Share, Side, TeacherCounts, ranked
from preceptor.explain.explain_progress import ExplainProgress, Watcher
from preceptor.explain.explanation import SCHEMA, Explanation
from preceptor.explain.factors import Band, Direction, Factor, Family
from preceptor.explain.prepare import domain_of
from preceptor.explain.recommend import Recommendation, standing_out
from preceptor.explain.run_explain import explain
from preceptor.explain.siblings import SiblingAnswers, siblings

__all__ = [
    "SCHEMA",
    "Band",
    "Direction",
    "Effect",
    "ExplainProgress",
    "Explanation",
    "Factor",
    "Family",
    "Levels",
    "Recommendation",
    "Share",
    "SiblingAnswers",
    "Side",
    "TeacherCounts",
    "Watcher",
    "default_factors",
    "domain_of",
    "explain",
    "features",
    "group",
    "ranked",
    "region",
    "regions",
    "siblings",
    "standing_out",
    "transformation",
]
