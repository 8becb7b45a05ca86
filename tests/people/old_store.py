"""A store as the preceptor before membership made it, with what its desk let through.

The tables stand beside this file as that version made them, one file for each kind of database.
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import torch

from preceptor.core import Domain
from preceptor.ledger import Ledger, input_keys
from preceptor.people import Settings

HERE = Path(__file__).parent
AT = "2026-11-01T00:00:00.000000+00:00"


def settings(overlap: float, **more: Any) -> str:
    body = Settings.of(Domain((2,)), ("a", "b")).describe()
    return json.dumps({**body, "overlap": overlap, "again": 0.0, "known": 0.0, **more})


ROWS: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("desk_people (name, role, made_at)", ("olga", "owner", AT)),
    ("desk_people (name, role, made_at)", ("eve", "member", AT)),
    ("desk_people (name, role, made_at)", ("ann", "member", AT)),
    ("desk_studies (name, made_at)", ("trio", AT)),
    ("desk_studies (name, made_at)", ("other", AT)),
    ("desk_settings (study, body, made_at)", (1, settings(3), AT)),
    ("desk_settings (study, body, made_at)", (2, settings(1.5, classes=["x\x1b[31m", "y"]), AT)),
)
"""Who and what there was: a study for three people, and one with what no entrance takes today."""

ANSWERS = (
    # token, question, person, label, supersedes: question 1 of trio was answered by eve at the
    # address of another study, with ten labels and an overlap of 1; so was 2, after a good answer
    ("t" * 16 + "1", 1, 2, 9, None),
    ("t" * 16 + "2", 2, 2, 1, None),
    ("t" * 16 + "3", 2, 2, 7, 2),
    ("t" * 16 + "4", 2, 2, 0, 3),
    ("t" * 16 + "5", 3, 3, 1, None),
    ("t" * 16 + "6", 3, 3, 8, 5),
)


def make(where: str) -> None:
    """The store, with three questions in the first study and their tally as that desk left it."""
    inputs = np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]], np.float32)
    keys = input_keys(torch.from_numpy(inputs))
    rows = list(ROWS)
    for number, (key, values) in enumerate(zip(keys, inputs, strict=True), 1):
        rows += [
            ("desk_inputs (key, shape, bytes)", (key, "2", values.tobytes())),
            ("desk_questions (study, input, filed_at)", (1, key, AT)),
            ("desk_filings (question, purpose, filed_at)", (number, "x", AT)),
            ("desk_tally (question, study, place, votes, needed)", (number, 1, number / 10, 1, 0)),
        ]
    for token, question, person, label, supersedes in ANSWERS:
        columns = "token, question, person, kind, label, seconds, note, answered_at, supersedes"
        said = (token, question, person, "ask", label, 1.0, "", AT, supersedes)
        rows.append((f"desk_answers ({columns})", said))
    for ticket, question, person in (("k1", 1, 2), ("k2", 2, 2), ("k3", 3, 3)):
        columns = "ticket, question, person, kind, until"
        rows.append((f"desk_leases ({columns})", (ticket, question, person, "ask", 0.0)))
    if where.startswith("postgresql"):
        with psycopg.connect(where, autocommit=True) as db:
            _fill(db, "postgresql", rows, "%s")
        return
    Ledger(where).close()
    with sqlite3.connect(where) as lite:
        _fill(lite, "sqlite", rows, "?")
    lite.close()


def _fill(db: Any, dialect: str, rows: list[tuple[str, tuple[object, ...]]], mark: str) -> None:
    for statement in (HERE / f"schema_3.{dialect}.sql").read_text().split("\n-- next\n"):
        db.execute(statement)
    for table, values in rows:
        db.execute(f"INSERT INTO {table} VALUES ({', '.join([mark] * len(values))})", values)
