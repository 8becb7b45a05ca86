"""Answers on their way: whatever stands between, and however many tabs, people and desks there are
at one address, none is lost. In a real browser, which needs Debian's chromium."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from desk_between import Between, Says, between
from desk_page import Page, enter, served
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

from preceptor.people import Settings, Studies, access, persons

PLAIN = {"again": 0.0, "known": 0.0}

FOREIGN = {
    "single sign-on": Says(401),
    "a firewall": Says(403),
    "redeployed": Says(404),
    "a static site": Says(405),
    "slow": Says(408, headers={"retry-after": "0"}),
    "small": Says(413),
    "another name": Says(421, "Misdirected", "text/plain"),
    "busy": Says(429, '{"error": "slow down"}', "application/json"),
    "broken": Says(500),
    "no gateway": Says(502),
    "maintenance": Says(503, '{"error": "later"}', "application/json"),
    "a firewall's 400": Says(400),
    "another app's 400": Says(400, '{"error": "bad request"}', "application/json"),
    "another app's 409": Says(409, '{"error": "conflict"}', "application/json"),
    "captive portal": Says(200),
    "another app's 200": Says(200, '{"kept": "something else"}', "application/json"),
    "a login page": Says(302, headers={"location": "/static/desk.css"}),
    "a cut line": Says(0),
}


@dataclass
class Place:
    """A desk behind a proxy, and one tab of a browser that looks at it."""

    page: Page
    proxy: Between

    @property
    def studies(self) -> Studies:
        return self.page.studies

    def said(self) -> list[tuple[int, int | None]]:
        """Who answered what, in this order."""
        with self.studies.database.read() as db:
            return [
                tuple(row) for row in db.all("SELECT person, label FROM desk_answers ORDER BY id")
            ]

    def give(self, *labels: int) -> None:
        """Answer what is on the stage; one after another."""
        for label in labels:
            self.shown()
            self.page.label(label)

    def shown(self) -> None:
        WebDriverWait(self.page.browser, 10).until(lambda _: self.page.find("#desk").is_displayed())

    def again(self) -> None:
        """Let the page try at once, and not after its pause."""
        self.page.browser.execute_script("dispatchEvent(new Event('online'))")

    def arrived(self, count: int) -> None:
        """Wait until so many answers are kept, and the page knows."""

        def there(_: object) -> bool:
            self.again()
            return len(self.said()) >= count and not self.waiting()

        WebDriverWait(self.page.browser, 20).until(there, f"{count} answers")
        assert len(self.said()) == count

    def waiting(self) -> list[str]:
        found: list[str] = self.page.browser.execute_script(
            "return Object.keys(localStorage).filter((k) => k.startsWith('desk/'))"
        )
        return found

    def store(self, name: str, value: str) -> None:
        self.page.browser.execute_script("localStorage.setItem(...arguments)", name, value)


def study(path: Path) -> Studies:
    studies = Studies(path)
    studies.make("t", Settings(("0", "1", "2"), (1, 8, 8), **PLAIN))
    studies.file("t", torch.rand(40, 1, 8, 8), "x")
    return studies


@pytest.fixture
def place(browser: webdriver.Chrome, tmp_path: Path) -> Iterator[Place]:
    with (
        study(tmp_path / "a.db") as studies,
        between() as proxy,
        served(studies, proxy.name) as desk,
    ):
        proxy.desk = desk
        page = Page(browser, studies, proxy.address)
        enter(page, "ann")
        found = Place(page, proxy)
        found.shown()
        yield found
        proxy.instead = None
        browser.get_log("browser")
        browser.execute_script("localStorage.clear()")
        browser.get("about:blank")


def test_only_the_desk_itself_refuses(place: Place) -> None:
    """Each of these once made answers vanish without a word, or could have."""
    for number, (name, reply) in enumerate(FOREIGN.items(), 1):
        place.proxy.instead = reply
        place.give(0, 1)
        place.page.until("#saving", "2 waiting")
        place.page.until("#trouble", "They wait in this browser")
        assert len(place.said()) == 2 * number - 2, name
        assert place.page.find("#trouble").is_displayed()
        assert place.page.text("#far") == f"{2 * number} of 40"
        place.proxy.instead = None
        place.arrived(2 * number)
        place.page.until("#saving", "")
        assert not place.page.find("#trouble").is_displayed()
        assert not place.page.find("#refused").is_displayed()
    assert [label for _, label in place.said()] == [0, 1] * len(FOREIGN)


def test_what_waits_outlives_the_page(place: Place) -> None:
    place.proxy.instead = Says(404)
    place.give(0, 1, 2)
    place.page.until("#saving", "3 waiting")
    place.page.go("/static/desk.css")
    place.proxy.instead = None
    assert len(place.waiting()) == 3
    place.page.go("/study/1")
    place.arrived(3)
    assert [label for _, label in place.said()] == [0, 1, 2]


def test_undo_and_correction_keep_their_order(place: Place) -> None:
    place.proxy.instead = Says(502)
    place.give(0)
    place.page.find("#undo").click()
    place.give(1, 2)
    place.page.find("#back").click()
    place.page.label(0)
    place.page.find("#skip").click()
    place.page.until("#saving", "6 waiting")
    place.proxy.instead = None
    place.arrived(5)
    assert [label for _, label in place.said()] == [0, None, 1, 2, 0]


def test_a_refused_answer_is_shown_and_can_be_given_again(place: Place) -> None:
    place.proxy.instead = Says(502)
    place.give(2)
    with place.studies.database.write() as db:
        sent = json.loads(
            place.page.browser.execute_script(
                "return localStorage.getItem(arguments[0])", place.waiting()[0]
            )
        )
        ticket = sent["body"]["ticket"]
        db.run(
            "UPDATE desk_leases SET ticket = :to WHERE ticket = :ticket", to="gone", ticket=ticket
        )
    assert place.page.text("#far") == "1 of 40"
    place.proxy.instead = None
    place.again()
    place.page.until("#refused-list", "You said 2")
    assert "was not given to you" in place.page.text("#refused-list")
    assert place.page.find("#refused-list img").get_attribute("src").endswith(f"{ticket}/0.png")
    assert place.page.text("#saving") == "1 not kept"
    assert place.page.text("#far") == "0 of 40"
    place.page.go("/study/1")  # it outlives the page
    place.page.until("#refused-list", "You said 2")
    with place.studies.database.write() as db:
        db.run(
            "UPDATE desk_leases SET ticket = :to WHERE ticket = :ticket", to=ticket, ticket="gone"
        )
    place.shown()
    place.page.find("#refused-list button").click()
    WebDriverWait(place.page.browser, 10).until(
        lambda _: ticket in (place.page.find("#stage img").get_attribute("src") or "")
    )
    place.page.label(1)
    place.arrived(1)
    assert [label for _, label in place.said()] == [1]
    assert not place.page.find("#refused").is_displayed()
    place.page.until("#far", "1 of 40")


def test_two_tabs_do_not_write_over_each_other(place: Place) -> None:
    browser = place.page.browser
    place.proxy.instead = Says(404)
    place.give(0, 0, 0)
    place.page.until("#saving", "3 waiting")
    first = browser.current_window_handle
    browser.switch_to.new_window("tab")
    place.page.go("/study/1")
    place.give(1)
    place.page.until("#saving", "4 waiting")
    second = browser.current_window_handle
    browser.switch_to.window(first)
    browser.close()
    browser.switch_to.window(second)
    place.proxy.instead = None
    place.arrived(4)
    assert sorted(label for _, label in place.said()) == [0, 0, 0, 1]


def test_another_desk_at_the_same_address_gets_nothing(
    place: Place, browser: webdriver.Chrome, tmp_path: Path
) -> None:
    """The first study and the first person have the same numbers in both."""
    place.proxy.instead = Says(404)
    place.give(0, 1)
    place.page.until("#saving", "2 waiting")
    mine, there = place.proxy.desk, place.proxy.name
    with study(tmp_path / "b.db") as others, served(others, there) as other:
        place.proxy.desk, place.proxy.instead = other, None
        place.again()  # the old page is still open
        place.page.until("#trouble", "Another desk answers at this address")
        page = Page(browser, others, place.proxy.address)
        enter(page, "ann")
        second = Place(page, place.proxy)
        second.give(2)
        WebDriverWait(browser, 10).until(lambda _: len(second.said()) == 1)
        assert second.said() == [(1, 2)]
        assert not page.find("#refused").is_displayed()
        place.proxy.desk = mine
        place.page.go("/study/1")
        place.arrived(2)
        assert second.said() == [(1, 2)]
    assert place.said() == [(1, 0), (1, 1)]


def become(page: Page, name: str) -> None:
    """Sign in where somebody else is signed in."""
    with page.studies.database.write() as db:
        token = persons.invite(db, persons.enroll(db, name))
        access.join(db, 1, persons.enroll(db, name))
    page.go(f"/in#{token}")
    WebDriverWait(page.browser, 10).until(lambda _: page.find("#change button").is_displayed())
    page.find("#change button").click()
    WebDriverWait(page.browser, 10).until(lambda b: not b.current_url.partition("/in")[1])


def test_another_person_in_the_same_browser_sends_nothing_of_mine(place: Place) -> None:
    browser = place.page.browser
    place.proxy.instead = Says(404)
    place.give(0, 1)
    place.page.until("#saving", "2 waiting")
    place.proxy.ending = "/answer"
    first = browser.current_window_handle
    browser.switch_to.new_window("tab")
    become(place.page, "ben")
    place.give(2)
    WebDriverWait(browser, 10).until(lambda _: place.page.text("#saving") == "1 waiting")
    place.proxy.instead = None
    place.again()
    WebDriverWait(browser, 10).until(lambda _: len(place.said()) == 1)
    browser.close()
    browser.switch_to.window(first)
    place.again()
    place.page.until("#trouble", "ben is signed in in this browser now")
    assert place.said() == [(2, 2)]
    become(place.page, "ann")
    place.arrived(3)
    assert place.said() == [(2, 2), (1, 0), (1, 1)]


def test_a_broken_entry_is_shown_and_stays(place: Place) -> None:
    kept = {"desk 1 1": "{broken", f"desk/{store(place)}/1/1/000-x": "[1, 2"}
    for name, value in kept.items():
        place.store(name, value)
    place.page.go("/study/1")
    place.give(1)
    WebDriverWait(place.page.browser, 10).until(lambda _: len(place.said()) == 1)
    text = place.page.until("#refused-list", "{broken")
    assert "[1, 2" in text
    assert "2 not kept" in place.page.text("#saving")
    for name, value in kept.items():
        assert place.page.browser.execute_script("return localStorage[arguments[0]]", name) == value
    place.page.find("#refused-list button").click()  # thrown away by its person, who is asked
    place.page.browser.switch_to.alert.accept()
    place.page.until("#saving", "1 not kept")


def store(place: Place) -> str:
    return place.page.find("html").get_attribute("data-store") or ""


def test_answers_that_an_older_desk_left_are_sent(place: Place) -> None:
    with place.studies.database.read() as db:
        (ticket,) = db.all("SELECT ticket FROM desk_leases LIMIT 1")[0]

    def left(ticket: str, token: str) -> dict[str, object]:
        body = {"ticket": ticket, "token": token * 32, "label": 2, "seconds": 1, "note": ""}
        return {"path": "/study/1/answer", "body": body}

    place.store("desk 1 1", json.dumps([left("of another desk", "a"), left(ticket, "b")]))
    place.page.go("/study/1")
    WebDriverWait(place.page.browser, 10).until(lambda _: place.said() == [(1, 2)])
    place.page.until("#saving", "1 not kept")
    rest = json.loads(place.page.browser.execute_script("return localStorage['desk 1 1']"))
    assert [one["body"]["token"] for one in rest] == ["a" * 32]


def test_a_full_browser_sends_each_answer_before_it_goes_on(place: Place) -> None:
    place.page.browser.execute_script(
        "let text = 'x'.repeat(2 ** 20), i = 0;"
        "while (text) { try { localStorage.setItem('fill' + i++, text); }"
        " catch { text = text.slice(0, text.length / 2); } }"
    )
    place.proxy.instead = Says(404)
    place.give(1)
    place.page.until("#where", "Sending your answer")
    place.page.until("#trouble", "Keep this page open")
    place.page.label(2)  # nothing happens: one at a time
    assert place.page.text("#far") == "0 of 40"
    place.proxy.instead = None
    place.again()
    place.page.until("#far", "1 of 40")
    assert place.said() == [(1, 1)]
    place.page.label(2)
    place.page.until("#far", "2 of 40")
    assert place.said() == [(1, 1), (1, 2)]


def test_a_lesson_is_kept_like_an_answer(place: Place) -> None:
    """A mask that took minutes to paint, and a proxy that takes no large bodies."""
    place.give(1)
    place.arrived(1)
    place.page.go("/study/1/teach/matters")
    WebDriverWait(place.page.browser, 10).until(
        lambda _: place.page.find("#paint canvas").get_attribute("width")
    )
    place.page.drag((1, 1), (4, 4))
    place.proxy.instead = Says(413)
    place.page.find("#give").click()
    place.page.until("#saving", "1 waiting")
    place.page.go("/")
    place.proxy.instead = None
    place.page.go("/study/1")  # any page of the desk sends what waits
    WebDriverWait(place.page.browser, 10).until(lambda _: not place.waiting())
    assert place.page.taught("t").arrays["mask"].any()


def test_a_refused_lesson_is_shown_and_can_be_sent_again(place: Place) -> None:
    place.give(1)
    place.arrived(1)
    place.page.go("/study/1/teach/matters")
    WebDriverWait(place.page.browser, 10).until(
        lambda _: place.page.find("#paint canvas").get_attribute("width")
    )
    place.page.drag((1, 1), (4, 4))
    place.proxy.instead = Says(
        400, '{"error": "not this one"}', "application/json", {"x-preceptor": "1"}
    )
    place.page.find("#give").click()
    place.page.until("#refused-list", "not this one")
    assert place.page.text("#saving") == "1 not kept"
    place.proxy.instead = None
    place.page.find("#refused-list button").click()
    assert place.page.taught("t").arrays["mask"].any()
    place.page.until("#saving", "")
