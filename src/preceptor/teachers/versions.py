"""Versions: a hash of whatever decides a teacher's answers, so that a changed teacher is another.

The ledger keeps answers under name and version. A version that misses a change makes it answer
for the older teacher, so what cannot be hashed is refused instead of left out.
"""

from typing import Protocol, runtime_checkable

from preceptor.core import AnyTeacher, Composite, InputError
from preceptor.core.hashing import LENGTH
from preceptor.core.identity import version_of

__all__ = ["LENGTH", "Hashed", "check_version", "version_of"]


@runtime_checkable
class Hashed(Protocol):
    """A teacher whose version is a hash, unless it was given.

    Attributes:
        hashed: whether it is.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def hashed(self) -> bool: ...

    def computed(self) -> str:
        """The hash as it is now."""
        ...


def check_version(teacher: AnyTeacher) -> None:
    """See that versions that were computed still say what a teacher, or a panel's members, are.

    A file may make a teacher first, and set or change what it uses afterwards.

    Raises:
        InputError: one does not.
    """
    for one in teacher.members if isinstance(teacher, Composite) else (teacher,):
        if isinstance(one, Hashed) and one.hashed and one.computed() != one.version:
            raise InputError(
                f"what teacher {one.name!r} uses changed after it was made, so that its version does not "
                "cover it. Make the teacher after that (at the end of its file), or give it a "
                "version='...' and change that whenever the answers may change."
            )
