"""What to do where memory ran out in an audit."""

from collections.abc import Iterator
from contextlib import contextmanager

from preceptor.core import AnySource, AnyStudent, AnyTeacher, OutOfMemoryError
from preceptor.core.inputs import in_words
from preceptor.core.out_of_memory import first_line, is_out_of_memory


@contextmanager
def memory_told(
    student: AnyStudent, source: AnySource, batch: int, teacher: AnyTeacher | None = None
) -> Iterator[None]:
    """Tell an error that means *no memory left*, whoever raised it, with what was tried and the remedy.

    Raises:
        OutOfMemoryError: in place of such an error.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, OutOfMemoryError) or not is_out_of_memory(error):
            raise
        asked = "" if teacher is None else f", teacher {teacher.name!r}"
        words = in_words(source.read(0, 1), values=False)
        tried = (
            f"memory ran out with --batch {batch} (student {student.name!r} on "
            f"{student.device!s}{asked}, one input: {words}; "
            f"{first_line(error)}). "
        )
        remedy = (
            f"Run it again with --batch {batch // 2}: what was answered and moved until now is kept"
            if batch > 1
            else "One item at a time does not fit either: give it more memory, another --device, "
            "or a smaller student or teacher. What was answered and moved until now is kept"
        )
        raise OutOfMemoryError(tried + remedy) from error
