"""Layer 3: the page of a saved record, one HTML file. Needs no model and no network."""

from preceptor.report.page import render, write
from preceptor.report.telling import Example, Kind, telling

__all__ = ["Example", "Kind", "render", "telling", "write"]
