"""Calibration: what people say of a stand-in, their own number, and who comes back."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from calibration_worlds import Person, X, audited, model, stand_in, truth

import preceptor as pr
from preceptor.audit import Record
from preceptor.calibration import Calibration, calibrate
from preceptor.core import UNCERTAIN, InputError
from preceptor.ledger import Ledger
from preceptor.outcome import accuracy, judge, worst
from preceptor.teachers import Panel, Rule, Unanimous, Votes


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return audited(tmp_path_factory.mktemp("calibrated") / "audit")


def people_sheets(record: Record) -> list[torch.Tensor]:
    """The verdicts of every sheet, were people asked everything."""
    rows, said = list(range(len(record.ids))), [record.clean, *record.moved]
    sheets = []
    for i, one in enumerate(said):
        labels = truth(torch.from_numpy(record.inputs(i, rows)))
        sheets.append(judge(replace(one.sheet, teacher=labels)))
    return sheets


def test_with_everything_asked_the_numbers_are_those_of_an_audit_by_people(record: Record) -> None:
    found = calibrate([record], Person(), budget=10**6, attacks=["all"]).calibration
    clean, *moved = people_sheets(record)
    names = [attack["name"] for attack in record.attacks]
    for name, verdicts in zip(
        ["no attack", *names, "all attacks"], [clean, *moved, worst(moved)], strict=True
    ):
        rate, true = found.rate(name), accuracy(verdicts)
        assert rate.value == pytest.approx(true.value)
        assert (rate.low, rate.high) == pytest.approx((true.value, true.value))
        void = found.rate(name, "void share")
        assert void.value == pytest.approx(true.void / len(record.ids))
    assert found.facts["questions"]["items_used"] == len(record.ids)
    people = pr.audit(
        model,
        X,
        lambda x: truth(x),
        ["noise:size=0.1", "noise:size=0.2"],
        classes=2,
        progress=False,
    )
    for name in (*names, "all attacks"):
        wanted = next(r for r in pr.summarise(people).rows if r.name == name).conventional
        assert found.rate(name, "conventional").value == pytest.approx(wanted.value)


def test_agreement_is_counted_where_both_are_certain(record: Record) -> None:
    checked = calibrate([record], Person(), budget=60)
    found, heard = checked.calibration, checked.heard
    assert found.facts["questions"]["asked"] <= 60
    (one,) = found.agreements
    said = stand_in(torch.from_numpy(record.inputs(0, heard.drawn.tolist()))).numpy()
    place = heard.sheets.index(0)
    sure = heard.labels[place] != UNCERTAIN
    clean = one.on("no attack")
    assert clean is not None
    assert (clean.hits, clean.certain) == ((said == heard.labels[place])[sure].sum(), sure.sum())
    assert clean.low <= clean.hits / clean.certain <= clean.high
    over = next(share for share in one.over if share.of == "no attack")
    assert (over.hits, over.certain) == ((~sure).sum(), len(sure))
    assert one.under == ()  # it is never uncertain
    assert sum(share.certain for share in one.by_class) == (heard.labels != UNCERTAIN).sum()


def test_intervals_hold_the_truth_and_a_good_stand_in_saves_answers(tmp_path: Path) -> None:
    record = audited(tmp_path / "a", attacks=["noise:size=0.1"])
    true = accuracy(people_sheets(record)[1]).value
    for seed in range(3):
        found = calibrate([record], Person(), budget=70, seed=seed).calibration
        rate = found.headline
        assert rate is not None
        assert rate.low <= true <= rate.high
        assert rate.low <= rate.value <= rate.high
        assert 0 <= rate.saved < rate.items


def test_few_questions_go_to_the_attacks_with_the_lowest_rates(record: Record) -> None:
    few = calibrate([record], Person(), budget=45).calibration.facts
    rows = pr.summarise(record).attacks
    lowest = min(rows, key=lambda row: row.relative.hits / row.relative.certain)
    assert few["plan"]["checked"] == ["no attack", lowest.name]
    named = calibrate([record], Person(), budget=45, attacks=["noise size=0.1"]).calibration.facts
    assert named["plan"]["checked"] == ["no attack", "noise size=0.1"]
    assert named["questions"]["items"] >= 20
    with pytest.raises(
        InputError, match=r"the audit has none of that name; it has noise size=0\.1"
    ):
        calibrate([record], Person(), attacks=["pgd"])
    with pytest.raises(InputError, match="each item takes up to 3 questions"):
        calibrate([record], Person(), budget=1, attacks=["all"])


def test_an_item_that_waits_ends_the_count_and_the_next_run_goes_on(record: Record) -> None:
    person = Person(room=31)
    with Ledger(":memory:") as book:
        first = calibrate([record], book.keep(person), budget=60).calibration
        assert first.facts["questions"]["unanswered"] == {"at the desk": 29}
        assert 9 <= first.facts["questions"]["items_used"] <= 10
        person.room = None
        again = calibrate([record], book.keep(person), budget=60).calibration
    assert again.facts["questions"]["unanswered"] == {}
    assert len(person.asked) == 60
    whole = calibrate([record], Person(), budget=60).calibration
    assert again.describe()["rates"] == whole.describe()["rates"]


def test_nobody_has_answered_yet(record: Record) -> None:
    found = calibrate([record], Person(room=0), budget=60).calibration
    assert "has not answered yet" in repr(found)
    assert found.headline is not None
    assert (found.headline.low, found.headline.high, found.headline.value) == (0.0, 1.0, None)
    assert Calibration.load(record.folder).describe() == found.describe()


def test_a_failure_hides_nothing(record: Record) -> None:
    """Where people fail for good, the interval holds what they might have said."""
    person = Person(broken=lambda x: x[:, 1] > 0.8)
    found = calibrate([record], person, budget=60).calibration
    known = calibrate([record], Person(), budget=60).calibration
    assert found.facts["questions"]["items_used"] == known.facts["questions"]["items_used"]
    for one, other in zip(found.rates, known.rates, strict=True):
        assert one.low <= other.low + 0.05
        assert one.high >= other.high - 0.05


def test_the_first_seed_counts(record: Record) -> None:
    with Ledger(":memory:") as book:
        first = calibrate([record], book.keep(Person()), budget=30, journal=book.journal)
        other = calibrate([record], book.keep(Person()), budget=30, seed=9, journal=book.journal)
    assert other.calibration.facts["plan"]["seed"] == 0
    assert [one["code"] for one in other.calibration.facts["remarks"]] == ["first-seed"]
    assert other.calibration.describe()["rates"] == first.calibration.describe()["rates"]


def test_a_panel_has_members_scores_and_a_threshold(tmp_path: Path) -> None:
    borders = (0.9, 1.0, 1.05, 1.1, 1.2)

    def member(border: float) -> Rule:
        return Rule(
            lambda x: (x.sum(1) > border).long(), name=f"at {border}", classes=2, version="1"
        )

    panel = Panel([member(b) for b in borders], "panel", Votes(least=5, share=0.9))
    record = audited(tmp_path / "a", teacher=panel, attacks=["noise:size=0.1"])
    found = calibrate([record], Person(), budget=80).calibration
    (one,) = found.agreements
    assert len(one.members) == 5
    assert one.members[1].clean == one.members[1].clean_of > 0  # the truth's own border
    assert {t.share for t in found.thresholds} == {0.6, 0.8, 1.0}
    for t in found.thresholds:
        whole = t.agree + t.differ + t.over + t.under + t.neither
        assert whole == found.thresholds[0].agree + found.thresholds[0].differ + (
            found.thresholds[0].over + found.thresholds[0].under + found.thresholds[0].neither
        )
    assert found.threshold is not None
    assert found.threshold.mistakes == min(t.mistakes for t in found.thresholds)
    assert "of its votes on" in " ".join(found.view().notes)


def test_several_stand_ins_are_checked_at_once(tmp_path: Path) -> None:
    first = audited(tmp_path / "a", attacks=["noise:size=0.1"])
    other = audited(
        tmp_path / "b",
        teacher=Rule(truth, name="knows", classes=2, version="1"),
        attacks=["noise:size=0.1"],
    )
    both = calibrate([first, other], Person(), budget=120).calibration
    alone = calibrate([first], Person(), budget=120).calibration
    assert [one.name for one in both.agreements] == ["stand_in", "knows"]
    knows = both.agreements[1].on("no attack")
    assert knows is not None
    assert knows.hits == knows.certain
    rate, less = both.rate("noise size=0.1"), alone.rate("noise size=0.1")
    assert rate.high - rate.low < less.high - less.low
    with pytest.raises(InputError, match="differ in their attacks"):
        calibrate([first, audited(tmp_path / "c", attacks="none")], Person())
    with pytest.raises(InputError, match="the same teacher in two records"):
        calibrate([first, first], Person())


def test_a_stopped_audit_and_one_without_attacks(tmp_path: Path) -> None:
    stopped = audited(tmp_path / "a", attacks=["noise:size=0.1"], until=">=0.2")
    found = calibrate([stopped], Person(), budget=40).calibration
    assert found.facts["plan"]["items"] == len(stopped.ids) < len(X)
    plain = audited(tmp_path / "b", attacks="none")
    found = calibrate([plain], Person(), budget=40).calibration
    assert [(one.name, one.kind) for one in found.rates] == [
        ("no attack", "accuracy"),
        ("no attack", "void share"),
    ]


def test_who_cannot_be_compared(record: Record) -> None:
    with pytest.raises(InputError, match="people know 3 labels"):
        calibrate([record], Person(classes=3))
    with pytest.raises(InputError, match="is the teacher of this audit"):
        calibrate([record], Person(name="stand_in", version=record.facts["teacher"]["version"]))
    for wrong in ({"budget": 0}, {"level": 1.0}):
        with pytest.raises(InputError):
            calibrate([record], Person(), **wrong)  # type: ignore[arg-type]


def test_votes_on_some_inputs(record: Record, tmp_path: Path) -> None:
    """Of questions drawn here: the whole audit's number. Of others: of these alone, said loudly."""
    asked = tmp_path / "q.npz"
    from preceptor.api.calibrating import CalibrateOptions, write_questions

    assert write_questions(CalibrateOptions(record=record, budget=30), asked) == 30
    with np.load(asked) as held:
        inputs, ids = held["inputs"], held["ids"]
    assert sum("/" in item for item in ids.tolist()) == 15
    labels = truth(torch.from_numpy(inputs)).tolist()
    words = ["low", "high", "can't tell"]  # the last is -1
    lines = ["item,annotator,label"]
    lines += [f'"{i}",ann,{words[n]}' for i, n in zip(ids, labels, strict=True)]
    (tmp_path / "v.csv").write_text("\n".join(lines) + "\n")
    spec = f"votes:{tmp_path / 'v.csv'},{asked},least=1"
    found = pr.calibrate(record, spec, budget=30, progress=False)
    assert found.facts["plan"]["items"] == len(record.ids)
    assert found.facts["questions"]["items_used"] == 15
    assert found.facts["remarks"] == []
    rows = [5, 6, 7, 8, 9, 60, 61, 62]
    lines = ["item,annotator,label"]
    lines += [
        f"{record.ids[i]},ann,{words[n]}"
        for i, n in zip(rows, truth(torch.from_numpy(X[rows])).tolist(), strict=True)
    ]
    (tmp_path / "w.csv").write_text("\n".join(lines) + "\n")
    found = pr.calibrate(record, f"votes:{tmp_path / 'w.csv'},least=1", budget=4, progress=False)
    assert found.facts["plan"]["items"] == len(rows)
    assert [one["code"] for one in found.facts["remarks"]] == ["part-of-the-items"]


