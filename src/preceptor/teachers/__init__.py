"""Teachers: whatever can say what an input is, or that it cannot tell."""

from preceptor.core import SharedVotes, Unanimous, UntilDecided, VoteRule, Votes
from preceptor.teachers.at_once import AtOnce, concurrent
from preceptor.teachers.careful import Careful, with_retries
from preceptor.teachers.crowd_model import CROWD_METHODS
from preceptor.teachers.fallible import Fallible
from preceptor.teachers.linear_rules import (
    LinearCase,
    LinearLaw,
    NearestPrototypes,
    Polyhedra,
    half_spaces,
    tree_rule,
)
from preceptor.teachers.model import Belief, Confidence, LogitMargin, Margin, Model
from preceptor.teachers.panel import Panel
from preceptor.teachers.row_rule import about_rows
from preceptor.teachers.rule import Rule
from preceptor.teachers.services import LLM, HTTPTeacher
from preceptor.teachers.soft import SoftPanel, soft
from preceptor.teachers.truth import Truth, read_truth
from preceptor.teachers.unopposed import Unopposed
from preceptor.teachers.versions import check_version, version_of
from preceptor.teachers.vote_files import RecordedVotes
from preceptor.teachers.vote_tables import Vote, VoteTable, read_inputs, read_vote_table, read_votes
from preceptor.teachers.weighing import Weighing

__all__ = [
    "CROWD_METHODS",
    "LLM",
    "AtOnce",
    "Belief",
    "Careful",
    "Confidence",
    "Fallible",
    "HTTPTeacher",
    "LinearCase",
    "LinearLaw",
    "LogitMargin",
    "Margin",
    "Model",
    "NearestPrototypes",
    "Panel",
    "Polyhedra",
    "RecordedVotes",
    "Rule",
    "SharedVotes",
    "SoftPanel",
    "Truth",
    "Unanimous",
    "Unopposed",
    "UntilDecided",
    "Vote",
    "VoteRule",
    "VoteTable",
    "Votes",
    "Weighing",
    "about_rows",
    "check_version",
    "concurrent",
    "half_spaces",
    "read_inputs",
    "read_truth",
    "read_vote_table",
    "read_votes",
    "soft",
    "tree_rule",
    "version_of",
    "with_retries",
]
