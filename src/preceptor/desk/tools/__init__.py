"""The tools by which people teach at the desk: one file each here, and one in ``static``."""

from typing import Final

from preceptor.desk.tools.editing import CHANGE, WRITE
from preceptor.desk.tools.matters import MATTERS
from preceptor.desk.tools.same import SAME
from preceptor.desk.tools.teaching_texts import ALIKE, COMPOSE, MARK, REVISE
from preceptor.desk.tools.tool import Tool

TOOLS: Final[tuple[Tool, ...]] = (MATTERS, SAME, CHANGE, WRITE, MARK, ALIKE, REVISE, COMPOSE)
"""Every tool, in the order of the page. A new one is added to this list and nowhere else."""

__all__ = ["TOOLS", "Tool"]
