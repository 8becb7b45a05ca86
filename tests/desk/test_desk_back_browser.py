"""Nobody answers what they do not see: looking back, taking back and giving a refused answer again, in a
real browser, behind a proxy that fails."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from desk_between import Between, Says, between
from desk_page import Page, enter, served
from selenium import webdriver
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from preceptor.people import Settings, Studies, answering, assign


@dataclass
class Visit:
    """Ann at a desk behind a proxy."""

    page: Page
    proxy: Between

    def press(self, key: str) -> None:
        self.page.browser.switch_to.active_element.send_keys(key)

    def ticket(self) -> str:
        """Of the question on the stage."""
        found = self.page.browser.execute_script(
            "return document.querySelector('#stage img')?.src ?? ''"
        )
        return str(found).rpartition("/0.png")[0].rpartition("/")[2]

    def wait(self, what: str, holds: object) -> None:
        WebDriverWait(self.page.browser, 10).until(holds, what)  # type: ignore[arg-type]

    def settled(self, count: int) -> list[tuple[str, int | None, str]]:
        """Ticket, label and note of so many answers, once all have arrived."""
        rows: list[tuple[str, int | None, str]] = []

        def there(_: object) -> bool:
            self.page.browser.execute_script("dispatchEvent(new Event('online'))")
            with self.page.studies.database.read() as db:
                rows[:] = [
                    (row[0], row[1], row[2])
                    for row in db.all(
                        "SELECT l.ticket, a.label, a.note FROM desk_answers a JOIN desk_leases l "
                        "ON l.question = a.question AND l.person = a.person ORDER BY a.id"
                    )
                ]
            return len(rows) >= count

        self.wait(f"{count} answers", there)
        assert len(rows) == count
        return rows

    def reload(self) -> None:
        """Load the page again in a browser that remembers no picture."""
        self.page.browser.execute_cdp_cmd("Network.clearBrowserCache", {})
        self.page.browser.refresh()
        self.wait("a question", lambda _: self.ticket())
        self.wait("what was given", lambda _: self.page.find("#undo").is_enabled())


@pytest.fixture
def visit(browser: webdriver.Chrome, tmp_path: Path) -> Iterator[Visit]:
    with Studies(tmp_path / "a.db") as studies, between() as proxy:
        studies.make("t", Settings(("0", "1", "2"), (1, 8, 8), again=0.0, known=0.0))
        studies.file("t", torch.rand(12, 1, 8, 8), "x")
        with served(studies, proxy.name) as desk:
            proxy.desk = desk
            found = Visit(Page(browser, studies, proxy.address), proxy)
            enter(found.page, "ann")
            found.wait("a question", lambda _: found.ticket())
            yield found
            proxy.instead = None
            browser.get_log("browser")
            browser.execute_script("localStorage.clear()")
            browser.get("about:blank")


def test_an_answer_of_another_day_is_taken_back_before_the_eyes_of_its_person(
    visit: Visit,
) -> None:
    mine = visit.ticket()
    visit.press("2")
    visit.settled(1)
    visit.reload()
    visit.press(Keys.BACKSPACE)
    visit.wait("the same question", lambda _: visit.ticket() == mine)
    assert visit.page.text("#stage") == ""
    visit.press("1")
    assert [(ticket, label) for ticket, label, _ in visit.settled(3)] == [
        (mine, 2),
        (mine, None),
        (mine, 1),
    ]


@pytest.mark.parametrize("key", [Keys.ARROW_LEFT, Keys.BACKSPACE])
def test_what_cannot_be_shown_is_not_answered(visit: Visit, key: str) -> None:
    study = visit.page.studies.get("t")
    with visit.page.studies.database.write() as db:  # in another browser: no picture is here
        lease = assign.take(db, study, 1, 6, [])[-1]
        answering.answer(db, study, 1, answering.Reply(lease.ticket, "t" * 16, 2, 1.0))
    visit.reload()
    seen = visit.ticket()
    visit.proxy.instead, visit.proxy.everything = Says(502), True
    visit.press(key)
    visit.page.until("#live", "cannot be shown")
    assert visit.ticket() == seen
    visit.press("1")
    visit.proxy.instead = None
    said = [(ticket, label) for ticket, label, _ in visit.settled(2)]
    assert said == [(lease.ticket, 2), (seen, 1)]


def test_a_refused_answer_loses_no_note_and_undoes_no_other(visit: Visit) -> None:
    first = visit.ticket()
    visit.press("0")
    visit.settled(1)
    ticket = visit.ticket()
    visit.press("n")
    visit.press("half a thought")
    visit.press(Keys.ESCAPE)
    no = json.dumps({"error": "not this one"})
    visit.proxy.instead = Says(400, no, "application/json", {"x-preceptor": "1"})
    visit.press("2")
    visit.page.until("#refused-list", "not this one")
    assert not visit.page.find("#chip").is_displayed()  # its undo would take the one before back
    visit.proxy.instead = None
    visit.page.find("#refused-list button").click()
    visit.wait("the same question", lambda _: visit.ticket() == ticket)
    assert visit.page.find("#note").get_attribute("value") == "half a thought"
    visit.press("1")
    assert visit.settled(2) == [(first, 0, ""), (ticket, 1, "half a thought")]
