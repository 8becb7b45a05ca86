"""The desk's pages, a row for each: a new page adds a row and inherits every check."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from uuid import uuid4

import torch

from preceptor.core import TextDomain, Texts
from preceptor.desk.tools import TOOLS
from preceptor.people import Settings, Studies, answering, assign, persons


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        name: for people.
        path: where it is.
        ready: a selector of what is there once the page is.
        signed_in: whether one has to be.
        owner: whether only owners may see it.
        status: what the server replies.
    """

    name: str
    path: str
    ready: str
    signed_in: bool = True
    owner: bool = False
    status: int = 200


_FIXED: Final = (
    Page("sign in", "/in", "#token", signed_in=False),
    Page("studies", "/", ".studies"),
    Page("answer for a picture", "/study/1", "#stage img"),
    Page("answer for a row", "/study/2", "#stage table"),
    Page("answer for a pair", "/study/3", "#stage img + img"),
    Page("all answered", "/study/4", "#empty:not([hidden])"),
    Page("overview", "/study/1/overview", "#settings", owner=True),
    Page("overview of the undecided", "/study/1/overview?show=uncertain", "#settings", owner=True),
    Page("a question", "/study/1/items/1", "#decide", owner=True),
    Page("a question about a row", "/study/2/items/13", "#decide", owner=True),
    Page("people", "/people", ".access", owner=True),
    Page("overview before any answer", "/study/2/overview", "#settings", owner=True),
    Page("overview of long names", "/study/5/overview", "#settings", owner=True),
    Page("answer with many long names", "/study/5", "#stage img"),
    Page("teach from pictures", "/study/1/teach", "main h1"),
    Page("teach from rows", "/study/2/teach", "main h1"),
    Page("teach from pairs", "/study/3/teach", "main h1"),
    Page("answer for a text", "/study/6", "#stage .text"),
    Page("answer for parts of a text", "/study/7", "#stage .part + .part"),
    Page("overview of texts", "/study/6/overview?show=all", "#settings", owner=True),
    Page("a question about a text", "/study/6/items/30", "#decide", owner=True),
    Page("teach from texts", "/study/6/teach", "main h1"),
    Page("no such study", "/study/99", "h1", status=400),
)

PICTURE: Final = Settings(("0", "1", "2"), (1, 8, 8))
ROW: Final = Settings(("yes", "no"), (4,))
TEXT: Final = Settings.of(TextDomain(protected=(r"\d+",)), ("negative", "mixed", "positive"))
FIELDS: Final = ("premise", "<b>hypothesis</b>")
PARTS: Final = Settings.of(TextDomain(fields=FIELDS, fixed=FIELDS[:1]), ("yes", "no", "neither"))

TEXTS: Final = (
    "A quiet film, with 12 songs.",
    "\u0633\u0631\u062a \u0646\u0647\u062f\u0631! \u0648 12 \u062f\u0642\u064a\u0642\u0629.",
    "go\u200bod\u202e </script><b>film</b> \u00ad\x07",
    "So long that it scrolls, and so on. " * 400,
    "",
    "x" * 4000,
)
"""A sentence, Arabic, a hostile one, a long one, none, one without a space."""


def _tools() -> tuple[Page, ...]:
    """The page of each teaching tool, on a study of pictures and on one of rows where it fits."""
    return tuple(
        Page(f"teach {tool.name}, {kind}", f"/study/{number}/teach/{tool.name}", ready)
        for tool in TOOLS
        for number, kind, settings, ready in (
            (1, "pictures", PICTURE, "#stage canvas, #stage img"),
            (2, "rows", ROW, "#desk table, #desk input"),
            (6, "texts", TEXT, "#stage .text"),
            (7, "parts of texts", PARTS, "#stage .text"),
        )
        if tool.fits(settings)
    )


PAGES: Final = (*_FIXED, *_tools())

LONG: Final = tuple(f"an unusually long name of class number {i}, {'x' * 40}" for i in range(14))


def fill(path: Path) -> None:
    """Studies of every kind: open, half answered with people who disagree, all answered."""
    plain = {"again": 0.0, "known": 0.0}
    draw = torch.Generator().manual_seed(0)
    with Studies(path) as studies:
        studies.make("pictures", Settings(("0", "1", "2"), (1, 8, 8), overlap=2, **plain))
        studies.file("pictures", torch.rand(12, 1, 8, 8, generator=draw), "x")
        names = ("age", "<b>height</b>", "a feature with quite a long name in it", "d")
        studies.make("rows", Settings(("yes", "no"), (4,), names=names, **plain))
        studies.file("rows", torch.rand(4, 4, generator=draw), "x")
        studies.make("pairs", Settings(("same", "different"), (2, 3, 32, 32), **plain))
        studies.file("pairs", torch.rand(4, 2, 3, 32, 32, generator=draw), "x")
        studies.make("finished", Settings(("a", "b"), (1, 8, 8), **plain))
        offered = Texts(TEXTS)
        text = "First this.\n\nThen that, at " + "length, " * 60 + "and at last the end."
        long = Settings(LONG, (3, 48, 64), instructions=text, overlap=2, **plain)
        studies.make("a study with a rather long name, to see whether it breaks", long)
        studies.file(studies.all()[4].name, torch.rand(9, 3, 48, 64, generator=draw), "x")
        studies.make("texts", replace(TEXT, overlap=4, **plain))
        studies.file("texts", offered, "x")
        studies.offer("texts", offered)
        studies.make("parts", replace(PARTS, **plain))
        parts = Texts(tuple((one, "Somebody sings.") for one in TEXTS[:3]), FIELDS)
        studies.file("parts", parts, "x")
        studies.offer("parts", parts)
        with studies.database.write() as db:
            people = [persons.enroll(db, f"person {n}").number for n in range(3)]
        for study in (studies.all()[0], *studies.all()[4:6]):
            for person in people:
                _answer(studies, study.name, person, 4)
        with studies.database.write() as db:
            olga = persons.enroll(db, "olga", "owner").number
        for study in studies.all()[:2]:
            _answer(studies, study.name, olga, 2)


def _answer(studies: Studies, name: str, person: int, times: int) -> None:
    study = studies.get(name)
    with studies.database.write() as db:
        for lease in assign.take(db, study, person, times, []):
            said = answering.Reply(lease.ticket, uuid4().hex, person % 3, 1.5 * person, "hm")
            answering.answer(db, study, person, said)
