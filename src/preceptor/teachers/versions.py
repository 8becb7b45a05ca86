"""Versions: a hash of whatever decides a teacher's answers, so that a changed teacher is another.

The ledger keeps answers under name and version. A version that misses a change makes it answer
for the older teacher, so what cannot be hashed is refused instead of left out.
"""

import functools
import hashlib
import inspect
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from preceptor.core import InputError

LENGTH = 16
"""Hexadecimal digits of a version."""

_DEEPEST = 20


def version_of(*parts: object) -> str:
    """A hash of all parts: the same on every run and machine while they mean the same.

    A function counts as the text of the file that defines it, its qualified name and line, its
    defaults, what it closes over, and the arrays, tensors and modules among the globals that it
    names. Where there is no file (a notebook, an interactive session) its bytecode and constants
    count, with everything it names. A module counts as its weights, its printed form and the
    source of its own classes. Other files that a function imports are *not* covered, nor is what
    it reads at run time: give such a teacher a version of its own.

    Raises:
        InputError: a part that cannot be hashed.
    """
    hasher = hashlib.sha256()
    for token in _tokens(parts, 0):
        hasher.update(len(token).to_bytes(8, "little"))
        hasher.update(token)
    return hasher.hexdigest()[:LENGTH]


def _tokens(value: object, depth: int) -> Iterator[bytes]:
    if depth > _DEEPEST:
        raise _refusal(value, "it is nested too deeply, or holds itself")
    yield type(value).__qualname__.encode()
    if value is None or isinstance(value, bool | int | float | complex | str | bytes | np.generic):
        yield repr(value).encode()
    elif isinstance(value, Tensor | np.ndarray):
        yield from _array_tokens(value)
    elif isinstance(value, set | frozenset):
        yield from sorted(version_of(item).encode() for item in value)
    elif isinstance(value, dict):
        pairs = sorted((version_of(key), key) for key in value)
        for digest, key in pairs:
            yield digest.encode()
            yield from _tokens(value[key], depth + 1)
    elif isinstance(value, tuple | list):
        yield str(len(value)).encode()
        for item in value:
            yield from _tokens(item, depth + 1)
    elif isinstance(value, nn.Module):
        yield from _module_tokens(value, depth)
    else:
        yield from _code_tokens(value, depth)


def _array_tokens(value: Tensor | np.ndarray) -> Iterator[bytes]:
    array = value.detach().cpu().contiguous() if isinstance(value, Tensor) else value
    yield f"{array.dtype} {tuple(array.shape)}".encode()
    if isinstance(array, Tensor):
        yield array.flatten().view(torch.uint8).numpy().tobytes()
    elif array.dtype.hasobject:
        raise _refusal(value, "it is an array of Python objects")
    else:
        yield array.tobytes()


def _module_tokens(module: nn.Module, depth: int) -> Iterator[bytes]:
    yield repr(module).encode()
    yield from _tokens(dict(module.state_dict()), depth + 1)
    own = {type(part) for part in module.modules()}
    for kind in sorted(own, key=lambda kind: kind.__qualname__):
        if not kind.__module__.startswith("torch"):
            yield from _class_tokens(kind)


def _class_tokens(kind: type) -> Iterator[bytes]:
    yield kind.__qualname__.encode()
    try:
        yield inspect.getsource(kind).encode()
    except (OSError, TypeError):
        yield b"no source"


def _code_tokens(value: object, depth: int) -> Iterator[bytes]:
    if isinstance(value, types.FunctionType):
        yield from _function_tokens(value, depth)
    elif isinstance(value, types.CodeType):
        yield value.co_code
        yield from _tokens((value.co_consts, value.co_names, value.co_varnames), depth + 1)
    elif isinstance(value, functools.partial):
        yield from _tokens((value.func, value.args, value.keywords), depth + 1)
    elif isinstance(value, types.MethodType):
        yield from _tokens((value.__func__, value.__self__), depth + 1)
    elif isinstance(value, types.BuiltinFunctionType):
        yield f"{value.__module__}.{value.__qualname__}".encode()
    elif isinstance(value, types.ModuleType):
        yield value.__name__.encode()
    elif isinstance(value, type):
        yield value.__module__.encode()
        yield from _class_tokens(value)
    elif value is Ellipsis:
        yield b"..."
    else:
        yield from _object_tokens(value, depth)


def _object_tokens(value: object, depth: int) -> Iterator[bytes]:
    try:
        fields = vars(value)
    except TypeError as error:
        raise _refusal(value, "its content is hidden") from error
    if not type(value).__module__.startswith("preceptor."):
        yield from _class_tokens(type(value))
    yield from _tokens(dict(fields), depth + 1)


def _function_tokens(function: types.FunctionType, depth: int) -> Iterator[bytes]:
    code = function.__code__
    yield function.__qualname__.encode()
    closed = [_cell(cell) for cell in function.__closure__ or ()]
    yield from _tokens((function.__defaults__, function.__kwdefaults__, closed), depth + 1)
    named = _globals_named(function)
    file = Path(code.co_filename)
    if file.is_file():
        yield str(code.co_firstlineno).encode()
        yield file.read_bytes()
        held: dict[str, object] = {
            name: item
            for name, item in named.items()
            if isinstance(item, Tensor | np.ndarray | nn.Module)
        }
        if function.__name__ == "<lambda>":
            yield code.co_code
            yield from _tokens(code.co_consts, depth + 1)
    else:
        held = {name: item for name, item in named.items() if item is not function}
        yield from _tokens(code, depth + 1)
    yield from _tokens(held, depth + 1)


def _cell(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return "empty"


def _globals_named(function: Callable[..., Any]) -> dict[str, object]:
    """The globals that a function's code names, its inner functions included."""
    names: set[str] = set()
    waiting = [function.__code__]
    while waiting:
        code = waiting.pop()
        names.update(code.co_names)
        waiting.extend(part for part in code.co_consts if isinstance(part, types.CodeType))
    return {name: function.__globals__[name] for name in names if name in function.__globals__}


def _refusal(value: object, why: str) -> InputError:
    return InputError(
        f"no version can be computed: a {type(value).__name__} decides the answers, and {why}. "
        "Give version='...' yourself, and change it whenever the answers may change."
    )
