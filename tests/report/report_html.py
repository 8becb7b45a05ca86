"""Reading a page back: elements with their attributes and text, by the standard library."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {
    "meta",
    "link",
    "img",
    "br",
    "wbr",
    "rect",
    "line",
    "circle",
    "polygon",
    "polyline",
    "input",
}


@dataclass
class Element:
    """One element of a page."""

    tag: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def all(self, tag: str) -> list["Element"]:
        """Every element of this tag below, in order."""
        found = []
        for child in self.children:
            found += ([child] if child.tag == tag else []) + child.all(tag)
        return found

    def walk(self) -> list["Element"]:
        """Every element below, in order."""
        return [e for child in self.children for e in (child, *child.walk())]

    def by_id(self, name: str) -> "Element":
        """The element with this id."""
        return next(e for e in self.walk() if e.attributes.get("id") == name)

    @property
    def text(self) -> str:
        """All text below, with single spaces."""
        return " ".join(" ".join(self.texts).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("root", {})
        self.open = [self.root]
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {n: v or "" for n, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self.open[-1].tag != tag:
            self.faults.append(f"</{tag}> closes <{self.open[-1].tag}> at {self.getpos()}")
            return
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.texts.append(data)


def read(page: str) -> Element:
    """The page as a tree; fails on elements that are not closed in order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.faults == []
    assert [element.tag for element in reader.open] == ["root"]
    return reader.root


def table(root: Element, caption: str) -> list[list[str]]:
    """The rows of the table whose caption starts so."""
    found = next(t for t in root.all("table") if t.all("caption")[0].text.startswith(caption))
    rows = found.all("tr")
    return [[c.text for c in row.children if c.tag in ("th", "td")] for row in rows]
