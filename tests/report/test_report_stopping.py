"""The page of an audit that stopped: its sentence, its charts, and no interval that does not hold."""

from pathlib import Path

import pytest
import torch
from report_records import Noise, Sign, digits, fit, voters

from preceptor.audit import Plan, Record, audit, summarise
from preceptor.audit.headline import answer
from preceptor.core import Answers, ArraySource, Domain, UnansweredError, blank
from preceptor.report import render
from preceptor.report.charts import bars
from preceptor.report.stopping import stopping
from preceptor.sequential import StoppingRule


def stopped(out: Path, rule: str, *, items: int = 300, proxied: bool = False, attacks: int = 2):
    inputs, labels = digits()
    teacher = voters(inputs[600:], labels[600:], 10)
    guess = voters(inputs[600:], labels[600:], 10, seed=1, name="guessers")
    source = ArraySource(inputs[:items], Domain((1, 8, 8)), name="digits 8x8")
    plan = Plan((Sign(0.02), Noise(0.1))[:attacks], seed=3, until=StoppingRule.parse(rule))
    student = fit(inputs[600:], labels[600:], 10)
    return audit(student, teacher, source, plan, out, proxy=guess if proxied else None)


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return stopped(tmp_path_factory.mktemp("certified"), ">=0.7")


def test_the_answer_says_what_was_decided_and_after_how_many(certified: Record) -> None:
    said = certified.facts["stopping"]
    assert said["claim"] == "certified"
    found = answer(certified, summarise(certified))
    assert found.number == "at least 70\u00a0%"
    assert f"decided after {said['after']} of 300 items, at 95\u00a0% confidence" in found.after
    assert "undecided" not in " ".join(found.then)


class FirstWaits:
    """Answers everything but the first input that it is ever asked about."""

    version, classes, deterministic, certainty = "1", 10, True, "Certain everywhere."
    name = "patient"

    def __init__(self) -> None:
        self.first: torch.Tensor | None = None

    def __call__(self, inputs: torch.Tensor) -> Answers:
        self.first = inputs[0] if self.first is None else self.first
        made = blank(len(inputs))
        made.labels[:] = 0
        waits = (inputs == self.first).flatten(1).all(1)
        if not waits.any():
            return made
        made.labels[waits] = -1
        reasons = dict.fromkeys(waits.nonzero()[:, 0].tolist(), "waits")
        raise UnansweredError("some wait", made, ~waits, reasons)


def test_the_first_item_waits_while_others_are_answered(tmp_path: Path) -> None:
    inputs, labels = digits()
    source = ArraySource(inputs[:60], Domain((1, 8, 8)), name="digits 8x8")
    plan = Plan((Noise(0.1),), until=StoppingRule.parse(">=0.7"))
    student = fit(inputs[600:], labels[600:], 10)
    record = audit(student, FirstWaits(), source, plan, tmp_path)
    assert record.facts["stopping"]["used"] == 0 < len(record.ids)
    assert record.facts["questions"]["answered"] > 0
    assert "Undecided" in render(record)
    for bar in bars(summarise(record), len(record.ids)):
        assert sum(piece.items for piece in bar.segments) == len(record.ids)


def test_bars_count_what_was_asked_about(certified: Record) -> None:
    used, summary = certified.facts["stopping"]["used"], summarise(certified)
    assert 0 < used < 300
    clean, *_, worst = bars(summary, used)
    for bar in (clean, worst):
        assert sum(piece.items for piece in bar.segments) == used
        assert "unasked" not in {piece.key for piece in bar.segments}
    assert sum(piece.width for piece in worst.segments) == pytest.approx(100)
    assert sum(piece.items for piece in bars(summary, 300)[0].segments) == 300
    page = render(certified)
    assert f"{used} of 300 inputs from digits 8x8 asked about" in page
    assert f"Counted are the {used} inputs of 300" in page


@pytest.mark.parametrize(
    ("rule", "items", "number", "after"),
    [
        (">=0.995", 300, "less than 99.5\u00a0%", "decided after"),
        ("+-0.15", 300, " to ", "known after"),
        (">=0.9", 8, " to ", "undecided after 8 of 8 items"),
    ],
)
def test_other_ends(tmp_path: Path, rule: str, items: int, number: str, after: str) -> None:
    record = stopped(tmp_path, rule, items=items)
    found = answer(record, summarise(record))
    assert number in found.number
    assert after in found.after
    assert len(stopping(record).trails) == (1 if rule.startswith("+-") else 2)  # type: ignore[union-attr]


def test_the_page_draws_the_bets_and_names_every_step(certified: Record) -> None:
    page, section = render(certified), stopping(certified)
    assert section is not None
    assert len(section.rows) == certified.facts["stopping"]["used"]
    for words in (
        "When to stop",
        "What a stake of 1 has become",
        "check_decision",
        "about the source",
    ):
        assert words in page
    assert "hold whenever one stops" in page
    assert all(
        0 <= float(n) <= 340
        for t in section.trails
        for n in t.lines[0].points.split()[0].split(",")
    )


def test_one_attack_with_a_proxy(tmp_path: Path) -> None:
    record = stopped(tmp_path, ">=0.7", proxied=True, attacks=1)
    page = render(record)
    assert "guessers, guessed beforehand" in page
    assert "of inputs when inputs are moved by sign eps=0.02" in page
    assert "about these 300 items alone" in page
    assert [row.name for row in summarise(record).rows][-1] == "all attacks"


def test_a_plain_record_has_no_such_section(tmp_path: Path) -> None:
    inputs, labels = digits()
    source = ArraySource(inputs[:20], Domain((1, 8, 8)))
    teacher = voters(inputs[600:], labels[600:], 10)
    record = audit(fit(inputs[600:], labels[600:], 10), teacher, source, Plan(), tmp_path)
    assert stopping(record) is None
    assert "When to stop" not in render(record)
