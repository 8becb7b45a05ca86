"""Results in files: what every kind of them promises."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from preceptor.audit.record import FORMAT as RECORD
from preceptor.comparison.comparison_result import FORMAT as COMPARISON
from preceptor.core import InputError
from preceptor.core.plain import read_fields
from preceptor.core.saved import Cache, Format, digest_of, facts_of
from preceptor.explain.explanation import FORMAT as EXPLANATION
from preceptor.paper.suite_result import FORMAT as SUITE
from preceptor.search.search_result import FORMAT as SEARCH

FORMATS = {one.what: one for one in (RECORD, SEARCH, EXPLANATION, COMPARISON, SUITE)}
SAID = {"digest": "d", "summary": {"n": 1}, "fact": [1, None], "run": {"when": "now"}}

each = pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)


def written(form: Format, folder: Path) -> Path:
    place = folder if form.file else folder / "some.json"
    return form.write(place, SAID, {"a": np.arange(3)})


def load(form: Format, path: Path, digest: str = "d") -> dict[str, Any]:
    def make(folder: Path, said: dict[str, Any], arrays: dict[str, np.ndarray]) -> dict[str, Any]:
        assert folder == (path if path.is_dir() else path.parent)
        assert [a.tolist() for a in arrays.values()] == ([[0, 1, 2]] if form.arrays else [])
        return facts_of(said)

    return form.load(path, make, digest=lambda _: digest)


@each
def test_comes_back(form: Format, tmp_path: Path) -> None:
    file = written(form, tmp_path / "new")
    assert load(form, file) == {"fact": [1, None]}
    if form.file:
        assert load(form, file.parent) == {"fact": [1, None]}
    assert json.loads(file.read_text())["schema"] == form.schema
    assert not list(file.parent.glob("new.*"))


@each
def test_what_is_wrong_is_said_with_what_to_do(form: Format, tmp_path: Path) -> None:
    file = written(form, tmp_path)
    with pytest.raises(InputError, match=r"do not belong together.*in the ledger"):
        load(form, file, "another")
    text = file.read_text()
    for new, why in {
        text.replace(form.schema, "other/9"): "has schema 'other/9'; this version of preceptor re",
        "[]": "has schema 'list'",
        text[:30]: f"cannot be read as an? {form.what}",
    }.items():
        file.write_text(new)
        with pytest.raises(InputError, match=why) as raised:
            load(form, file)
        assert str(raised.value).endswith(form.hint)
    file.write_text(text)
    with pytest.raises(InputError, match=f"cannot be read as an? {form.what}: KeyError: 'absent'"):
        form.load(file, lambda _, said, __: said["absent"])
    for name in filter(None, (form.arrays, file.name)):
        (file.parent / name).unlink()
        with pytest.raises(InputError, match=rf"no {form.what} \({name} is missing\)\. [GM]"):
            load(form, file)


def test_the_digest_hears_of_everything() -> None:
    base = {"facts": {"a": 1}, "arrays": {"x": np.arange(3)}, "first": "i"}
    others: list[dict[str, Any]] = [
        {"facts": {"a": 2}},
        {"arrays": {"y": np.arange(3)}},
        {"arrays": {"x": np.arange(3)[::-1]}},
        {"first": "j"},
    ]
    found = [digest_of(**{**base, **other}) for other in ({}, *others)]  # type: ignore[arg-type]
    assert len(set(found)) == len(found)
    assert found[0] == digest_of(**base)  # type: ignore[arg-type]


def test_a_cache_keeps_what_can_be_read(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "parts")
    assert cache.read("k", dict) is None
    cache.write("k", {"n": 1})
    assert cache.read("k", dict) == {"n": 1}
    assert cache.read("k", lambda said: said["absent"]) is None
    (tmp_path / "parts/k.json").write_text("{")
    assert cache.read("k", dict) is None
    Cache(None).write("k", {"n": 1})
    assert Cache(None).read("k", dict) is None


@dataclass(frozen=True)
class Inner:
    place: tuple[float, float]
    kind: Literal["a", "b"] = "a"


@dataclass(frozen=True)
class Outer:
    parts: tuple[Inner, ...]
    by_name: dict[str, Inner]
    maybe: Inner | None
    words: tuple[str | None, ...] = ()


@pytest.mark.parametrize("maybe", [None, Inner((5.0, 6.0), "b")])
def test_dataclasses_are_read_by_their_types(maybe: Inner | None) -> None:
    one = Outer((Inner((1.0, 2.0)),), {"n": Inner((3.0, 4.0))}, maybe, ("x", None))
    said = json.loads(json.dumps(asdict(one)))
    assert read_fields(Outer, {**said, "more": 1}) == one
    del said["words"]
    assert read_fields(Outer, said).words == ()
    with pytest.raises(ValueError, match="zip"):
        read_fields(Inner, {"place": [1.0, 2.0, 3.0]})
    with pytest.raises(TypeError, match="place"):
        read_fields(Inner, {})
