"""The desk in a real browser, served by the real command. Needs Debian's chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from browsing import chrome
from desk_pages import desk_at
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from preceptor.core import UNCERTAIN
from preceptor.people import Human, Settings, Studies


@pytest.fixture
def browser() -> Iterator[webdriver.Chrome]:
    with chrome() as found:
        yield found


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A ledger with twelve pictures, the n-th all of shade n, and a link into its desk."""
    path = tmp_path / "study.db"
    with Studies(path) as studies:
        studies.make("t", Settings(tuple("0123456789"), (1, 8, 8), again=0.0, known=0.0))
        shades = torch.arange(12.0) / 12
        studies.file("t", shades[:, None, None, None].expand(12, 1, 8, 8), "x")
    with desk_at(path) as link:
        yield path, link


def far(browser: webdriver.Chrome) -> str:
    return browser.find_element(By.ID, "far").text


def press(browser: webdriver.Chrome, key: str) -> None:
    browser.switch_to.active_element.send_keys(key)


def until(browser: webdriver.Chrome, text: str) -> None:
    WebDriverWait(browser, 10).until(lambda b: far(b) == text)
    places = [browser.find_element(By.ID, name) for name in ("desk", "empty")]
    WebDriverWait(browser, 10).until(lambda _: any(place.is_displayed() for place in places))


def test_a_person_answers_by_keyboard(browser: webdriver.Chrome, served: tuple[Path, str]) -> None:
    path, link = served
    browser.get(link)
    until(browser, "0 of 12")
    assert "#" not in browser.current_url
    for key, said in (("3", "3. 1 of 12."), ("u", "Can't tell. 2 of 12.")):
        press(browser, key)
        assert browser.find_element(By.ID, "live").get_attribute("textContent") == said
    press(browser, Keys.BACKSPACE)
    until(browser, "1 of 12")
    press(browser, "7")
    press(browser, Keys.ARROW_LEFT)
    assert "You said 7" in browser.find_element(By.ID, "where").text
    pressed = browser.find_element(By.CSS_SELECTOR, "[aria-pressed=true]")
    assert pressed.get_attribute("data-label") == "7"
    press(browser, "8")
    press(browser, "s")
    browser.find_element(By.CSS_SELECTOR, "[data-label='5']").click()
    until(browser, "3 of 12")
    for count in range(4, 13):
        press(browser, "1")
        until(browser, f"{count} of 12")
    WebDriverWait(browser, 10).until(lambda b: b.find_element(By.ID, "empty").is_displayed())
    WebDriverWait(browser, 10).until(
        lambda b: b.execute_script(
            "return Object.keys(localStorage).every(k => !k.startsWith('desk/'))"
        )
    )
    with Studies(path) as studies, studies.database.read() as db:
        labels = [row[0] for row in db.all("SELECT label FROM desk_answers ORDER BY id")]
        skips = db.one("SELECT COUNT(*) FROM desk_skips")
    assert labels == [3, UNCERTAIN, None, 7, 8, 5, *[1] * 9]
    assert skips == (1,)
    with Studies(path) as studies:
        shades = torch.arange(12.0) / 12
        human = Human(studies, studies.get("t"))
        said = human(shades[:, None, None, None].expand(12, 1, 8, 8))
    assert sorted(said.labels.tolist()) == [1] * 9 + [3, 5, 8]
    assert [one for one in browser.get_log("browser") if one["level"] == "SEVERE"] == []
