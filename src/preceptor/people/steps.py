"""The tables of the studies, step by step, as plain SQL for both databases.

They stand beside the ledger's own tables in one SQLite file, or alone in a PostgreSQL database,
under names that begin with ``desk_``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

APPEND_ONLY: Final = (
    "desk_migrations",
    "desk_inputs",
    "desk_settings",
    "desk_questions",
    "desk_filings",
    "desk_known",
    "desk_answers",
    "desk_skips",
    "desk_lessons",
    "desk_goals",
)
"""Tables from which nothing vanishes and in which nothing changes."""


@dataclass(frozen=True)
class StudyMigration:
    """One step.

    Attributes:
        number: from 1.
        name: for people.
        statements: that do it, in this order.
        frozen: tables among its own that are append-only.
    """

    number: int
    name: str
    statements: tuple[str, ...]
    frozen: tuple[str, ...]


_FIRST: Final = (
    """
CREATE TABLE desk_inputs (
    key TEXT PRIMARY KEY,
    shape TEXT NOT NULL,
    bytes {blob} NOT NULL
)""",
    """
CREATE TABLE desk_studies (
    id {serial},
    name TEXT NOT NULL UNIQUE,
    made_at TEXT NOT NULL
)""",
    """
CREATE TABLE desk_people (
    id {serial},
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'member')),
    made_at TEXT NOT NULL
)""",
    """
CREATE TABLE desk_settings (
    id {serial},
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    body TEXT NOT NULL,
    person INTEGER REFERENCES desk_people (id),
    made_at TEXT NOT NULL
)""",
    """
CREATE TABLE desk_questions (
    id {serial},
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    input TEXT NOT NULL REFERENCES desk_inputs (key),
    filed_at TEXT NOT NULL,
    UNIQUE (study, input)
)""",
    """
CREATE TABLE desk_filings (
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    purpose TEXT NOT NULL,
    filed_at TEXT NOT NULL,
    PRIMARY KEY (purpose, question)
)""",
    """
CREATE TABLE desk_known (
    id {serial},
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    label INTEGER NOT NULL CHECK (label >= -1),
    made_at TEXT NOT NULL
)""",
    """
CREATE TABLE desk_answers (
    id {serial},
    token TEXT NOT NULL UNIQUE,
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    person INTEGER NOT NULL REFERENCES desk_people (id),
    kind TEXT NOT NULL CHECK (kind IN ('ask', 'again', 'known')),
    label INTEGER CHECK (label >= -1),
    seconds DOUBLE PRECISION NOT NULL CHECK (seconds >= 0),
    note TEXT NOT NULL,
    answered_at TEXT NOT NULL,
    supersedes INTEGER REFERENCES desk_answers (id)
)""",
    "CREATE INDEX desk_answers_of ON desk_answers (question, person, kind, id)",
    "CREATE INDEX desk_answers_by ON desk_answers (person, kind, id)",
    """
CREATE TABLE desk_skips (
    id {serial},
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    person INTEGER NOT NULL REFERENCES desk_people (id),
    seconds DOUBLE PRECISION NOT NULL CHECK (seconds >= 0),
    skipped_at TEXT NOT NULL
)""",
    "CREATE INDEX desk_skips_of ON desk_skips (question, person)",
    """
CREATE TABLE desk_lessons (
    id {serial},
    token TEXT NOT NULL UNIQUE,
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    person INTEGER NOT NULL REFERENCES desk_people (id),
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    arrays {blob},
    seconds DOUBLE PRECISION NOT NULL CHECK (seconds >= 0),
    taught_at TEXT NOT NULL,
    withdraws INTEGER UNIQUE REFERENCES desk_lessons (id)
)""",
    """
CREATE TABLE desk_tally (
    question INTEGER PRIMARY KEY REFERENCES desk_questions (id),
    study INTEGER NOT NULL,
    place DOUBLE PRECISION NOT NULL,
    votes INTEGER NOT NULL,
    needed INTEGER NOT NULL
)""",
    "CREATE INDEX desk_tally_open ON desk_tally (study, place) WHERE needed > 0",
    """
CREATE TABLE desk_leases (
    ticket TEXT PRIMARY KEY,
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    person INTEGER NOT NULL REFERENCES desk_people (id),
    kind TEXT NOT NULL,
    until DOUBLE PRECISION NOT NULL,
    UNIQUE (question, person, kind)
)""",
    "CREATE INDEX desk_leases_by ON desk_leases (person)",
    """
CREATE TABLE desk_links (
    digest TEXT PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES desk_people (id),
    made DOUBLE PRECISION NOT NULL,
    until DOUBLE PRECISION NOT NULL,
    used DOUBLE PRECISION
)""",
    """
CREATE TABLE desk_sessions (
    digest TEXT PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES desk_people (id),
    made DOUBLE PRECISION NOT NULL,
    seen DOUBLE PRECISION NOT NULL,
    ended DOUBLE PRECISION
)""",
)

SHARDS: Final = 16
"""In so many parts the counts of a study are kept, so that answers do not wait for each other."""

COUNT_OPEN: Final = (
    f"INSERT INTO desk_counts (study, shard, open, needed) "  # noqa: S608
    f"SELECT study, question % {SHARDS}, SUM(CASE WHEN needed > 0 THEN 1 ELSE 0 END), SUM(needed) "
    f"FROM desk_tally WHERE {{which}} GROUP BY study, question % {SHARDS} "
    "ON CONFLICT (study, shard) DO UPDATE SET open = excluded.open, needed = excluded.needed"
)
"""Count the tally of the studies that ``which`` picks."""

_COUNTS: Final = (
    """
