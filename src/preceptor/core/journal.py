"""Facts that outlive a run: short notes by topic, in order, never changed and never removed."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Journal(Protocol):
    """Keeps notes. Several processes may write at once."""

    def notes(self, topic: str) -> list[str]:
        """All notes on a topic, in the order in which they were written."""
        ...

    def note(self, topic: str, text: str, after: int) -> bool:
        """Add a note behind the first ``after`` ones of its topic.

        Returns:
            Whether it was added. Not if somebody else wrote meanwhile, so that there are more than
            ``after`` notes: read them, and try again if there is still reason to.
        """
        ...


@runtime_checkable
class KeepsJournal(Protocol):
    """A teacher, or whatever else, beside whose answers notes are kept."""

    @property
    def journal(self) -> Journal: ...
