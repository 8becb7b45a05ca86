"""The page of several students: its sentences, its numbers, and who parts from whom."""

import html
from dataclasses import replace
from pathlib import Path

import pytest
from report_html import Element, read, table
from report_records import Noise, Sign, digits_record, with_teacher
from test_report_page import HOSTILE, KNOWN

from preceptor.audit import Record, StudentComparison, lead, side_by_side
from preceptor.core import InputError
from preceptor.outcome import Verdict, judge
from preceptor.outcome.wording import p_value, points, points_interval
from preceptor.report import partings, render_side_by_side, write_side_by_side


@pytest.fixture(scope="module")
def root(students: StudentComparison) -> Element:
    return read(render_side_by_side(students))


def sentences(found: StudentComparison) -> str:
    told = lead(found)
    return " ".join([told.sentence, *told.then]).replace("\u00a0", " ")


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    """Two students under one attack."""
    attacks = (Sign(0.1),)
    return [
        digits_record(
            tmp_path_factory.mktemp(name), items=120, attacks=attacks, name=name, blur=blur
        )
        for name, blur in (("plain", 0.0), ("robust", 1.0))
    ]


def test_the_first_sentence_has_the_number(one: list[Record]) -> None:
    found = side_by_side(one)
    d = found.pair(1, 0).headline.difference
    assert d.value is not None
    low, high = d.interval
    assert sentences(found).startswith(
        f"When inputs are moved by sign eps=0.1, robust is more accurate than plain by {100 * d.value:.0f} points "
        f"where the teacher is certain (95 % interval {100 * low:.0f} to {100 * high:.0f})."
    )
    assert lead(found).number == f"{100 * d.value:.0f}\u00a0points"
    # whichever is given first
    assert lead(side_by_side(one[::-1])) == lead(found)


def test_what_is_not_settled_is_not_claimed(one: list[Record]) -> None:
    said = sentences(side_by_side([one[0], one[0]]))
    assert said.startswith("Which student is better is not settled: when inputs are moved by sign")
    assert "are right equally often where the teacher is certain" in said


def test_several_students(students: StudentComparison) -> None:
    said = sentences(students)
    best, second, last = (students.sides[i].name for i in students.ranking)
    assert best == "robust student"
    assert f"{best} is more accurate than {second} by" in said
    assert f"{best} is more accurate than {last} by" in said
    assert "Attack by attack, robust student is surely better than" in said
    assert "The conventional reading" in said
    assert second in said


def test_nothing_certain_cannot_be_compared(one: list[Record]) -> None:
    bare = with_teacher(with_teacher(one[1], 0, None), 1, None)
    said = sentences(side_by_side([one[0], bare]))
    assert "the students cannot be compared: the teacher is uncertain of every input of robust" in (
        said
    )


def test_questions_without_answers_leave_bounds(tmp_path: Path) -> None:
    made = [
        digits_record(
            tmp_path / name, items=60, attacks=(Sign(0.1),), ask="flips", name=name, blur=blur
        )
        for name, blur in (("plain", 0.0), ("robust", 1.0))
    ]
    found = side_by_side(made)
    assert found.pairs[0].headline.difference.value is None
    said = sentences(found)
    assert "lies between" in said or "is right on between" in said
    assert "not every question has an answer" in said
    assert "Undecided inputs" in said
    names = [found.sides[i].name for i in found.ranking]
    _, *lines = table(read(render_side_by_side(found)), f"{names[0]} less {names[1]}")
    assert lines[1][1].startswith("between ")


def test_the_tables_hold_the_numbers(students: StudentComparison, root: Element) -> None:
    head, *rows = table(root, "Teacher-relative accuracy, with")
    assert head[1:] == [side.name for side in students.sides]
    assert len(rows) == 8
    for k, cells in enumerate(rows):
        for side, cell in zip(students.sides, cells[1:], strict=True):
            value = side.summary.rows[k].relative.value
            assert value is not None
            assert cell.startswith(f"{100 * value:.0f} %")
    best, second = students.ranking[:2]
    names = students.sides[best].name, students.sides[second].name
    _, *lines = table(root, f"{names[0]} less {names[1]}")
    for cells, contrast in zip(lines, students.pair(best, second).contrasts, strict=True):
        d = contrast.difference
        assert cells[0] == contrast.name
        assert cells[4:] == [str(d.certain), str(d.only_first), str(d.only_second)]
        assert cells[3] == p_value(contrast.adjusted)
    _, *beneath = table(root, "What lies beneath")
    assert len(beneath) == 8 * 3


