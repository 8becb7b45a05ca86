"""The claims behind the idea of an active teacher, tried, and judged by declared rules."""

from preceptor.paper.claim import Chart, Claim, Facts, Picture, Plan, Scale, Series
from preceptor.paper.claims import CLAIMS, chosen
from preceptor.paper.result import SCHEMA, Finding, Run, Suite
from preceptor.paper.rule import Check, Rule, State, Verdict
from preceptor.paper.run import Told, run_suite
from preceptor.paper.scene import Area, Ball, Boundary, Scene

__all__ = [
    "CLAIMS",
    "SCHEMA",
    "Area",
    "Ball",
    "Boundary",
    "Chart",
    "Check",
    "Claim",
    "Facts",
    "Finding",
    "Picture",
    "Plan",
    "Rule",
    "Run",
    "Scale",
    "Scene",
    "Series",
    "State",
    "Suite",
    "Told",
    "Verdict",
    "chosen",
    "run_suite",
]
