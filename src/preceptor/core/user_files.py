"""The user's own Python files: which they are, what they say, and which of them they import."""

import ast
import builtins
import importlib.util
import math
import site
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

_OURS: Final = Path(__file__).resolve().parents[1]
_INSTALLED: Final = {"site-packages", "dist-packages"}

_PURE: Final = {
    name: getattr(builtins, name)
    for name in (
        *("abs", "bool", "bytes", "complex", "dict", "enumerate", "float", "frozenset", "int"),
        *("len", "list", "max", "min", "range", "reversed", "round", "set", "sorted", "str"),
        *("sum", "tuple", "zip"),
    )
}
"""Builtins whose result the text alone decides."""

_CONSTANTS: Final = {"math": math, "np": np, "numpy": np}
_NUMBERS: Final = {"pi", "e", "inf", "nan", "tau"}

_PLAIN: Final = (
    ast.Constant,
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.UnaryOp,
    ast.BinOp,
    ast.BoolOp,
    ast.Compare,
    ast.Subscript,
    ast.Slice,
    ast.Name,
    ast.Call,
    ast.Attribute,
    ast.expr_context,
    ast.operator,
    ast.unaryop,
    ast.boolop,
    ast.cmpop,
)


@lru_cache(maxsize=1)
def _library() -> tuple[Path, ...]:
    paths = sysconfig.get_paths()
    roots = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return tuple({Path(root).resolve() for root in [*roots, site.getusersitepackages()]})


def is_users(path: Path) -> bool:
    """Whether a file is the user's own: neither installed, nor of Python, nor of preceptor."""
    return path.is_file() and _lies_apart(path)


@lru_cache(maxsize=4096)
def _lies_apart(path: Path) -> bool:
    where = path.resolve()
    apart = not any(where.is_relative_to(root) for root in (_OURS, *_library()))
    return apart and not _INSTALLED & set(where.parts)


@dataclass(frozen=True)
class Text:
    """What one file says.

    Attributes:
        path: of the file.
        source: its bytes.
    """

    path: Path
    source: bytes

    @classmethod
    def of(cls, path: Path) -> "Text":
        """The file as it is now."""
        return _text(path.resolve(), path.read_bytes())

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file; empty if it is no Python."""
        try:
            return ast.parse(self.source)
        except (SyntaxError, ValueError):
            return ast.Module([], [])

    @cached_property
    def assigned(self) -> dict[str, ast.expr | None]:
        """The one expression that a global is given; ``None`` if there are several, or another way."""
        return _assignments(self.tree.body)

    def attributes(self, qualname: str) -> dict[str, ast.expr | None]:
        """The same of the attributes of a class."""
        body = self.tree.body
        for name in qualname.split("."):
            found = [one for one in body if isinstance(one, ast.ClassDef) and one.name == name]
            if len(found) != 1:
                return {}
            body = found[0].body
        return _assignments(body)

    @cached_property
    def declared(self) -> set[str]:
        """Names of functions and classes of the module."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        return {one.name for one in ast.walk(self.tree) if isinstance(one, kinds)}

    @cached_property
    def borrowed(self) -> dict[str, tuple[str, str]]:
        """Of a name that is imported from a module: dotted module (with leading dots), name there."""
        found = {}
        for one in ast.walk(self.tree):
            if isinstance(one, ast.ImportFrom):
                module = "." * one.level + (one.module or "")
                found.update({x.asname or x.name: (module, x.name) for x in one.names})
        return found

    @cached_property
    def imports(self) -> frozenset[str]:
        """Modules that are imported anywhere in the file, inside functions too, with leading dots.

        What is imported from a package may be a module of it, so ``from a import b`` is ``a`` and
        ``a.b``.
        """
        found: set[str] = set()
        for one in ast.walk(self.tree):
            if isinstance(one, ast.Import):
                found.update(name.name for name in one.names)
            elif isinstance(one, ast.ImportFrom):
                module = "." * one.level + (one.module or "")
                found.add(module)
                joint = "" if module.endswith(".") else "."
                found.update(f"{module}{joint}{name.name}" for name in one.names)
        return frozenset(found)

    @cached_property
    def relative(self) -> bool:
        """Whether it imports relatively, so that it can only be a module of its folder."""
        return any(name.startswith(".") for name in self.imports)

    def defaults(self, name: str, line: int) -> list[ast.expr] | None:
        """Of a function, by its name and first line: the defaults of its parameters, in order."""
        for one in ast.walk(self.tree):
            if not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            decorators = [] if isinstance(one, ast.Lambda) else one.decorator_list
            called = "<lambda>" if isinstance(one, ast.Lambda) else one.name
            first = min([one.lineno, *(mark.lineno for mark in decorators)])
            if (called, first) == (name, line):
                return [*one.args.defaults, *(x for x in one.args.kw_defaults if x is not None)]
        return None

    def value(self, expression: ast.expr) -> Any:
        """What an expression is, where the text alone decides it.

        Raises:
            ValueError: something else decides it too.
        """
        return _value(expression, self.assigned, ())


