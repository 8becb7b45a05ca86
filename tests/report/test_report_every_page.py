"""Every page that ``preceptor.report`` writes, in a real browser: a row of the table for each.

A new page adds a row and inherits every check, in light and dark, wide and on a phone.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
import torch
from browsing import LOOKS, Look, beyond, chrome, look, requests, troubles, violations
from report_records import digits_record, recorded, vector_record
from selenium import webdriver
from test_report_why import explained

sys.path.insert(0, str(Path(__file__).parents[1] / "comparison"))
sys.path.insert(0, str(Path(__file__).parents[1] / "search"))

from comparison_cells import SMALL, made
from search_worlds import (
    PLAN,
    Pupil,
    Seer,
    fooled,
    half_blind,
    left_or_right,
    pictures,
    sees_all,
    vectors,
)

from preceptor.audit import side_by_side
from preceptor.comparison import BASE, compare
from preceptor.core import UNCERTAIN
from preceptor.lessons import Price
from preceptor.probes import families
from preceptor.report import write, write_comparison, write_search, write_side_by_side
from preceptor.search import SearchPlan, estimate, search


def audit_of_digits(folder: Path) -> Path:
    return write(digits_record(folder))


def audit_of_vectors(folder: Path) -> Path:
    return write(vector_record(folder, features=12))


def why_of_pictures(folder: Path) -> Path:
    return write(explained(folder, (3, 8, 8))[0])


def why_of_rows(folder: Path) -> Path:
    return write(explained(folder, (7,))[0])


def students(folder: Path) -> Path:
    plain, robust = (digits_record(folder / n, name=n, blur=b) for n, b in (("a", 0), ("b", 1)))
    return write_side_by_side(side_by_side([plain, robust]), folder / "page.html")


def students_of_vectors(folder: Path) -> Path:
    one = vector_record(folder / "one", features=12)
    other = vector_record(folder / "two", features=12, name="other", tilt=0.1)
    return write_side_by_side(side_by_side([one, other]), folder / "page.html")


def people_and_groups(folder: Path) -> Path:
    return write(recorded(folder, "one"), by=["condition"])


def many_students_and_people(folder: Path) -> Path:
    records = [recorded(folder / f"s{k}", f"s{k}", seed=k) for k in range(7)]
    found = side_by_side(records)
    return write_side_by_side(found, folder / "page.html", by=["condition"])


def comparison(folder: Path) -> Path:
    return write_comparison(
        compare(replace(SMALL, search=30, attack="noise:size=0.1")), folder / "page.html"
    )


def comparison_without_intervals(folder: Path) -> Path:
    points = [(Price(3, 5.0), [0.95]), (Price(30, 50.0), [1.0])]
    asks = ("active student", points)
    found = made({BASE: ("passive", [(Price(), [0.5])]), "asks": asks})
    return write_comparison(found, folder / "page.html")


def witnesses(folder: Path) -> Path:
    """A student that is wrong nearly everywhere, with the strong accuracy beside."""
    student, source = Pupil(lambda x: sees_all(x.flip(-1))), pictures()
    strong = estimate(student, Seer(left_or_right), source, families(source.domain), 2)
    found = search(student, Seer(left_or_right), source, PLAN, out=folder, strong=strong)
    return write_search(found)


def faults(folder: Path) -> Path:
    """A student with one blind spot, and questions enough to test what was raised."""
    plan = SearchPlan(400, first=10, round=10)
    return write_search(search(Pupil(fooled), Seer(left_or_right), pictures(), plan, out=folder))


def faults_of_vectors(folder: Path) -> Path:
    return write_search(search(Pupil(half_blind), Seer(left_or_right), vectors(), PLAN, out=folder))


def nothing_found(folder: Path) -> Path:
    return write_search(search(Pupil(sees_all), Seer(left_or_right), pictures(), PLAN, out=folder))


def nothing_certain(folder: Path) -> Path:
    unsure = Seer(lambda inputs: torch.full((len(inputs),), UNCERTAIN))
    return write_search(search(Pupil(sees_all), unsure, pictures(), PLAN, out=folder))


PAGES: Final[tuple[Callable[[Path], Path], ...]] = (
    audit_of_digits,
    audit_of_vectors,
    why_of_pictures,
    why_of_rows,
    students,
    students_of_vectors,
    people_and_groups,
    many_students_and_people,
    comparison,
    comparison_without_intervals,
    witnesses,
    faults,
    faults_of_vectors,
    nothing_found,
    nothing_certain,
)


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    with chrome() as found:
        yield found


@pytest.fixture(scope="module", params=PAGES, ids=lambda make: make.__name__)
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    make: Callable[[Path], Path] = request.param
    return make(tmp_path_factory.mktemp(make.__name__)).as_uri()


@pytest.mark.parametrize("how", LOOKS, ids=str)
def test_a_page_can_be_used_by_anyone(browser: webdriver.Chrome, page: str, how: Look) -> None:
    troubles(browser), requests(browser)
    look(browser, how)
    browser.get(page)
    assert violations(browser) == []
    assert beyond(browser) == []
    assert troubles(browser) == []
    assert [url for url in requests(browser) if url.startswith("http")] == []
