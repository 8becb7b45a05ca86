"""The first screen: which sentence, its points, its chart and its picture; and what waits."""

import base64
import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from report_html import read, table
from report_records import Blend, Sign, digits, digits_record, vector_record, with_teacher

import preceptor
from preceptor.audit import Record, summarise
from preceptor.audit.opening import POINTS, gap_of, opening, places, waiting, widest_gap
from preceptor.outcome.wording import fixed_rate
from preceptor.report import render, write


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """A student that looks right where the teacher says otherwise, on half of the items."""
    pool = digits()[0][600:900]
    folder = tmp_path_factory.mktemp("kept")
    record = digits_record(folder, items=80, attacks=(Blend(pool), Sign(0.02)))
    said = record.moved[0].sheet.student
    other = torch.where(torch.arange(80) % 2 == 0, (said + 1) % 10, said)
    return with_teacher(record, 1, other.tolist())


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return digits_record(tmp_path_factory.mktemp("one"), items=60, attacks=(Sign(0.2),))


def agreed(record: Record) -> Record:
    """The same, the teacher saying of every moved input what it said of the clean one."""
    label = record.clean.sheet.student.tolist()
    found = with_teacher(record, 0, label)
    for place in range(1, 1 + len(record.moved)):
        found = with_teacher(found, place, label)
    return found


def unanswered(record: Record, answered: int, reasons: dict[str, int], teacher: str) -> Record:
    """The same, waiting for answers."""
    asked = answered + sum(reasons.values())
    questions = {"asked": asked, "answered": answered, "cost": 0.0, "unanswered": reasons}
    facts = {
        **record.facts,
        "questions": {**record.facts["questions"], **questions},
        "teacher": {**record.facts["teacher"], "name": teacher},
    }
    found = replace(record, facts=facts)
    if not answered:
        for place in range(1 + len(record.moved)):
            found = with_teacher(found, place, None, asked=False)
    return found


def test_labels_of_the_data_that_the_teacher_contradicts_are_told_beside_the_clean_rate(
    one: Record,
) -> None:
    sure = agreed(one)
    labels = sure.clean.sheet.teacher
    other = torch.where(torch.arange(60) % 4 == 0, (labels + 1) % 10, labels)
    points = []
    for cells in (labels, other):
        record = replace(sure, columns={"labels": tuple(map(str, cells.tolist()))})
        points.append(opening(record, summarise(record)).points[-1].text)
    assert points[0].endswith("The teacher is certain of every input, clean or moved.")
    assert points[1].startswith(points[0])
    assert points[1].endswith("the teacher, certain of 60 of them, agrees with 75\u00a0%.")


def test_the_widest_gap_is_said_first_with_its_numbers(kept: Record) -> None:
    summary = summarise(kept)
    row = widest_gap(summary)
    assert row is not None
    assert row.name == max(summary.attacks, key=lambda r: abs(gap_of(r) or 0)).name
    said, digit = opening(kept, summary), places(summary)
    assert said.number == fixed_rate(row.relative, digit)
    assert f"looks right on {fixed_rate(row.conventional, digit)} of inputs" in said.sentence
    assert said.points[0].word == "At worst"
    assert fixed_rate(summary.headline.relative, digit) in said.points[0].text
    assert 1 <= len(said.points) <= POINTS


def test_readings_that_agree_leave_the_rate_first(one: Record) -> None:
    record = agreed(one)
    summary = summarise(record)
    assert widest_gap(summary) is None
    said = opening(record, summary)
    assert said.sentence.startswith("Where its teacher is certain")
    assert said.points[0].word == "Conventional reading"
    assert not said.gap


def test_a_gap_whose_intervals_meet_is_chance(one: Record) -> None:
    """Few items: however far apart, nothing is settled, and it is not said first."""
    few = torch.zeros(60, dtype=torch.bool)
    few[:6] = True
    sheets = [
        replace(said, sheet=replace(said.sheet, asked=few)) for said in (one.clean, *one.moved)
    ]
    record = replace(one, clean=sheets[0], moved=tuple(sheets[1:]))
    assert widest_gap(summarise(record)) is None


def test_the_chart_holds_every_rate_sorted_by_gap(kept: Record) -> None:
    summary = summarise(kept)
    root = read(render(kept))
    _, *rows = table(root, "Two readings")
    attacks = sorted(summary.attacks, key=lambda row: -abs(gap_of(row) or 0))
    wanted = [*attacks, summary.clean, summary.worst]
    assert len(rows) == len(wanted)
    for cells, row in zip(rows, wanted, strict=True):
        assert cells[0].startswith(row.name)
        assert fixed_rate(row.relative, places(summary)).replace("\u00a0", " ") in cells[3]
        assert fixed_rate(row.conventional, places(summary)).replace("\u00a0", " ") in cells[2]
    link = next(a for a in root.all("a") if a.attributes.get("download"))
    text = base64.b64decode(link.attributes["href"].split(",")[1]).decode()
    data = list(csv.DictReader(io.StringIO(text)))
    assert [float(one["teacher_relative"]) for one in data] == [r.relative.value for r in wanted]
    assert [float(one["conventional"]) for one in data] == [r.conventional.value for r in wanted]
    assert [int(one["certain"]) for one in data] == [r.relative.certain for r in wanted]


