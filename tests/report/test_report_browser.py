"""The page in a real browser: no errors, no sideways scrolling, readable colours, the filter.

Needs Debian's chromium and chromium-driver.
"""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import Look, beyond, chrome, look, violations
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from preceptor.audit import Record, StudentComparison
from preceptor.report import write, write_side_by_side


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    with chrome() as found:
        yield found


@pytest.fixture(scope="module", params=["digits", "vectors", "colours", "students"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found: Record | StudentComparison = request.getfixturevalue(request.param)
    where = tmp_path_factory.mktemp("page") / "report.html"
    return write(found, where) if isinstance(found, Record) else write_side_by_side(found, where)


def open_at(browser: webdriver.Chrome, page: Path, width: int, scheme: str = "light") -> None:
    look(browser, Look(scheme, width))
    browser.get(page.as_uri())


def run(browser: webdriver.Chrome, script: str) -> Any:
    return browser.execute_script(script)


def test_no_errors_and_no_requests(browser: webdriver.Chrome, page: Path) -> None:
    browser.get_log("browser")
    browser.get_log("performance")
    open_at(browser, page, 1280)
    assert browser.get_log("browser") == []
    sent = [
        entry["message"]
        for entry in browser.get_log("performance")
        if "Network.requestWillBeSent" in entry["message"]
    ]
    assert not [message for message in sent if "http://" in message or "https://" in message]
    assert run(browser, "return [...document.images].every(i => i.complete && i.naturalWidth > 0)")


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_scrolls_sideways_but_tables(
    browser: webdriver.Chrome, page: Path, width: int
) -> None:
    open_at(browser, page, width)
    assert beyond(browser) == []


CONTRAST = """
const parse = (c) => {
  const m = c.match(/[\\d.]+/g).map(Number);
  return m.length < 4 ? [...m, 1] : m;
};
const light = (c) => {
  const [r, g, b] = c.slice(0, 3).map((v) => {
    v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const under = (e) => {
  for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor);
    if (c[3] === 1) return c;
  }
  return [255, 255, 255, 1];
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const worst = {};
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || e.closest("script, style, title, desc")) continue;
  const style = getComputedStyle(e);
  const ink = e.namespaceURI.endsWith("svg") ? style.fill : style.color;
  const [a, b] = [light(parse(ink)), light(under(e))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  const key = e.tagName + "." + (e.className.baseVal ?? e.className);
  worst[key] = Math.min(worst[key] ?? 99, ratio);
}
return worst;
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(browser: webdriver.Chrome, page: Path, scheme: str) -> None:
    open_at(browser, page, 1280, scheme)
    dark = run(browser, "return getComputedStyle(document.body).backgroundColor")
    assert (dark == "rgb(22, 24, 26)") == (scheme == "dark")
    found = run(browser, CONTRAST)
    assert len(found) > 20
    assert {key: ratio for key, ratio in found.items() if ratio < 4.5} == {}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing(browser: webdriver.Chrome, page: Path, scheme: str, width: int) -> None:
    """Every rule of axe-core, the best practices among them, with all details open."""
    open_at(browser, page, width, scheme)
    assert violations(browser) == []


def test_the_filter(browser: webdriver.Chrome, page: Path) -> None:
    open_at(browser, page, 1280)
    cards = browser.find_elements(By.CSS_SELECTOR, "#gallery > li")
    status = browser.find_element(By.ID, "filter-status")
    assert status.text == f"{len(cards)} of {len(cards)} shown"
    attack = Select(browser.find_element(By.NAME, "attack"))
    name = attack.options[1].text
    attack.select_by_visible_text(name)
    shown = [card for card in cards if card.is_displayed()]
    assert shown
    assert {card.get_attribute("data-attack") for card in shown} == {name}
    assert status.text == f"{len(shown)} of {len(cards)} shown"
    kind = Select(browser.find_element(By.NAME, "kind"))
    kind.select_by_visible_text(shown[0].get_attribute("data-kind") or "")
    both = [card for card in cards if card.is_displayed()]
    assert 0 < len(both) <= len(shown)
    browser.find_element(By.CSS_SELECTOR, "#filter button").send_keys(Keys.ENTER)
    WebDriverWait(browser, 5).until(lambda _: all(card.is_displayed() for card in cards))


def test_without_script_all_is_there(browser: webdriver.Chrome, page: Path) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        open_at(browser, page, 1280)
        assert not browser.find_element(By.ID, "filter").is_displayed()
        cards = browser.find_elements(By.CSS_SELECTOR, "#gallery > li")
        assert cards
        assert all(card.is_displayed() for card in cards)
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_keyboard_reaches_what_matters(browser: webdriver.Chrome, page: Path) -> None:
    open_at(browser, page, 1280)
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    first = browser.switch_to.active_element
    assert first.text == "Skip to the answer"
    assert first.rect["y"] >= 0
    first.send_keys(Keys.ENTER)
    assert run(browser, "return document.activeElement.id") == "main"
    reached = set()
    for _ in range(24):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        reached.add(run(browser, "return document.activeElement.tagName"))
    assert {"A", "SUMMARY", "DIV", "SELECT", "BUTTON"} <= reached


def test_it_prints(browser: webdriver.Chrome, page: Path) -> None:
    open_at(browser, page, 1280, "dark")
    made = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
    assert base64.b64decode(made["data"]).startswith(b"%PDF")
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": dark})
    paper = run(browser, "return getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    assert run(browser, "return getComputedStyle(document.querySelector('nav')).display") == "none"
    ratios = run(browser, CONTRAST)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert min(ratios.values()) >= 4.5
