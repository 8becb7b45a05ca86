"""The page of a suite: it says what the numbers say, escapes names, and can be read in a browser."""

import base64
import sys
from pathlib import Path

import pytest
from browsing import beyond, troubles, violations
from paper_planted import DOT, SCENE, finding, suite
from selenium import webdriver

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

from report_html import read, table
from test_report_browser import CONTRAST, browser, open_at, run  # noqa: F401

from preceptor.paper import Suite
from preceptor.report import render_paper, write_paper
from preceptor.report.paper_scenes import SIDE, place

WIN = {"asked / told, d=4": [30.0, 31.0, 29.0], "asked / told, d=8": [60.0, 62.0, 61.0]}
TIE = {
    "asked / told, d=4": [1.4, 1.5, 1.6],
    "asked / told, d=8": [1.5, 1.5, 1.5],
    "power": [1.0, 1.01, 0.99],
}
LOSS = {"asked / told, d=4": [0.1, 0.11, 0.1], "asked / told, d=8": [0.1, 0.1, 0.12]}


@pytest.fixture(scope="module")
def planted() -> Suite:
    return suite(
        finding(WIN, name="win", expected="shown"),
        finding(TIE, name="level"),
        finding(LOSS, name="loss", expected="shown"),
    )


def test_it_says_what_the_numbers_say(planted: Suite) -> None:
    page = read(render_paper(planted))
    assert "Of 3 claims: 1 shown, 1 tie and 1 not shown." in page.text
    rows = table(page, "Verdicts")[1:]
    assert [row[1] for row in rows] == ["shown", "tie", "not shown expected: shown"]
    assert all(row[3] == "constructed" for row in rows)
    # the number nearest to its bounds stands beside the verdict, as in the table of checks
    assert rows[0][2] == "asked / told, d=4: 30 (27.5 to 32.5) / at least 10"
    assert rows[2][2].endswith("/ at least 10")
    checks = table(page, "What the rule asks for")
    assert checks[1] == [
        "asked / told, d=4", "shown", "at least 10", "30", "27.5 to 32.5", "holds",
    ]  # fmt: skip
    assert "2 numbers of 2 outside of the bounds" in page.text
    assert "They reproduce no table and no theorem of any paper." in page.text
    assert "Nobody else was there." in page.text
    assert page.text.count("What this does not show") == 3
    assert sum(img.attributes["src"].endswith(DOT) for img in page.all("img")) == 3
    assert not [word for word in ("http://", "https://", "inf to", "None") if word in page.text]


def test_charts_have_a_mark_for_each_number(planted: Suite) -> None:
    page = read(render_paper(planted))
    first = page.all("figure")[2]
    assert len(first.all("circle")) == 2 + 1  # two sizes, and the key
    assert len(first.all("polyline")) == 1


def test_a_plane_has_all_that_is_said_of_it(planted: Suite) -> None:
    page = read(render_paper(planted))
    drawn = next(f for f in page.all("figure") if "A plane" in f.text)
    kinds = [one.attributes.get("class", "") for one in drawn.all("polygon")]
    assert kinds == ["scene-low", "scene-uncertain", "scene-high", "scene-error"]
    marks = [one.attributes.get("class", "") for one in (*drawn.all("circle"), *drawn.all("rect"))]
    assert marks.count("scene-mark-high") == 2 + 1  # and the key
    assert marks.count("scene-mark-low") == 1 + 1
    assert marks.count("scene-ball") == 2 + 1
    for words in ("Two boundaries cross.", "the student is wrong", "other", "A note on the plane."):
        assert words in drawn.text


def test_up_is_up_and_scales_are_equal() -> None:
    placed = place(SCENE)
    half = SIDE / 2
    assert placed.low == ((half / 2, 1.5 * half),)
    assert placed.high[0] == (1.5 * half, half / 2)
    assert {ball.radius for ball in placed.balls} == {half / 4}
    assert [ball.round for ball in placed.balls] == [False, True]
    line = placed.lines[0]
    assert (line.x1, line.y1, line.x2, line.y2) == (half, SIDE, half, 0.0)


def test_names_are_escaped() -> None:
    hostile = "<script>alert(1)</script>"
    page = render_paper(suite(finding({hostile: [1.0, 2.0]}, name=hostile)))
    assert hostile not in page
    assert "&lt;script&gt;" in page


def test_one_seed_has_no_interval() -> None:
    page = read(render_paper(suite(finding({"asked / told, d=4": [30.0], "power": [1.0]}))))
    assert "one seed: none" in page.text
    assert "not settled by these seeds" in page.text


@pytest.fixture(scope="module")
def page(planted: Suite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_paper(planted, tmp_path_factory.mktemp("page") / "paper.html")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_in_a_browser(
    browser: webdriver.Chrome,  # noqa: F811
    page: Path,
    width: int,
    scheme: str,
) -> None:
    troubles(browser)
    open_at(browser, page, width, scheme)
    assert troubles(browser) == []
    assert beyond(browser) == []
    assert run(browser, "return [...document.images].every(i => i.naturalWidth > 0)")
    found = run(browser, CONTRAST)
    assert {key: ratio for key, ratio in found.items() if ratio < 4.5} == {}
    assert violations(browser) == []


def test_the_planted_dot_is_a_picture() -> None:
    assert base64.b64decode(DOT).startswith(b"\x89PNG")