def test_a_line_for_each_student(students: StudentComparison, root: Element) -> None:
    drawn = next(f for f in root.all("figure") if f.attributes.get("class") == "curve")
    kinds = [p.attributes["class"] for p in drawn.all("polyline")]
    assert kinds == ["line-0", "line-1", "line-2"]
    _, *rows = table(drawn, "sign, teacher-relative")
    assert [row[0] for row in rows] == ["0", "0.05", "0.1", "0.2"]


def test_the_gallery_shows_where_they_part(students: StudentComparison, root: Element) -> None:
    chosen = partings(students)
    assert 10 < len(chosen) <= 36
    assert len({(p.item, p.sheet) for p in chosen}) == len(chosen)
    for one in chosen:
        assert one.right
        assert one.wrong
        for i, side in enumerate(students.sides):
            record = side.record
            said = record.moved[one.sheet - 1] if one.sheet else record.clean
            verdict = int(judge(said.sheet)[one.item])
            assert (i in one.right) == (verdict == Verdict.AGREE)
            assert (i in one.wrong) == (verdict == Verdict.ERROR)
    assert chosen == partings(students)
    cards = root.by_id("gallery").children
    assert len(cards) == len(chosen)
    moved = next(c for c, one in zip(cards, chosen, strict=True) if one.sheet)
    assert len(moved.all("img")) == 4
    # both ways round, though one student is better
    assert {one.right for one in chosen} >= {(1,), (0, 2)}


def test_vectors(vector_students: StudentComparison) -> None:
    root = read(render_side_by_side(vector_students))
    card = next(c for c in root.by_id("gallery").children if "sign" in c.text)
    rows = [[c.text for c in r.children] for r in card.all("table")[1].all("tr")]
    assert rows[0] == ["Feature", "clean", "linear student", "other"]
    assert len(rows) == 9
    assert "4 more features not shown" in card.text


def test_findings_and_what_was_left_out(one: list[Record], tmp_path: Path) -> None:
    finding = {"code": "x", "level": "warning", "message": "Odd <set-up>.", "fix": "Mend it."}
    odd = replace(one[0], facts={**one[0].facts, "findings": [finding]})
    more = digits_record(tmp_path, items=100, attacks=(Sign(0.1), Noise(0.2)), name="few", blur=1.0)
    root = read(render_side_by_side(side_by_side([odd, more], shared=True)))
    assert "plain: Odd <set-up>." in root.text
    assert "20 that not every record has were left out" in root.text
    assert "not every record has them alike: noise size=0.2" in root.text


def test_users_text_is_only_text(students: StudentComparison) -> None:
    sides = []
    for i, side in enumerate(students.sides):
        facts = {**side.whole.facts, "student": {"name": f"{HOSTILE}{i}", "classes": 10}}
        facts["teacher"] = {**facts["teacher"], "name": HOSTILE, "certainty": HOSTILE}
        facts["source"] = {**facts["source"], "name": HOSTILE, "classes": [HOSTILE] * 10}
        run = {**side.whole.run, "command": HOSTILE}
        sides.append(replace(side.whole, facts=facts, run=run))
    page = render_side_by_side(side_by_side(sides))
    root = read(page)
    assert "<script>alert" not in page
    assert len(root.all("script")) == 1
    for element in root.walk():
        if element.tag not in ("style", "script"):
            assert element.attributes.keys() <= KNOWN | {"rowspan"}
    assert html.escape("<img src=x") in page


def test_too_many_students(one: list[Record]) -> None:
    with pytest.raises(InputError, match="at most 60"):
        render_side_by_side(side_by_side([one[0]] * 61))


def test_it_is_written_whole(students: StudentComparison, tmp_path: Path) -> None:
    path = write_side_by_side(students, tmp_path / "deep" / "page.html")
    assert path.read_text(encoding="utf-8") == render_side_by_side(students)
    assert list(path.parent.iterdir()) == [path]


def test_points() -> None:
    assert points(0.124, 100) == "12\u00a0points"
    assert points(0.124, 300) == "12.4\u00a0points"
    assert points(-0.01, 100) == "\u22121\u00a0point"
    assert points(0.0, 100) == "0\u00a0points"
    assert points(0.004, 100) == "0.4\u00a0points"
    assert points_interval((-0.03, 0.16), 100) == "\u22123 to 16"
    assert p_value(0.0) == "< 0.001"
    assert p_value(0.0312) == "0.031"
