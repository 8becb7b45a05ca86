"""A desk served from a thread of its own, and a real browser that looks at it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import uvicorn
from browsing import chrome
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from preceptor.desk import make_app
from preceptor.desk.connections import WatchedConnection
from preceptor.desk.own_views import OwnViews
from preceptor.desk.serve import bind
from preceptor.people import Studies, access, persons, taught_items
from preceptor.people.taught_items import TaughtItem


@dataclass
class Page:
    """What a person at the desk does and sees."""

    browser: webdriver.Chrome
    studies: Studies
    address: str

    def go(self, path: str) -> None:
        self.browser.get(self.address + path)

    def find(self, css: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, css)

    def text(self, css: str) -> str:
        return self.find(css).get_attribute("textContent") or ""

    def label(self, label: int) -> None:
        self.find(f'[data-label="{label}"]').click()

    def until(self, css: str, words: str) -> str:
        WebDriverWait(self.browser, 10).until(lambda _: words in self.text(css), f"{css}: {words}")
        return self.text(css)

    def give(self, study: str, count: int = 1) -> TaughtItem:
        """Teach what is on the page, and find it in the store."""
        self.find("#give").click()
        return self.taught(study, count)

    def taught(self, study: str, count: int = 1) -> TaughtItem:
        """The last of ``count`` things taught, once it has arrived."""
        number = self.studies.get(study).number
        give_up = time.monotonic() + 10
        while True:
            with self.studies.database.read() as db:
                found = taught_items.standing(db, number)
            if len(found) >= count:
                return found[count - 1]
            assert time.monotonic() < give_up, self.text("#trouble")
            time.sleep(0.05)

    def canvas(self) -> np.ndarray:
        """The picture on the screen, ``UInt8[height, width, 4]``."""
        width, height, data = self.browser.execute_script(
            "const c = document.querySelector('canvas');"
            "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
            "return [c.width, c.height, Array.from(d)]"
        )
        return np.array(data, np.uint8).reshape(height, width, 4)

    def touch(self, kind: str, x: float, y: float) -> None:
        """A finger at a pixel of the picture; it ends where it was last."""
        box = self.browser.execute_script(
            "const b = document.querySelector('canvas').getBoundingClientRect();"
            "const c = document.querySelector('canvas');"
            "return [b.left, b.top, b.width / c.width, b.height / c.height]"
        )
        points = [{"x": box[0] + (x + 0.5) * box[2], "y": box[1] + (y + 0.5) * box[3]}]
        self.browser.execute_cdp_cmd(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [] if "End" in kind else points},
        )

    def drag(self, *spots: tuple[float, float]) -> None:
        """Press at the first pixel, go by the others, let go at the last."""
        box = self.browser.execute_script(
            "const c = document.querySelector('canvas'); c.scrollIntoView({block: 'center'});"
            "const b = c.getBoundingClientRect();"
            "return [b.left, b.top, b.width / c.width, b.height / c.height]"
        )
        kinds = ["mousePressed", *["mouseMoved"] * (len(spots) - 1), "mouseReleased"]
        for kind, (x, y) in zip(kinds, [*spots, spots[-1]], strict=True):
            self.browser.execute_cdp_cmd(
                "Input.dispatchMouseEvent",
                {
                    "type": kind,
                    "x": box[0] + (x + 0.5) * box[2],
                    "y": box[1] + (y + 0.5) * box[3],
                    "button": "left",
                    "buttons": 0 if kind == "mouseReleased" else 1,
                    "clickCount": 1,
                },
            )

    def complaints(self) -> list[str]:
        """What the browser itself complained about, such as a breach of the policy."""
        found = self.browser.get_log("browser")
        return [one["message"] for one in found if one["level"] == "SEVERE"]


@contextmanager
def opened() -> Iterator[webdriver.Chrome]:
    """A browser that leaves a page without asking whether what was drawn may be lost."""
    with chrome("accept") as found:
        wide(found)
        yield found


def wide(browser: webdriver.Chrome) -> None:
    """Look at pages as on a desktop computer, in light colours."""
    size = {"width": 1200, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@contextmanager
def served(studies: Studies, *names: str, views: OwnViews | None = None) -> Iterator[str]:
    """The address of a desk over some studies, reached under other names as well."""
    listener = bind("127.0.0.1", None)
    listener.listen()
    host = f"127.0.0.1:{listener.getsockname()[1]}"
    app = make_app(studies, frozenset({host, *names}), views=views)
    config = uvicorn.Config(
        app, http=WatchedConnection, log_level="warning", access_log=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://{host}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def enter(page: Page, name: str) -> None:
    """Sign in by a link that works once."""
    with page.studies.database.write() as db:
        person = persons.enroll(db, name)
        for study in page.studies.all():
            access.join(db, study.number, person)
        token = persons.invite(db, person)
    page.go(f"/in#{token}")
    WebDriverWait(page.browser, 10).until(lambda b: not b.current_url.partition("/in")[1])
