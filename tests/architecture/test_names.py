"""A name of a class or a file stands for one thing."""

import ast
from collections import Counter
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src/preceptor"


def twice(names: list[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)


def test_no_file_name_is_used_twice() -> None:
    files = [one.stem for one in SOURCE.rglob("*.py") if one.stem not in ("__init__", "__main__")]
    assert twice(files) == []


def test_no_class_name_is_used_twice() -> None:
    names = [
        node.name
        for file in SOURCE.rglob("*.py")
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.ClassDef)
    ]
    assert twice(names) == []
