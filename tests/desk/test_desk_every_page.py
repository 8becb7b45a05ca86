"""Every page of the desk: who may see it, with which headers, and in a real browser under axe."""

from collections.abc import Iterator

import pytest
from browsing import LOOKS, Look, beyond, chrome, look, requests, troubles, violations
from desk_client import HOST, Client, Opened
from desk_pages import desk_at
from desk_table import PAGES, Page, fill
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from preceptor.desk import make_app
from preceptor.desk.guard import Limiter
from preceptor.people import Studies


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    path = tmp_path_factory.mktemp("pages") / "study.db"
    fill(path)
    with Studies(path) as studies:
        app = make_app(studies, frozenset({HOST}), limiter=Limiter(tries=1000))
        yield Opened(studies, app)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_who_may_see_a_page_and_with_which_headers(opened: Opened, page: Page) -> None:
    stranger = Client(opened.app).get(page.path)
    assert stranger.status_code == (303 if page.signed_in else 200)
    member = opened.client("mia").get(page.path)
    assert member.status_code == (403 if page.owner else page.status)
    reply = opened.client("olga", "owner").get(page.path)
    assert reply.status_code == page.status
    for one in (stranger, member, reply):
        policy = one.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert one.headers["x-content-type-options"] == "nosniff"
        assert one.headers["cache-control"] == "no-store"
    for inline in (" style=", "<style", " onclick=", " onload=", "javascript:"):
        assert inline not in reply.text
    assert reply.text.count("<script") == reply.text.count('src="/static/') + reply.text.count(
        'type="application/json"'
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    with chrome() as found:
        yield found


@pytest.fixture(scope="module")
def base(browser: webdriver.Chrome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real desk, at which the browser is signed in as an owner."""
    folder = tmp_path_factory.mktemp("desk")
    fill(folder / "study.db")
    with desk_at(folder / "study.db", "olga") as link:
        browser.get(link)
        WebDriverWait(browser, 30).until(lambda b: b.find_elements(By.CSS_SELECTOR, ".studies"))
        yield link.partition("/in")[0]


@pytest.mark.parametrize("how", LOOKS, ids=str)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_can_be_used_by_anyone(
    browser: webdriver.Chrome, base: str, page: Page, how: Look
) -> None:
    troubles(browser), requests(browser)
    look(browser, how)
    browser.get(base + page.path)
    WebDriverWait(browser, 30).until(lambda b: b.find_elements(By.CSS_SELECTOR, page.ready))
    assert violations(browser) == []
    assert beyond(browser) == []
    expected = f"the server responded with a status of {page.status}"
    assert [one for one in troubles(browser) if expected not in one] == []
    elsewhere = [url for url in requests(browser) if not url.startswith((base, "blob:", "data:"))]
    assert elsewhere == []
