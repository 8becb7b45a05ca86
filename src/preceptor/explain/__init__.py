"""Why student and teacher part. It is handed a record, a student and a teacher."""

from preceptor.explain.defaults import (
    default_factors,
    features,
    group,
    region,
    regions,
    transformation,
)
from preceptor.explain.effects import Asked, Effect, Levels, Share, Side, ranked
from preceptor.explain.explanation import SCHEMA, Explanation
from preceptor.explain.factors import Band, Direction, Factor, Family
from preceptor.explain.prepare import domain_of
from preceptor.explain.progress import Step, Watcher
from preceptor.explain.recommend import Recommendation, standing_out
from preceptor.explain.run import explain
from preceptor.explain.siblings import Spread, siblings

__all__ = [
    "SCHEMA",
    "Asked",
    "Band",
    "Direction",
    "Effect",
    "Explanation",
    "Factor",
    "Family",
    "Levels",
    "Recommendation",
    "Share",
    "Side",
    "Spread",
    "Step",
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
