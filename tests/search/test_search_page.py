"""The page of a search says what was found, and what finding nothing means."""

import pytest
import torch
from search_worlds import PLAN, Pupil, Seer, half_blind, left_or_right, pictures, sees_all, vectors

from preceptor.core import UNCERTAIN, InputError, UnansweredError, blank
from preceptor.probes import families
from preceptor.report import render_search, write_search
from preceptor.report.search_page import FEW, generator_dots
from preceptor.search import answer, estimate, search


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
    moved, plain = page.split("Errors on the data as they are")
    assert "nearest item" not in plain  # nothing was moved, so there is no difference to show
    assert ">difference</figcaption>" not in plain
    assert ">difference</figcaption>" in moved
    few = [one for one in result.yields if 0 < one.asked <= FEW]
    dots = generator_dots([one for one in result.yields if one.asked])
    assert len(dots) == len(result.yields) - sum(not one.asked for one in result.yields) - max(
        0, len(few) - 1
    )
    assert f"{len(few)} generators with {FEW} questions or fewer each" in dots[-1].label
    assert f", {sum(one.asked for one in few)} questions" in dots[-1].label
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
    assert "nothing can be said" in answer(empty)


def test_where_nothing_was_answered_nothing_is_said_of_the_student() -> None:
    class Away(Seer):
        def __call__(self, inputs):
            raise UnansweredError(
                "nobody is there",
                blank(len(inputs)),
                torch.zeros(len(inputs), dtype=torch.bool),
            )

    away, student, source = Away(left_or_right), Pupil(sees_all), pictures()
    strong = estimate(student, away, source, families(source.domain), 2)
    result = search(student, away, source, PLAN, strong=strong)
    said = answer(result)
    assert said.startswith("Unanswered: seer has answered none of")
    assert "robust" not in said
    assert result.summary()["unanswered"] == result.summary()["questions"] > 0
    page = render_search(result)
    assert "<b>0\u00a0%</b>" not in page
    assert "no proof of robustness" not in page


def test_what_is_left_unanswered_is_said_beside_what_was_found() -> None:
    class Tired(Seer):
        def __call__(self, inputs):
            if len(self.asked) < 30:
                return super().__call__(inputs)
            raise UnansweredError(
                "enough for today",
                blank(len(inputs)),
                torch.zeros(len(inputs), dtype=torch.bool),
            )

    for student in (Pupil(sees_all), Pupil(half_blind)):
        result = search(student, Tired(left_or_right), vectors(), PLAN)
        assert 0 < int(result.asked.answered.sum()) < len(result.asked)
        assert "have no answer" in answer(result)


def test_names_are_escaped() -> None:
    student = Pupil(half_blind, name="<script>alert(1)</script>")
    page = render_search(search(student, Seer(left_or_right), vectors(), PLAN))
    assert "<script>" not in page
