"""Changing inputs in a real browser: what is drawn is what is kept. Needs Debian's chromium."""

import numpy as np
import pytest
import torch
from desk_page import Page
from editing import APART, SIDE, bits, change, pictures
from selenium.webdriver.common.keys import Keys

from preceptor.core import UNCERTAIN
from preceptor.people import answering, assign, persons
from preceptor.people.lessons import price_of


def test_a_stroke_changes_the_pixels_under_it_and_no_others(page: Page) -> None:
    before = change(page)
    page.drag((1, 3), (4, 3))
    page.label(2)
    taught = page.give("grey")
    after = taught.arrays["changed"]
    changed = np.zeros((1, SIDE, SIDE), bool)
    changed[0, 3, 1:5] = True
    assert (after[changed] == 1).all()
    assert (bits(after)[~changed] == bits(before)[~changed]).all()
    assert {name: taught.body[name] for name in ("before", "after")} == {"before": 0, "after": 2}
    assert (taught.by, taught.kind) == ("ann", "pair")
    assert taught.seconds > 0


def test_distance_and_price_are_what_the_store_says(page: Page) -> None:
    before = change(page)
    page.drag((1, 3), (4, 3))
    page.drag((2, 2), (2, 5))
    page.label(1)
    shown = {name: page.find(f"#{name}").get_attribute("data-exact") for name in APART}
    price = page.text("#bits")
    taught = page.give("grey")
    apart = np.abs(taught.arrays["changed"].astype(np.float64) - before).ravel()
    for name, order in APART.items():
        assert float(shown[name] or "nan") == pytest.approx(np.linalg.norm(apart, order), rel=1e-12)
    bits_ = price_of(page.studies, page.studies.get("grey"), taught).bits
    assert price == f"{bits_:.0f} bits"


def test_undo_and_reset_bring_back_every_bit(page: Page) -> None:
    change(page)
    first = page.canvas()
    page.drag((1, 1), (6, 6))
    page.find('[data-tool="shift"]').click()
    page.drag((3, 3), (5, 4))
    moved = page.canvas()
    assert (moved != first).any()
    for _ in range(2):
        page.find('[data-part="undo"]').click()
    assert (page.canvas() == first).all()
    assert page.find("#l0").text == "0"
    assert not page.find("#give").is_enabled()
    for _ in range(2):
        page.find('[data-part="redo"]').click()
    assert (page.canvas() == moved).all()
    page.find('[data-part="reset"]').click()
    assert page.find("#l0").text == "0"
    page.find('[data-part="undo"]').click()
    assert (page.canvas() == moved).all()


def test_shift_and_restore(page: Page) -> None:
    before = change(page)
    page.find('[data-tool="shift"]').click()
    page.drag((3, 3), (4, 5))
    page.find('[data-tool="restore"]').click()
    page.drag((2, 2), (3, 2))
    page.label(UNCERTAIN)
    taught = page.give("grey")
    expected = np.zeros_like(before)
    expected[:, 2:, 1:] = before[:, :-2, :-1]
    expected[:, 2, 2:4] = before[:, 2, 2:4]
    assert (bits(taught.arrays["changed"]) == bits(expected)).all()
    assert taught.body["after"] == UNCERTAIN


def test_moved_out_of_the_picture_and_back_it_is_what_it_was(page: Page) -> None:
    change(page)
    first = page.canvas()
    page.find('[data-tool="shift"]').click()
    canvas = page.find("canvas")
    canvas.send_keys(3 * Keys.ARROW_LEFT + 2 * Keys.ARROW_UP)
    moved = page.canvas()
    assert (moved[:-2, :-3] == first[2:, 3:]).all()
    assert (moved[-2:, :, :3] == 0).all()
    assert (moved[:, -3:, :3] == 0).all()
    canvas.send_keys(9 * Keys.ARROW_LEFT)
    assert (page.canvas()[..., :3] == 0).all()
    canvas.send_keys(SIDE * Keys.ARROW_RIGHT + 2 * Keys.ARROW_DOWN)
    assert (page.canvas() == first).all()
    page.until("#l0", "0")


def test_brushes_are_round(page: Page) -> None:
    before = change(page)
    canvas = page.find("canvas")
    canvas.send_keys("]]")
    page.drag((1, 1))
    canvas.send_keys("]")
    page.drag((6, 6))
    page.label(1)
    expected = before.copy()
    expected[0, :3, :3] = 1  # of size 3: all of 3 x 3
    expected[0, 4:8, 5:7] = expected[0, 5:7, 4:8] = 1  # of size 4: 4 x 4 without its corners
    assert (bits(page.give("grey").arrays["changed"]) == bits(expected)).all()


def test_erase_is_what_lies_behind_the_picture(page: Page) -> None:
    before = change(page)
    page.find('[data-tool="erase"]').click()
    page.drag((0, 2), (7, 2))
    page.label(1)
    expected = before.copy()
    expected[:, 2] = 0
    assert (bits(page.give("grey").arrays["changed"]) == bits(expected)).all()


