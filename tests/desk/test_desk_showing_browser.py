"""How a question is shown and what is said of an answer, in a real browser."""

from pathlib import Path

import torch
from desk_page import Page, enter, served
from selenium import webdriver
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from preceptor.people import Human, Settings, Studies


def press(browser: webdriver.Chrome, key: str) -> None:
    browser.switch_to.active_element.send_keys(key)


def test_size_smoothing_chip_keys_and_a_note_that_survives(
    browser: webdriver.Chrome, tmp_path: Path
) -> None:
    with Studies(tmp_path / "s.db") as studies:
        studies.make("t", Settings(("0", "1"), (1, 8, 8), again=0.0, known=0.0))
        pictures = torch.rand(6, 1, 8, 8)
        studies.file("t", pictures, "x")
        with served(studies) as address:
            page = Page(browser, studies, address)
            enter(page, "ann")
            page.go("/study/1")

            def until(css: str, said: str) -> None:
                WebDriverWait(browser, 20).until(lambda _: said in page.text(css))

            until("#shown", "224 px")
            picture = page.find("#stage img")
            assert picture.rect["width"] == 224
            press(browser, "+")
            press(browser, "+")
            press(browser, "z")
            until("#shown", "344 px")
            assert page.find("#stage img").get_attribute("class") == ""
            press(browser, "n")
            press(browser, "half a thought")
            browser.refresh()
            until("#shown", "344 px")
            assert page.find("#note").get_attribute("value") == "half a thought"
            press(browser, "?")
            assert page.find("#help").is_displayed()
            press(browser, Keys.ESCAPE)
            press(browser, "0")
            until("#chip", "0 saved")
            assert page.find("#note").get_attribute("value") == ""
            press(browser, "z")
            press(browser, "1")
            until("#chip", "1 saved")
            page.find("#chip-undo").click()
            until("#chip", "undone")
            WebDriverWait(browser, 20).until(lambda _: page.text("#saving") == "")
            with studies.database.read() as db:
                rows = db.all("SELECT label, note, viewing FROM desk_answers ORDER BY id")
            assert rows == [
                (0, "half a thought", "344x344 smooth"),
                (1, "", "344x344 pixels"),
                (None, "", None),
            ]
            assert Human(studies, studies.get("t")).viewing["answers"] == 2
            browser.get("about:blank")
            assert page.complaints() == []
