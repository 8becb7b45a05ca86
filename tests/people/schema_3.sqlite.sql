CREATE TABLE IF NOT EXISTS desk_migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL
)
-- next
CREATE TABLE desk_inputs (
    key TEXT PRIMARY KEY,
    shape TEXT NOT NULL,
    bytes BLOB NOT NULL
)
-- next
CREATE TABLE desk_studies (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    made_at TEXT NOT NULL
)
-- next
CREATE TABLE desk_people (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'member')),
    made_at TEXT NOT NULL
)
-- next
CREATE TABLE desk_settings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    body TEXT NOT NULL,
    person INTEGER REFERENCES desk_people (id),
    made_at TEXT NOT NULL
)
-- next
CREATE TABLE desk_questions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    input TEXT NOT NULL REFERENCES desk_inputs (key),
    filed_at TEXT NOT NULL,
    UNIQUE (study, input)
)
-- next
CREATE TABLE desk_filings (
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    purpose TEXT NOT NULL,
    filed_at TEXT NOT NULL,
    PRIMARY KEY (purpose, question)
)
-- next
CREATE TABLE desk_known (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    label INTEGER NOT NULL CHECK (label >= -1),
    made_at TEXT NOT NULL
)
-- next
CREATE TABLE desk_answers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    token TEXT NOT NULL UNIQUE,
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    person INTEGER NOT NULL REFERENCES desk_people (id),
    kind TEXT NOT NULL CHECK (kind IN ('ask', 'again', 'known')),
    label INTEGER CHECK (label >= -1),
    seconds DOUBLE PRECISION NOT NULL CHECK (seconds >= 0),
    note TEXT NOT NULL,
    answered_at TEXT NOT NULL,
    supersedes INTEGER REFERENCES desk_answers (id)
)
-- next
CREATE INDEX desk_answers_of ON desk_answers (question, person, kind, id)
-- next
CREATE INDEX desk_answers_by ON desk_answers (person, kind, id)
-- next
CREATE TABLE desk_skips (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    person INTEGER NOT NULL REFERENCES desk_people (id),
    seconds DOUBLE PRECISION NOT NULL CHECK (seconds >= 0),
    skipped_at TEXT NOT NULL
)
-- next
CREATE INDEX desk_skips_of ON desk_skips (question, person)
-- next
CREATE TABLE desk_lessons (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    token TEXT NOT NULL UNIQUE,
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    person INTEGER NOT NULL REFERENCES desk_people (id),
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    arrays BLOB,
    seconds DOUBLE PRECISION NOT NULL CHECK (seconds >= 0),
    taught_at TEXT NOT NULL,
    withdraws INTEGER UNIQUE REFERENCES desk_lessons (id)
)
-- next
CREATE TABLE desk_tally (
    question INTEGER PRIMARY KEY REFERENCES desk_questions (id),
    study INTEGER NOT NULL,
    place DOUBLE PRECISION NOT NULL,
    votes INTEGER NOT NULL,
    needed INTEGER NOT NULL
)
-- next
CREATE INDEX desk_tally_open ON desk_tally (study, place) WHERE needed > 0
-- next
CREATE TABLE desk_leases (
    ticket TEXT PRIMARY KEY,
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    person INTEGER NOT NULL REFERENCES desk_people (id),
    kind TEXT NOT NULL,
    until DOUBLE PRECISION NOT NULL,
    UNIQUE (question, person, kind)
)
-- next
CREATE INDEX desk_leases_by ON desk_leases (person)
-- next
CREATE TABLE desk_links (
    digest TEXT PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES desk_people (id),
    made DOUBLE PRECISION NOT NULL,
    until DOUBLE PRECISION NOT NULL,
    used DOUBLE PRECISION
)
-- next
CREATE TABLE desk_sessions (
    digest TEXT PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES desk_people (id),
    made DOUBLE PRECISION NOT NULL,
    seen DOUBLE PRECISION NOT NULL,
    ended DOUBLE PRECISION
)
-- next
CREATE TRIGGER desk_migrations_no_update BEFORE UPDATE ON desk_migrations BEGIN SELECT RAISE(ABORT, 'the study is append-only: no update of desk_migrations'); END
-- next
CREATE TRIGGER desk_migrations_no_delete BEFORE DELETE ON desk_migrations BEGIN SELECT RAISE(ABORT, 'the study is append-only: no delete of desk_migrations'); END
-- next
CREATE TRIGGER desk_inputs_no_update BEFORE UPDATE ON desk_inputs BEGIN SELECT RAISE(ABORT, 'the study is append-only: no update of desk_inputs'); END
-- next
CREATE TRIGGER desk_inputs_no_delete BEFORE DELETE ON desk_inputs BEGIN SELECT RAISE(ABORT, 'the study is append-only: no delete of desk_inputs'); END
-- next
CREATE TRIGGER desk_settings_no_update BEFORE UPDATE ON desk_settings BEGIN SELECT RAISE(ABORT, 'the study is append-only: no update of desk_settings'); END
-- next
CREATE TRIGGER desk_settings_no_delete BEFORE DELETE ON desk_settings BEGIN SELECT RAISE(ABORT, 'the study is append-only: no delete of desk_settings'); END
-- next
CREATE TRIGGER desk_questions_no_update BEFORE UPDATE ON desk_questions BEGIN SELECT RAISE(ABORT, 'the study is append-only: no update of desk_questions'); END
-- next
CREATE TRIGGER desk_questions_no_delete BEFORE DELETE ON desk_questions BEGIN SELECT RAISE(ABORT, 'the study is append-only: no delete of desk_questions'); END
-- next
CREATE TRIGGER desk_filings_no_update BEFORE UPDATE ON desk_filings BEGIN SELECT RAISE(ABORT, 'the study is append-only: no update of desk_filings'); END
-- next
CREATE TRIGGER desk_filings_no_delete BEFORE DELETE ON desk_filings BEGIN SELECT RAISE(ABORT, 'the study is append-only: no delete of desk_filings'); END
-- next
CREATE TRIGGER desk_known_no_update BEFORE UPDATE ON desk_known BEGIN SELECT RAISE(ABORT, 'the study is append-only: no update of desk_known'); END
-- next
CREATE TRIGGER desk_known_no_delete BEFORE DELETE ON desk_known BEGIN SELECT RAISE(ABORT, 'the study is append-only: no delete of desk_known'); END
-- next
CREATE TRIGGER desk_answers_no_update BEFORE UPDATE ON desk_answers BEGIN SELECT RAISE(ABORT, 'the study is append-only: no update of desk_answers'); END
-- next
CREATE TRIGGER desk_answers_no_delete BEFORE DELETE ON desk_answers BEGIN SELECT RAISE(ABORT, 'the study is append-only: no delete of desk_answers'); END
-- next
CREATE TRIGGER desk_skips_no_update BEFORE UPDATE ON desk_skips BEGIN SELECT RAISE(ABORT, 'the study is append-only: no update of desk_skips'); END
-- next
CREATE TRIGGER desk_skips_no_delete BEFORE DELETE ON desk_skips BEGIN SELECT RAISE(ABORT, 'the study is append-only: no delete of desk_skips'); END
-- next
CREATE TRIGGER desk_lessons_no_update BEFORE UPDATE ON desk_lessons BEGIN SELECT RAISE(ABORT, 'the study is append-only: no update of desk_lessons'); END
-- next
CREATE TRIGGER desk_lessons_no_delete BEFORE DELETE ON desk_lessons BEGIN SELECT RAISE(ABORT, 'the study is append-only: no delete of desk_lessons'); END
-- next
INSERT INTO desk_migrations (number, name, applied_at) VALUES (1, 'studies, questions, answers, lessons', '2026-11-01T00:00:00.000000+00:00')
-- next
CREATE TABLE desk_counts (
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    shard INTEGER NOT NULL,
    open INTEGER NOT NULL,
    needed INTEGER NOT NULL,
    PRIMARY KEY (study, shard)
)
-- next
INSERT INTO desk_counts (study, shard, open, needed) SELECT study, question % 16, SUM(CASE WHEN needed > 0 THEN 1 ELSE 0 END), SUM(needed) FROM desk_tally WHERE 1 = 1 GROUP BY study, question % 16 ON CONFLICT (study, shard) DO UPDATE SET open = excluded.open, needed = excluded.needed
-- next
CREATE INDEX desk_leases_held ON desk_leases (person, until)
-- next
DROP INDEX desk_leases_by
-- next
INSERT INTO desk_migrations (number, name, applied_at) VALUES (2, 'counts of what is open, leases by when they end', '2026-11-01T00:00:00.000000+00:00')
-- next
CREATE TABLE desk_goals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    purpose TEXT NOT NULL,
    body TEXT NOT NULL,
    made_at TEXT NOT NULL
)
-- next
CREATE TRIGGER desk_goals_no_update BEFORE UPDATE ON desk_goals BEGIN SELECT RAISE(ABORT, 'the study is append-only: no update of desk_goals'); END
-- next
CREATE TRIGGER desk_goals_no_delete BEFORE DELETE ON desk_goals BEGIN SELECT RAISE(ABORT, 'the study is append-only: no delete of desk_goals'); END
-- next
INSERT INTO desk_migrations (number, name, applied_at) VALUES (3, 'what audits with a stopping rule still need', '2026-11-01T00:00:00.000000+00:00')