CREATE TABLE desk_counts (
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    shard INTEGER NOT NULL,
    open INTEGER NOT NULL,
    needed INTEGER NOT NULL,
    PRIMARY KEY (study, shard)
)""",
    COUNT_OPEN.format(which="1 = 1"),
    "CREATE INDEX desk_leases_held ON desk_leases (person, until)",
    "DROP INDEX desk_leases_by",
)

_GOALS: Final = (
    """
CREATE TABLE desk_goals (
    id {serial},
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    purpose TEXT NOT NULL,
    body TEXT NOT NULL,
    made_at TEXT NOT NULL
)""",
)

ACCESS: Final = 4
"""The step that brought membership."""

_ACCESS: Final = (
    """
CREATE TABLE desk_members (
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    person INTEGER NOT NULL REFERENCES desk_people (id),
    how TEXT NOT NULL CHECK (how IN ('before', 'invited')),
    PRIMARY KEY (study, person)
)""",
    "CREATE INDEX desk_members_of ON desk_members (person)",
    "INSERT INTO desk_members (study, person, how) "
    "SELECT s.id, p.id, 'before' FROM desk_studies s CROSS JOIN desk_people p",
    "ALTER TABLE desk_people ADD COLUMN removed TEXT",
    "ALTER TABLE desk_studies ADD COLUMN deleted TEXT",
    "CREATE INDEX desk_lessons_by ON desk_lessons (person, taught_at)",
    "CREATE INDEX desk_sessions_of ON desk_sessions (person)",
    "CREATE INDEX desk_links_of ON desk_links (person)",
)
"""Who may see which study. Until then everybody saw every study, and those of then still do."""

LEADING: Final = 5
"""The step that brought what whoever leads a study decides: blocks, exclusions, adjudications."""

_LEADING: Final = (
    "ALTER TABLE desk_answers ADD COLUMN viewing TEXT",
    """
CREATE TABLE desk_participation (
    id {serial},
    token TEXT NOT NULL UNIQUE,
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    person INTEGER NOT NULL REFERENCES desk_people (id),
    state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'excluded')),
    by_person INTEGER NOT NULL REFERENCES desk_people (id),
    note TEXT NOT NULL,
    made_at TEXT NOT NULL
)""",
    "CREATE INDEX desk_participation_of ON desk_participation (study, person, id)",
    """
CREATE TABLE desk_adjudications (
    id {serial},
    token TEXT NOT NULL UNIQUE,
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    label INTEGER CHECK (label >= -1),
    person INTEGER NOT NULL REFERENCES desk_people (id),
    note TEXT NOT NULL,
    made_at TEXT NOT NULL
)""",
    "CREATE INDEX desk_adjudications_of ON desk_adjudications (question, id)",
    """
CREATE TABLE desk_requests (
    id {serial},
    token TEXT NOT NULL UNIQUE,
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    wanted INTEGER NOT NULL CHECK (wanted > 0),
    person INTEGER NOT NULL REFERENCES desk_people (id),
    made_at TEXT NOT NULL
)""",
    "CREATE INDEX desk_requests_of ON desk_requests (question)",
    "ALTER TABLE desk_tally ADD COLUMN in_block INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX desk_tally_block ON desk_tally (study, place) WHERE in_block = 1",
    "CREATE INDEX desk_tally_begun ON desk_tally (study, place) WHERE needed > 0 AND votes > 0",
)
"""What people say stays append-only, and so does what is decided about it: the latest row counts."""

_KINDS: Final = ("ALTER TABLE desk_inputs ADD COLUMN dtype TEXT NOT NULL DEFAULT 'float32'",)
"""Of which kind an input is, with its shape: what its bytes mean. Until then all were numbers."""
_VERSIONS: Final = (
    """
CREATE TABLE desk_versions (
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    input TEXT NOT NULL REFERENCES desk_inputs (key),
    item TEXT NOT NULL,
    PRIMARY KEY (study, input)
)""",
    """
CREATE TABLE desk_examples (
    id {serial},
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    label INTEGER NOT NULL CHECK (label >= -1),
    made_at TEXT NOT NULL
)""",
)
"""Which inputs are versions of one item: an audit's clean input and what attacks made of it. And examples of
the classes, to practise on.
"""

MIGRATIONS: Final[Sequence[StudyMigration]] = (
    StudyMigration(1, "studies, questions, answers, lessons", _FIRST, APPEND_ONLY[:-1]),
    StudyMigration(2, "counts of what is open, leases by when they end", _COUNTS, ()),
    StudyMigration(3, "what audits with a stopping rule still need", _GOALS, ("desk_goals",)),
    StudyMigration(
        ACCESS, "who belongs to which study, people and studies that are gone", _ACCESS, ()
    ),
    StudyMigration(
        LEADING,
        "the shared first block, participation, adjudications, how questions were seen",
        _LEADING,
        ("desk_participation", "desk_adjudications", "desk_requests"),
    ),
    StudyMigration(6, "inputs that are texts", _KINDS, ()),
    StudyMigration(7, "versions of one item, examples", _VERSIONS, ("desk_examples",)),
    # several labels and not all, as a list in JSON; the label is then -1
    StudyMigration(
        8,
        "answers that name several labels",
        ("ALTER TABLE desk_answers ADD COLUMN acceptable TEXT",),
        (),
    ),
)
