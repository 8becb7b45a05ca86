"""How a question is shown and what is said of an answer, in a real browser."""

from pathlib import Path

import torch
from desk_page import Page, enter, served
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from preceptor.people import Human, Settings, Studies, answering, assign, persons


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
            assert Human(studies, studies.get("t")).viewing["answers"] == 1  # one was taken back
            browser.get("about:blank")
            assert page.complaints() == []


def test_an_owner_pauses_exports_and_decides(browser: webdriver.Chrome, tmp_path: Path) -> None:
    with Studies(tmp_path / "s.db") as studies:
        study = studies.make("t", Settings(("0", "1"), (1, 8, 8), again=0.0, known=0.0))
        studies.file("t", torch.rand(3, 1, 8, 8), "x")
        with studies.database.write() as db:
            eve = persons.enroll(db, "eve").number
            persons.enroll(db, "ann", "owner")
            (lease,) = assign.take(db, study, eve, 1, [])
            answering.answer(db, study, eve, answering.Reply(lease.ticket, "t" * 16, 0, 1.0))
        with served(studies) as address:
            page = Page(browser, studies, address)
            enter(page, "ann")
            page.go("/study/1/overview")
            page.find("[data-export=csv]").click()
            page.until("#exported", "Written: t.csv")
            page.find("[data-state=paused]").click()
            prompt = browser.switch_to.alert
            prompt.send_keys("on leave")
            prompt.accept()
            wait = WebDriverWait(browser, 20, ignored_exceptions=[StaleElementReferenceException])
            wait.until(lambda _: "paused by ann" in page.text("main"))
            page.go(f"/study/1/items/{lease.question}")
            page.find("#decide button").click()  # nothing is chosen: nothing is decided
            Select(page.find("#label")).select_by_visible_text("1")
            page.find("#note").send_keys("seen twice")
            page.find("#decide button").click()
            wait.until(lambda _: "Decided by ann" in page.text("main"))
            page.find("[data-do=reopen]").click()
            wait.until(lambda _: "The votes decide" in page.text("main"))
            with studies.database.read() as db:
                labels = db.all("SELECT label, note FROM desk_adjudications ORDER BY id")
            assert labels == [(1, "seen twice"), (None, "")]
            browser.get("about:blank")
            assert page.complaints() == []
