"""The page of a saved record, or of several, one HTML file. No model, no network."""

from preceptor.report.comparison_page import render_comparison, write_comparison
from preceptor.report.disagreements import Parting, partings
from preceptor.report.page import render, write
from preceptor.report.paper_opponents import standing
from preceptor.report.paper_page import render_paper, write_paper
from preceptor.report.search_page import render_search, write_search
from preceptor.report.select_examples import Example, Kind, telling
from preceptor.report.students_page import render_side_by_side, write_side_by_side

__all__ = [
    "Example",
    "Kind",
    "Parting",
    "partings",
    "render",
    "render_comparison",
    "render_paper",
    "render_search",
    "render_side_by_side",
    "standing",
    "telling",
    "write",
    "write_comparison",
    "write_paper",
    "write_search",
    "write_side_by_side",
]
