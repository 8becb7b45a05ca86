"""Changing inputs and writing one's own, in a real browser. Needs Debian's chromium."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from desk_files import grey, png
from desk_page import Page, enter, opened, served
from selenium import webdriver
from selenium.webdriver.common.keys import Keys
from torch import Tensor, nn

from preceptor.core import UNCERTAIN
from preceptor.lessons import Examples, Pairs
from preceptor.people import Settings, Studies, answering, assign, persons
from preceptor.people.lessons import lessons_of, price_of
from preceptor.students import TorchStudent

SIDE = 8
PLAIN = {"again": 0.0, "known": 0.0}


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    with opened() as found:
        yield found


@pytest.fixture
def page(browser: webdriver.Chrome, tmp_path: Path) -> Iterator[Page]:
    """Ann at a desk with studies of pictures, of rows and of pairs, offered to teach on."""
    with Studies(tmp_path / "s.db") as studies:
        studies.make("grey", Settings(("0", "1", "2"), (1, SIDE, SIDE), **PLAIN))
        studies.offer("grey", pictures())
        rows = Settings(("yes", "no"), (3,), (0.0, -1.0, 10.0), (1.0, 1.0, 20.0), ("a", "<b>", "c"))
        studies.make("rows", rows)
        studies.offer("rows", torch.tensor([[0.1, 0.2, 12.3], [0.4, -0.5, 15.0]]))
        studies.make("pairs", Settings(("same", "other"), (2, 3, SIDE, SIDE), **PLAIN))
        studies.offer("pairs", torch.rand(2, 2, 3, SIDE, SIDE, generator=torch.Generator()))
        with served(studies) as address:
            found = Page(browser, studies, address)
            enter(found, "ann")
            yield found
            browser.get("about:blank")
            assert found.complaints() == []


def pictures() -> Tensor:
    """Six, with a dark border, so that paper is black and ink is white."""
    made = torch.zeros(6, 1, SIDE, SIDE)
    made[:, :, 2:6, 2:6] = torch.rand(6, 1, 4, 4, generator=torch.Generator().manual_seed(1))
    return made


def change(page: Page, was: int = 0) -> np.ndarray:
    """Go to the first picture and say what it is; returns its values."""
    page.go("/study/1/teach/change")
    page.until("#ask", "What is this")
    page.label(was)
    page.until("#ask", f"You say {was}. Change it")
    return pictures()[0].numpy()


def bits(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values, "<f4").view("<u4")


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


APART = {"l0": 0, "l1": 1, "l2": 2, "linf": np.inf}


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


WALK = """
const done = arguments[arguments.length - 1];
import('/static/sheet.js').then(({ Sheet }) => {
  let seed = arguments[0];
  const random = (most) => {
    seed = (seed * 48271) % 2147483647;
    return seed % most;
  };
  const form = { parts: 2, channels: 3, height: 7, width: 6, low: -1.5, high: 2.5 };
  const first = Float32Array.from({ length: 2 * 3 * 42 }, () => random(4000) / 1000 - 1.5);
  const sheet = new Sheet(form, first);
  const bits = (values) => Array.from(new Uint32Array(values.slice().buffer));
  const states = [bits(sheet.values)];
  for (let k = 0; k < 80; k++) {
    const [x, y] = [random(12), random(7)];
    const shares = [random(100) / 99, 0, 1];
    const acts = [
      () => sheet.step(() => sheet.stroke([x, y], [random(12), random(7)], 1 + random(5), shares)),
      () => sheet.step(() => sheet.dab(x, y, 1 + random(6), null)),
      () => sheet.step(() => sheet.shift(random(2), random(5) - 2, random(5) - 2, shares)),
      () => sheet.step(() => sheet.paste(sheet.cut(x, y, random(12), random(7), first), random(12), random(7))),
      () => random(9) ? false : sheet.reset(),
    ];
    if (acts[random(5)]()) states.push(bits(sheet.values));
  }
  const inside = Array.from(sheet.values).every((v) => v >= -1.5 && v <= 2.5);
  const counted = states.length;
  let back = 0;
  for (let k = counted - 2; k >= 0; k--) back += sheet.undo() && String(bits(sheet.values)) === String(states[k]);
  const nothing = sheet.undo();
  let forth = 0;
  for (let k = 1; k < counted; k++) forth += sheet.redo() && String(bits(sheet.values)) === String(states[k]);
  done([counted, back, nothing, forth, inside, Array.from(first), Array.from(sheet.values), sheet.distances()]);
}, (error) => done(String(error)));
"""


@pytest.mark.parametrize("seed", [1, 7, 23])
def test_any_walk_of_edits_is_undone_and_done_again_to_the_bit(page: Page, seed: int) -> None:
    page.go("/in")
    counted, back, nothing, forth, inside, first, last, apart = page.browser.execute_async_script(
        WALK, seed
    )
    assert counted > 40
    assert back == forth == counted - 1
    assert not nothing
    assert inside
    away = np.abs(np.array(last) - np.array(first))
    for name, order in APART.items():
        assert apart[name] == pytest.approx(np.linalg.norm(away, order), rel=1e-12)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    page: Page, width: int, scheme: str
) -> None:
    spec = importlib.util.find_spec("axe_playwright_python")
    assert spec is not None, "axe-playwright-python, which carries axe-core: run make again"
    assert spec.origin is not None
    axe = (Path(spec.origin).parent / "axe.min.js").read_text()
    size = {"width": width, "height": 850, "deviceScaleFactor": 1, "mobile": width < 500}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    paths = ("1/teach/change", "1/teach/write", "2/teach/change", "2/teach/write", "3/teach/write")
    for path in paths:
        page.go(f"/study/{path}")
        if path.endswith("change"):
            page.until("#ask", "What is this")
            page.label(0)
            page.until("#ask", "You say")
        else:
            page.until("#bits", "bits")
        opening = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
        page.browser.execute_script(opening)
        page.browser.execute_script(axe)
        found = page.browser.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run().then((r) => done(r.violations.map((v) => [v.id, v.nodes[0].html])))"
        )
        assert found == [], path
        script = "return document.documentElement.scrollWidth <= innerWidth"
        assert page.browser.execute_script(script), path
    size["width"], size["mobile"] = 1200, False
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
