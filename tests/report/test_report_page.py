"""The page: its form, its numbers, and what users' text may not do to it."""

import base64
import html
import io
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from report_html import Element, read, table
from report_records import Noise, Sign, colour_record, digits_record, vector_record

from preceptor.audit import Record, summarise
from preceptor.core import InputError
from preceptor.outcome.wording import decimals, fixed_interval, fixed_rate, percent
from preceptor.report import distance_table, render, write
from preceptor.report.input_pictures import triples


@cache
def shown(record: Record) -> Element:
    """The page of a record, made once."""
    return read(render(record))


def spaced(text: str) -> str:
    """With plain spaces, as the reader of pages gives it."""
    return text.replace("\u00a0", " ")


@pytest.fixture(scope="module", params=["digits", "vectors", "colours", "no attack"])
def record(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Record:
    if request.param == "no attack":
        return digits_record(tmp_path_factory.mktemp("none"), items=40, attacks=())
    found: Record = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def page(record: Record) -> str:
    return render(record)


@pytest.fixture(scope="module")
def root(page: str) -> Element:
    return read(page)


def test_the_table_holds_the_summary(record: Record, root: Element) -> None:
    summary = summarise(record)
    head, *rows = table(root, "Accuracy by both readings")
    assert len(rows) == len(summary.rows)
    places = decimals([rate for row in summary.rows for rate in (row.relative, row.conventional)])
    for cells, row in zip(rows, summary.rows, strict=True):
        relative, conventional = row.relative, row.conventional
        several = len(summary.least.names) > 1
        mark = " the least" if several and row is summary.headline else ""
        assert cells[0] == row.name + mark
        value, ends = fixed_rate(relative, places), fixed_interval(relative, places)
        assert cells[1] == spaced(f"{value} {ends}")
        assert cells[2].startswith(spaced(fixed_rate(conventional, places)))
        assert cells[3].endswith(f" {row.verdicts['VOID']}")
        assert cells[head.index("Agree")] == str(row.verdicts["AGREE"])
        assert cells[head.index("Error")] == str(row.verdicts["ERROR"])
        if row is not summary.worst:
            assert cells[head.index("Invariance")] == str(row.splits["INVARIANCE"])
            assert cells[head.index("Sensitivity")] == str(row.splits["SENSITIVITY"])
        if row.conventional_failures:
            alarms = f"{row.splits['FALSE_ALARM']} of {row.conventional_failures}"
            assert cells[4].endswith(alarms)


def test_the_table_of_the_teachers_changes_holds_the_summary(record: Record, root: Element) -> None:
    attacks = summarise(record).attacks
    if not attacks:
        return
    _, *rows = table(root, "What the teacher's answer did")
    for cells, row in zip(rows, attacks, strict=True):
        assert row.changes is not None
        assert cells[:2] == [row.name, str(row.changes.of)]
        wanted = (row.changes.kept, row.changes.relabelled, row.changes.doubted)
        assert [int(cell.split()[0]) for cell in cells[2:]] == list(wanted)
        assert sum(wanted) == row.changes.of


def test_the_bars_hold_the_verdicts(record: Record, root: Element) -> None:
    bars = [e for e in root.all("li") if e.attributes.get("class") == "bar-row"]
    summary = summarise(record)
    rows = summary.rows[:2] if len(summary.attacks) == 1 else summary.rows
    for bar, row in zip(bars, rows, strict=True):
        said = re.findall(r"([a-z, ]+?) ([\d,]+) \([\d.]+\s%\)", bar.all("desc")[0].text)
        counted = {name.strip(", "): int(n.replace(",", "")) for name, n in said}
        inside = [e.text for e in bar.all("span") if e.attributes.get("class") == "in-bar"]
        assert {int(one.replace(",", "")) for one in inside} <= set(counted.values())
        assert sum(counted.values()) == row.items
        assert counted.get("void", 0) == row.verdicts["VOID"]
        assert counted.get("agree", 0) == row.verdicts["AGREE"]
        widths = [float(r.attributes["width"].rstrip("%")) for r in bar.all("svg")[0].all("rect")]
        assert sum(widths) == pytest.approx(100, abs=0.1)


def test_the_curves_hold_the_rates(digits: Record) -> None:
    root, summary = shown(digits), summarise(digits)
    rows = table(root, "sign")[1:]
    assert [row[0] for row in rows] == ["0", "0.05", "0.1", "0.2"]
    clean = summary.clean.relative
    assert rows[0][1] == spaced(percent(clean.value, clean.certain))
    for cells, row in zip(rows[1:], summary.attacks[:3], strict=True):
        assert cells[1] == spaced(percent(row.relative.value, row.relative.certain))
        assert cells[3] == spaced(percent(row.conventional.value, row.conventional.certain))
    drawn = {f.all("h3")[0].text for f in root.all("figure") if f.all("h3")}
    assert drawn == {"sign", "noise"}


def test_what_was_asked(digits: Record) -> None:
    words = shown(digits).text
    questions = digits.facts["questions"]
    assert f"{questions['asked']:,} different ones" in words
    assert digits.facts["teacher"]["certainty"] in words
    assert digits.digest in words
    assert "preceptor audit --seed 3" in words
    assert f"seed {digits.facts['plan']['seed']}" in words


def test_a_record_without_a_command(vectors: Record) -> None:
    assert "This audit was started from Python" in shown(vectors).text


def test_findings_stand_before_the_numbers(digits: Record) -> None:
    finding = {"code": "x", "level": "warning", "message": "Odd <set-up>.", "fix": "Mend it."}
    note = {"code": "y", "level": "note", "message": "A note.", "fix": "Nothing."}
    record = replace(digits, facts={**digits.facts, "findings": [note, finding]})
    page = render(record)
    root = read(page)
    order = [e.attributes["id"] for e in root.all("h2")]
    assert order[:3] == ["h-answer", "h-findings", "h-verdicts"]
    items = [e for e in root.all("li") if "finding" in e.attributes.get("class", "").split()]
    assert [item.text for item in items] == [
        "warning Odd <set-up>. What to do: Mend it.",
        "note A note. What to do: Nothing.",
    ]
    assert "h-findings" not in [e.attributes["id"] for e in shown(digits).all("h2")]


HOSTILE = "</script><script>alert(1)</script><img src=x onerror='alert(2)'>\"'`{{7*7}}&amp;"


def _poison(value: Any) -> Any:
    if isinstance(value, str):
        return value if value in ("flip", "keep", "all", "warning", "note") else HOSTILE
    if isinstance(value, list):
        return [_poison(item) for item in value]
    if isinstance(value, dict):
        return {k: _poison(v) for k, v in value.items()}
    return value


@pytest.mark.parametrize("name", ["digits", "vectors"])
def test_users_text_is_only_text(name: str, request: pytest.FixtureRequest) -> None:
    """Every string of a record, and the keys that users choose, are hostile."""
    record: Record = request.getfixturevalue(name)
    facts = _poison(record.facts)
    facts["source"]["classes"] = [HOSTILE] * 10
    facts["findings"] = [{"code": HOSTILE, "level": "warning", "message": HOSTILE, "fix": HOSTILE}]
    facts["failures"] = {HOSTILE: {HOSTILE: HOSTILE}}
    facts["questions"] = {**facts["questions"], "asked": 9999, "unanswered": {HOSTILE: 3}}
    for attack in facts["plan"]["attacks"]:
        attack["settings"] = {HOSTILE: HOSTILE}
    run = {**_poison(record.run), "environment": {HOSTILE: HOSTILE}, "seconds": 1.0}
    ids = tuple(f"{HOSTILE}{i}" for i in range(len(record.ids)))
    page = render(replace(record, facts=facts, run=run, ids=ids))
    root = read(page)
    assert page.count("alert(1)") > 50
    assert "<script>alert" not in page
    assert len(root.all("script")) == 1
    assert not [e for e in root.walk() for a in e.attributes if a.startswith("on")]
    assert all(e.attributes["src"].startswith("data:image/png") for e in root.all("img"))
    assert HOSTILE in root.all("h1")[0].text
    for element in root.walk():
        if element.tag not in ("style", "script"):
            assert element.attributes.keys() <= KNOWN, element.attributes.keys() - KNOWN
    assert html.escape("<img src=x") in page


NAMES = """
lang charset name content http-equiv rel href class id width height aria-hidden focusable
patternunits patterntransform x y rx r cx cy x1 x2 y1 y2 role aria-labelledby aria-label tabindex
style download max scope datetime viewbox text-anchor points hidden value type data-kind data-attack src alt
"""
KNOWN = set(NAMES.split())
"""Every attribute that a page has; hostile text must not make another."""


def test_gallery_cards(digits: Record) -> None:
    root = shown(digits)
    cards = root.by_id("gallery").children
    assert 30 <= len(cards) <= 48
    text = cards[0].text
    assert "5 of 5" in text or "4 of 5" in text
    assert len(cards[0].all("img")) == 3
    assert {c.attributes["data-attack"] for c in cards} <= {
        "no attack",
        *(a["name"] for a in digits.attacks),
    }


def test_vectors_are_shown_as_features(vectors: Record) -> None:
    root = shown(vectors)
    card = next(c for c in root.by_id("gallery").children if "sign eps=0.4" in c.text)
    rows = [[c.text for c in r.children] for r in card.all("table")[1].all("tr")]
    assert rows[0] == ["Feature", "Clean", "Moved", "Change"]
    assert len(rows) == 9
    assert "4 more features not shown" in card.text
    changes = [abs(float(r[3].replace("\u2212", "-"))) for r in rows[1:]]
    assert changes == sorted(changes, reverse=True)
    assert rows[1][0].startswith("feature ")
    assert not root.all("img")


def test_class_names_and_numbers(colours: Record, digits: Record) -> None:
    assert "green" in shown(colours).by_id("gallery").text
    assert "green" not in shown(digits).by_id("gallery").text


def test_distances_are_the_records(digits: Record, vectors: Record) -> None:
    head, *rows = table(shown(digits), "Distance between")
    assert head[2:] == ["l 0", "l 1", "l 2", "l \u221e", "Wasserstein, pixels", "SSIM"]
    for cells, said in zip(rows, digits.moved, strict=True):
        for column in range(4):
            median = float(np.median(said.distances[:, column].numpy()))
            assert float(cells[2 + column].split()[0]) == pytest.approx(median, rel=0.006)
    assert len(table(shown(vectors), "Distance between")[0]) == 6


def test_it_is_written_whole(digits: Record, tmp_path: Path) -> None:
    assert write(digits) == digits.folder / "report.html"
    path = write(digits, tmp_path / "deep" / "page.html")
    assert path.read_text(encoding="utf-8") == render(digits)
    assert list(path.parent.iterdir()) == [path]


def test_a_record_without_its_inputs(digits: Record, tmp_path: Path) -> None:
    for name in ("record.json", "arrays.npz"):
        (tmp_path / name).write_bytes((digits.folder / name).read_bytes())
    with pytest.raises(InputError, match="Copy the whole folder"):
        render(Record.load(tmp_path))


def test_a_loaded_record_makes_the_same_page(digits: Record) -> None:
    assert render(Record.load(digits.folder)) == render(digits)


@pytest.mark.parametrize("side", [40, 300])
def test_pictures_of_large_noise_stay_small(side: int) -> None:
    rng = np.random.default_rng(0)
    pairs = [(rng.random((3, side, side)), rng.random((3, side, side))) for _ in range(48)]
    found = triples(pairs, np.zeros((3, side, side)), np.ones((3, side, side)))
    assert sum(len(t.clean) + len(t.moved) + len(t.difference) for t in found) < 1_600_000
    assert all(t.shrunk == (side > 48) for t in found)
    assert all(t.size == (side, side) for t in found)


def test_pictures_map_the_bounds_to_black_and_white() -> None:
    clean = np.array([[[-2.0, 3.0], [0.5, 3.0]]])
    moved = clean + np.array([[[0.0, 0.0], [0.5, -0.25]]])
    (found,) = triples([(clean, moved)], np.full((1, 2, 2), -2.0), np.full((1, 2, 2), 3.0))
    assert decoded(found.clean).tolist() == [[0, 255], [128, 255]]
    assert decoded(found.moved).tolist() == [[0, 255], [153, 242]]
    assert found.stretch == pytest.approx(10)
    change = decoded(found.difference).astype(int)
    assert (change[0] == change[0, 0]).all()  # nothing changed there
    assert change[1, 0, 0] > change[1, 0, 2]  # brighter is orange
    assert change[1, 1, 2] > change[1, 1, 0]  # darker is blue


def decoded(uri: str) -> np.ndarray:
    """The pixels of a data URI."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",", 1)[1]))))


def test_four_channels_and_constant_images(tmp_path: Path) -> None:
    record = colour_record(tmp_path / "four", items=20, side=6, channels=4)
    assert "Of four channels, the first three are shown" in read(render(record)).text
    black = digits_record(tmp_path / "black", items=20, attacks=(Sign(0.0),))
    assert "moved none" in read(render(black)).text


def test_one_feature_and_one_item(tmp_path: Path) -> None:
    record = vector_record(tmp_path, items=1, features=1)
    assert "1 input" in read(render(record)).text


def test_a_thousand_items_cost_no_more_pictures_than_a_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes long is a Wasserstein distance, so it is counted; and the page stays small."""
    attacks = tuple(Sign(s) for s in (0.02, 0.05, 0.1, 0.2)) + tuple(
        Noise(s) for s in (0.1, 0.2, 0.3, 0.4)
    )
    record = digits_record(tmp_path, items=1000, attacks=attacks)
    compared: list[object] = []
    real = distance_table.compare

    def compare(*pair: object, **options: object) -> object:
        compared.append(pair)
        return real(*pair, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(distance_table, "compare", compare)
    page = render(record)
    assert 0 < len(compared) <= distance_table.SAMPLE * len(attacks)
    assert len(page) < 2_000_000
