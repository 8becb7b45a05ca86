"""A module imports from lower layers only, and of those only what this table allows."""

import ast
from pathlib import Path

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
    "calibration": {"core", "asking", "outcome", "sequential", "audit"},
    "certificates": {"core", "students", "teachers"},
    "problems": {"core", "outcome", "students", "lessons", "transforms", "teachers"},
    # until-proved proves, asks and proves again; test-explained explains its student
    "strategies": {
        "core",
        "asking",
        "explain",
        "outcome",
        "lessons",
        "attacks",
        "transforms",
        "certificates",
    },
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
    # the front door; the command line calls it
    "api": {
        "core",
        "outcome",
        "sequential",
        "ledger",
        "attacks",
        "people",
        "teachers",
        "students",
        "audit",
        "calibration",
        "certificates",
        "explain",
        "probes",
        "search",
        "distances",
        "lessons",
        "strategies",
        "problems",
        "comparison",
        "report",
        "transforms",
    },
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
        "calibration",
        "certificates",
        "explain",
        "search",
        "strategies",
        "problems",
        "comparison",
        "paper",
        "report",
        "api",
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


def test_imports_point_downwards() -> None:
    beyond = {
        str(file.relative_to(PACKAGE)): sorted(found)
        for package, allowed in ALLOWED.items()
        for file in (PACKAGE / package).rglob("*.py")
        if (found := imports(file) - allowed - {package})
    }
    assert not beyond, "files that import what the table does not allow"


def test_the_table_has_no_cycle() -> None:
    order: list[str] = []
    left = dict(ALLOWED)
    while left:
        free = [p for p, needs in left.items() if needs <= set(order)]
        assert free, f"cycle among {sorted(left)}"
        order += free
        left = {p: needs for p, needs in left.items() if p not in free}


FILES = sorted(PACKAGE.rglob("*.py"))


def test_no_module_is_a_catch_all() -> None:
    assert [str(file) for file in FILES if file.name == "utils.py"] == []


def test_no_file_is_long() -> None:
    lines = {str(file): len(file.read_text().splitlines()) for file in FILES}
    assert {file: count for file, count in lines.items() if count > 400} == {}, "split them"


def test_the_type_checker_sees_every_function_that_takes_part_in_types() -> None:
    calls = [
        f"{file}:{node.lineno}"
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "hasattr"
    ]
    assert calls == [], "hasattr hides a type"
