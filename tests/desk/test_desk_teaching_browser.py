"""The teaching tools in a real browser: what is painted is what is kept, by pointer and by keys."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from browsing import beyond, chrome
from desk_pages import Page, desk_at
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from preceptor.people import Settings, Studies, taught_items
from preceptor.people.taught_items import TaughtItem

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Page, Path]]:
    """A desk with four pictures of 8x8, and four rows, to teach on."""
    path = tmp_path_factory.mktemp("teaching") / "study.db"
    draws = torch.Generator().manual_seed(0)
    with Studies(path) as studies:
        studies.make("pictures", Settings(("a", "b"), (1, 8, 8)))
        studies.offer("pictures", torch.rand(4, 1, 8, 8, generator=draws))
        studies.make("rows", Settings(("a", "b"), (3,), names=("x", "y", "<i>z</i>")))
        studies.offer("rows", torch.rand(4, 3, generator=draws))
    with desk_at(path) as link, chrome() as browser:
        opened = Page(browser, link)
        yield opened, path
        assert opened.errors == []


def everything(path: Path, study: int = 1) -> list[TaughtItem]:
    with Studies(path) as studies, studies.database.read() as db:
        return taught_items.taught(db, study)


def last(path: Path, study: int = 1) -> TaughtItem:
    return everything(path, study)[-1]


def paint(page: Page) -> None:
    page.go("/study/1/teach/matters")
    page.picture()


def taught(page: Page, path: Path) -> np.ndarray:
    """What is painted, taught."""
    page.click("#give")
    page.kept()
    return last(path).arrays["mask"]


def pixels(*painted: tuple[int, int]) -> np.ndarray:
    """A mask of these pixels, ``(column, row)``."""
    mask = np.zeros((8, 8), bool)
    for column, row in painted:
        mask[row, column] = True
    return mask


def test_a_stroke_paints_the_pixels_under_it(page: tuple[Page, Path]) -> None:
    at, path = page
    paint(at)
    at.drag((1.5, 2.5), (4.5, 2.5), (4.5, 4.5))
    found = taught(at, path)
    assert np.array_equal(found, pixels((1, 2), (2, 2), (3, 2), (4, 2), (4, 3), (4, 4)))
    assert last(path).body["painted"] == "matters"
    assert not last(path).body["every"]
    assert last(path).seconds > 0


def test_a_wider_brush_takes_what_is_within_it(page: tuple[Page, Path]) -> None:
    at, path = page
    paint(at)
    at.run(
        "const s = document.getElementById('size'); s.value = 3;s.dispatchEvent(new Event('input'))"
    )
    at.drag((3.5, 3.5), (3.5, 3.5))
    middles = np.stack(np.meshgrid(np.arange(8) + 0.5, np.arange(8) + 0.5))
    within = np.hypot(middles[0] - 3.5, middles[1] - 3.5) < 1.5
    assert np.array_equal(taught(at, path), within)


def test_erase_undo_redo_invert_rectangle_clear(page: tuple[Page, Path]) -> None:
    at, path = page
    paint(at)
    at.click("[data-mode=rectangle]")
    at.drag((1.5, 1.5), (4.5, 3.5))
    box = pixels(*((x, y) for x in range(1, 5) for y in range(1, 4)))
    at.click("[data-mode=erase]")
    at.drag((2.5, 2.5), (3.5, 2.5))
    less = box & ~pixels((2, 2), (3, 2))
    at.click("#undo")
    at.click("#redo")
    at.click("#clear")
    at.click("#undo")
    at.click("#invert")
    assert np.array_equal(taught(at, path), ~less)
    paint(at)
    at.press("r")
    at.drag((4.5, 3.5), (1.5, 1.5))  # from the other corner
    at.press("e")
    at.drag((2.5, 2.5), (3.5, 2.5))
    at.press(Keys.CONTROL + "z")
    assert np.array_equal(taught(at, path), box)


def test_painted_may_mean_that_it_does_not_matter(page: tuple[Page, Path]) -> None:
    at, path = page
    paint(at)
    assert not at.find("#give").is_enabled()
    at.drag((0.5, 0.5), (0.5, 7.5))
    assert at.text("#bits") == "64 bits"
    at.click("input[value=ignored]")
    at.click("input[value=every]")
    assert at.text("#bits") == "32 bits"  # log2 of 64 choose 8
    at.find("#notes summary").click()
    at.find("#note").send_keys("the edge, <b>always</b>")
    found = taught(at, path)
    assert np.array_equal(found, ~pixels(*((0, y) for y in range(8))))
    assert last(path).body["every"]
    assert last(path).body["painted"] == "ignored"
    assert last(path).body["note"] == "the edge, <b>always</b>"


def test_by_keyboard_alone(page: tuple[Page, Path]) -> None:
    at, path = page
    paint(at)
    for _ in range(40):  # to the picture by Tab
        if at.run("return document.activeElement.tagName") == "CANVAS":
            break
        at.press(Keys.TAB)
    assert at.run("return document.activeElement.tagName") == "CANVAS"
    at.press(Keys.SPACE)  # in the middle: column 5, row 5
    assert at.text("#live") == "Painted. 1 pixels are painted."
    at.press(Keys.ARROW_RIGHT + Keys.ARROW_UP)
    assert at.text("#live") == "Column 6, row 4"
    at.press(Keys.SPACE + Keys.ARROW_UP + Keys.SPACE + Keys.CONTROL + "z" + Keys.NULL)
    at.press("r" + Keys.ARROW_LEFT * 9 + Keys.ARROW_UP * 9 + Keys.SPACE)
    at.press(Keys.ARROW_RIGHT + Keys.ARROW_DOWN + Keys.SPACE)
    at.press("e" + Keys.SPACE)
    for _ in range(40):
        if at.run("return document.activeElement.id") == "give":
            break
        at.press(Keys.TAB)
    at.press(Keys.ENTER)
    at.kept()
    found = last(path).arrays["mask"]
    assert np.array_equal(found, pixels((4, 4), (5, 3), (0, 0), (1, 0), (0, 1)))


def test_a_picture_that_is_taught_gives_way_to_the_next(page: tuple[Page, Path]) -> None:
    at, path = page
    paint(at)
    at.drag((1.5, 1.5), (1.5, 1.5))
    at.click("#give")
    at.until(lambda: at.text("#which").startswith("Input 2 of 4"))
    assert not at.find("#give").is_enabled()
    assert not at.find("#undo").is_enabled()
    at.click("#before")
    at.until(lambda: at.text("#which").startswith("Input 1 of 4"))
    at.kept()
    with Studies(path) as studies:
        assert (studies.input(studies.get("pictures"), 1) >= 0).all()


def test_what_cannot_be_sent_waits_and_is_sent_once(page: tuple[Page, Path]) -> None:
    at, path = page
    paint(at)
    at.browser.execute_cdp_cmd("Network.enable", {})
    gone = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    at.browser.execute_cdp_cmd("Network.emulateNetworkConditions", gone)
    before = everything(path)
    at.drag((6.5, 6.5), (6.5, 6.5))
    at.click("#give")
    at.until(lambda: at.find("#trouble").is_displayed())
    assert len(everything(path)) == len(before)
    back = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    at.browser.execute_cdp_cmd("Network.emulateNetworkConditions", back)
    at.kept()
    assert np.array_equal(last(path).arrays["mask"], pixels((6, 6)))
    assert len(everything(path)) == len(before) + 1
    at.browser.get_log("browser")  # the failed requests were meant


def test_a_change_is_declared_as_far_as_it_holds(page: tuple[Page, Path]) -> None:
    at, path = page
    at.go("/study/1/teach/same")
    tried = "return document.querySelectorAll('#tries canvas').length"
    at.until(lambda: at.run(tried) == 5)
    Select(at.find("#change")).select_by_value("rotate")
    at.until(lambda: "15°" in at.text("#tries"))
    assert at.text("#bits") == "12 bits"
    at.find("#holds").click()
    at.until(lambda: at.text("#which").startswith("Input 2"))
    at.find("#breaks").click()
    assert "cannot be declared" in at.text("#warning")
    at.find("#holds").click()  # it was a slip
    assert not at.find("#warned").is_displayed()
    at.until(lambda: at.text("#which").startswith("Input 3"))
    at.run("document.activeElement.blur()")
    at.press("n")
    at.find("#shrink").click()
    assert at.text("#range-of") == "14 degrees"
    at.until(lambda: "14°" in at.text("#tries"))
    assert not at.find("#give").is_enabled()
    at.press("y")
    at.click("#give")
    at.kept()
    body = last(path).body
    assert (body["change"], body["range"]) == ("rotate", 14)
    assert [one["range"] for one in body["confirmed"]] == [15, 15, 14]
    assert [one["range"] for one in body["refused"]] == [15]
    assert last(path).kind == "invariance"


def test_a_region_is_declared(page: tuple[Page, Path]) -> None:
    at, path = page
    at.go("/study/1/teach/same")
    at.until(lambda: at.run("return document.querySelectorAll('#tries canvas').length") == 5)
    Select(at.find("#change")).select_by_value("region")
    at.picture()
    assert not at.find("#holds").is_enabled()
    at.click("[data-mode=rectangle]")
    at.drag((0.5, 0.5), (1.5, 1.5))
    for place in ("2", "3", "3"):
        at.click("#holds")
        at.until(lambda place=place: at.text("#which").startswith(f"Input {place}"))
    at.click("#give")
    at.kept()
    corner = pixels((0, 0), (1, 0), (0, 1), (1, 1))
    assert np.array_equal(last(path).arrays["region"], corner)
    assert len(last(path).body["confirmed"]) == 3


def test_features_of_a_row_are_ticked(page: tuple[Page, Path]) -> None:
    at, path = page
    at.go("/study/2/teach/matters")
    at.until(lambda: at.run("return document.querySelectorAll('[data-feature]').length") == 3)
    assert "<i>z</i>" in at.text("#rows")
    at.click("[data-feature='1']")
    at.click("input[value=ignored]")
    at.click("input[value=every]")
    assert at.text("#bits") == "1.6 bits"
    at.click("#give")
    at.kept()
    assert last(path, 2).body["features"] == [0, 2]


def test_what_was_taught_is_withdrawn_at_the_page(page: tuple[Page, Path]) -> None:
    at, path = page
    at.go("/study/2/teach")
    count = len(at.browser.find_elements("css selector", "[data-withdraw]"))
    number = last(path, 2).number
    at.click(f"[data-withdraw='{number}']")
    gone = f"return document.querySelector('[data-number=\"{number}\"]')?.className"
    at.until(lambda: at.run(gone) == "gone")
    assert len(at.browser.find_elements("css selector", "[data-withdraw]")) == count - 1
    assert last(path, 2).withdrawn


@pytest.mark.parametrize("width", [1200, 390])
def test_what_was_taught_does_not_scroll_sideways(page: tuple[Page, Path], width: int) -> None:
    at, _ = page
    at.size(width)
    for path in ("1/teach", "2/teach"):
        at.go(f"/study/{path}")
        assert beyond(at.browser) == []


def test_by_touch_on_a_phone(page: tuple[Page, Path]) -> None:
    at, path = page
    at.size(390)
    at.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    paint(at)
    box = at.run("return document.querySelector('#paint canvas').getBoundingClientRect().toJSON()")
    points = [
        {"x": box["left"] + (x + 0.5) * box["width"] / 8, "y": box["top"] + 3.5 * box["height"] / 8}
        for x in range(2, 6)
    ]
    for kind, there in [("touchStart", points[:1]), *(("touchMove", [p]) for p in points[1:])]:
        at.browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": there})
    at.browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert at.run("return scrollY") == 0
    assert np.array_equal(taught(at, path), pixels(*((x, 3) for x in range(2, 6))))
    at.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
