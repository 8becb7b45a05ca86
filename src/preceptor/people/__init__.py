"""People as the teacher: studies, their questions, and what people said."""

from preceptor.people.human import Human
from preceptor.people.settings import Settings
from preceptor.people.studies import Studies, Study

__all__ = ["Human", "Settings", "Studies", "Study"]
