"""Inputs of one's own, drawn or uploaded, in a real browser. Needs Debian's chromium."""

from pathlib import Path

import numpy as np
import torch
from desk_files import grey, png
from desk_page import Page, enter, served
from editing import SIDE, change
from selenium import webdriver
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select
from torch import nn

from preceptor.core import UNCERTAIN, TableColumn, TableDomain
from preceptor.core.shown_rows import as_text, shown_row
from preceptor.core.written_rows import row_of
from preceptor.lessons import Examples, Pairs
from preceptor.people import Settings, Studies
from preceptor.people.lessons import lessons_of
from preceptor.students import TorchStudent


def test_write_your_own(page: Page) -> None:
    page.go("/study/1/teach/write")
    page.until("#bits", "514 bits")
    assert not page.find("#give").is_enabled()
    page.drag((1, 3), (6, 3))
    page.label(UNCERTAIN)
    taught = page.give("grey")
    assert (taught.kind, taught.body) == ("example", {"label": UNCERTAIN, "made": "drawn"})
    expected = np.zeros((1, SIDE, SIDE), np.float32)
    expected[0, 3, 1:7] = 1
    assert (taught.arrays["made"] == expected).all()
    page.until("#told", "Taught")
    assert page.canvas()[..., :3].max() == 0
    assert not page.find("#give").is_enabled()


NAME = "<img src=x onerror=alert(1)>..%2f..%2fetc'\".png"


def test_uploads_good_and_bad(page: Page, tmp_path: Path) -> None:
    page.go("/study/1/teach/write")
    page.until("#bits", "bits")

    def upload(name: str, data: bytes) -> None:
        path = tmp_path / name
        path.write_bytes(data)
        page.find("#file").send_keys(str(path))

    upload("a.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    page.until("#said", "This is an SVG, which is a program more than a picture")
    upload("b.png", png(grey())[:-20])
    page.until("#said", "cut short")
    upload("c.png", b"GIF89a" + bytes(40))
    page.until("#said", "This is a GIF; only PNG and JPEG are taken")
    upload("d.png", bytes(5 * 2**20))
    page.until("#said", "This file has 5.0 MiB; at most 4 are taken.")
    assert page.canvas()[..., :3].max() == 0
    upload(NAME, png(grey()))
    page.until("#said", "Read. You can draw on it.")
    assert (page.canvas()[..., 0] == grey()).all()
    page.drag((0, 0))
    page.label(2)
    taught = page.give("grey")
    expected = (grey() / 255).astype(np.float32)
    drawn = taught.arrays["made"][0, 0, 0]
    assert taught.body == {"label": 2, "made": "uploaded"}
    assert (taught.arrays["made"][0].ravel()[1:] == expected.ravel()[1:]).all()
    assert drawn in (0, 1)
    refused = [one for one in page.complaints() if "400 (Bad Request)" in one]
    assert len(refused) == 3


def test_a_row_is_uploaded(page: Page, tmp_path: Path) -> None:
    page.go("/study/2/teach/write")
    page.until("#bits", "bits")
    (tmp_path / "r.csv").write_text("a,<b>,c\n0.25,-1,20\n")
    page.find("#file").send_keys(str(tmp_path / "r.csv"))
    page.until("#said", "Read.")
    page.label(1)
    assert page.give("rows").arrays["made"].tolist() == [0.25, -1, 20]


def test_a_row_of_a_table_is_changed_in_words(browser: webdriver.Chrome, tmp_path: Path) -> None:
    columns = [
        TableColumn("age", "whole", 18, 90),
        TableColumn("home", "category", words=("rent", "own")),
        TableColumn("paid", "whole", 10, 90, missing="free"),
    ]
    table = TableDomain.of(columns, ["paid <= age"])
    before = row_of(table, {"age": "60", "home": "rent", "paid": "21"})
    with Studies(tmp_path / "t.db") as studies:
        studies.make("t", Settings.of(table, ("yes", "no")))
        studies.offer("t", torch.from_numpy(before)[None])
        with served(studies) as address:
            page = Page(browser, studies, address)
            enter(page, "ann")
            for paid in ("given", "missing"):
                page.go("/study/1/teach/change")
                page.until("#ask", "What is this")
                page.label(0)
                page.until("#ask", "You say yes")
                page.label(1)
                rows = browser.find_elements("css selector", "[data-part=cells] tr")
                was = [row.find_elements("css selector", "td")[0].text for row in rows]
                assert was == ["60", "rent", "21", "given"]
                age, home, _, gap = browser.find_elements(
                    "css selector", "[data-part=cells] :is(input, select)"
                )
                age.send_keys(Keys.CONTROL + "a" + Keys.NULL, "20", Keys.TAB)
                Select(home).select_by_visible_text("own")
                Select(gap).select_by_visible_text(paid)
                page.find("#give").click()
                if paid == "given":  # more than the age: the table has no such row
                    page.until("#refused-list", "breaks the relation paid <= age")
            taught = page.taught("t").arrays["changed"]
            said = as_text(shown_row(table.describe(), taught, before))
            assert said == "age 20 (was 60), home own (was rent), paid missing (was 21)"
            browser.get_log("browser")


def test_a_student_learns_from_what_was_taught(page: Page) -> None:
    change(page)
    page.drag((1, 3), (6, 3))
    page.label(1)
    page.give("grey")
    page.go("/study/1/teach/write")
    page.until("#bits", "bits")
    page.drag((3, 1), (3, 6))
    page.label(2)
    page.give("grey", 2)
    page.go("/study/1/teach")
    page.until("#total", "2 lessons")
    for what in ("Changed from 0 to 1", "An example of 2, drawn", "514 bits"):
        page.until("#taught", what)
    pairs, examples = lessons_of(page.studies, page.studies.get("grey"))
    assert isinstance(pairs, Pairs)
    assert isinstance(examples, Examples)
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(SIDE * SIDE, 3))
    student = TorchStudent(net, classes=3)
    steps = torch.optim.SGD(net.parameters(), 0.1)
    losses = []
    for step in range(60):
        rng = np.random.default_rng(step)
        loss = pairs.loss(student, rng) + examples.loss(student, rng)
        assert torch.isfinite(loss)
        losses.append(float(loss.detach()))
        steps.zero_grad()
        loss.backward()
        steps.step()
    assert losses[-1] < losses[0] / 3
    assert student(pairs.second).argmax(1).tolist() == [1]
    assert student(examples.inputs).argmax(1).tolist() == [2]
