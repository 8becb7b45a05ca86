"""What a report says of answers that are sets: both readings, the bounds, and the sets themselves."""

from pathlib import Path

import pytest
import torch
from report_html import read, table
from torch import Tensor

import preceptor as pr
from preceptor.audit import Record, answer, summarise
from preceptor.report import render

THIRDS = 3
X = torch.rand(120, 2, generator=torch.Generator().manual_seed(4)).numpy()


def model(points: Tensor) -> Tensor:
    return (points[:, 0] * THIRDS).long().clamp(0, THIRDS - 1)


def law(points: Tensor) -> list[object]:
    """The third of the first coordinate, a little shifted; near a border either of the two."""
    found: list[object] = []
    for value in (points[:, 0] * THIRDS + 0.6).tolist():
        third, near = max(0, min(int(value), THIRDS - 1)), round(value)
        both = abs(value - near) < 0.2 and 0 < near < THIRDS
        found.append({near - 1, near} if both else third)
    return found


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    out = tmp_path_factory.mktemp("sets")
    return pr.audit(
        model, X, law, ["noise:size=0.2"], out=out, classes=["low", "middle", "high"],
        progress=False,
    )  # fmt: skip


def test_the_page_says_both_readings_and_counts_them_apart(record: Record) -> None:
    page = render(record).replace("\u00a0", " ")
    row = summarise(record).headline
    given = row.relative
    assert given.uncontradicted > 5
    assert given.value is not None
    assert given.accepting is not None
    assert given.value < given.accepting
    assert f"{given.uncontradicted} moved inputs more are not contradicted" in page
    assert f"the rate is {100 * given.value:.1f} %" in page
    assert f"counted as right, {100 * given.accepting:.1f} %" in page
    low, high = (f"{100 * end:.1f}" for end in given.bounds)
    assert f"lies between {low} and {high} %" in page
    assert 's-uncontradicted"' in page
    head, *rows = table(read(render(record)), "Accuracy by both readings")
    assert "Not contradicted" in " ".join(head)
    assert any(str(given.uncontradicted) in cells for cells in rows)


def test_the_sentences_and_the_notebook_say_it_too(record: Record) -> None:
    said = " ".join(answer(record, summarise(record)).then)
    assert "not contradicted" in said
    assert "not contradicted" in repr(record)


def test_a_page_of_plain_answers_says_nothing_of_sets(tmp_path: Path) -> None:
    record = pr.audit(model, X, model, ["noise:size=0.2"], out=tmp_path, classes=3, progress=False)
    page = render(record)
    assert "more are not contradicted" not in page
    assert 'class="s-uncontradicted"' not in page
    assert "uncontradicted" not in (tmp_path / "record.json").read_text()


def test_where_everything_is_left_open_the_first_sentence_says_so(tmp_path: Path) -> None:
    record = pr.audit(
        lambda points: torch.zeros(len(points), dtype=torch.long),
        X[:20],
        lambda points: [{0, 1}] * len(points),
        [],
        out=tmp_path,
        classes=3,
        progress=False,
    )
    said = answer(record, summarise(record))
    assert "neither right nor wrong for sure" in said.sentence
    assert summarise(record).least.interval == (0.0, 1.0)
    assert "0 or 1" in set(record.to_pandas("items")["teacher"])
    assert render(record)
