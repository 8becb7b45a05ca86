"""A module imports from lower layers only, and of those only what this table allows."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src/preceptor"

ALLOWED: dict[str, set[str]] = {
    "core": set(),
    "asking": {"core"},
    "outcome": {"core"},
    "sequential": {"core"},
    "ledger": {"core", "asking"},
    "transforms": {"core"},
    "attacks": {"core", "transforms"},
    "probes": {"core", "transforms"},
    "search": {"core", "asking", "outcome", "transforms", "attacks", "probes"},
    "teachers": {"core", "asking"},
    "people": {"core", "ledger", "teachers", "transforms", "lessons"},
    "students": {"core"},
    "distances": {"core"},
    "lessons": {"core", "transforms"},
    "audit": {"core", "asking", "outcome", "sequential"},
    "explain": {"core", "asking", "outcome", "transforms", "audit"},
    "problems": {"core", "outcome", "lessons", "transforms", "teachers"},
    "strategies": {"core", "asking", "outcome", "lessons", "attacks", "transforms"},
    "comparison": {
        "core",
        "outcome",
        "attacks",
        "search",
        "students",
        "lessons",
        "audit",
        "strategies",
        "problems",
    },
    # claims are tried on problems, with strategies and whole comparisons; a sibling of none of them
    "paper": {
        "core",
        "outcome",
        "transforms",
        "attacks",
        "lessons",
        "students",
        "distances",
        "strategies",
        "problems",
        "comparison",
    },
    "report": {
        "core",
        "outcome",
        "sequential",
        "audit",
        "distances",
        "explain",
        "search",
        "comparison",
        "paper",
    },
    "desk": {"core", "people", "transforms"},
    "cli": {
        "core",
        "outcome",
        "sequential",
        "ledger",
        "attacks",
        "people",
        "desk",
        "teachers",
        "students",
        "distances",
        "audit",
        "explain",
        "probes",
        "search",
        "lessons",
        "strategies",
        "problems",
        "comparison",
        "paper",
        "report",
    },
}


def imports(file: Path) -> set[str]:
    """The packages of ours that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names] + [node.module or ""]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "preceptor" and len(parts) > 1 and (PACKAGE / parts[1]).is_dir():
                found.add(parts[1])
    return found


def packages() -> list[str]:
    return sorted(p.name for p in PACKAGE.iterdir() if (p / "__init__.py").exists())


def test_the_table_names_every_package() -> None:
    assert packages() == sorted(ALLOWED)


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_imports_point_downwards(package: str) -> None:
    for file in (PACKAGE / package).rglob("*.py"):
        beyond = imports(file) - ALLOWED[package] - {package}
        assert not beyond, f"{file.relative_to(PACKAGE)} imports {sorted(beyond)}"


def test_the_table_has_no_cycle() -> None:
    order: list[str] = []
    left = dict(ALLOWED)
    while left:
        free = [p for p, needs in left.items() if needs <= set(order)]
        assert free, f"cycle among {sorted(left)}"
        order += free
        left = {p: needs for p, needs in left.items() if p not in free}


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda f: str(f.name))
def test_house_rules(file: Path) -> None:
    """No catch-all modules; the checker sees every function that takes part in types."""
    assert file.name != "utils.py"
    assert len(file.read_text().splitlines()) <= 400, "split this file"
    for node in ast.walk(ast.parse(file.read_text())):
        called = (
            node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        )
        assert called != "hasattr", f"{file}: hasattr"
