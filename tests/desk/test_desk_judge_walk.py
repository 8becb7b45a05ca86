"""The walk of docs/how-to/judges.md: audit with a language model, check it with 60 answers at the desk in a
real browser, read people's number. The model is a service on this machine."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from browsing import chrome
from commands import preceptor
from desk_pages import Page, desk_at
from loopback_service import Heard, Sent, completion, loopback
from picture_answers import answer_all
from PIL import Image

import preceptor as pr
from preceptor.core import UNCERTAIN
from preceptor.problems import digits

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STUDENT = """
import torch
from preceptor.problems import digits, train

def net():
    torch.manual_seed(0)
    layers = torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10)
    problem = digits()
    start = torch.nn.Sequential(torch.nn.Flatten(), *layers)
    return train(start, problem.train_inputs[:300], problem.train_labels[:300], epochs=5)
"""

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

JUDGE = """
url = "{url}"
model = "loop-eyes"
name = "judge"
task = "Which digit is written here?"
enlarge = 4
[labels]
""" + "".join(f'{digit} = ["{word}"]\n' for digit, word in enumerate(WORDS))


def eyes(heard: Heard, number: int) -> Sent:
    """Knows digits, but is too sure where people cannot tell, and takes every nine for a four."""
    content = heard.body["messages"][-1]["content"]
    data = content[0]["image_url"]["url"].removeprefix("data:image/png;base64,")
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    assert picture.shape == (32, 32)
    look = torch.from_numpy(picture[::4, ::4].copy()).reshape(1, 1, 8, 8) / 255
    label = int(digits().teacher(look).labels)
    word = WORDS[4 if label in (9, UNCERTAIN) else label]
    return Sent(completion(word, {word: 0.9, "unsure": 0.1}))


def test_audit_with_a_judge_and_check_it_at_the_desk(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(STUDENT)
    with loopback(eyes) as service:
        (tmp_path / "judge.toml").write_text(JUDGE.replace("{url}", service.url))
        audit = preceptor(
            tmp_path, "audit", "--student", "model.py:net", "--data", "digits", "--items", "60",
            "--teacher", "llm:judge.toml", "--attack", "pgd:eps=0.1", "--out", "my-audit",
        )  # fmt: skip
        assert audit.returncode == 0, audit.stderr
        assert "judge is no person, and was never checked" in " ".join(audit.stderr.split())
    check = ("calibrate", "my-audit", "--people", "human:ann", "--budget", "60")
    first = preceptor(tmp_path, *check)
    assert first.returncode == 3, first.stderr
    with desk_at(tmp_path / "preceptor.db") as link, chrome() as browser:
        page = Page(browser, link)
        assert answer_all(page, digits().teacher) >= 60
        assert page.errors == []
        second = preceptor(tmp_path, *check, "--json")
        assert second.returncode == 0, second.stderr
        told = json.loads(second.stdout)
        assert told["questions"]["answered"] == 60
        browser.get((tmp_path / "my-audit/report.html").as_uri())
        words = " ".join(page.text("body").split())
        assert "judge was checked against people (human:ann) on 60 inputs" in words
    (agreement,) = told["agreements"]
    hits = sum(one["hits"] for one in agreement["agree"])
    both = sum(one["certain"] for one in agreement["agree"])
    assert 0.5 < hits / both < 1  # the nines
    accuracy = next(rate for rate in told["rates"] if rate["kind"] == "accuracy")
    record = pr.Record.load(tmp_path / "my-audit")
    clean = record.clean.sheet
    people = digits().teacher(torch.from_numpy(record.inputs(0, list(range(60))))).labels
    there = people != UNCERTAIN
    true = float((clean.student == people)[there].float().mean())
    clean_rate = next(rate for rate in told["rates"] if rate["name"] == "no attack")
    assert clean_rate["low"] <= true <= clean_rate["high"]
    assert accuracy["low"] < accuracy["high"]