def test_it_shows_itself(record: Record) -> None:
    found = pr.calibrate(record, Person(), budget=60, progress=False)
    assert repr(found).startswith(
        "Calibration of stand_in against person on data, 60 of 60 questions"
    )
    assert "<table" in found._repr_html_()
    assert json.loads(json.dumps(found.to_dict()))["schema"] == "preceptor-calibration/1"
    assert set(found.to_pandas()["kind"]) == {"accuracy", "void share", "conventional"}
    assert len(found.to_pandas("agreement"))
    assert len(found.to_pandas("thresholds")) == 0
    with pytest.raises(InputError, match="expected 'rates'"):
        found.to_pandas("other")
    with pytest.raises(KeyError):
        found.rate("pgd")


def test_a_panel_of_votes_alone_is_unanimous_or_not(tmp_path: Path) -> None:
    """A panel that is nowhere certain: its rates are undefined, people's are not."""
    apart = [
        Rule(lambda x, k=k: torch.full((len(x),), k), name=f"says {k}", classes=2, version="1")
        for k in (0, 1)
    ]
    panel = Panel(apart, "at odds", Unanimous(2))
    record = audited(tmp_path / "a", teacher=panel, attacks="none")
    found = calibrate([record], Person(), budget=50).calibration
    rate = found.rate("no attack")
    assert rate.stand_in is None
    assert 0 < rate.low <= rate.value <= rate.high < 1
    under = found.agreements[0].under[0]
    assert under.hits > 0
    assert "undefined" in repr(found)
