"""The claims behind the idea of an active teacher, tried, and judged by declared rules."""

from preceptor.paper.claim import Chart, Claim, ClaimPlan, Facts, Picture, Scale, Series
from preceptor.paper.claims import CLAIMS, chosen
from preceptor.paper.run_suite import SuiteProgress, run_suite
from preceptor.paper.scene import Area, DecisionLine, Disc, Scene
from preceptor.paper.suite_result import SCHEMA, ClaimResult, Run, Suite
from preceptor.paper.verdict_rule import Check, State, Verdict, VerdictRule

__all__ = [
    "CLAIMS",
    "SCHEMA",
    "Area",
    "Chart",
    "Check",
    "Claim",
    "ClaimPlan",
    "ClaimResult",
    "DecisionLine",
    "Disc",
    "Facts",
    "Picture",
    "Run",
    "Scale",
    "Scene",
    "Series",
    "State",
    "Suite",
    "SuiteProgress",
    "Verdict",
    "VerdictRule",
    "chosen",
    "run_suite",
]
