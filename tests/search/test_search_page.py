"""The page of a search says what was found, and what finding nothing means."""

import pytest
import torch
from search_worlds import PLAN, Pupil, Seer, half_blind, left_or_right, pictures, sees_all, vectors

from preceptor.core import UNCERTAIN, InputError
from preceptor.probes import families
from preceptor.report import render_search, search_answer, write_search
from preceptor.search import estimate, search


def test_the_page_of_witnesses(tmp_path) -> None:
    student, source = Pupil(lambda x: sees_all(x.flip(-1))), pictures()
    strong = estimate(student, Seer(left_or_right), source, families(source.domain), 2)
    result = search(student, Seer(left_or_right), source, PLAN, out=tmp_path, strong=strong)
    page = write_search(result).read_text()
    assert page == render_search(result)
    assert "is not strongly robust as seer sees it" in page
    assert page.count('class="card"') == min(24, result.distinct)
    assert "data:image/png;base64," in page
    assert "all families" in page
    assert "http" not in page.replace("http-equiv", "")
    assert result.digest in page


def test_vectors_get_a_table() -> None:
    result = search(Pupil(half_blind), Seer(left_or_right), vectors(), PLAN)
    page = render_search(result)
    assert "Biggest differences from the nearest item" in page
    assert "data:image/png" not in page
    with pytest.raises(InputError, match="was not saved"):
        write_search(result)


def test_nothing_found_is_no_proof() -> None:
    none = search(Pupil(sees_all), Seer(left_or_right), pictures(), PLAN)
    assert "no proof of robustness" in render_search(none)
    unsure = Seer(lambda inputs: torch.full((len(inputs),), UNCERTAIN))
    empty = search(Pupil(sees_all), unsure, pictures(), PLAN)
    assert "nothing can be said" in search_answer(empty)


def test_names_are_escaped() -> None:
    student = Pupil(half_blind, name="<script>alert(1)</script>")
    page = render_search(search(student, Seer(left_or_right), vectors(), PLAN))
    assert "<script>" not in page
