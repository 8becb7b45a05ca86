"""The walk through the desk with texts, in a real browser: answer, undo, come back, read a long one, mark
words, revise, declare, write, decide, take home.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from desk_page import Page, enter, served
from selenium import webdriver
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from preceptor.core import TextDomain, Texts
from preceptor.people import Settings, Studies, persons
from preceptor.people.exchange.exchange_rows import answers_of
from preceptor.people.lessons import lessons_of

pytestmark = [pytest.mark.browser]

LONG = "One sentence after another, until it does not fit.\r\n\r\n" * 90 + "The end is bad."
ARABIC = "\u0647\u0630\u0627 \u0627\u0644\u0641\u064a\u0644\u0645 \u062c\u0645\u064a\u0644 \u062c\u062f\u0627."
EVIL = "</script><script>alert(1)</script> go\u200bod\u202e \U0001f468\u200d\U0001f469\u200d\U0001f467 \x07"
ROWS = ("A good film, said Anna in 1999.", LONG, ARABIC, EVIL, "")


@pytest.fixture
def texts(browser: webdriver.Chrome, tmp_path: Path) -> Iterator[Page]:
    """Ann, an owner, at a desk with reviews and with pairs of texts."""
    plain: dict[str, Any] = {"again": 0.0, "known": 0.0}
    with Studies(tmp_path / "s.db") as studies:
        domain = TextDomain(protected=(r"\d{4}",))
        studies.make("reviews", replace(Settings.of(domain, ("bad", "good")), **plain))
        studies.file("reviews", Texts(ROWS), "x")
        fields = ("premise", "hypothesis")
        pair = TextDomain(fields=fields, fixed=("premise",))
        studies.make("pairs", replace(Settings.of(pair, ("follows", "not")), **plain))
        studies.offer("pairs", Texts((("Anna sings a song.", "Somebody sings."),), fields))
        with studies.database.write() as db:
            persons.enroll(db, "ann", "owner")
        with served(studies) as address:
            found = Page(browser, studies, address)
            enter(found, "ann")
            yield found
            browser.get("about:blank")
            assert found.complaints() == []


def shown(page: Page) -> str:
    """The text on the stage, as the page holds it."""
    page.until("#stage", "")
    WebDriverWait(page.browser, 10).until(
        lambda b: b.execute_script("return !!document.querySelector('#stage .text')")
    )
    return str(
        page.browser.execute_script("return document.querySelector('#stage .text').textContent")
    )


def press(page: Page, *keys: str) -> None:
    page.browser.switch_to.active_element.send_keys(*keys)


def kept(page: Page) -> None:
    find = "return Object.keys(localStorage).every((k) => !k.startsWith('desk/'))"
    WebDriverWait(page.browser, 10).until(lambda b: b.execute_script(find))


def labels(page: Page) -> dict[str, int | None]:
    study = page.studies.get("reviews")
    with page.studies.database.read() as db:
        rows = db.all(
            "SELECT q.id, q.input FROM desk_questions q WHERE q.study = :n", n=study.number
        )
        said = {one.input: one.label for one in answers_of(db, study.number)}
    return {page.studies.text(study, number)[0]: said[key] for number, key in rows if key in said}


def answer_all(page: Page) -> None:
    page.go("/study/1")
    last = None
    for _ in ROWS:
        WebDriverWait(page.browser, 10).until(lambda _: shown(page) != last)  # noqa: B023
        last = shown(page)
        assert last in ROWS
        press(page, "u" if last == "" else "2" if "good" in last or last == ARABIC else "1")
    page.until("#thanks", "all for now")
    kept(page)


def typed(page: Page, old: str, new: str) -> None:
    """Put words in place of others, as a person who marks and types them."""
    script = (
        "const box = document.querySelector('textarea.write'); box.focus();"
        "const at = box.value.indexOf(arguments[0]); box.setSelectionRange(at, at + arguments[0].length);"
        "return at"
    )
    assert page.browser.execute_script(script, old) >= 0
    press(page, new)


def example(page: Page, text: str) -> None:
    """Go on until a text is there to teach on."""
    for _ in ROWS:
        box = page.browser.execute_script(
            "return document.querySelector('#stage')?.innerText + (document.querySelector('textarea.write')?.value ?? '')"
        )
        if text[:12] in box:
            return
        before = page.text("#which")
        page.find("#after").click()
        WebDriverWait(page.browser, 10).until(lambda _: page.text("#which") != before)  # noqa: B023
    raise AssertionError(text)


def test_texts_are_answered_taken_back_and_found_again(texts: Page) -> None:
    texts.go("/study/1")
    first = shown(texts)
    press(texts, "2")
    WebDriverWait(texts.browser, 10).until(lambda _: shown(texts) != first)
    kept(texts)
    assert labels(texts) == {first: 1}
    press(texts, Keys.BACKSPACE)
    WebDriverWait(texts.browser, 10).until(lambda _: shown(texts) == first)
    kept(texts)
    assert labels(texts) == {first: None}
    texts.go("/study/1")
    answer_all(texts)
    found = labels(texts)
    assert found[ROWS[0]] == found[ARABIC] == 1
    assert found[LONG] == 0
    assert found[""] == -1
    texts.go("/study/1")
    texts.until("#thanks", "all for now")
    WebDriverWait(texts.browser, 10).until(lambda _: texts.find("#look").is_displayed())
    texts.find("#look").click()
    last = shown(texts)
    before = labels(texts)[last]
    press(texts, "1" if before else "2")  # corrected after coming back
    texts.until("#chip-said", "corrected")
    kept(texts)
    assert labels(texts)[last] == (0 if before else 1)
    with texts.studies.database.read() as db:
        seen = {
            row[0] for row in db.all("SELECT viewing FROM desk_answers WHERE label IS NOT NULL")
        }
    assert seen
    assert all(str(one).startswith("letters 19, lines ") for one in seen)


def test_a_long_text_scrolls_by_keys_and_letters_grow(texts: Page) -> None:
    texts.go("/study/1")
    for _ in ROWS:
        if shown(texts) == LONG:
            break
        before = shown(texts)
        press(texts, "s")
        WebDriverWait(texts.browser, 10).until(lambda _: shown(texts) != before)  # noqa: B023
    assert texts.until("#read", "% seen") != "100 % seen"
    press(texts, Keys.END)
    texts.until("#read", "100 % seen")
    press(texts, Keys.HOME)
    press(texts, " ")
    assert texts.browser.execute_script("return document.querySelector('.reading').scrollTop") > 100
    press(texts, "+")
    texts.until("#shown", "21 px")
    texts.go("/study/1")
    texts.until("#shown", "21 px")
    press(texts, "?")
    assert "scroll a long text" in texts.text("#help")
    press(texts, "?", "-")
    texts.until("#shown", "19 px")


def test_what_nobody_sees_is_marked_and_nothing_turns(texts: Page) -> None:
    answer_all(texts)
    texts.go("/study/1/items/4")
    page = texts.browser.execute_script(
        "const box = document.querySelector('.text'); const signs = [...box.querySelectorAll('.sign')];"
        "return [box.textContent, signs.map((one) => getComputedStyle(one, '::before').content),"
        "getComputedStyle(box.querySelector('.turns')).unicodeBidi]"
    )
    assert page == [EVIL, ['"ZWSP"', '"RLO"', '"U+0007"'], "isolate"]
    texts.go("/study/1/items/3")
    assert (
        texts.browser.execute_script(
            "return getComputedStyle(document.querySelector('.text')).direction"
        )
        == "rtl"
    )


def test_words_are_marked_by_mouse_and_keys(texts: Page) -> None:
    answer_all(texts)
    texts.go("/study/1/teach/words")
    texts.until("#count", "words marked")
    example(texts, ROWS[0])
    texts.find('[data-word="1"]').click()
    press(texts, Keys.ARROW_RIGHT, Keys.SHIFT + Keys.ARROW_RIGHT)
    texts.until("#count", "3 of 7 words marked")
    texts.find("#unmark").click()
    texts.until("#count", "1 of 7 words marked")
    press(texts, Keys.NULL)
    texts.find('[data-word="4"]').click()
    assert texts.text("#bits") == "4.4 bits"
    taught = texts.give("reviews")
    assert [ROWS[0][a:b] for _, a, b in taught.body["spans"]] == ["good", "Anna"]
    (lesson,) = lessons_of(texts.studies, texts.studies.get("reviews"))
    assert lesson.price.bits == pytest.approx(4.39, abs=0.01)


def test_a_text_is_revised_by_the_least(texts: Page) -> None:
    answer_all(texts)
    texts.go("/study/1/teach/revise")
    texts.until("#ask", "You said")
    example(texts, ROWS[0])
    typed(texts, "1999", "2000")
    texts.until("#problem", "protected")
    texts.label(0)
    assert not texts.find("#give").is_enabled()
    texts.find("#reset").click()
    typed(texts, "good", "bad")
    texts.until("#change", "goodbad")
    assert texts.find("#change del").text == "good"
    assert not texts.find("#problem").is_displayed()
    assert (texts.text("#words"), texts.text("#characters")) == ("1", "3")
    WebDriverWait(texts.browser, 10).until(lambda _: texts.find("#give").is_enabled())
    bits = texts.text("#bits")
    texts.find("#after").click()
    texts.until("#which", "Input 2")
    texts.find("#before").click()
    texts.until("#change", "goodbad")  # what was begun is still there
    WebDriverWait(texts.browser, 10).until(lambda _: texts.find("#give").is_enabled())
    taught = texts.give("reviews")
    assert taught.body["changed"] == [ROWS[0].replace("good", "bad")]
    assert (taught.body["before"], taught.body["after"]) == (1, 0)
    texts.go("/study/1/teach")
    assert "Revised from good to bad" in texts.text("#taught")
    assert bits in texts.text("#taught")


def test_what_a_box_would_change_by_itself_stays(texts: Page) -> None:
    answer_all(texts)
    texts.go("/study/1/teach/revise")
    texts.until("#ask", "You said")
    example(texts, "One sentence")
    typed(texts, "The end is bad", "The end is good")
    texts.until("#change", "good")
    texts.label(1)
    WebDriverWait(texts.browser, 10).until(lambda _: texts.find("#give").is_enabled())
    assert texts.text("#words") == "1"
    taught = texts.give("reviews")
    assert taught.body["changed"] == [LONG.replace("end is bad", "end is good")]  # \r\n as ever


def test_a_change_that_changes_nothing_is_declared(texts: Page) -> None:
    answer_all(texts)
    texts.go("/study/1/teach/alike")
    texts.until("#which", "Input 1")
    texts.browser.execute_script(
        "const list = document.querySelector('#change'); list.value = 'case'; list.dispatchEvent(new Event('change'))"
    )
    ready = "return document.querySelector('#tries').getAttribute('aria-busy') === 'false'"
    for done in range(3):
        WebDriverWait(texts.browser, 10).until(lambda b: b.execute_script(ready))
        while not texts.find("#holds").is_enabled():  # there is nothing to change here
            assert "nothing in this text" in texts.text("#tries")
            which = texts.text("#which")
            texts.find("#after").click()
            WebDriverWait(texts.browser, 10).until(lambda _: texts.text("#which") != which)  # noqa: B023
            WebDriverWait(texts.browser, 10).until(lambda b: b.execute_script(ready))
        assert texts.browser.execute_script("return document.querySelectorAll('#tries ins').length")
        which = texts.text("#which")
        press(texts, "y")
        texts.until("#so-far", f"{done + 1} of at least 3")
        if done < 2:
            WebDriverWait(texts.browser, 10).until(lambda _: texts.text("#which") != which)  # noqa: B023
    taught = texts.give("reviews")
    assert (taught.body["change"], len(taught.body["confirmed"])) == ("case", 3)


def test_parts_are_revised_and_written(texts: Page) -> None:
    texts.go("/study/2/teach/revise")
    texts.until("#ask", "What is this")
    texts.label(0)
    assert texts.text(".part.fixed .text") == "Anna sings a song."
    assert len(texts.browser.find_elements("css selector", "textarea.write")) == 1
    typed(texts, "Somebody", "Nobody")
    texts.label(1)
    texts.until("#change", "Nobody")
    WebDriverWait(texts.browser, 10).until(lambda _: texts.find("#give").is_enabled())
    assert texts.give("pairs").body["changed"] == ["Anna sings a song.", "Nobody sings."]
    texts.go("/study/2/teach/compose")
    boxes = texts.browser.find_elements("css selector", "textarea.write")
    boxes[0].send_keys("It rains.")
    boxes[1].send_keys("It is dry \u05d0.")
    texts.label(1)
    WebDriverWait(texts.browser, 10).until(lambda _: texts.find("#give").is_enabled())
    made = texts.give("pairs", 2)
    assert (made.kind, made.body["made"]) == ("example", ["It rains.", "It is dry \u05d0."])


def test_owners_take_texts_home(texts: Page) -> None:
    answer_all(texts)
    texts.go("/study/1/overview?show=all")
    assert "(empty text)" in texts.text(".thumbs")
    texts.browser.execute_script(
        "window.files = []; const make = URL.createObjectURL; URL.createObjectURL = (blob) => { window.files.push(blob); return make(blob); }"
    )
    texts.find('[data-export="jsonl"]').click()
    WebDriverWait(texts.browser, 10).until(lambda b: b.execute_script("return window.files.length"))
    lines = texts.browser.execute_async_script("window.files[0].text().then(arguments[0])")
    records = [json.loads(line) for line in lines.split("\n") if line]
    assert {one["text"] for one in records if one["record"] == "question"} == set(ROWS)
