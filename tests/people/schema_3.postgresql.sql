CREATE TABLE IF NOT EXISTS desk_migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL
)
-- next
CREATE TABLE desk_inputs (
    key TEXT PRIMARY KEY,
    shape TEXT NOT NULL,
    bytes BYTEA NOT NULL
)
-- next
CREATE TABLE desk_studies (
    id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    made_at TEXT NOT NULL
)
-- next
CREATE TABLE desk_people (
    id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'member')),
    made_at TEXT NOT NULL
)
-- next
CREATE TABLE desk_settings (
    id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    body TEXT NOT NULL,
    person INTEGER REFERENCES desk_people (id),
    made_at TEXT NOT NULL
)
-- next
CREATE TABLE desk_questions (
    id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
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
    id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    label INTEGER NOT NULL CHECK (label >= -1),
    made_at TEXT NOT NULL
)
-- next
CREATE TABLE desk_answers (
    id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
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
    id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    question INTEGER NOT NULL REFERENCES desk_questions (id),
    person INTEGER NOT NULL REFERENCES desk_people (id),
    seconds DOUBLE PRECISION NOT NULL CHECK (seconds >= 0),
    skipped_at TEXT NOT NULL
)
-- next
CREATE INDEX desk_skips_of ON desk_skips (question, person)
-- next
CREATE TABLE desk_lessons (
    id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    person INTEGER NOT NULL REFERENCES desk_people (id),
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    arrays BYTEA,
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
CREATE OR REPLACE FUNCTION desk_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the study is append-only: no % of %', TG_OP, TG_TABLE_NAME; END $$
-- next
CREATE TRIGGER desk_migrations_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON desk_migrations FOR EACH STATEMENT EXECUTE FUNCTION desk_refuse()
-- next
CREATE TRIGGER desk_inputs_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON desk_inputs FOR EACH STATEMENT EXECUTE FUNCTION desk_refuse()
-- next
CREATE TRIGGER desk_settings_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON desk_settings FOR EACH STATEMENT EXECUTE FUNCTION desk_refuse()
-- next
CREATE TRIGGER desk_questions_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON desk_questions FOR EACH STATEMENT EXECUTE FUNCTION desk_refuse()
-- next
CREATE TRIGGER desk_filings_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON desk_filings FOR EACH STATEMENT EXECUTE FUNCTION desk_refuse()
-- next
CREATE TRIGGER desk_known_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON desk_known FOR EACH STATEMENT EXECUTE FUNCTION desk_refuse()
-- next
CREATE TRIGGER desk_answers_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON desk_answers FOR EACH STATEMENT EXECUTE FUNCTION desk_refuse()
-- next
CREATE TRIGGER desk_skips_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON desk_skips FOR EACH STATEMENT EXECUTE FUNCTION desk_refuse()
-- next
CREATE TRIGGER desk_lessons_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON desk_lessons FOR EACH STATEMENT EXECUTE FUNCTION desk_refuse()
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
CREATE OR REPLACE FUNCTION desk_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the study is append-only: no % of %', TG_OP, TG_TABLE_NAME; END $$
-- next
INSERT INTO desk_migrations (number, name, applied_at) VALUES (2, 'counts of what is open, leases by when they end', '2026-11-01T00:00:00.000000+00:00')
-- next
CREATE TABLE desk_goals (
    id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    study INTEGER NOT NULL REFERENCES desk_studies (id),
    purpose TEXT NOT NULL,
    body TEXT NOT NULL,
    made_at TEXT NOT NULL
)
-- next
CREATE OR REPLACE FUNCTION desk_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the study is append-only: no % of %', TG_OP, TG_TABLE_NAME; END $$
-- next
CREATE TRIGGER desk_goals_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON desk_goals FOR EACH STATEMENT EXECUTE FUNCTION desk_refuse()
-- next
INSERT INTO desk_migrations (number, name, applied_at) VALUES (3, 'what audits with a stopping rule still need', '2026-11-01T00:00:00.000000+00:00')