def test_a_patch_of_another_picture(page: Page) -> None:
    before = change(page)
    page.find("#others summary").click()
    thumbs = page.browser.find_elements("css selector", ".thumb")
    numbers = [one.find_element("tag name", "img").get_attribute("src") for one in thumbs]
    at = next(i for i, src in enumerate(numbers) if src and src.endswith("/picture/3.png"))
    thumbs[at].click()
    page.until("#hint", "Another picture")
    page.drag((2, 2), (3, 4))
    page.until("#hint", "Point to where the patch goes")
    page.drag((6, 6))
    page.label(1)
    expected = before.copy()
    expected[0, 5:8, 5:7] = pictures()[2, 0, 2:5, 2:4].numpy()
    assert (bits(page.give("grey").arrays["changed"]) == bits(expected)).all()


def test_by_keyboard_alone(page: Page) -> None:
    page.go("/study/1/teach/change")
    page.until("#ask", "What is this")

    def press(*keys: str) -> None:
        for key in keys:
            page.browser.switch_to.active_element.send_keys(key)

    press("0")
    page.until("#ask", "You say 0")
    for _ in range(20):
        press(Keys.TAB)
        if page.browser.switch_to.active_element.tag_name == "canvas":
            break
    press(Keys.HOME, Keys.PAGE_UP, " ")
    page.until("#live", "1 values differ")
    press(Keys.SHIFT + Keys.ARROW_UP + Keys.NULL, Keys.CONTROL + "z" + Keys.NULL)
    page.until("#live", "Undone")
    press("m", Keys.ARROW_RIGHT)
    page.until("#live", "Moved by 1 across and 0 down.")
    press(Keys.ARROW_LEFT)
    page.until("#l0", "1")
    press("p", Keys.ESCAPE)
    page.find("#again").send_keys("2")  # any place that is no picture and no text
    page.browser.switch_to.active_element.send_keys(Keys.CONTROL + Keys.ENTER + Keys.NULL)
    after = page.taught("grey").arrays["changed"]
    expected = pictures()[0].numpy()
    expected[0, 3, 3] = 1
    assert (bits(after) == bits(expected)).all()


def test_by_touch(page: Page) -> None:
    before = change(page)
    page.touch("touchStart", 1, 1)
    for x in (2, 3, 4):
        page.touch("touchMove", x, 1)
    page.touch("touchEnd", 4, 1)
    page.label(1)
    expected = before.copy()
    expected[0, 1, 1:5] = 1
    assert (bits(page.give("grey").arrays["changed"]) == bits(expected)).all()


def test_going_on_and_back_loses_nothing(page: Page) -> None:
    change(page)
    page.drag((1, 1), (6, 1))
    drawn = page.canvas()
    page.find("#after").click()
    page.until("#which", "Input 2 of 6")
    page.until("#l0", "0")
    page.find("#before").click()
    page.until("#l0", "6")
    assert (page.canvas() == drawn).all()


def test_what_was_said_of_an_input_is_known(page: Page) -> None:
    """A label that this person gave stands; it is not asked again, and cannot be the new one."""
    page.studies.file("grey", torch.full((1, 1, SIDE, SIDE), 0.5), "x")
    study = page.studies.get("grey")
    with page.studies.database.write() as db:
        ann = persons.enroll(db, "ann").number
        (lease,) = assign.take(db, study, ann, 1, [])
        answering.answer(db, study, ann, answering.Reply(lease.ticket, "t" * 32, 1, 1.0))
    page.go("/study/1/teach/change")
    for number in range(2, 8):
        page.find("#after").click()
        page.until("#which", f"Input {number} of 7")
    page.until("#ask", "You said 1. Change it")
    assert not page.find('[data-label="1"]').is_enabled()
    assert not page.find("#again").is_displayed()


def test_rows(page: Page) -> None:
    page.go("/study/2/teach/change")
    page.until("#ask", "What is this")
    page.label(0)
    cells = page.browser.find_elements("css selector", "[data-part=cells] input")
    assert [cell.get_attribute("value") for cell in cells] == ["0.1", "0.2", "12.3"]

    def fill(i: int, text: str) -> None:
        cells[i].send_keys(Keys.CONTROL + "a" + Keys.NULL, text, Keys.TAB)

    page.label(1)
    fill(2, "21")
    assert page.find(".fault").text == "c: expected a number from 10 to 20."
    assert not page.find("#give").is_enabled()
    fill(2, "19,5")
    assert not page.find(".fault").is_displayed()
    fill(1, "0.9")
    page.find('[data-part="undo"]').click()
    fill(0, "0.10")
    assert page.find("#l0").text == "1"
    taught = page.give("rows")
    assert bits(taught.arrays["changed"]).tolist() == bits(np.array([0.1, 0.2, 19.5])).tolist()
    assert (taught.kind, taught.body["before"], taught.body["after"]) == ("pair", 0, 1)


def test_one_picture_of_a_pair(page: Page) -> None:
    with page.studies.database.read() as db:
        ((raw,),) = db.all("SELECT i.bytes FROM desk_inputs i WHERE i.shape LIKE '2,3,%' LIMIT 1")
    page.go("/study/3/teach/change")
    page.until("#ask", "What is this")
    page.label(0)
    ink = page.find('[data-part="ink"]')
    page.browser.execute_script(
        "arguments[0].value = '#ff0000'; arguments[0].dispatchEvent(new Event('input'))", ink
    )
    page.drag((SIDE + 2, 1))
    page.label(1)
    after = page.give("pairs").arrays["changed"]
    assert after[1, :, 1, 2].tolist() == [1, 0, 0]
    count = (bits(after).ravel() != np.frombuffer(raw, "<u4")).sum()
    assert count == 3
