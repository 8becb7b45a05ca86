"""What may enter a study and what may not; studies that are planned, renamed and deleted."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from people_desk import enroll, inputs, say, take

from preceptor.core import BudgetError, InputError, UnansweredError
from preceptor.core.printing import shown
from preceptor.people import Human, Settings, Studies, Study, access, persons
from preceptor.people.exchange import read, write

TWO = Settings(("a", "b"), (1, 2, 2))
OBEYED = ["\x1b[31mred", "a\nb", "a\tb", "\x9b31m", "x\u202ey", "a\u2028b", "\x7f", "\x00"]


@pytest.mark.parametrize("name", OBEYED)
def test_no_name_that_a_terminal_obeys_comes_in(studies: Studies, name: str) -> None:
    for wrong in (
        replace(TWO, classes=("a", name)),
        replace(TWO, shape=(2,), names=("x", name)),
        replace(TWO, instructions=name if name not in ("a\nb", "a\tb") else "\x1b"),
    ):
        if "\u202e" in name or "\u2028" in name:
            continue
        with pytest.raises(InputError, match=r"terminal|plain text"):
            studies.make("t", wrong)
    with pytest.raises(InputError, match="terminal"):
        studies.make("t", replace(TWO, classes=("a", name)))
    with pytest.raises(InputError, match="printable"):
        studies.make(name, TWO)
    studies.make("t", replace(TWO, instructions="one\n\ttwo"))
    with pytest.raises(InputError, match="printable"):
        studies.rename("t", name)
    with pytest.raises(InputError), studies.database.write() as db:
        persons.enroll(db, f"a{name}b")


def test_settings_that_are_changed_are_looked_at_too(studies: Studies) -> None:
    studies.make("t", TWO)
    with pytest.raises(InputError, match="plain text"):
        studies.change("t", lambda old: replace(old, instructions="\x1b]0;title\x07"))
    with pytest.raises(InputError, match="whole number"):
        studies.change("t", lambda old: replace(old, overlap=True))


@pytest.mark.parametrize(
    "wrong",
    [
        {"overlap": 1.5},
        {"overlap": True},
        {"overlap": "3"},
        {"overlap": 2**70},
        {"shape": [1, 100_000, 100_000]},
        {"shape": [1.0, 2, 2]},
        {"shape": [-1, -4]},
        {"shape": "122"},
        {"shape": []},
        {"classes": ["a", "b\x1b[2J"]},
        {"classes": ["a", 1]},
        {"classes": "ab"},
        {"names": ["\x1b"]},
        {"names": [1]},
        {"low": "0"},
        {"high": [1.0, None]},
        {"low": True},
        {"again": "0.1"},
        {"instructions": 5},
        {"keys": [1, 2]},
        {"rule": {"rule": "votes", "least": 1.5, "share": 0.5, "abstentions": 0.5}},
        {"rule": {"rule": "votes", "least": "1", "share": 0.5, "abstentions": 0.5}},
        {"rule": "votes"},
    ],
    ids=str,
)
def test_no_settings_come_in_by_a_file_that_could_not_be_made(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    with Studies(tmp_path / "one.db") as one:
        one.make("t", TWO)
        write(one, "t", tmp_path / "t.jsonl", "jsonl")
    head = json.loads((tmp_path / "t.jsonl").read_text())
    head["settings"].update(wrong)
    (tmp_path / "t.jsonl").write_text(json.dumps(head))
    with Studies(tmp_path / "two.db") as two:
        with pytest.raises(InputError, match=r"line 1|terminal|numbers|people|share|keys|key"):
            read(two, tmp_path / "t.jsonl", "jsonl")
        assert two.all() == []


def test_giant_inputs_are_no_study(studies: Studies) -> None:
    with pytest.raises(InputError, match="at most 67,108,864"):
        studies.make("t", replace(TWO, shape=(1, 100_000, 100_000)))


def test_what_a_terminal_obeys_is_written_out() -> None:
    assert shown("a\x1b[31mb\u202ec\x9b") == r"a\x1b[31mb\u202ec\x9b"
    assert shown("one\n\ttwo, zw\u200dj and Grüße") == "one\n\ttwo, zw\u200dj and Grüße"


def test_a_study_is_made_with_its_first_question_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "later.db"
    with Studies(path, create="later") as studies:
        human = Human(studies, studies.plan("t", TWO), "x")
        assert human.known(inputs(2)).tolist() == [False, False]
        assert human.spent == 0
        with pytest.raises(BudgetError):
            replace(human, budget=0)(inputs(2))
        assert not path.exists()
        for _ in range(2):
            with pytest.raises(UnansweredError):
                human(inputs(2))
        assert [one.name for one in studies.all()] == ["t"]
        assert human.spent == 2
        study = studies.get("t")
        (ann,) = enroll(studies, "ann")
        for lease in take(studies, study, ann, 2):
            say(studies, study, ann, lease.ticket, 1)
        assert human(inputs(2)).labels.tolist() == [1, 1]  # the same teacher, planned before


def test_a_study_that_another_made_meanwhile_with_other_settings_is_refused(
    studies: Studies,
) -> None:
    human = Human(studies, studies.plan("t", TWO), "x")
    studies.make("t", replace(TWO, overlap=2))
    with pytest.raises(InputError, match="run the same command again"):
        human(inputs(1))
    human = Human(studies, studies.plan("u", TWO), "x")
    studies.make("u", replace(TWO, classes=("a", "c")))
    with pytest.raises(InputError, match="another study"):
        human(inputs(1))


def test_a_study_without_answers_is_renamed_and_deleted(studies: Studies) -> None:
    studies.make("pest", TWO)
    studies.make("there", TWO)
    studies.file("pest", inputs(2), "x")
    with pytest.raises(InputError, match="already"):
        studies.rename("pest", "there")
    studies.rename("pest", "pets")
    assert studies.find("pest") is None
    human = Human(studies, studies.get("pets"), "x")
    studies.delete("pets")
    assert [one.name for one in studies.all()] == ["there"]
    with pytest.raises(InputError, match="deleted"):
        human(inputs(3))
    other = studies.make("pets", replace(TWO, classes=("cat", "dog"), shape=(3,)))
    assert studies.get("pets") == other
    with studies.database.read() as db:
        assert db.one("SELECT COUNT(*) FROM desk_questions") == (2,)
    with pytest.raises(InputError, match="no study"):
        studies.delete("nobody")


@pytest.mark.parametrize("act", ["rename", "delete"])
def test_a_study_in_which_people_spoke_keeps_its_name(
    studies: Studies, study: Study, act: str
) -> None:
    studies.file("t", inputs(1), "x")
    (ann,) = enroll(studies, "ann")
    (lease,) = take(studies, study, ann)
    say(studies, study, ann, lease.ticket, 0)
    say(studies, study, ann, lease.ticket, None)
    with pytest.raises(InputError, match="2 answers"):
        studies.rename("t", "u") if act == "rename" else studies.delete("t")
    assert studies.get("t") == study


def test_nobody_answers_in_a_study_that_was_deleted(studies: Studies, study: Study) -> None:
    studies.file("t", inputs(1), "x")
    (ann,) = enroll(studies, "ann")
    (lease,) = take(studies, study, ann)
    studies.delete("t")
    with pytest.raises(InputError, match="deleted"):
        say(studies, study, ann, lease.ticket, 0)
    with studies.database.read() as db:
        assert all(one.studies == () for one in access.everybody(db))
