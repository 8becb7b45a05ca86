"""What the user's own function shows, in a real browser: text, rows, a picture, HTML, and one that fails."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from desk_page import Page, enter, served
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

from preceptor.core import Html
from preceptor.desk import OwnHook
from preceptor.desk.own_views import OwnViews
from preceptor.people import Settings, Studies, persons

PLAIN: dict[str, Any] = {"again": 0.0, "known": 0.0}

TALL = "<p>line</p>" * 30

SMILE = Html(
    "<style>b { color: rgb(200, 0, 0) }</style><b id=it>red</b><script>document.title = 'run'</script>"
    f"<img src='http://127.0.0.1:9/x.png' onerror='parent.document.title = 1'>{TALL}"
)


def any_way(row: np.ndarray) -> object:
    """Another kind for each of six inputs, which are 0.1 to 0.6."""
    kind = round(float(row[0]) * 10)
    if kind == 5:
        raise ValueError("no five")
    ways: dict[int, object] = {
        1: f"plain words, income {row[1]:.0f}\u200b",
        2: {"income": 21080.0, "home": "rent"},
        3: np.full((20, 30), 128, np.uint8),
        4: SMILE,
        6: {"last": 1},
    }
    return ways[kind]


def test_every_kind_is_seen_answered_by_key_and_kept(
    browser: webdriver.Chrome, tmp_path: Path
) -> None:
    with Studies(tmp_path / "s.db") as studies:
        studies.make("t", Settings(("0", "1"), (2,), (0.0, 0.0), (1.0, 9.0), ("a", "b"), **PLAIN))
        studies.file("t", torch.tensor([[k / 10, float(k)] for k in range(1, 7)]), "x")
        hook = OwnHook.of(any_way)
        with studies.database.write() as db:
            persons.enroll(db, "ann", "owner")
        with served(studies, views=OwnViews((hook,))) as address:
            page = Page(browser, studies, address)
            enter(page, "ann")
            page.go("/study/1")
            seen = [_answer_one(page) for _ in range(6)]
            page.until("#thanks", "That is all")
            WebDriverWait(browser, 30).until(lambda _: len(_seen(studies)) == 6)
            assert sorted(seen) == ["failed", "frame", "picture", "rows", "rows", "text"]
            rows = _seen(studies)
            own = f"own {hook.version}"
            assert rows[1].startswith(f"{own}, letters 19, lines ")
            assert (rows[2], rows[4], rows[5], rows[6]) == (own, own, None, own)
            assert rows[3].startswith(f"{own}, ")
            assert rows[3].endswith("pixels")
            page.go("/study/1/overview?show=all")
            assert "21,080" in page.text("main")
            assert "Shown plainly, since --show failed: ValueError: no five" in page.text("main")
            browser.get("about:blank")
            refused = [one for one in page.complaints() if "Content Security Policy" not in one]
            assert [one for one in refused if "sandboxed" not in one] == []


def _seen(studies: Studies) -> dict[int, Any]:
    """How each question that was answered was seen."""
    with studies.database.read() as db:
        said = "SELECT question, viewing FROM desk_answers WHERE label IS NOT NULL"
        return dict(db.all(said))


def _answer_one(page: Page) -> str:
    """Look at the question on the stage, answer it by a key; what kind of question it was."""
    browser = page.browser
    WebDriverWait(browser, 20).until(lambda _: browser.find_elements("css selector", "#stage > *"))
    stage = page.find("#stage")
    before = stage.find_element("css selector", ":scope > *")
    if stage.find_elements("css selector", ".finding"):
        kind = "failed"
        assert "no five" in page.text("#stage .finding")
        assert "Range" in page.text("#stage table")
    elif frames := stage.find_elements("css selector", "iframe"):
        kind = "frame"
        WebDriverWait(browser, 20).until(lambda _: frames[0].rect["height"] > 400)  # all of it
        browser.switch_to.frame(frames[0])
        it = browser.find_element("css selector", "#it")
        assert it.value_of_css_property("color") == "rgba(200, 0, 0, 1)"
        it.click()  # whoever clicks into it goes on with keys
        browser.switch_to.default_content()
        assert browser.title != "run"
        WebDriverWait(browser, 20).until(
            lambda b: b.execute_script("return document.activeElement.tagName") != "IFRAME"
        )
    elif stage.find_elements("css selector", "img"):
        kind = "picture"
        assert page.find("#view").is_displayed()
    elif stage.find_elements("css selector", "table"):
        kind = "rows"
        assert not page.find("#view").is_displayed()
        assert "Range" not in page.text("#stage table")
    else:
        kind = "text"
        assert page.text("#stage [data-sign]") == "\u200b"
        assert "Hidden signs" in page.text("#smooth")
    key = "." if kind == "rows" else "1"
    browser.switch_to.active_element.send_keys(key if key == "1" else cannot_tell(page))
    WebDriverWait(browser, 20).until(
        lambda _: (
            before not in browser.find_elements("css selector", "#stage > *")
            or not page.find("#desk").is_displayed()
        )
    )
    return kind


def cannot_tell(page: Page) -> str:
    return page.find(".unsure").get_attribute("aria-keyshortcuts") or ""