@lru_cache(maxsize=256)
def _text(path: Path, source: bytes) -> Text:
    return Text(path, source)


def _assignments(body: list[ast.stmt]) -> dict[str, ast.expr | None]:
    found: dict[str, ast.expr | None] = {}
    for one in _own(body):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            found[one.id] = None
    count: dict[str, int] = {}
    for one in _own(body):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            count[one.id] = count.get(one.id, 0) + 1
    for one in _own(body):
        targets: list[ast.expr] = []
        if isinstance(one, ast.Assign):
            targets = one.targets
        elif isinstance(one, ast.AnnAssign):
            targets = [one.target]
        for target in targets:
            if isinstance(target, ast.Name) and count[target.id] == 1:
                found[target.id] = one.value  # type: ignore[attr-defined]
    return found


def _own(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """All nodes but those inside functions and classes, which have names of their own."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(one))


def _value(node: ast.expr, names: dict[str, ast.expr | None], within: tuple[str, ...]) -> Any:
    known: dict[str, Any] = {"__builtins__": _PURE}
    for part in ast.walk(node):
        if not isinstance(part, _PLAIN):
            raise ValueError(ast.dump(part))
        if isinstance(part, ast.Call) and not (
            isinstance(part.func, ast.Name) and part.func.id in _PURE and not part.keywords
        ):
            raise ValueError("a call")
        if isinstance(part, ast.Attribute) and not (
            isinstance(part.value, ast.Name)
            and part.value.id in _CONSTANTS
            and part.attr in _NUMBERS
        ):
            raise ValueError("an attribute")
        if isinstance(part, ast.Name) and part.id in names:
            inner = names[part.id]
            if inner is None or part.id in within:
                raise ValueError(part.id)
            known[part.id] = _value(inner, names, (*within, part.id))
        elif isinstance(part, ast.Name) and part.id in _CONSTANTS:
            known[part.id] = _CONSTANTS[part.id]
        elif isinstance(part, ast.Name) and part.id not in _PURE:
            raise ValueError(part.id)
    code = compile(ast.Expression(node), "<text>", "eval")
    try:
        return eval(code, known)  # noqa: S307 - only what _PLAIN and _PURE allow gets here
    except Exception as error:  # what the user's expression raises
        raise ValueError(str(error)) from error


def folders_of(path: Path) -> tuple[Path, ...]:
    """Where a file's imports are looked for: its folder, and that which holds its whole package."""
    folder = path.resolve().parent
    top = folder
    while (top / "__init__.py").is_file() and top.parent != top:
        top = top.parent
    return (folder,) if top == folder else (folder, top)


def resolve(name: str, importer: Path, folders: tuple[Path, ...]) -> tuple[Path, ...]:
    """The user's files that importing a module runs: its own, and its packages' ``__init__``."""
    dots = len(name) - len(name.lstrip("."))
    parts = [part for part in name[dots:].split(".") if part]
    if dots:
        places = [importer.resolve().parents[dots - 1]]
    else:
        elsewhere = [Path(entry or ".") for entry in sys.path]
        places = [*folders, *(entry for entry in elsewhere if not _INSTALLED & set(entry.parts))]
        places += _found(parts[0]) if parts else []
    for place in places:
        found = [place / "__init__.py"] if dots and (place / "__init__.py").is_file() else []
        for i, part in enumerate(parts):
            base = place.joinpath(*parts[:i], part)
            if (base / "__init__.py").is_file():
                found.append(base / "__init__.py")
            elif base.with_name(f"{part}.py").is_file():
                found.append(base.with_name(f"{part}.py"))
            elif not base.is_dir():
                break
        if found:
            return tuple(path.resolve() for path in found if is_users(path))
    return ()


def _found(package: str) -> list[Path]:
    """Where Python itself finds a package of the user's, as by an editable install's own finder."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError, AttributeError):  # half-made modules have no specification
        return []
    origin = None if spec is None or not spec.has_location else spec.origin
    if origin is None or not is_users(Path(origin)):
        return []
    folder = Path(origin).resolve().parent
    return [folder.parent if spec is not None and spec.submodule_search_locations else folder]


def closure(start: Path) -> dict[Path, bytes]:
    """A user's file and all the user's files that it imports, directly or not: their bytes."""
    found: dict[Path, bytes] = {}
    waiting = [start.resolve()]
    folders = folders_of(start)
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        text = Text.of(path)
        found[path] = text.source
        for name in text.imports:
            waiting.extend(resolve(name, path, (*folders, *folders_of(path))))
    return found
