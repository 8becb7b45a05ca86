"""Write docs/reference/cli.md and api.md from the code: python scripts/reference.py."""

import importlib
import inspect
from pathlib import Path

from preceptor.cli.app import app
from preceptor.cli.lazy import everything

DOCS = Path(__file__).parents[1] / "docs/reference"
PACKAGES = (
    "core",
    "asking",
    "outcome",
    "sequential",
    "audit",
    "explain",
    "transforms",
    "attacks",
    "probes",
    "search",
    "teachers",
    "students",
    "ledger",
    "people",
    "desk",
    "distances",
    "lessons",
    "strategies",
    "problems",
    "paper",
    "report",
)


def api() -> str:
    """Every public name with the first line of its docstring."""
    lines = ["# Python", "", "Public names by package; `help(name)` has the rest.", ""]
    for package in PACKAGES:
        module = importlib.import_module(f"preceptor.{package}")
        lines += [f"## `preceptor.{package}`", "", "| name | what |", "|---|---|"]
        for name in sorted(module.__all__):
            thing = getattr(module, name)
            documented = inspect.isclass(thing) or inspect.isfunction(thing)
            first = (inspect.getdoc(thing) or "").split("\n")[0] if documented else "a constant"
            lines.append(f"| `{name}` | {first.replace('|', 'or')} |")
        lines.append("")
    return "\n".join(lines)


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


def main() -> None:
    (DOCS / "api.md").write_text(api())
    (DOCS / "cli.md").write_text(cli())


if __name__ == "__main__":
    main()
