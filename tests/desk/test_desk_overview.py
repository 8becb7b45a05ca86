"""The overview: agreement, what audits need, pictures; for owners alone."""

import re

import pytest
from desk_client import Opened

from preceptor.people import goals


def answered(desk: Opened) -> None:
    """Two people answer the study of pictures, who agree on some."""
    desk.studies.change("pictures", lambda old: type(old)(**{**vars(old), "overlap": 2}))
    for name, labels in (("ann", (0, 1, 2)), ("<i>ben", (0, 1, 1))):
        client = desk.client(name)
        for number in range(12):
            (item,) = client.next(1)
            client.answer(1, item["ticket"], labels[number % 3])


def test_it_shows_agreement_goals_and_pictures(desk: Opened) -> None:
    answered(desk)
    body = {
        "rule": ">=0.9",
        "claim": "undecided",
        "used": 5,
        "items": 40,
        "further": [3, 10, 20],
        "questions": 1.5,
        "undecided": 0.5,
    }
    with desk.studies.database.write() as db:
        goals.note(db, 1, "audit x", body)
    owner = desk.client("owner", "owner")
    text = owner.get("/study/1/overview").text
    for word in ("Fleiss' kappa", "Krippendorff's alpha", "Cohen's kappa", "What people confuse"):
        assert word in text.replace("&#39;", "'")
    assert "30 more answers" in text
    assert "take 9 to 60" in text
    assert "50 % run out of items" in text
    assert "&lt;i&gt;ben" in text
    assert "<i>ben" not in text
    pictures = re.findall(r'src="(/study/1/items/\d+/0\.png)"', text)
    assert pictures
    for path in pictures[:3]:
        reply = owner.get(path)
        assert (reply.status_code, reply.content[:4]) == (200, b"\x89PNG")
        assert reply.headers["content-type"] == "image/png"


def test_pictures_of_any_question_are_for_owners(desk: Opened) -> None:
    member, owner = desk.client("ann"), desk.client("owner", "owner")
    assert member.get("/study/1/items/1/0.png").status_code == 403
    assert member.get("/study/1/overview").status_code == 403
    assert owner.get("/study/1/items/1/0.png").status_code == 200
    for path in (
        "1/items/1/1",
        "1/items/999/0",
        "1/items/13/0",
        "2/items/13/0",
        f"1/items/{10**30}/0",
    ):
        assert owner.get(f"/study/{path}.png").status_code in (400, 404)


@pytest.mark.parametrize("study", [1, 2, 3])
def test_without_answers_nothing_is_made_up(desk: Opened, study: int) -> None:
    text = desk.client("owner", "owner").get(f"/study/{study}/overview").text
    assert "Nobody has answered yet" in text
    assert "What people confuse" not in text
    assert text.count("<dd>\u2013<small>") == 3
    assert "no question has two answers yet" in text


def test_keys_chosen_for_the_study_stand_on_the_page(desk: Opened) -> None:
    keys = ("q", "w", "e")
    desk.studies.change("pictures", lambda old: type(old)(**{**vars(old), "keys": keys}))
    text = desk.client("ann").get("/study/1").text
    for key in keys:
        assert f"<kbd>{key}</kbd>" in text.lower().replace(' aria-hidden="true"', "")
