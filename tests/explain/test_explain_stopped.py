"""Records of audits that stopped by a rule are explained, and said to be about their items."""

from pathlib import Path

import pytest
from explain_worlds import Pupil, Push, Seer, above, pictures, unsure

from preceptor.audit import Plan, Record, audit, check_decision
from preceptor.explain import Explanation, explain, ranked
from preceptor.report import render
from preceptor.sequential import StoppingRule

MIDDLE = 4 * 8 + 4
"""The pixel that the teacher looks at, flattened; the one at 0 repeats it."""

ABOUT = "about the items that it asked about, not about the source"


@pytest.fixture(scope="module", params=[False, True], ids=["alone", "with a proxy"])
def stopped(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> tuple[Record, Pupil, Seer]:
    student, teacher = Pupil(above(0)), Seer(unsure(above(MIDDLE), MIDDLE, 0.02))
    source = pictures()
    plan = Plan((Push(0, 0.05),), until=StoppingRule(within=0.04, of="items"), mix=0.5)
    proxy = Seer(above(MIDDLE), name="guess") if request.param else None
    folder = tmp_path_factory.mktemp("stopped")
    record = audit(student, teacher, source, plan, folder, proxy=proxy)
    assert 20 < len(record.ids) < len(source)
    return record, student, teacher


def test_the_shortcut_is_found_on_the_items_that_were_asked_about(
    stopped: tuple[Record, Pupil, Seer],
) -> None:
    record, student, teacher = stopped
    before = teacher.asked
    found = explain(student, teacher, record, budget=300)
    assert teacher.asked - before == found.facts["questions"]["asked"] <= 300
    assert found.facts["plan"]["items"] <= len(record.ids)
    assert found.facts["plan"]["about"] == "items"
    place = found.masks[found.effects.index(ranked(found.effects)[0])]
    assert place[0, 0, 0]
    assert not place[0, 4, 4]
    assert ABOUT in render(record)
    assert check_decision(Record.load(record.folder)) == []
    assert Explanation.load(record.folder).describe() == found.describe()


def test_siblings_are_compared_on_what_was_asked(stopped: tuple[Record, Pupil, Seer]) -> None:
    record, student, teacher = stopped
    twin = Pupil(above(0), name="twin")
    found = explain(student, teacher, record, siblings=[twin], budget=100)
    for spread in found.spreads:
        assert spread.common.hits == spread.errors, "a twin makes the same errors"


def test_where_nothing_could_stand_out_this_is_said(tmp_path: Path) -> None:
    student, teacher = Pupil(above(0)), Seer(above(MIDDLE))
    record = audit(student, teacher, pictures(items=6), Plan(()), tmp_path)
    found = explain(student, teacher, record, budget=50)
    assert found.bar > 1
    assert "and none could: with" in found.recommendations[0].advice
    assert "Nothing can be said from" in render(record)


def test_a_record_that_asked_everything_is_about_its_source(tmp_path: Path) -> None:
    student, teacher = Pupil(above(0)), Seer(above(MIDDLE))
    record = audit(student, teacher, pictures(), Plan(()), tmp_path)
    found = explain(student, teacher, record, budget=50)
    assert found.facts["plan"]["about"] == "source"
    assert ABOUT not in render(record)
