"""Documents name what exists, and everything that exists is documented."""

import importlib
import re
from pathlib import Path

import pytest

from preceptor.cli.app import app
from preceptor.cli.lazy import everything

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
PACKAGES = sorted(
    file.parent.name
    for file in (ROOT / "src/preceptor").glob("*/__init__.py")
    if "__all__" in vars(importlib.import_module(f"preceptor.{file.parent.name}"))
)


def test_links_lead_somewhere() -> None:
    links = [
        (page, target)
        for page in PAGES
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text())
        if not target.startswith("https://")
    ]
    assert len(links) > 100
    lost = [(page, target) for page, target in links if not (page.parent / target).exists()]
    assert not lost


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_in_the_reference(package: str) -> None:
    text = (ROOT / "docs/reference/api.md").read_text()
    section = text.split(f"## `preceptor.{package}`")[1].split("\n## ")[0]
    listed = re.findall(r"^\| `(\w+)` \|", section, re.M)
    assert listed == sorted(importlib.import_module(f"preceptor.{package}").__all__)


def test_every_option_is_in_the_reference() -> None:
    text = (ROOT / "docs/reference/cli.md").read_text()
    pending = [everything(app)]
    seen = 0
    while pending:
        command = pending.pop()
        pending += list(getattr(command, "commands", {}).values())
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--"):
                    seen += 1
                    assert option in text, f"{option}: run python scripts/reference.py"
    assert seen > 30
