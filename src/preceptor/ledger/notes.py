"""Notes on whatever has to outlive a run, append-only like the answers."""

from dataclasses import dataclass

from preceptor.ledger.clock import utc_now
from preceptor.ledger.store import Store


@dataclass(frozen=True, eq=False)
class Notes:
    """A ledger's notes. A :class:`preceptor.core.Journal`.

    Attributes:
        store: the ledger's file.
    """

    store: Store

    def notes(self, topic: str) -> list[str]:
        """All notes on a topic, in the order in which they were written.

        Raises:
            LedgerError: the file cannot be read.
        """
        with self.store.read() as db:
            rows = db.execute("SELECT text FROM notes WHERE topic = ? ORDER BY place", (topic,))
            return [text for (text,) in rows]

    def note(self, topic: str, text: str, after: int) -> bool:
        """Add a note behind the first ``after`` ones; ``False`` if there are more by now.

        Raises:
            LedgerError: the file cannot be written.
        """
        with self.store.write() as db:
            count = "SELECT COUNT(*) FROM notes WHERE topic = ?"
            if db.execute(count, (topic,)).fetchone()[0] != after:
                return False
            db.execute(
                "INSERT INTO notes (topic, place, text, noted_at) VALUES (?, ?, ?, ?)",
                (topic, after, text, utc_now()),
            )
        return True
