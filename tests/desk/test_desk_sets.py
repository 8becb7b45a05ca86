"""An answer of several labels over HTTP: kept, shown again, corrected, refused, and what owners see."""

import pytest
from desk_client import Opened


def test_an_answer_may_name_several_labels(desk: Opened) -> None:
    ann = desk.client("ann")
    (item,) = ann.next(1)
    assert ann.answer(1, item["ticket"], -1, acceptable=[2, 0]).status_code == 200
    with desk.studies.database.read() as db:
        assert db.all("SELECT label, acceptable FROM desk_answers") == [(-1, "[0, 2]")]
    (given,) = ann.get("/study/1/given").json()["items"]
    assert (given["label"], given["acceptable"]) == (-1, [0, 2])
    far = ann.get("/study/1/next?wanted=1").json()
    assert far["done"] == 1


def test_it_is_corrected_and_taken_back(desk: Opened) -> None:
    ann = desk.client("ann")
    (item,) = ann.next(1)
    ann.answer(1, item["ticket"], -1, acceptable=[0, 1])
    ann.answer(1, item["ticket"], 1)
    (given,) = ann.get("/study/1/given").json()["items"]
    assert (given["label"], given["acceptable"]) == (1, [])
    ann.answer(1, item["ticket"], None)
    assert ann.get("/study/1/given").json()["items"] == []


@pytest.mark.parametrize(
    ("label", "acceptable"),
    [
        (0, [0, 1]),
        (-1, [0]),
        (-1, [0, 1, 2]),
        (-1, [0, 9]),
        (None, [0, 1]),
        (-1, "01"),
        (-1, [True, 0]),
    ],
)
def test_what_is_no_set_is_refused_and_nothing_is_kept(
    desk: Opened, label: object, acceptable: object
) -> None:
    ann = desk.client("ann")
    (item,) = ann.next(1)
    reply = ann.answer(1, item["ticket"], label, acceptable=acceptable)
    assert reply.status_code == 400
    assert "acceptable" in reply.json()["error"]
    assert ann.get("/study/1/given").json()["items"] == []


def test_another_browser_is_told_the_set_that_stands(desk: Opened) -> None:
    ann, other = desk.client("ann"), desk.client("ann")
    (item,) = ann.next(1)
    ann.answer(1, item["ticket"], -1, acceptable=[0, 1])
    reply = other.answer(1, item["ticket"], 2)
    assert reply.status_code == 409
    assert "0 or 1" in reply.json()["error"]
    assert reply.json()["acceptable"] == [0, 1]
    assert other.answer(1, item["ticket"], -1, acceptable=[0, 1]).status_code == 200
    with desk.studies.database.read() as db:
        assert db.all("SELECT COUNT(*) FROM desk_answers") == [(1,)]


def test_the_owner_reads_the_set_in_words(desk: Opened) -> None:
    ann = desk.client("ann")
    (item,) = ann.next(1)
    ann.answer(1, item["ticket"], -1, acceptable=[0, 2])
    with desk.studies.database.read() as db:
        question = db.all("SELECT question FROM desk_answers")[0][0]
    page = desk.client("olga", "owner").get(f"/study/1/items/{question}")
    assert page.status_code == 200
    assert "<td>0 or 2</td>" in page.text
