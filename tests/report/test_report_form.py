"""The form of every page: headings, landmarks, words for all that is drawn, nothing loaded."""

import base64
import re
from hashlib import sha256
from itertools import pairwise

import pytest
from report_html import Element, read
from report_records import digits_record

from preceptor.audit import Record, StudentComparison
from preceptor.report import render, render_side_by_side

PAGES = ("digits", "vectors", "colours", "no attack", "students", "vector_students")


@pytest.fixture(scope="module", params=PAGES)
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "no attack":
        return render(digits_record(tmp_path_factory.mktemp("none"), items=40, attacks=()))
    found: Record | StudentComparison = request.getfixturevalue(request.param)
    return render(found) if isinstance(found, Record) else render_side_by_side(found)


@pytest.fixture(scope="module")
def root(page: str) -> Element:
    return read(page)


def test_headings_are_in_order(root: Element) -> None:
    levels = [int(e.tag[1]) for e in root.walk() if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_ids_are_unique_and_references_lead_somewhere(root: Element) -> None:
    ids = [e.attributes["id"] for e in root.walk() if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for element in root.walk():
        named = element.attributes.get("aria-labelledby", "").split()
        link = element.attributes.get("href", "")
        named += [link[1:]] if link.startswith("#") else []
        assert set(named) <= set(ids)
    used = set(re.findall(r"url\(#([\w-]+)\)", " ".join(e.text for e in root.all("style"))))
    assert used
    assert used <= set(ids)


def test_landmarks_and_skip_link(root: Element) -> None:
    for tag in ("header", "main", "nav", "footer"):
        assert len(root.all(tag)) == 1
    first = root.all("body")[0].children[0]
    assert (first.tag, first.attributes["href"]) == ("a", "#main")
    assert root.all("html")[0].attributes["lang"] == "en"
    assert "width=device-width" in str([m.attributes for m in root.all("meta")])


def test_every_image_and_chart_has_words(root: Element) -> None:
    alts = [image.attributes["alt"] for image in root.all("img")]
    assert all(alts)
    assert len(alts) == len(set(alts))
    charts = [svg for svg in root.all("svg") if svg.attributes.get("role") == "img"]
    assert charts
    for svg in charts:
        assert svg.attributes.get("aria-label") or (
            svg.all("title")[0].text and svg.all("desc")[0].text
        )
    rest = [svg for svg in root.all("svg") if svg not in charts]
    assert all(svg.attributes["aria-hidden"] == "true" for svg in rest)


def test_tables_say_what_they_are(root: Element) -> None:
    for found in root.all("table"):
        assert found.all("caption")[0].text
        heads = found.all("th")
        assert heads
        assert all(head.attributes["scope"] in ("col", "row", "rowgroup") for head in heads)
    for box in (e for e in root.walk() if e.attributes.get("class") == "scroll"):
        assert box.attributes["tabindex"] == "0"
        assert box.attributes["role"] == "region"
        assert "aria-label" in box.attributes or "aria-labelledby" in box.attributes


def test_it_loads_nothing(root: Element, page: str) -> None:
    for element in root.walk():
        for name in ("src", "href", "action", "data", "poster", "srcset", "xlink:href"):
            value = element.attributes.get(name, "#")
            assert value.startswith(("#", "data:")), f"{element.tag} {name}={value[:60]}"
    assert "http://" not in page
    assert "https://" not in page
    assert "@import" not in page
    assert all("url(#" in use for use in re.findall(r"url\([^)]*", page))
    policy = next(m for m in root.all("meta") if "http-equiv" in m.attributes)
    assert policy.attributes["content"].startswith("default-src 'none'; img-src data:;")


def test_the_script_may_run(root: Element, page: str) -> None:
    """The policy names the hash of the very bytes between the script tags."""
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page
