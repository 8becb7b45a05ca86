"""A desk with a study of pictures, one of rows and one of pairs; an owner and a member."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from desk_client import HOST, Opened
from desk_page import Page, enter, opened, served
from editing import SIDE, pictures
from selenium import webdriver

from preceptor.desk import make_app
from preceptor.people import Settings, Studies

PLAIN = {"again": 0.0, "known": 0.0}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Opened]:
    with Studies(tmp_path / "study.db") as studies:
        studies.make("pictures", Settings(("0", "1", "2"), (1, 8, 8), **PLAIN))
        studies.file("pictures", torch.rand(12, 1, 8, 8), "x")
        studies.make("rows", Settings(("yes", "no"), (3,), names=("a", "<b>", "c"), **PLAIN))
        studies.file("rows", torch.rand(4, 3), "x")
        studies.make("pairs", Settings(("same", "different"), (2, 3, 8, 8), **PLAIN))
        studies.file("pairs", torch.rand(4, 2, 3, 8, 8), "x")
        yield Opened(studies, make_app(studies, frozenset({HOST})))


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    with opened() as found:
        yield found


@pytest.fixture
def page(browser: webdriver.Chrome, tmp_path: Path) -> Iterator[Page]:
    """Ann at a desk with studies of pictures, of rows and of pairs, offered to teach on."""
    with Studies(tmp_path / "s.db") as studies:
        studies.make("grey", Settings(("0", "1", "2"), (1, SIDE, SIDE), **PLAIN))
        studies.offer("grey", pictures())
        rows = Settings(("yes", "no"), (3,), (0.0, -1.0, 10.0), (1.0, 1.0, 20.0), ("a", "<b>", "c"))
        studies.make("rows", rows)
        studies.offer("rows", torch.tensor([[0.1, 0.2, 12.3], [0.4, -0.5, 15.0]]))
        studies.make("pairs", Settings(("same", "other"), (2, 3, SIDE, SIDE), **PLAIN))
        studies.offer("pairs", torch.rand(2, 2, 3, SIDE, SIDE, generator=torch.Generator()))
        with served(studies) as address:
            found = Page(browser, studies, address)
            enter(found, "ann")
            yield found
            browser.get("about:blank")
            assert found.complaints() == []
