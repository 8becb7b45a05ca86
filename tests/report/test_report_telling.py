"""Which examples are shown: the most telling first, never too many of one sort."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from report_html import read
from report_records import Noise, Sign, digits_record, seeded_votes

from preceptor.audit import Record
from preceptor.core import MISSING, UNCERTAIN
from preceptor.outcome import Split, Verdict, judge, split
from preceptor.report import Kind, render, telling
from preceptor.report.select_examples import EACH, MOST, SURE, top_votes


@pytest.fixture(scope="module", params=["digits", "vectors", "colours", "many"])
def record(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Record:
    if request.param == "many":
        attacks = (*(Sign(s / 100) for s in range(5, 25, 2)), Noise(0.5))
        return digits_record(tmp_path_factory.mktemp("many"), items=300, attacks=attacks)
    found: Record = request.getfixturevalue(request.param)
    return found


def test_in_order_of_kind_then_score(record: Record) -> None:
    found = telling(record)
    order = list(Kind)
    keys = [(order.index(e.kind), -e.score) for e in found]
    assert keys == sorted(keys)
    assert all(0 <= e.score <= 1 for e in found)


def test_not_too_many(record: Record) -> None:
    found = telling(record)
    assert 0 < len(found) <= MOST
    assert max(Counter((e.attack, e.kind) for e in found).values()) <= EACH
    assert len({(e.item, e.attack) for e in found}) == len(found)


def test_each_is_what_it_says(record: Record) -> None:
    for example in telling(record):
        if example.attack is None:
            assert example.kind is Kind.STANDING
            assert judge(record.clean.sheet)[example.item] == Verdict.ERROR
            continue
        outcome, said = record.outcomes[example.attack], record.moved[example.attack]
        verdict = int(judge(outcome.moved)[example.item])
        part = int(split(outcome)[example.item])
        assert said.distances[example.item, 0] > 0
        if example.kind is Kind.VOID:
            assert verdict == Verdict.VOID
            assert said.sure[example.item] >= SURE
        elif example.kind is Kind.FALSE_ALARM:
            assert (verdict, part) == (Verdict.AGREE, Split.FALSE_ALARM)
        else:
            assert verdict == Verdict.ERROR
            assert part == Split[example.kind.name]


def test_the_same_record_gives_the_same_choice(record: Record) -> None:
    assert telling(record) == telling(record)


def test_the_surest_error_of_all_is_there(digits: Record) -> None:
    found = telling(digits)
    for kind in (Kind.INVARIANCE, Kind.SENSITIVITY):
        shown = max(e.score for e in found if e.kind is kind)
        best = 0.0
        for said, outcome in zip(digits.moved, digits.outcomes, strict=True):
            rows = (split(outcome) == Split[kind.name]).numpy()
            tops = [top_votes(one) for one in (said, digits.clean)]
            shares = [top / np.maximum(total, 1) for top, total in tops if top is not None]
            scores = said.sure.numpy() * shares[0] * shares[1]
            best = max(best, float(scores[rows].max(initial=0)))
        assert shown == pytest.approx(best)


def test_it_varies_over_attacks_and_classes(digits: Record) -> None:
    found = [e for e in telling(digits) if e.kind is Kind.SENSITIVITY]
    assert len({e.attack for e in found}) >= 4
    labels = [int(digits.clean.sheet.teacher[e.item]) for e in found]
    assert len(set(labels)) >= 5
    assert {e.kind for e in telling(digits)} >= {
        Kind.INVARIANCE,
        Kind.SENSITIVITY,
        Kind.FALSE_ALARM,
        Kind.VOID,
        Kind.STANDING,
    }


def test_no_attack_shows_what_is_wrong_already(tmp_path: Path) -> None:
    record = digits_record(tmp_path, items=100, attacks=())
    wrong = (judge(record.clean.sheet) == Verdict.ERROR).nonzero()[:, 0].tolist()
    assert {e.item for e in telling(record)} <= set(wrong)
    assert all(e.kind is Kind.STANDING for e in telling(record))
    assert len(telling(record)) == min(EACH, len(wrong))


def test_a_perfect_student_shows_no_error(digits: Record) -> None:
    """Where the student says what the teacher says, or the teacher is unsure of the rest."""
    moved = tuple(
        replace(s, sheet=replace(s.sheet, student=s.sheet.teacher.clamp(min=0)))
        for s in digits.moved
    )
    clean = replace(
        digits.clean,
        sheet=replace(digits.clean.sheet, student=digits.clean.sheet.teacher.clamp(min=0)),
    )
    found = telling(replace(digits, moved=moved, clean=clean))
    assert {e.kind for e in found} <= {Kind.FALSE_ALARM, Kind.VOID}


def test_not_finite_sureness_is_no_sureness(digits: Record) -> None:
    said = digits.moved[0]
    record = replace(
        digits,
        moved=(replace(said, sure=torch.full_like(said.sure, float("nan"))), *digits.moved[1:]),
    )
    assert all(np.isfinite(e.score) for e in telling(record))
    assert "nan" not in read(render(record)).by_id("gallery").text.split()


def test_padding_is_no_vote(digits: Record) -> None:
    votes = seeded_votes(len(digits.ids))
    votes[0] = [2, 2, UNCERTAIN, MISSING]
    votes[1] = [MISSING] * 4
    counts = top_votes(replace(digits.clean, votes=torch.from_numpy(votes)))
    assert counts is not None
    top, total = counts
    assert (top[0], total[0]) == (2, 3)
    assert (top[1], total[1]) == (0, 0)
    assert set(total[2::2]) == {3}
    assert set(total[3::2]) == {4}


def test_absent_voters_do_not_show(tmp_path: Path) -> None:
    page = render(digits_record(tmp_path, items=40, attacks=(Sign(0.2),), silent=3))
    assert "of 5" in page
    assert "of 8" not in page


def test_pictures_are_drawn_as_people_saw_them(tmp_path: Path) -> None:
    record = digits_record(tmp_path / "one", items=40)
    assert 'class="gallery"' in render(record)
    record.facts["teacher"]["viewing"] = {
        "sentence": "People saw the pictures at 168 px, smoothed.",
        "width": 168,
        "height": 168,
        "smooth": True,
    }
    page = render(record)
    assert 'class="gallery seen smooth" style="--seen: 168px"' in page
    assert "drawn 168 px wide, smoothed, as most answers saw them" in page
