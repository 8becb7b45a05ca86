"""The desk in a real browser, timed: from the command to the first question, from key to next image.

Used by ``desk.py``; the browser is Debian's chromium, without a window, started before the clock.

The page itself keeps the time. From the ``timeStamp`` of the key's event (when the browser's process
had it) to the first task after the frame in which the next picture stands on the stage: the picture
is decoded, styled, laid out and painted then. Beside it the browser's own Event Timing, which runs
on to the presentation of that frame and is rounded to 8 ms; durations under 16 ms it does not tell,
and they are counted as 16.
"""

import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from desk_people import COMMAND
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

SWITCHES = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync")

SHOWN = """
const image = document.querySelector("#stage img");
return Boolean(image && image.complete && image.naturalWidth && image.offsetWidth);
"""

PROBE = """
window.probe = {times: [], presented: [], undecoded: 0, at: null};
const stage = document.getElementById("stage");
addEventListener("keydown", (event) => { probe.at = event.timeStamp; }, true);
new MutationObserver(() => {
  if (probe.at === null) return;
  const began = probe.at;
  probe.at = null;
  const image = stage.querySelector("img");
  if (!image || !image.complete || !image.naturalWidth) probe.undecoded += 1;
  requestAnimationFrame(() => {
    const after = new MessageChannel();
    after.port1.onmessage = () => probe.times.push(performance.now() - began);
    after.port2.postMessage(0);
  });
}).observe(stage, {childList: true});
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    if (entry.name === "keydown") probe.presented.push(entry.duration);
}).observe({type: "event", durationThreshold: 16});
"""


@contextmanager
def browser() -> Iterator[webdriver.Chrome]:
    """A browser, closed at the end."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    assert chromium, "no browser here; run: apt-get install -y chromium chromium-driver"
    assert driver, "no driver here; run: apt-get install -y chromium-driver"
    options = Options()
    options.binary_location = chromium
    for switch in SWITCHES:
        options.add_argument(switch)
    found = webdriver.Chrome(options=options, service=Service(driver))
    found.set_window_size(1280, 900)
    yield found
    found.quit()


@contextmanager
def desk(where: str, log: Path) -> Iterator[str]:
    """The real command; gives the link that it prints."""
    words = ["desk", where, "--as", "ann", "--no-open"]
    with log.open("w") as out:
        process = subprocess.Popen([sys.executable, "-c", COMMAND, *words], stderr=out)
    try:
        while not (link := re.search(r"http://\S+#\S+", log.read_text())):
            assert process.poll() is None, log.read_text()
            time.sleep(0.01)
        yield link.group()
    finally:
        process.kill()
        process.wait()


def first_question(page: webdriver.Chrome, where: str, log: Path) -> dict[str, float]:
    """Seconds from the command to the link, and to the first question on the screen.

    Beside them, measured just before, the seconds that Python takes to import torch and nothing
    else, which is most of a start.
    """
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    alone = time.perf_counter() - begin
    begin = time.perf_counter()
    with desk(where, log) as link:
        printed = time.perf_counter() - begin
        page.get(link)
        WebDriverWait(page, 60, poll_frequency=0.01).until(lambda p: p.execute_script(SHOWN))
        shown = time.perf_counter() - begin
        page.get("about:blank")
    seconds = {"importing_torch_alone": alone, "link_printed": printed, "question_shown": shown}
    return {name: round(value, 2) for name, value in seconds.items()}


def keys(page: webdriver.Chrome, where: str, log: Path, answers: int, seed: int) -> dict[str, Any]:
    """Answer by the keyboard at a person's pace; returns milliseconds from key to next image."""
    draw = random.Random(seed)
    with desk(where, log) as link:
        page.get(link)
        WebDriverWait(page, 60).until(lambda p: p.execute_script(SHOWN))
        time.sleep(1.0)
        page.execute_script(PROBE)
        for _ in range(answers):
            page.switch_to.active_element.send_keys(draw.choice("0123456789u"))
            time.sleep(draw.uniform(0.25, 0.5))
        WebDriverWait(page, 20).until(
            lambda p: p.execute_script(
                "return Object.keys(localStorage).every(k => !k.startsWith('desk/'))"
            )
        )
        found: dict[str, Any] = page.execute_script("return probe")
        assert page.execute_script("return document.getElementById('trouble').hidden")
        page.execute_script("localStorage.clear()")
        page.get("about:blank")
    found["answered"] = answers
    return found
