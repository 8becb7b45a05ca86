"""Calibration: what is known of a stand-in against people, and people's own number for each rate."""

from preceptor.calibration.calibration_result import SCHEMA, Calibration
from preceptor.calibration.calibration_start import draw_for
from preceptor.calibration.calibration_view import ending
from preceptor.calibration.drawing import Draw
from preceptor.calibration.following import InputShare, PeopleRate
from preceptor.calibration.run_calibration import BUDGET, CheckedInputs, calibrate
from preceptor.calibration.stand_in_agreement import Agreement, MemberCount
from preceptor.calibration.stand_ins import inputs_of
from preceptor.calibration.teacher_checks import check_finding, checks_of
from preceptor.calibration.vote_thresholds import Threshold

__all__ = [
    "BUDGET",
    "SCHEMA",
    "Agreement",
    "Calibration",
    "CheckedInputs",
    "Draw",
    "InputShare",
    "MemberCount",
    "PeopleRate",
    "Threshold",
    "calibrate",
    "check_finding",
    "checks_of",
    "draw_for",
    "ending",
    "inputs_of",
]
