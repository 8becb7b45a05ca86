"""Write docs/reference/cli.md, api.md and the stored help from the code: python scripts/reference.py."""

import inspect
import json
import re
from importlib import import_module
from pathlib import Path

import preceptor
from preceptor.cli.app import app
from preceptor.cli.help_pages import FILE, page_of
from preceptor.cli.lazy import everything

DOCS = Path(__file__).parents[1] / "docs/reference"
SOURCE = Path(preceptor.__file__).parent


def packages() -> list[str]:
    """Every package that has public names."""
    found = sorted(file.parent.name for file in SOURCE.glob("*/__init__.py"))
    return [name for name in found if "__all__" in vars(import_module(f"preceptor.{name}"))]


def api() -> str:
    """Every public name with the first line of its docstring."""
    lines = [
        "# Python",
        "",
        "The front door with its signatures, then public names by package; `help(name)` has the rest.",
        "",
    ]
    lines += front_door()
    for package in packages():
        module = import_module(f"preceptor.{package}")
        lines += [f"## `preceptor.{package}`", "", "| name | what |", "|---|---|"]
        for name in sorted(module.__all__):
            thing = getattr(module, name)
            documented = inspect.isclass(thing) or inspect.isfunction(thing)
            first = (inspect.getdoc(thing) or "").split("\n")[0] if documented else "a constant"
            lines.append(f"| `{name}` | {first.replace('|', 'or')} |")
        lines.append("")
    return "\n".join(lines)


def front_door() -> list[str]:
    """Every name of ``import preceptor as pr`` with its signature and the first paragraph of its docstring."""
    lines = ["## `preceptor`", "", "The front door, `import preceptor as pr`.", ""]
    for name in sorted(set(preceptor.__all__) - {"__version__"}):
        thing = getattr(preceptor, name)
        if inspect.isclass(thing) or callable(thing):
            lines += [f"### `{name}`", "", "```", signature(name, thing), "```", ""]
            lines += [plain((inspect.getdoc(thing) or "").split("\n\n")[0]), ""]
        else:
            lines += [f"### `{name}`", "", f"The constant `{thing!r}`.", ""]
    return lines


def signature(name: str, thing: object) -> str:
    """How it is called: one line, or a line for each parameter."""
    if isinstance(thing, type) and issubclass(thing, BaseException):
        return f"{name}(message)"
    found = inspect.signature(thing)  # type: ignore[arg-type]
    parts = []
    for one in found.parameters.values():
        if one.kind is one.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        star = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
        default = "" if one.default is one.empty else f"={shown(one.default)}"
        parts.append(f"{star}{one.name}{default}")
    line = f"{name}({', '.join(parts)})"
    if len(line) <= 88:
        return line
    return f"{name}(\n" + "".join(f"    {part},\n" for part in parts) + ")"


def shown(default: object) -> str:
    """A default in short: objects without a literal by their kind."""
    text = repr(default)
    return text if len(text) <= 40 and not text.startswith("<") else "..."


def plain(text: str) -> str:
    """A docstring's marks as Markdown's."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text)
    return text.replace("``", "`")


def cli() -> str:
    """The help of every command."""
    top = everything(app)
    lines = ["# Command line", ""]
    pending = [("preceptor", top)]
    while pending:
        name, command = pending.pop(0)
        context = command.make_context(name, [], resilient_parsing=True, terminal_width=90)
        lines += [f"## `{name}`", "", "```", command.get_help(context).rstrip(), "```", ""]
        children = getattr(command, "commands", {})
        pending += [(f"{name} {child}", found) for child, found in children.items()]
    return "\n".join(lines)


def help_pages() -> str:
    """The stored help of every command: src/preceptor/cli/help_pages.json."""
    top = everything(app)
    context = top.make_context("preceptor", [], resilient_parsing=True)
    pages = {}
    for name, command in top.commands.items():
        inner = command.make_context(name, [], parent=context, resilient_parsing=True)
        pages[name] = page_of(command, inner)
    return json.dumps(pages, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    FILE.write_text(help_pages(), encoding="utf-8")
    (DOCS / "api.md").write_text(api())
    (DOCS / "cli.md").write_text(cli())


if __name__ == "__main__":
    main()
