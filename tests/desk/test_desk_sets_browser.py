"""Answers of several labels in a real browser: by keys, by touch, taken back, seen again, and kept while
the desk cannot be reached.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from browsing import beyond, violations
from desk_between import Between, Says, between
from desk_page import Page, enter, served, wide
from selenium import webdriver
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from preceptor.core import TextDomain, Texts
from preceptor.people import Settings, Studies

DIGITS = tuple("0123456789")
SHIFTED = dict(zip("1234567890", "!@#$%^&*()", strict=True))
"""What Shift makes of the digits' keys."""


@dataclass
class Visit:
    """Ann at a desk behind a proxy."""

    page: Page
    proxy: Between

    def press(self, key: str) -> None:
        self.page.browser.switch_to.active_element.send_keys(key)

    def shift(self, digit: str, written: str | None = None) -> None:
        """Shift and a digit's key, on a layout that writes another character by it."""
        one = {
            "key": SHIFTED[digit] if written is None else written,
            "code": f"Digit{digit}",
            "modifiers": 8,
            "windowsVirtualKeyCode": ord(digit),
        }
        for kind in ("rawKeyDown", "keyUp"):
            self.page.browser.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": kind, **one})

    def tap(self, css: str) -> None:
        """A finger on the middle of something."""
        x, y = self.page.browser.execute_script(
            "const one = document.querySelector(arguments[0]);"
            "one.scrollIntoView({block: 'center'}); const b = one.getBoundingClientRect();"
            "return [b.left + b.width / 2, b.top + b.height / 2]",
            css,
        )
        for kind, points in (("touchStart", [{"x": x, "y": y}]), ("touchEnd", [])):
            self.page.browser.execute_cdp_cmd(
                "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points}
            )

    def pressed(self) -> list[int]:
        """The labels that are shown as pressed."""
        found: list[int] = self.page.browser.execute_script(
            "return [...document.querySelectorAll('[data-label][aria-pressed=true]')]"
            ".map((one) => Number(one.dataset.label))"
        )
        return found

    def shows(self, *labels: int) -> None:
        """Wait until just these labels are pressed."""
        WebDriverWait(self.page.browser, 10).until(
            lambda _: self.pressed() == [*labels], f"pressed: {labels}"
        )

    def kept(self, *expected: tuple[int | None, str | None]) -> None:
        """Wait until the store holds just these answers, in this order."""
        found: list[tuple[int | None, str | None]] = []

        def there(_: object) -> bool:
            self.page.browser.execute_script("dispatchEvent(new Event('online'))")
            with self.page.studies.database.read() as db:
                rows = db.all("SELECT label, acceptable FROM desk_answers ORDER BY id")
            found[:] = [(row[0], row[1]) for row in rows]
            return len(found) >= len(expected)

        WebDriverWait(self.page.browser, 10).until(there, f"{len(expected)} answers")
        assert found == [*expected]

    def reload(self, done: int) -> None:
        self.page.browser.refresh()
        self.page.until("#far", f"{done} of ")
        WebDriverWait(self.page.browser, 10).until(lambda _: self.page.find("#undo").is_enabled())


@pytest.fixture
def visit(browser: webdriver.Chrome, tmp_path: Path) -> Iterator[Visit]:
    plain: dict[str, Any] = {"again": 0.0, "known": 0.0}
    with Studies(tmp_path / "a.db") as studies, between() as proxy:
        studies.make("digits", Settings(DIGITS, (1, 8, 8), **plain))
        studies.file("digits", torch.rand(12, 1, 8, 8), "x")
        rows = Settings(("cat", "dog", "owl"), (3,), names=("a", "b", "c"), **plain)
        studies.make("rows", rows)
        studies.file("rows", torch.rand(4, 3), "x")
        studies.make("two", Settings(("yes", "no"), (3,), **plain))
        studies.file("two", torch.rand(4, 3), "x")
        texts = Settings.of(TextDomain(), ("bad", "fair", "good"))
        studies.make("texts", replace(texts, **plain))
        studies.file("texts", Texts(("A film.", "No film.")), "x")
        with served(studies, proxy.name) as desk:
            proxy.desk = desk
            found = Visit(Page(browser, studies, proxy.address), proxy)
            enter(found.page, "ann")
            found.page.go("/study/1")
            found.page.until("#far", "0 of 12")
            yield found
            proxy.instead = None
            wide(browser)
            browser.get_log("browser")
            browser.execute_script("localStorage.clear()")
            browser.get("about:blank")


def test_several_labels_are_marked_by_keys_and_sent_by_enter(visit: Visit) -> None:
    page = visit.page
    visit.shift("9")
    visit.shift("4")
    visit.shows(4, 9)
    assert page.text("#send-said") == "Send 4 or 9"
    assert page.text("#live") == "Marked: 4 or 9. Enter sends."
    assert page.find("#several").get_attribute("aria-pressed") == "true"
    visit.press(Keys.ENTER)
    page.until("#live", "4 or 9. 1 of 12.")
    page.until("#chip-said", "4 or 9 saved")
    visit.shows()
    visit.shift("1")
    visit.press(Keys.ESCAPE)
    visit.shows()
    assert not page.find("#sending").is_displayed()
    for digit in ("1", "7", "1"):
        visit.shift(digit)
    visit.press(Keys.ENTER)  # one that is marked is that label
    for digit in ("0", "2", "5"):
        visit.shift(digit)
    visit.press("8")  # with something marked, Shift is not needed
    visit.press(Keys.ENTER)
    page.until("#live", "0, 2, 5 or 8. 3 of 12.")
    visit.kept((-1, "[4, 9]"), (7, None), (-1, "[0, 2, 5, 8]"))


