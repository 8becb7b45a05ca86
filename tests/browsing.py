"""A real browser for the tests of pages: how a page is looked at, and what must hold of every page.

Needs Debian's chromium and chromium-driver, and axe-core from the package that carries it.
"""

import importlib.util
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size=1200,900",
)

BEYOND = """
const out = [];
const scrolls = (e) => e && e !== document.body &&
  (["auto", "scroll"].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
for (const e of document.body.querySelectorAll("*")) {
  if (e.closest(".away, .skip, .skip-link, .patterns, svg") || scrolls(e.parentElement)) continue;
  const box = e.getBoundingClientRect();
  if (box.width && (box.right > innerWidth + 1 || box.left < -1))
    out.push(e.tagName + "." + e.className + " " + box.left + " to " + box.right);
}
if (document.documentElement.scrollWidth > innerWidth) out.push("the page itself");
return out;
"""


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    scheme: str
    width: int

    def __str__(self) -> str:
        return f"{self.scheme}-{self.width}"


LOOKS = (Look("light", 1280), Look("dark", 360))
"""Both schemes and both widths, each once: no rule of our style sheets is about the two together."""


@contextmanager
def chrome(prompts: str = "dismiss and notify") -> Iterator[webdriver.Chrome]:
    """A browser that keeps its logs, closed at the end; what it does with prompts nobody expects."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.fail("no browser here; run: apt-get install -y chromium chromium-driver")
    options = Options()
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.set_capability("unhandledPromptBehavior", prompts)
    for switch in SWITCHES:
        options.add_argument(switch)
    found = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield found
    finally:
        found.quit()


def look(browser: webdriver.Chrome, how: Look) -> None:
    """Look at pages so from now on."""
    scheme = [{"name": "prefers-color-scheme", "value": how.scheme}]
    size = {"width": how.width, "height": 800, "deviceScaleFactor": 1, "mobile": how.width < 500}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def unfold(browser: webdriver.Chrome) -> None:
    """Open all that can be opened."""
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")


def violations(browser: webdriver.Chrome) -> list[tuple[str, Any, str]]:
    """What axe-core finds by every rule, the best practices among them, with all details open."""
    unfold(browser)
    browser.execute_script(axe_core())
    found = browser.execute_async_script(
        "axe.run(document, {resultTypes: ['violations']}).then(arguments[0])"
    )
    assert len(found["passes"]) > 10
    return [(v["id"], v["nodes"][0]["target"], v["help"]) for v in found["violations"]]


def beyond(browser: webdriver.Chrome) -> list[str]:
    """What sticks out of the window sideways, but for tables that scroll by themselves."""
    unfold(browser)
    found: list[str] = browser.execute_script(BEYOND)
    return found


def troubles(browser: webdriver.Chrome) -> list[str]:
    """What the browser complained of, scripts and refused requests, since this was last asked."""
    return [entry["message"] for entry in browser.get_log("browser")]


def requests(browser: webdriver.Chrome) -> list[str]:
    """The addresses that were asked for since this was last asked."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [m["params"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    return [one["request"]["url"] for one in sent]


def axe_core() -> str:
    """The script, from the package that carries it; its Python part is not needed."""
    spec = importlib.util.find_spec("axe_playwright_python")
    assert spec is not None, "axe-playwright-python, which carries axe-core: run make again"
    assert spec.origin is not None
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")
