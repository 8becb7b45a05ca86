"""The practice round: examples with labels, others to try, and nothing that gives a question away."""

import re

import pytest
import torch
from desk_client import Opened

from preceptor.core import InputError
from preceptor.people.practice import give_examples


def given(desk: Opened, each: int = 5) -> None:
    study = desk.studies.get("pictures")
    classes = len(study.settings.classes)
    inputs = torch.rand(
        each * classes, *study.settings.shape, generator=torch.Generator().manual_seed(9)
    )
    labels = [n % classes for n in range(len(inputs))]
    assert give_examples(desk.studies, "pictures", inputs, labels) == len(inputs)
    assert give_examples(desk.studies, "pictures", inputs, labels) == 0


def test_it_shows_examples_by_class_and_others_to_try(desk: Opened) -> None:
    client = desk.client("ann")
    assert "Practise" not in client.get("/study/1").text
    assert client.get("/study/1/practice").status_code == 404
    before = client.next(1)
    given(desk)
    assert "Practise with examples" in client.get("/study/1").text
    page = client.get("/study/1/practice")
    assert page.status_code == 200
    classes = desk.studies.get("pictures").settings.classes
    assert page.text.count("An example of") == 3 * len(classes)
    assert page.text.count("<details>") == 2 * len(classes)
    pictures = re.findall(r'src="(/study/1/practice/\d+/0\.png)"', page.text)
    assert len(pictures) == 5 * len(classes)
    reply = client.get(pictures[0])
    assert (reply.status_code, reply.content[:4]) == (200, b"\x89PNG")
    assert client.next(1)[0].keys() == before[0].keys()  # examples are no questions


def test_a_question_is_no_example(desk: Opened) -> None:
    study = desk.studies.get("pictures")
    with desk.studies.database.read() as db:
        asked = db.all("SELECT question FROM desk_tally WHERE study = 1 LIMIT 1")[0][0]
    inputs = torch.from_numpy(desk.studies.input(study, asked).copy())[None]
    with pytest.raises(InputError, match="give it away"):
        give_examples(desk.studies, "pictures", inputs, [0])
    given(desk)
    assert desk.client("ann").get(f"/study/1/practice/{asked}/0.png").status_code == 404


def test_an_example_that_is_asked_later_is_shown_no_more(desk: Opened) -> None:
    study = desk.studies.get("pictures")
    inputs = torch.full((1, *study.settings.shape), 0.25)
    give_examples(desk.studies, "pictures", inputs, [1])
    client = desk.client("ann")
    assert client.get("/study/1/practice").status_code == 200
    desk.studies.file("pictures", inputs, "later")
    assert client.get("/study/1/practice").status_code == 404


def test_labels_have_to_fit(desk: Opened) -> None:
    with pytest.raises(InputError, match="one label each"):
        give_examples(
            desk.studies,
            "pictures",
            torch.zeros(1, *desk.studies.get("pictures").settings.shape),
            [99],
        )