def test_shift_where_the_keyboard_says_nothing_else_and_on_a_number_pad(visit: Visit) -> None:
    visit.shift("3", written="3")  # a layout that writes digits by Shift: an answer, as ever
    visit.kept((3, None))
    visit.page.browser.execute_script(
        "for (const [key, code] of [['ArrowLeft', 'Numpad4'], ['PageUp', 'Numpad9']]) {"
        "document.body.dispatchEvent(new KeyboardEvent('keydown',"
        "{key, code, modifierNumLock: true, bubbles: true, cancelable: true})); }"
    )
    visit.shows(4, 9)
    visit.press("u")  # can't tell stands alone
    visit.kept((3, None), (-1, None))


def test_enter_presses_what_keys_did_not_leave(visit: Visit) -> None:
    """A button that was clicked keeps the focus: Enter must not press it a second time."""
    visit.page.label(5)
    visit.page.until("#far", "1 of 12")
    visit.shift("4")
    visit.shift("9")
    visit.press(Keys.ENTER)
    visit.page.until("#far", "2 of 12")
    visit.page.find("#several").click()
    visit.press("1")
    visit.press("2")
    visit.press(Keys.ENTER)
    visit.kept((5, None), (-1, "[4, 9]"), (-1, "[1, 2]"))


def test_several_labels_by_touch_on_a_phone(visit: Visit) -> None:
    page = visit.page
    size = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    visit.tap("#several")
    page.until("#where", "Which may it be?")
    assert not page.find("#send").is_enabled()
    visit.tap("[data-label='3']")
    visit.shows(3)
    visit.tap("[data-label='8']")
    visit.shows(3, 8)
    assert page.text("#send-said") == "Send 3 or 8"
    assert violations(page.browser) == []
    assert beyond(page.browser) == []
    visit.tap("#send")
    page.until("#far", "1 of 12")
    visit.shows()
    visit.tap("[data-label='3']")  # one at a time again
    visit.kept((-1, "[3, 8]"), (3, None))


def test_undo_correction_and_reload_speak_of_the_set(visit: Visit) -> None:
    page = visit.page
    for digits in ("49", "17"):
        for digit in digits:
            visit.shift(digit)
        visit.press(Keys.ENTER)
    page.until("#far", "2 of 12")
    visit.press(Keys.BACKSPACE)
    page.until("#live", "Taken back")
    visit.shows()
    visit.kept((-1, "[4, 9]"), (-1, "[1, 7]"), (None, None))
    visit.reload(1)
    visit.press(Keys.ARROW_LEFT)
    page.until("#where", "You said 4 or 9. Answer again to correct it.")
    assert page.text("#live") == "Answer 1 of 1: 4 or 9."
    visit.shows(4, 9)
    assert not page.find("#sending").is_displayed()
    visit.shift("4")
    visit.shift("6")
    visit.shows(4, 6)
    visit.press(Keys.ENTER)
    page.until("#live", "Corrected: 4 or 6.")
    visit.kept((-1, "[4, 9]"), (-1, "[1, 7]"), (None, None), (-1, "[4, 6]"))


def test_rows_take_sets_and_all_labels_are_no_set(visit: Visit) -> None:
    page = visit.page
    page.go("/study/2")
    page.until("#far", "0 of 4")
    visit.shift("1")
    visit.shift("3")
    assert page.text("#send-said") == "Send cat or owl"
    visit.press(Keys.ENTER)
    page.until("#far", "1 of 4")
    for digit in "123":
        visit.shift(digit)
    assert page.text("#send-said") == "Send “can't tell” (all labels)"
    visit.press(Keys.ENTER)
    page.until("#live", "Can't tell. 2 of 4.")
    visit.kept((-1, "[0, 2]"), (-1, None))


def test_texts_take_sets(visit: Visit) -> None:
    visit.page.go("/study/4")
    visit.page.until("#far", "0 of 2")
    visit.shift("1")
    visit.shift("2")
    visit.press(Keys.ENTER)
    visit.page.until("#live", "bad or fair. 1 of 2.")
    visit.kept((-1, "[0, 1]"))


def test_of_two_labels_there_is_no_set(visit: Visit) -> None:
    visit.page.go("/study/3")
    visit.page.until("#far", "0 of 4")
    assert "More than one" not in visit.page.browser.page_source
    visit.press("1")
    visit.press("u")
    visit.kept((0, None), (-1, None))


def test_a_set_waits_in_the_browser_while_the_desk_is_away(visit: Visit) -> None:
    visit.proxy.instead = Says(502)
    visit.shift("4")
    visit.shift("9")
    visit.press(Keys.ENTER)
    visit.page.until("#saving", "1 waiting")
    visit.page.go("/static/desk.css")
    visit.proxy.instead = None
    visit.page.go("/study/1")
    visit.kept((-1, "[4, 9]"))
