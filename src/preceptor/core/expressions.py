"""Expressions whose value differs from run to run or place to place and decides no answer.

Each of these lists what is allowed: an expression that does anything else, such as reading a file, is
none of them, so that its value counts.
"""

import ast
from typing import Final

_PLACES: Final = {
    *("__file__", "os", "path", "pathlib", "Path", "PurePath", "str", "fspath", "join", "joinpath"),
    *("dirname", "basename", "abspath", "realpath", "normpath", "expanduser", "parent", "parents"),
    *("resolve", "absolute", "as_posix", "with_name", "with_suffix", "name", "stem", "sep"),
    "pardir",
}
_CLOCKS: Final = {
    *("time.time", "time.time_ns", "time.monotonic", "time.perf_counter", "time.strftime"),
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today"),
    *("datetime.date.today", "uuid.uuid1", "uuid.uuid4", "uuid4", "os.getpid", "getpid"),
    *("time", "perf_counter", "monotonic"),
}


def is_place(expression: ast.expr) -> bool:
    """Whether an expression says where the file lies, or a file beside it."""
    words = _words(expression)
    return "__file__" in words and words <= _PLACES


def is_clock(expression: ast.expr) -> bool:
    """Whether an expression asks for the time of day or a name for this run, and writes it down."""
    calls = [_dotted(one.func) for one in ast.walk(expression) if isinstance(one, ast.Call)]
    written = {"isoformat", "strftime", "hex", "timestamp"}
    clocks = [call for call in calls if call in _CLOCKS]
    plain = all(
        call in _CLOCKS or call in ("str", "int", "float") or call.rpartition(".")[2] in written
        for call in calls
    )
    return bool(clocks) and plain


def is_counted(expression: ast.expr) -> bool:
    """Whether it is ``auto()`` of an enumeration: the order of the members decides it."""
    named = isinstance(expression, ast.Call) and _dotted(expression.func) in ("auto", "enum.auto")
    return named and not expression.args  # type: ignore[attr-defined]


def pattern_in(expression: ast.expr) -> ast.expr | None:
    """The pattern in ``re.compile(pattern, flags)``; ``None`` if flags are none of ``re``'s own."""
    if not isinstance(expression, ast.Call) or not expression.args:
        return None
    pattern, *flags = [*expression.args, *(one.value for one in expression.keywords)]
    own = (ast.Attribute, ast.Name, ast.BinOp, ast.BitOr, ast.Constant, ast.expr_context)
    for flag in flags:
        for part in ast.walk(flag):
            if not isinstance(part, own) or (isinstance(part, ast.Name) and part.id != "re"):
                return None
    return pattern if _dotted(expression.func) in ("re.compile", "compile") else None


def _words(expression: ast.expr) -> set[str]:
    nodes = list(ast.walk(expression))
    names = {one.id for one in nodes if isinstance(one, ast.Name)}
    return names | {one.attr for one in nodes if isinstance(one, ast.Attribute)}


def _dotted(expression: ast.expr) -> str:
    """``a.b.c`` of names alone; what stands before a call is ``""``."""
    if isinstance(expression, ast.Name):
        return expression.id
    if isinstance(expression, ast.Attribute):
        return f"{_dotted(expression.value)}.{expression.attr}"
    return ""
