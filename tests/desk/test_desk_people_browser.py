"""Links, people and second browsers as a person meets them at the page."""

from uuid import uuid4

from desk_page import Page
from editing import pictures
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.support.ui import WebDriverWait

from preceptor.people import access, answering, assign, persons


def invited(page: Page, name: str) -> str:
    with page.studies.database.write() as db:
        person = persons.enroll(db, name)
        access.join(db, 1, person)
        return persons.invite(db, person)


def test_a_link_for_somebody_else_asks(page: Page) -> None:
    page.go(f"/in#{invited(page, 'ben')}")
    page.until("#said", "You are ann. Go on as ben?")
    assert page.text("#here") == "ann"
    page.go("/")
    page.until(".who", "ann")
    page.go(f"/in#{invited(page, 'ben')}")
    page.until("#guest", "ben")
    page.find("#change button").click()
    WebDriverWait(page.browser, 20).until(lambda b: "/study/1" in b.current_url)
    page.until(".who", "ben")
    assert all("409" in one for one in page.complaints())


def test_an_owner_ends_and_removes_at_the_page(page: Page) -> None:
    with page.studies.database.write() as db:
        access.set_role(db, persons.enroll(db, "ann"), "owner")
    invited(page, "ben")
    page.go("/people")
    ben = "[data-person='2']"
    page.find(f"{ben}[data-do='link']").click()
    page.until("#said", "For ben. Give it to nobody else.")
    assert (page.find("#made").get_attribute("value") or "").startswith(f"{page.address}/in#")
    page.find("[data-copy]").click()
    page.until("[data-copy]", "Copied")
    page.find(f"{ben}[data-do='end']").click()
    page.browser.switch_to.alert.accept()
    WebDriverWait(page.browser, 20).until(
        lambda b: not b.find_elements("css selector", f"{ben}[data-do='end']")
    )
    page.find(f"{ben}[data-do='remove']").click()
    page.browser.switch_to.alert.accept()
    wait = WebDriverWait(page.browser, 20, ignored_exceptions=[StaleElementReferenceException])
    wait.until(lambda _: "Removed" in page.text(".access"))  # the page is loaded anew
    with page.studies.database.read() as db:
        assert [one.person.removed is None for one in access.everybody(db)] == [True, False]


def test_what_was_answered_in_another_browser_is_told_and_can_be_corrected(page: Page) -> None:
    page.studies.file("grey", pictures(), "x")
    study = page.studies.get("grey")
    page.go("/study/1")
    page.until("#where", "What is this?")
    WebDriverWait(page.browser, 20).until(lambda b: b.find_elements("css selector", "#stage img"))
    with page.studies.database.write() as db:  # all that this page holds, and the rest
        for lease in assign.take(db, study, 1, 10, []):
            said = answering.Reply(lease.ticket, uuid4().hex, 0, 1.0)
            answering.answer(db, study, 1, said)
        count = db.all("SELECT COUNT(*) FROM desk_answers")[0][0]
    page.label(1)
    page.until("#refused", "elsewhere")
    with page.studies.database.read() as db:
        assert db.all("SELECT DISTINCT label FROM desk_answers") == [(0,)]
    page.find("#refused-list button").click()
    page.until("#where", "What is this?")
    page.label(2)
    WebDriverWait(page.browser, 20).until(lambda _: _answers(page) == count + 1)
    with page.studies.database.read() as db:
        last = db.all("SELECT label, supersedes FROM desk_answers ORDER BY id DESC LIMIT 1")[0]
    assert last[0] == 2
    assert last[1] is not None
    assert all("409" in one for one in page.complaints())


def _answers(page: Page) -> int:
    with page.studies.database.read() as db:
        return int(db.all("SELECT COUNT(*) FROM desk_answers")[0][0])
