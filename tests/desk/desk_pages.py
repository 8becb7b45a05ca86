"""The desk by its real command, and a real browser that looks at it. Needs Debian's chromium."""

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from commands import PROGRAM
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait


@contextmanager
def desk_at(path: Path, who: str = "ann") -> Iterator[str]:
    """``preceptor desk`` over a ledger; a link into it for its owner."""
    log = path.with_suffix(".log")
    command = [*PROGRAM, "desk", str(path), "--as", who, "--no-open"]
    with log.open("w") as out, subprocess.Popen(command, stderr=out) as server:
        link = None
        give_up = time.monotonic() + 60
        while link is None and time.monotonic() < give_up:
            link = re.search(r"http://\S+#\S+", log.read_text())
            time.sleep(0.05)
        try:
            assert link, log.read_text()
            yield link.group()
        finally:
            server.terminate()


class Page:
    """What a person does at a page."""

    def __init__(self, browser: webdriver.Chrome, link: str) -> None:
        self.browser = browser
        self.base = link.partition("/in")[0]
        browser.get(link)
        self.until(lambda: "/in" not in browser.current_url)

    def go(self, path: str) -> None:
        self.browser.get(self.base + path)

    def find(self, css: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, css)

    def click(self, css: str) -> None:
        self.until(lambda: self.find(css).is_enabled())
        self.find(css).click()

    def text(self, css: str) -> str:
        return str(self.find(css).get_attribute("textContent"))

    def press(self, keys: str) -> None:
        self.browser.switch_to.active_element.send_keys(keys)

    def until(self, true: Callable[[], bool], seconds: float = 20) -> None:
        WebDriverWait(self.browser, seconds, poll_frequency=0.03).until(lambda _: true())

    def run(self, script: str, *given: Any) -> Any:
        return self.browser.execute_script(script, *given)

    def size(self, width: int, height: int = 800) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def picture(self, question: str = "") -> None:
        """Wait until the canvas shows a picture."""
        self.until(lambda: bool(self.run("return document.querySelector('#paint canvas')?.width")))

    def drag(self, *through: tuple[float, float], pixels: int = 8) -> None:
        """Drag over the canvas through points in pixels of the picture, ``(column, row)``."""
        canvas = self.find("#paint canvas")
        box = canvas.rect
        zoom, (wide, high) = box["width"] / pixels, (box["width"], box["height"])
        self.run("arguments[0].scrollIntoView({block: 'center'})", canvas)
        moves = ActionChains(self.browser, duration=20)
        for i, (x, y) in enumerate(through):
            moves.move_to_element_with_offset(
                canvas, round(x * zoom - wide / 2), round(y * zoom - high / 2)
            )
            if i == 0:
                moves.click_and_hold()
        moves.release().perform()

    def kept(self) -> None:
        """Wait until all that was taught has arrived."""
        find = "return Object.keys(localStorage).every((k) => !k.startsWith('desk/'))"
        self.until(lambda: bool(self.run(find)))

    @property
    def errors(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.browser.get_log("browser")
        return [one for one in found if one["level"] == "SEVERE"]
