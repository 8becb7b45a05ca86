"""The whole walk: audit with a person, answers at the page, report, a lesson drawn at the page, the
student after it, audited again. A script drives the real page in a real browser."""

import json
from pathlib import Path
from typing import Any

import pytest
from browsing import chrome
from commands import preceptor
from desk_pages import Page, desk_at
from picture_answers import answer_all

from preceptor.people import Studies, taught_items
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


def teach_what_matters(page: Page) -> None:
    """Mark the outer columns as of no account, on every picture."""
    page.go("/study/1/teach/matters")
    page.picture()
    page.click("input[value=ignored]")
    page.click("input[value=every]")
    page.click("[data-mode=rectangle]")
    page.drag((0.5, 0.5), (0.5, 7.5))
    page.drag((7.5, 0.5), (7.5, 7.5))
    page.click("#give")
    page.kept()


def test_from_an_audit_to_a_taught_student(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(STUDENT)
    knows = digits().teacher
    same = ("--student", "model.py:net", "--data", "digits", "--teacher", "human:ann")
    plan = ("--items", "30", "--attack", "pgd:eps=0.15", "--seed", "0")
    audit = ("audit", *same, *plan, "--out", "audit")
    teach = ("teach", *same, *plan, "--strategy", "desk", "--given", "300", "--steps", "300")

    first = preceptor(tmp_path, *audit)
    assert first.returncode == 3, first.stderr
    with desk_at(tmp_path / "preceptor.db") as link, chrome() as browser:
        page = Page(browser, link)
        assert answer_all(page, knows) >= 60
        finished = preceptor(tmp_path, *audit)
        assert finished.returncode == 0, finished.stderr
        assert (tmp_path / "audit/report.html").exists()

        nothing = preceptor(tmp_path, *teach)
        assert nothing.returncode == 3, nothing.stderr
        assert "offered there to teach on" in nothing.stderr
        teach_what_matters(page)
        page.go("/study/1/teach")
        assert "54 of 64 pixels" not in page.text("#taught")
        assert "48 of 64 pixels" in page.text("#taught")

        asked = preceptor(tmp_path, *teach)
        assert asked.returncode == 3, asked.stderr
        assert answer_all(page, knows) > 0
        assert page.errors == []
    done = preceptor(tmp_path, *teach, "--json")
    assert done.returncode in (0, 1), done.stderr
    _check(json.loads(done.stdout), tmp_path)


def _check(told: dict[str, Any], folder: Path) -> None:
    """The lesson's price is what the page measured; both audits are whole."""
    with Studies(folder / "preceptor.db") as studies, studies.database.read() as db:
        (lesson,) = taught_items.standing(db, 1)
    assert lesson.by == "ann"
    assert lesson.body["painted"] == "ignored"
    assert lesson.arrays["mask"].tolist() == [[False, *[True] * 6, False]] * 8
    assert told["price"]["questions"] == 1
    assert told["price"]["cost"] == round(lesson.seconds, 6)
    assert told["price"]["bits"] > 0
    assert [one["lesson"] for one in told["rounds"]] == [None, "irrelevant features"]
    for name in ("before", "after"):
        assert (folder / f"taught/{name}/report.html").exists()
    assert (folder / "taught/before-and-after.html").exists()
    assert (folder / "taught/student.safetensors").exists()