def test_the_picture_shows_what_the_sentence_says(kept: Record, tmp_path: Path) -> None:
    figure = next(f for f in read(render(kept)).all("figure") if f.attributes["class"] == "telling")
    assert len(figure.all("img")) == 2
    assert "Invariance error." in figure.text
    rows = vector_record(tmp_path, features=6)
    figure = next(f for f in read(render(rows)).all("figure") if f.attributes["class"] == "telling")
    assert "feature" in figure.all("table")[0].text


@pytest.mark.parametrize(
    ("reasons", "answers", "minutes"),
    [
        ({"waits at the desk, no answer yet": 30}, 30, 2),
        (
            {
                "waits at the desk, 0 of 3 answers yet": 10,
                "waits at the desk, 2 of 3 answers yet": 5,
            },
            35,
            2,
        ),
    ],
)
def test_a_waiting_audit_says_for_how_much_it_waits(
    one: Record, reasons: dict[str, int], answers: int, minutes: int
) -> None:
    record = unanswered(one, 0, reasons, "human:rows")
    command = "preceptor audit --ledger 'my answers.db' --seed 3"
    record = replace(record, run={**record.run, "command": command})
    found = waiting(record)
    assert found is not None
    assert found.answers == answers
    assert (
        f"{answers} answers, about {minutes} minutes at 4\u00a0s an answer (assumed)"
        in found.sentence
    )
    root = read(render(record))
    assert "preceptor desk 'my answers.db'" in root.text
    assert "0 to 100" not in root.text
    assert "between 0 and 100" not in root.text
    assert root.all("progress")[0].attributes["value"] == "0"
    assert "h-verdicts" not in [e.attributes["id"] for e in root.all("h2")]
    assert record.view().headline == found.sentence
    assert not record.view().rows


def test_only_of_people_is_the_time_known(one: Record) -> None:
    found = waiting(unanswered(one, 0, {"no such vote": 9}, "votes"))
    assert found is not None
    assert (found.minutes, found.command) == (None, "")
    assert found.sentence == "9 questions without an answer: no such vote."
    assert waiting(one) is None


def test_with_some_answers_the_pace_is_theirs(one: Record) -> None:
    record = unanswered(one, 20, {"waits at the desk, no answer yet": 40}, "human:rows")
    questions = {**record.facts["questions"], "cost": 200.0}
    found = waiting(replace(record, facts={**record.facts, "questions": questions}))
    assert found is not None
    assert found.measured
    assert found.minutes == pytest.approx(40 * 10 / 60)
    assert "about 7 minutes at 10\u00a0s an answer (the pace so far)" in found.sentence
    assert "Not all answered" in read(render(record)).text


def test_a_title(one: Record, tmp_path: Path) -> None:
    page = write(one, tmp_path / "page.html", title="Gate <3>").read_text()
    root = read(page)
    assert root.all("h1")[0].text == "Gate <3>"
    assert "linear student as seen by five voters" in root.text
    assert root.all("title")[0].text.startswith("Gate <3>: ")


def test_a_rate_of_certain_inputs_is_not_said_of_all(tmp_path: Path) -> None:
    """Of a doubtful teacher the two readings of the first sentence have other denominators."""
    inputs = torch.linspace(0, 1, 60)[:, None].repeat(1, 3)

    def net(x: torch.Tensor) -> torch.Tensor:
        return torch.stack([x[:, 0] - 0.5, 0.5 - x[:, 0]], 1)

    def law(x: torch.Tensor) -> torch.Tensor:
        labels = torch.where(x[:, 0] > 0.5, 0, 1)
        return torch.where((x[:, 0] - 0.4).abs() < 0.05, -1, labels)

    def void(x: torch.Tensor) -> torch.Tensor:
        return torch.full((len(x),), -1)

    said = []
    for number, teacher in enumerate((law, void)):
        record = preceptor.audit(
            net,
            inputs,
            teacher,
            attacks=["pgd:eps=0.25"],
            classes=2,
            out=tmp_path / f"{number}",
            ledger=tmp_path / "l.db",
        )
        said.append(opening(record, summarise(record)))
    assert said[0].gap
    assert "its teacher, where it is certain, says" in said[0].sentence
    assert "no rate: the teacher is uncertain (void) of all 60" in said[1].points[-1].text
