"""Who and what takes part, as records say it."""

from collections.abc import Sequence
from typing import Any

from preceptor.core.identity import identify_student
from preceptor.core.protocols import AnySource, AnyStudent, AnyTeacher
from preceptor.core.sources import IdSource


def describe_participants(
    student: AnyStudent, teacher: AnyTeacher, source: AnySource, classes: Sequence[str]
) -> dict[str, Any]:
    """Student, teacher and source as plain data; ``classes`` are the labels' names."""
    return {
        "student": {
            "name": student.name,
            "classes": student.classes,
            "identity": identify_student(student).digest,
        },
        "teacher": {
            "name": teacher.name,
            "version": teacher.version,
            "classes": teacher.classes,
            "certainty": teacher.certainty,
        },
        "source": {
            "name": source.name,
            "items": len(source),
            "domain": source.domain.describe(),
            "classes": list(classes),
            **({"only_ids": True} if isinstance(source, IdSource) else {}),
        },
    }
