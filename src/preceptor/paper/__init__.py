"""The claims behind the idea of an active teacher, tried, and judged by declared rules."""

from preceptor.paper.claim import Chart, Claim, ClaimPlan, Facts, Picture, Scale, Series
from preceptor.paper.claims import CLAIMS, chosen
from preceptor.paper.contest import Arena, Contest, MeteredTeacher, Played, arena
from preceptor.paper.declaration import Declared, declarations
from preceptor.paper.entry import Entry
from preceptor.paper.opponent import Duel, Opponent, contested
from preceptor.paper.run_suite import SuiteProgress, run_suite
from preceptor.paper.scene import Area, DecisionLine, Disc, Scene
from preceptor.paper.suite_result import SCHEMA, ClaimResult, Run, Suite
from preceptor.paper.verdict_rule import VERDICTS, Check, State, Verdict, VerdictRule

__all__ = [
    "CLAIMS",
    "SCHEMA",
    "VERDICTS",
    "Area",
    "Arena",
    "Chart",
    "Check",
    "Claim",
    "ClaimPlan",
    "ClaimResult",
    "Contest",
    "DecisionLine",
    "Declared",
    "Disc",
    "Duel",
    "Entry",
    "Facts",
    "MeteredTeacher",
    "Opponent",
    "Picture",
    "Played",
    "Run",
    "Scale",
    "Scene",
    "Series",
    "State",
    "Suite",
    "SuiteProgress",
    "Verdict",
    "VerdictRule",
    "arena",
    "chosen",
    "contested",
    "declarations",
    "run_suite",
]
