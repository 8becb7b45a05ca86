"""Who and what takes part, as records say it."""

from collections.abc import Sequence
from typing import Any

from preceptor.core.errors import InputError
from preceptor.core.identity import identify_student
from preceptor.core.protocols import AnySource, AnyStudent, AnyTeacher, Preprocessed, Viewer
from preceptor.core.sources import IdSource


def describe_participants(
    student: AnyStudent,
    teacher: AnyTeacher,
    source: AnySource,
    classes: Sequence[str],
    version: str,
) -> dict[str, Any]:
    """Student, teacher and source as plain data.

    Args:
        student: of the run.
        teacher: of the run.
        source: of the run.
        classes: the labels' names.
        version: of the teacher before it was asked anything.

    Raises:
        InputError: the teacher has another version by now, so that its answers may be of both: an owner
            excluded somebody, say, while the run went on.
    """
    if teacher.version != version:
        raise InputError(
            f"the teacher {teacher.name} changed while it was asked (say, a person was excluded or "
            "taken back), so that some answers may be of before and some of after. Its answers are "
            "kept; run the same command again"
        )
    seen = dict(teacher.viewing) if isinstance(teacher, Viewer) else {}
    return {
        "student": {
            "name": student.name,
            "classes": student.classes,
            "identity": identify_student(student).digest,
            **_preprocessing(student),
        },
        "teacher": {
            "name": teacher.name,
            "version": teacher.version,
            "classes": teacher.classes,
            "certainty": teacher.certainty,
            **({"viewing": seen} if seen else {}),
        },
        "source": {
            "name": source.name,
            "items": len(source),
            "domain": source.domain.describe(),
            "classes": list(classes),
            **({"only_ids": True} if isinstance(source, IdSource) else {}),
        },
    }


def _preprocessing(student: AnyStudent) -> dict[str, str]:
    """What the student meets inputs behind, if anything."""
    if isinstance(student, Preprocessed) and student.preprocessing:
        return {"preprocessing": student.preprocessing}
    return {}
