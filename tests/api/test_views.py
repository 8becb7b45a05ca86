"""Results show themselves: short in text, safe and readable in a notebook, as frames and pictures."""

import json
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import matplotlib
import numpy as np
import pytest
import torch
from torch import Tensor

import preceptor as pr
from preceptor.core import InputError
from preceptor.core.view import Bar, View
from preceptor.outcome import Rate

matplotlib.use("Agg")

X = np.random.default_rng(0).uniform(size=(40, 2)).astype("float32")
EVIL = "<script>alert(1)</script>"


def law(points: Tensor) -> Tensor:
    sums = points.sum(1)
    return (sums > 1).long().where((sums - 1).abs() > 0.05, -1)


def model(points: Tensor) -> Tensor:
    return (points[:, 0] > 0.5).long()


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    first = pr.audit(model, X, law, "noise:size=0.1", classes=["low", EVIL])
    other = pr.audit(lambda x: (x[:, 1] > 0.5).long(), X, law, "noise:size=0.1", classes=2)
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    return {
        "record": first,
        "side by side": pr.side_by_side(
            pr.audit(model, X, law, "noise:size=0.1", classes=2), other
        ),
        "search": pr.search(model, X, law, classes=2, budget=60),
        "explanation": pr.explain(first, model, law, budget=40),
        "calibration": pr.calibrate(first, lambda x: (x.sum(1) > 0.9).long(), budget=40),
        "taught": pr.teach(
            net, X, law, strategy="random", budget=10, rounds=1, steps=20, items=15,
            attacks="noise:size=0.1", classes=2,
        ),
        "comparison": pr.compare(
            "xor:features=4", ["random"], budgets=10, seeds=2, steps=10, probes=50, items=10,
            search=0, jobs=1,
        ),
    }  # fmt: skip


NAMES = ("record", "side by side", "search", "explanation", "calibration", "taught", "comparison")


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes += attrs
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", NAMES)
def test_its_text_is_short_and_says_the_headline(results: dict[str, Any], name: str) -> None:
    found = results[name]
    text = repr(found)
    assert len(text.splitlines()) <= 4
    assert len(text) < 900
    assert found.view().headline.replace("\u00a0", " ").split(EVIL)[0] in text


@pytest.mark.parametrize("name", NAMES)
def test_its_html_is_whole_and_loads_and_runs_nothing(results: dict[str, Any], name: str) -> None:
    html = results[name]._repr_html_()
    tags = Tags()
    tags.feed(html)
    tags.close()
    assert not tags.open
    assert not tags.seen & {"script", "link", "img", "iframe", "style"}
    assert not [key for key, _ in tags.attributes if key.startswith("on") or key in ("href", "src")]
    colours = set(re.findall(r"#[0-9a-f]{3,6}|rgb\(|:(?:white|black)\b", html))
    assert colours <= {"#3d8bd4"}, "every other colour is the page's own"
    assert "background:#" not in html


def test_every_text_is_escaped() -> None:
    view = View(
        EVIL, f"{EVIL} is 5 %", "5 %", (EVIL,), ((EVIL,), (Bar(0.5, 0.4, 0.6),)), notes=(EVIL,)
    )
    html = view.html()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 5
    assert "<strong>5 %</strong>" in html
    assert "\\x1b" in View("a\x1b[31m", "b").text()


def test_a_name_of_a_label_is_escaped_in_a_record(results: dict[str, Any]) -> None:
    assert "<script" not in results["record"]._repr_html_()


@pytest.mark.parametrize("name", NAMES)
def test_its_data_are_plain_and_say_their_form(results: dict[str, Any], name: str) -> None:
    said = json.loads(json.dumps(results[name].to_dict(), allow_nan=False))
    assert name == "side by side" or said["schema"].startswith("preceptor")


def test_frames(results: dict[str, Any]) -> None:
    rates = results["record"].to_pandas()
    summary = pr.summarise(results["record"])
    assert rates["attack"].tolist() == ["no attack", "noise size=0.1", "all attacks"]
    assert rates["right"].tolist() == [row.relative.hits for row in summary.rows]
    items = results["record"].to_pandas("items")
    assert len(items) == 2 * len(X)
    wrong = items[(items["attack"] == "no attack") & (items["verdict"] == "ERROR")]
    assert len(wrong) == rates["errors"][0]
    assert set(items["teacher"]) == {"low", EVIL, "uncertain"}
    search = results["search"]
    assert search.to_pandas("questions")["witness"].sum() == search.witnesses
    assert search.to_pandas()["witnesses"].sum() <= search.witnesses
    sides = results["side by side"]
    assert set(sides.to_pandas()["student"]) == {"model", "lambda"}
    assert "p_adjusted" in sides.to_pandas("differences")
    assert set(results["explanation"].to_pandas()["moves"]) == {"student", "teacher"}
    assert results["taught"].to_pandas()["questions"].tolist() == [0, 10]
    assert results["comparison"].to_pandas()["strategy"].nunique() == 2


@pytest.mark.parametrize("name", NAMES)
def test_pictures(results: dict[str, Any], name: str) -> None:
    from matplotlib import pyplot

    axes = results[name].plot()
    assert axes.get_xlabel()
    assert results[name].plot(axes) is axes
    axes.figure.canvas.draw()
    pyplot.close("all")


@pytest.mark.parametrize(
    ("module", "ask", "wanted"),
    [
        ("pandas", lambda one: one.to_pandas(), "pip install pandas"),
        ("matplotlib", lambda one: one.plot(), r"pip install .\.\[plot\]"),
    ],
)
def test_what_is_not_installed_is_named(
    results: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    ask: Callable[[Any], Any],
    wanted: str,
) -> None:
    for loaded in [one for one in sys.modules if one.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, module, None)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=wanted):
        ask(results["record"])


def test_a_rate_in_a_line() -> None:
    assert (
        repr(Rate(3, 1, void=2)) == "Rate(75.0% [19.4 to 99.4 % at 0.95], 3 of 4 certain, 2 void)"
    )
    assert repr(Rate(0, 0, unasked=1)).startswith("Rate(undefined [0.0 to 100.0 %")
