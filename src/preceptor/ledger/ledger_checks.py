"""Whether a ledger can be trusted."""

import json
import sqlite3
from collections.abc import Callable, Iterator

from preceptor.asking.keys import stored_key
from preceptor.core import LedgerError
from preceptor.ledger.ledger_schema import TABLES, TRIGGERS
from preceptor.ledger.store import Store

_NAMED = 5


def check(store: Store) -> list[str]:
    """What is wrong, in words; empty if the ledger is sound."""
    looks: tuple[Callable[[sqlite3.Connection], Iterator[str]], ...] = (
        _integrity,
        _foreign_keys,
        _guards,
        _inputs,
        _labels,
        _sets,
        _vanished,
    )
    problems: list[str] = []
    for look in looks:
        try:
            with store.read() as db:
                problems.extend(look(db))
        except LedgerError as error:
            problems.append(str(error))
    return problems


def _integrity(db: sqlite3.Connection) -> Iterator[str]:
    for (said,) in db.execute("PRAGMA integrity_check"):
        if said != "ok":
            yield f"SQLite: {said}"


def _foreign_keys(db: sqlite3.Connection) -> Iterator[str]:
    for table, row, parent, _ in db.execute("PRAGMA foreign_key_check"):
        yield f"row {row} of {table} points to a row of {parent} that does not exist"


def _guards(db: sqlite3.Connection) -> Iterator[str]:
    there = dict(db.execute("SELECT name, sql FROM sqlite_master"))
    for table in TABLES:
        if table not in there:
            yield f"the table {table} is missing"
    for name, sql in TRIGGERS.items():
        if name not in there:
            yield f"the trigger {name}, a guard against change, is missing"
        elif there[name] != sql:
            yield f"the trigger {name}, a guard against change, has been altered"


def _inputs(db: sqlite3.Connection) -> Iterator[str]:
    bad = [
        key
        for key, dtype, shape, data in db.execute("SELECT key, dtype, shape, bytes FROM inputs")
        if stored_key(dtype, shape, data) != key
    ]
    if bad:
        yield f"the bytes of {len(bad)} inputs do not give their key: {_some(bad)}"


def _labels(db: sqlite3.Connection) -> Iterator[str]:
    rows = db.execute(
        "SELECT a.id, a.label, t.name, t.classes FROM answers a JOIN teachers t "
        "ON t.id = a.teacher WHERE a.label < -1 OR a.label >= t.classes ORDER BY a.id"
    ).fetchall()
    if rows:
        some = _some([f"answer {row} of {name!r} is {label}" for row, label, name, _ in rows])
        yield f"{len(rows)} labels lie outside their teacher's classes: {some}"


def _sets(db: sqlite3.Connection) -> Iterator[str]:
    rows = db.execute(
        "SELECT a.id, a.label, a.acceptable, t.name, t.classes FROM answers a JOIN teachers t "
        "ON t.id = a.teacher WHERE a.acceptable IS NOT NULL ORDER BY a.id"
    )
    bad = []
    for row, label, text, name, classes in rows:
        among = json.loads(text) if json_list(text) else []
        inside = all(isinstance(one, int) and 0 <= one < classes for one in among)
        if label != -1 or not inside or not 1 < len(set(among)) < classes:
            bad.append(f"answer {row} of {name!r} is {text} beside label {label}")
    if bad:
        yield f"{len(bad)} answers are no sets of several labels, and not all: {_some(bad)}"


def json_list(text: str) -> bool:
    """Whether a text is a list in JSON."""
    try:
        return isinstance(json.loads(text), list)
    except ValueError:
        return False


def _vanished(db: sqlite3.Connection) -> Iterator[str]:
    count, last = db.execute("SELECT COUNT(*), COALESCE(MAX(id), 0) FROM answers").fetchone()
    if count != last:
        yield f"answers have vanished: {count} are left of at least {last}"
    gaps = db.execute(
        "SELECT COUNT(*) FROM (SELECT 1 FROM answers GROUP BY teacher, input "
        "HAVING COUNT(*) != MAX(repeat) + 1)"
    ).fetchone()[0]
    if gaps:
        yield f"{gaps} questions lack one of their repeated answers"


def _some(items: list[str]) -> str:
    more = f" and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
    return ", ".join(items[:_NAMED]) + more
