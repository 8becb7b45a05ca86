"""The templates and the files that the pages use, all read once."""

from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from preceptor.people.persons import Person

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class StaticFile:
    """A file of ours.

    Attributes:
        content: its bytes.
        kind: its media type.
        tag: changes with the bytes.
    """

    content: bytes
    kind: str
    tag: str


class Pages:
    """Renders pages. What people wrote is always escaped.

    Args:
        store: by which the pages know whose answers wait in a browser.
    """

    def __init__(self, store: str) -> None:
        self._store = store
        self._env = Environment(
            loader=PackageLoader("preceptor.desk", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.files = _static()

    def render(
        self, name: str, person: Person | None, status: int = 200, **shown: Any
    ) -> HTMLResponse:
        """A page."""
        text = self._env.get_template(name).render(person=person, store=self._store, **shown)
        return HTMLResponse(text, status)

    def error(self, message: str, status: int, person: Person | None) -> HTMLResponse:
        """A page that says what is wrong."""
        return self.render("error.html.j2", person, status, message=message, title="Not possible")


def _static() -> dict[str, StaticFile]:
    found = {}
    for file in resources.files("preceptor.desk").joinpath("static").iterdir():
        suffix = file.name[file.name.rfind(".") :]
        if suffix in TYPES:
            content = file.read_bytes()
            tag = f'"{sha256(content).hexdigest()[:16]}"'
            found[file.name] = StaticFile(content, TYPES[suffix], tag)
    return found
