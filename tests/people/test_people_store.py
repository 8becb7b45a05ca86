"""The store: append-only, safe with threads and kills, sessions that end; on both databases."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from people_desk import enroll, inputs, say, take, work

from preceptor.core import InputError, LedgerError
from preceptor.ledger import Ledger
from preceptor.people import Settings, Studies, Study, persons
from preceptor.people.connecting import connect
from preceptor.people.steps import APPEND_ONLY
from preceptor.teachers import Unanimous, Votes


@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_what_was_said_cannot_be_changed(studies: Studies, study: Study, verb: str) -> None:
    studies.file("t", inputs(2), "x")
    studies.know("t", inputs(1), [0])
    (ann,) = enroll(studies, "ann")
    work(studies, study, ann, lambda _: 0)
    columns = {"answers": "label", "questions": "input", "settings": "body", "known": "label"}
    for table, column in ((f"desk_{name}", column) for name, column in columns.items()):
        assert table in APPEND_ONLY
        with pytest.raises(LedgerError, match="append-only"), studies.database.write() as db:
            db.run(verb.format(table, column, column))


def test_a_failed_transaction_leaves_no_trace(studies: Studies, study: Study) -> None:
    def fail() -> None:
        with studies.database.write() as db:
            persons.enroll(db, "ann")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with studies.database.read() as db:
        assert persons.everyone(db) == []


def test_many_people_at_once_stay_within_the_overlap(where: str) -> None:
    with Studies(where) as studies:
        study = studies.make("t", Settings(("a", "b"), (1, 2, 2), overlap=2, again=0.0))
        studies.file("t", inputs(40), "x")
        people = enroll(studies, *(f"p{i}" for i in range(6)))

        def annotate(person: int) -> None:
            while leases := take(studies, study, person, 2):
                for lease in leases:
                    say(studies, study, person, lease.ticket, 0)

        threads = [threading.Thread(target=annotate, args=(person,)) for person in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with studies.database.read() as db:
            assert db.all("SELECT DISTINCT votes, needed FROM desk_tally") == [(2, 0)]
            assert db.one("SELECT COUNT(*) FROM desk_answers") == (80,)


def test_it_opens_again_with_everything(where: str) -> None:
    settings = Settings(
        ("cat", "dog"),
        (3,),
        (0.0, -1.0, 2.0),
        (1.0, 1.0, 3.0),
        names=("x", "y", "z"),
        overlap=5,
        rule=Votes(least=4, share=0.75),
    )
    with Studies(where) as first:
        assert first.make("pets", settings).settings == settings
    with Studies(where, create=False) as second:
        assert second.get("pets").settings == settings
        strict = second.change("pets", lambda old: replace(old, rule=Unanimous(least=2)))
        assert second.get("pets") == strict


def test_it_lies_in_a_ledgers_file(tmp_path: Path) -> None:
    path = tmp_path / "both.db"
    with Studies(path) as studies:
        studies.make("t", Settings(("a", "b"), (1, 2, 2)))
        studies.file("t", inputs(3), "x")
    with Ledger(path, create=False) as ledger:
        assert ledger.check() == []
    with pytest.raises(LedgerError, match="there is no ledger"):
        Studies(tmp_path / "missing.db", create=False)


def test_a_password_in_a_url_is_refused() -> None:
    with pytest.raises(InputError, match="PGPASSWORD") as caught:
        connect("postgresql://me:hunter2@somewhere/db")
    assert "hunter2" not in str(caught.value)


def test_a_link_lets_in_once(studies: Studies) -> None:
    with studies.database.write() as db:
        ann = persons.enroll(db, "ann", "owner")
        token = persons.invite(db, ann)
    with studies.database.write() as db:
        entered = persons.sign_in(db, token)
        assert entered is not None
        secret = entered.secret
        assert persons.sign_in(db, token) is None
        assert persons.sign_in(db, "guessed") is None
        found = persons.whose(db, secret)
        assert found is not None
        assert found[0] == ann
        assert persons.whose(db, token) is None
        for table in ("desk_links", "desk_sessions"):
            stored = repr(db.all(f"SELECT * FROM {table}"))
            assert token not in stored
            assert secret not in stored
        persons.sign_out(db, secret)
        assert persons.whose(db, secret) is None


def test_sessions_and_links_end(studies: Studies, monkeypatch: pytest.MonkeyPatch) -> None:
    with studies.database.write() as db:
        ann = persons.enroll(db, "ann")
        stale, fresh = persons.invite(db, ann), persons.invite(db, ann)
        entered = persons.sign_in(db, fresh)
    assert entered is not None
    secret = entered.secret
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + persons.IDLE_SECONDS - 10)
    with studies.database.write() as db:
        assert persons.whose(db, secret) is not None
        persons.touch(db, secret)
    monkeypatch.setattr(time, "time", lambda: real() + 2 * persons.IDLE_SECONDS - 20)
    with studies.database.read() as db:
        assert persons.whose(db, secret) is not None
    monkeypatch.setattr(time, "time", lambda: real() + 2 * persons.IDLE_SECONDS)
    with studies.database.read() as db:
        assert persons.whose(db, secret) is None
    monkeypatch.setattr(time, "time", lambda: real() + persons.LINK_SECONDS + 1)
    with studies.database.write() as db:
        assert persons.sign_in(db, stale) is None


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\nb", "\x00"])
def test_names_of_people_are_plain(studies: Studies, name: str) -> None:
    with pytest.raises(InputError), studies.database.write() as db:
        persons.enroll(db, name)


@pytest.mark.parametrize(
    "wrong",
    [
        {"classes": ("a",)},
        {"classes": ("a", "a")},
        {"classes": ("a", " ")},
        {"shape": ()},
        {"overlap": 0},
        {"overlap": 2, "rule": Votes(least=3)},
        {"again": 0.9},
        {"known": -0.1},
        {"instructions": "x" * 20_001},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        replace(Settings(("a", "b"), (1, 2, 2)), **wrong)
