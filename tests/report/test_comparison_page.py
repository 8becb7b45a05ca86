"""The page of a comparison."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "comparison"))

from comparison_cells import SMALL, made

from preceptor.comparison import BASE, Comparison, compare
from preceptor.lessons import Price
from preceptor.report import render_comparison, write_comparison


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare(SMALL)


def test_it_says_what_the_numbers_say(found, tmp_path: Path):
    page = write_comparison(found, tmp_path / "page.html").read_text()
    for name in found.strategies:
        for point in found.points(name):
            assert f"{100 * point.measures['strong'].mean:.1f}\u00a0%" in page
    for panel in ("questions and items", "bits from the teacher", "bits to the teacher"):
        assert f"<h3>{panel}</h3>" in page
    assert "<h3>cost</h3>" not in page  # nobody charged anything
    assert page.count("<polyline") == 3 * 3  # in each panel: random, boundary, the mixture
    assert "void 2" in page  # xor is uncertain of a fifth of its domain
    assert not [word for word in ("http://", "https://", "nan", "None") if word in page]


def test_names_are_escaped():
    hostile = "<script>alert(1)</script>"
    page = render_comparison(
        made(
            {
                BASE: ("passive", [(Price(), [0.5, 0.5])]),
                hostile: ("active student", [(Price(3, 5.0, 0.5), [0.2, 0.21])]),
            }
        )
    )
    assert hostile not in page
    assert "&lt;script&gt;" in page
    assert "Teaching that hurt" in page
    assert "<h3>cost</h3>" in page


def test_one_seed_has_no_interval():
    page = render_comparison(
        made(
            {
                BASE: ("passive", [(Price(), [0.5])]),
                "asks": ("active student", [(Price(3, 5.0), [0.95]), (Price(30, 50.0), [1.0])]),
            }
        )
    )
    assert "which one seed cannot give" in page
    assert "inf" not in page.split("<style>")[0] + page.split("</style>")[1].replace(
        "information", ""
    )


def test_free_strategies_alone_need_no_panel():
    page = render_comparison(
        made(
            {
                BASE: ("passive", [(Price(), [0.5, 0.5])]),
                "guesses": ("passive", [(Price(), [0.95, 0.96])]),
            }
        )
    )
    assert "Nothing was paid" in page


def test_columns_that_do_not_vary_are_said_and_left_out():
    page = render_comparison(
        made(
            {
                BASE: ("passive", [(Price(), [0.5, 0.5])]),
                "random": ("active student", [(Price(3, 5.0), [0.95, 0.96])]),
            }
        )
    )
    assert "The same in every row, and so without a column: clean is 100.0\u00a0%" in page
    assert '<th scope="col">clean</th>' not in page
    assert '<th scope="col">strong law</th>' in page


def test_the_best_of_each_kind_is_named_and_the_others_are_grey():
    asks = [(Price(30, 50.0), [0.95, 0.96])]
    page = render_comparison(
        made(
            {
                BASE: ("passive", [(Price(), [0.5, 0.5])]),
                "random": ("active student", asks),
                "boundary": ("active student", [(Price(300, 500.0), [0.95, 0.96])]),
                "told:feature set": ("active teacher", [(Price(1, 5.0), [0.95, 0.96])]),
            }
        )
    )
    panel = page.split('id="panel-1-t"')[1].split("</svg>")[0]
    assert ">random</text>" in panel
    assert ">told:feature set</text>" in panel
    assert ">boundary</text>" not in panel
    assert panel.count('class="behind"') == 1
