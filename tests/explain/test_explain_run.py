"""The whole explanation: planted faults are found, clean students raise none, nothing is lost."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from explain_worlds import (
    Pupil,
    Push,
    Seer,
    above,
    always,
    never,
    pictures,
    recorded,
    table,
    unsure,
)
from torch import Tensor

from preceptor.audit import Record
from preceptor.core import Answers, InputError, TeacherError, blank
from preceptor.explain import ExplainProgress, Explanation, explain, ranked, standing_out
from preceptor.ledger import Ledger

MIDDLE = 4 * 8 + 4
"""The pixel that the teacher of pictures looks at, flattened; the one at 0 repeats it."""


def lessons(found: Explanation) -> set[str]:
    return {one.lesson for one in found.recommendations}


@pytest.fixture(scope="module")
def shortcut(tmp_path_factory: pytest.TempPathFactory) -> tuple[Record, Pupil, Seer]:
    """Pictures: the teacher looks at the middle, the student at the corner that repeats it."""
    student, teacher = Pupil(above(0)), Seer(unsure(above(MIDDLE), MIDDLE, 0.02))
    record = recorded(tmp_path_factory.mktemp("shortcut"), student, teacher, pictures())
    return record, student, teacher


def test_a_shortcut_is_found_and_so_is_what_was_overlooked(
    shortcut: tuple[Record, Pupil, Seer],
) -> None:
    record, student, teacher = shortcut
    before = teacher.asked
    found = explain(student, teacher, record, budget=300)
    assert teacher.asked - before == found.facts["questions"]["asked"] <= 300
    top = ranked(found.effects)[0]
    place = found.masks[found.effects.index(top)]
    assert place[0, 0, 0]
    assert not place[0, 4, 4]
    alone = {effect.name for effect in standing_out(found.effects, found.bar, "student")}
    assert "rows 0-1 columns 0-1, set to high" in alone
    places = [m for e, m in zip(found.effects, found.masks, strict=True) if e.name in alone]
    assert all(place[0, 0, 0] for place in places if place.any()), "no place but that one"
    overlooked = [effect.name for effect in standing_out(found.effects, found.bar, "teacher")]
    assert overlooked
    assert "centre, set to low" in overlooked or "centre, set to high" in overlooked
    assert {"mask", "counterfactual pairs"} <= lessons(found)
    for advice in found.recommendations:
        assert "Clopper-Pearson" in advice.test
        assert advice.limits
        assert advice.evidence


@pytest.mark.parametrize("seed", range(5))
def test_a_clean_student_raises_nothing(tmp_path: Path, seed: int) -> None:
    """It sees what the teacher sees, a little wrong near the boundary."""
    student = Pupil(lambda x: (x.flatten(1)[:, MIDDLE] > 0.52).long())
    teacher = Seer(above(MIDDLE))
    record = recorded(tmp_path, student, teacher, pictures(seed=seed))
    found = explain(student, teacher, record, seed=seed)
    assert lessons(found) == {"nothing stood out"}
    assert "No factor stood out at the 95 % level over" in found.recommendations[0].advice


def test_a_table_names_its_features(tmp_path: Path) -> None:
    student, teacher = Pupil(above(1)), Seer(above(0))
    record = recorded(tmp_path, student, teacher, table(), Push(1, 0.5))
    found = explain(student, teacher, record)
    assert ranked(found.effects)[0].name == "feature 1"
    assert {e.name for e in standing_out(found.effects, found.bar, "teacher")} == {"feature 0"}
    attacks = [e for e in found.effects if e.name.startswith("direction 1 of the attacks")]
    assert attacks
    assert attacks[0] in standing_out(found.effects, found.bar, "student")
    assert {"mask", "counterfactual pairs", "invariance"} <= lessons(found)


def test_a_shared_feature_is_no_fault(tmp_path: Path) -> None:
    student, teacher = Pupil(above(0)), Seer(above(0))
    found = explain(student, teacher, recorded(tmp_path, student, teacher, table()))
    feature = next(e for e in found.effects if e.name == "feature 0")
    assert feature.flips > 40
    assert feature.flipped.other == feature.flipped.answered > 0
    assert feature.unmoved.value == 0.0
    assert lessons(found) == {"nothing stood out"}


def test_a_constant_student_changes_nowhere(tmp_path: Path) -> None:
    student, teacher = Pupil(always), Seer(above(0))
    found = explain(student, teacher, recorded(tmp_path, student, teacher, table()))
    assert all(effect.flips == 0 for effect in found.effects)
    assert not standing_out(found.effects, found.bar, "student")
    held = next(e for e in found.effects if e.name == "feature 0")
    assert held.held.other > 0, "what it overlooks is seen"
    assert found.bar > 0.5, "but a student wrong on half of the data stands out in nothing"


def test_a_teacher_uncertain_of_everything(tmp_path: Path) -> None:
    student, teacher = Pupil(above(1)), Seer(never)
    record = recorded(tmp_path, student, teacher, table())
    before = teacher.asked
    found = explain(student, teacher, record)
    assert teacher.asked == before, "there is no item to ask about"
    assert all(effect.items == 0 for effect in found.effects)
    assert "certain of no clean input" in found.recommendations[0].advice
    assert Explanation.load(tmp_path).describe() == found.describe()


def test_a_teacher_uncertain_of_whatever_moved(tmp_path: Path) -> None:
    source = table()
    known = {row.numpy().tobytes() for row in source.read(0, len(source))}

    def label(inputs: Tensor) -> Tensor:
        there = torch.tensor([row.numpy().tobytes() in known for row in inputs])
        return torch.where(there, above(0)(inputs), -1)

    student, teacher = Pupil(above(1)), Seer(label)
    found = explain(student, teacher, recorded(tmp_path, student, teacher, source))
    asked = next(e for e in found.effects if e.name == "feature 1")
    assert asked.flipped.uncertain == asked.flipped.answered > 0
    assert asked.unmoved.value is None
    assert lessons(found) == {"nothing stood out"}


@pytest.mark.parametrize("budget", [0, 1, 7, 40, 1000])
def test_the_budget_is_never_exceeded_and_a_rerun_asks_nothing(
    shortcut: tuple[Record, Pupil, Seer], tmp_path: Path, budget: int
) -> None:
    record, student, teacher = shortcut
    with Ledger(tmp_path / "answers.db") as book:
        kept = book.keep(teacher, budget=budget, purpose="explain")
        before = teacher.asked
        first = explain(student, kept, record, budget=budget)
        assert teacher.asked - before == kept.spent <= budget
        assert not first.facts["questions"]["unanswered"]
        before = teacher.asked
        counts: list[tuple[int, int]] = []
        second = explain(
            student, kept, record, budget=budget, batch=17, before=lambda *n: counts.append(n)
        )
        assert teacher.asked == before
    assert counts[0][0] == counts[0][1], "all known before"
    assert second.facts == first.facts
    assert [e.describe() for e in second.effects] == [e.describe() for e in first.effects]


def test_a_ledger_that_ends_early_leaves_questions_open(
    shortcut: tuple[Record, Pupil, Seer], tmp_path: Path
) -> None:
    record, student, teacher = shortcut
    with Ledger(tmp_path / "answers.db") as book:
        kept = book.keep(teacher, budget=100, purpose="explain")
        found = explain(student, kept, record, budget=300)
    left = sum(found.facts["questions"]["unanswered"].values())
    assert left == found.facts["questions"]["asked"] - 100
    open_ = sum(e.flipped.unasked + e.held.unasked for e in found.effects)
    assert open_ >= left
    full = explain(student, teacher, record, budget=300)
    for part, whole in zip(found.effects, full.effects, strict=True):
        assert part.student_only.low <= whole.student_only.low + 1e-9
        assert part.student_only.high >= whole.student_only.high - 1e-9


class Failing(Seer):
    """Has no answer for every third question."""

    def __call__(self, inputs: Tensor) -> Answers:
        answers = super().__call__(inputs)
        there = torch.arange(len(inputs)) % 3 > 0
        labels = torch.where(there, answers.labels, -1)
        reasons = dict.fromkeys((~there).nonzero()[:, 0].tolist(), "no idea")
        raise TeacherError("some failed", Answers(labels, answers.cost * there), there, reasons)


class Silent(Seer):
    """Never answers."""

    def __call__(self, inputs: Tensor) -> Answers:
        self.asked += len(inputs)
        none = torch.zeros(len(inputs), dtype=torch.bool)
        raise TeacherError("closed", blank(len(inputs)), none)


def test_a_teacher_that_fails_loses_no_other_answer(
    shortcut: tuple[Record, Pupil, Seer],
) -> None:
    record, student, teacher = shortcut
    failing = Failing(teacher.label)
    found = explain(student, failing, record)
    asked, open_ = found.facts["questions"]["asked"], found.facts["questions"]["unanswered"]
    assert 0 < sum(open_.values()) < asked
    assert set(open_) == {"no idea"}
    assert sum(e.flipped.answered for e in found.effects) > 100
    silent = Silent(teacher.label)
    nothing = explain(student, silent, record, budget=600)
    assert silent.asked == 5 * 64, "it is left alone after a while"
    assert lessons(nothing) == {"nothing stood out"}
    assert (
        sum(nothing.facts["questions"]["unanswered"].values())
        == (nothing.facts["questions"]["asked"])
    )


def test_it_is_saved_whole_and_read_back(shortcut: tuple[Record, Pupil, Seer]) -> None:
    record, student, teacher = shortcut
    steps: list[ExplainProgress] = []
    found = explain(student, teacher, record, siblings=(student,), watch=steps.append)
    assert {step.stage for step in steps} == {"try", "ask", "siblings"}
    assert all(step.done <= step.total for step in steps)
    again = Explanation.load(record.folder)
    assert again.describe() == found.describe()
    assert np.array_equal(again.masks, found.masks)
    assert json.loads((record.folder / "explanation.json").read_text())["record"] == record.digest
    assert not list(record.folder.glob("new.*"))
    text = (record.folder / "explanation.json").read_text()
    try:
        for broken in ("", "[]", "{}", text.replace("explanation/1", "explanation/9")):
            (record.folder / "explanation.json").write_text(broken)
            with pytest.raises(InputError, match="preceptor explain"):
                Explanation.load(record.folder)
    finally:
        (record.folder / "explanation.json").write_text(text)
    with pytest.raises(InputError, match="holds no explanation"):
        Explanation.load(record.folder / "nowhere")


def test_what_does_not_belong_together(shortcut: tuple[Record, Pupil, Seer]) -> None:
    record, student, teacher = shortcut
    cases: list[tuple[dict[str, Any], str]] = [
        ({"teacher": replace(teacher, version="2")}, "teacher of the audit"),
        ({"student": Pupil(above(5))}, "otherwise than"),
        ({"siblings": (Pupil(above(0), classes=3),)}, "3 classes"),
        ({"budget": -1}, "budget"),
        ({"least": 1.0}, "least"),
        ({"level": 0.0}, "level"),
        ({"factors": ()}, "no factor"),
    ]
    for given, said in cases:
        roles = {"student": student, "teacher": teacher, **given}
        with pytest.raises(InputError, match=said):
            explain(roles.pop("student"), roles.pop("teacher"), record, **roles)
