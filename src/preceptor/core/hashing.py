"""Values as bytes to be hashed: the same on every run and machine while they mean the same."""

import copyreg
import functools
import hashlib
import inspect
import io
import logging
import pickle
import random
import sys
import types
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn

from preceptor.core.user_files import is_users

LENGTH: Final = 16
"""Hexadecimal digits of a version."""

_DEEPEST: Final = 60

_SERVICES: Final = {
    *(
        "aiohttp",
        "anthropic",
        "boto3",
        "botocore",
        "concurrent",
        "httpcore",
        "httpx",
        "multiprocessing",
    ),
    *(
        "openai",
        "requests",
        "socket",
        "ssl",
        "_ssl",
        "_socket",
        "subprocess",
        "tqdm",
        "rich",
        "urllib3",
    ),
    *("weakref", "_weakref", "_thread", "threading", "_contextvars", "asyncio", "_asyncio"),
}
"""Packages whose objects hold no answers: locks, sessions, connections to a service."""

_SHOWN: Final = {"keras", "tensorflow", "tf_keras"}
"""Packages whose objects are written with the time of day in them."""


_BUILT_IN: Final = (
    bool,
    int,
    float,
    complex,
    str,
    bytes,
    tuple,
    list,
    dict,
    set,
    frozenset,
    Tensor,
)


class Unhashable(Exception):  # noqa: N818 - it says what is wrong with a value
    """A value decides answers and cannot be hashed.

    Attributes:
        kind: the type's name.
        why: a clause.
    """

    def __init__(self, value: object, why: str) -> None:
        self.kind, self.why = type(value).__name__, why
        super().__init__(f"a {self.kind} decides the answers, and {why}")


@runtime_checkable
class Visitor(Protocol):
    """Is told the code that was met among values, to look at what that code can reach."""

    def function(self, function: types.FunctionType) -> None: ...
    def kind(self, kind: type) -> None: ...
    def module(self, module: types.ModuleType) -> None: ...
    def network(self, module: nn.Module) -> None: ...
    def hidden(self, error: Unhashable) -> None: ...


def feed(tokens: Iterable[bytes]) -> str:
    """The hash of tokens, :data:`LENGTH` digits."""
    hasher = hashlib.sha256()
    for token in tokens:
        hasher.update(len(token).to_bytes(8, "little"))
        hasher.update(token)
    return hasher.hexdigest()[:LENGTH]


def is_inert(value: object) -> bool:
    """Whether a value holds no answers: a lock, a logger, a session, a stream of random numbers."""
    kinds = (
        logging.Logger | logging.Handler | np.random.Generator | np.random.RandomState,
        random.Random,
        torch.Generator | torch.device,
    )
    return (
        any(isinstance(value, kind) for kind in kinds)
        or type(value).__module__.partition(".")[0] in _SERVICES
        or (
            isinstance(value, io.IOBase)
            and not isinstance(value, io.BytesIO | io.StringIO)
            and not value.closed
            and not value.readable()
        )
    )


class Tokens:
    """Turns values into tokens.

    Args:
        visitor: is told the code among them.
    """

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self._within: set[int] = set()

    def of(self, value: object, depth: int = 0) -> Iterator[bytes]:
        """The tokens of a value; the visitor is told of each part that cannot be hashed."""
        try:
            tokens = [*self._of(value, depth), *self._added(value, depth)]
        except Unhashable as error:
            self.visitor.hidden(error)
            tokens = [b"hidden"]
        except (RuntimeError, NotImplementedError, OSError, ValueError, TypeError) as error:
            why = f"it cannot be read ({type(error).__name__}: {error})"
            self.visitor.hidden(Unhashable(value, why))
            tokens = [b"hidden"]
        yield from tokens

    def _of(self, value: object, depth: int) -> Iterator[bytes]:
        if depth > _DEEPEST:
            raise Unhashable(value, "it is nested too deeply, or holds itself")
        ours = value is sys.modules.get(
            "preceptor"
        )  # a module as ever, though of a class of its own
        yield b"module" if ours else type(value).__qualname__.encode()
        if value is None or isinstance(
            value, bool | int | float | complex | str | bytes | np.generic
        ):
            yield repr(value).encode()
        elif isinstance(value, Tensor | np.ndarray):
            yield from self._array(value, depth)
        elif isinstance(value, set | frozenset):
            yield from sorted(self._digest(item, depth).encode() for item in value)
        elif isinstance(value, dict):
            pairs = sorted(((self._digest(key, depth), key) for key in value), key=lambda p: p[0])
            for digest, key in pairs:
                yield digest.encode()
                yield from self.of(value[key], depth + 1)
        elif isinstance(value, tuple | list):
            yield str(len(value)).encode()
            for item in value:
                yield from self.of(item, depth + 1)
        elif isinstance(value, nn.Module):
            yield from self._module(value, depth)
        else:
            yield from self._code(value, depth)

    def _added(self, value: object, depth: int) -> Iterator[bytes]:
        """What was set on a value of a subclass of ``dict``, ``int``, ``Tensor`` and the like."""
        if isinstance(value, _BUILT_IN) and getattr(value, "__dict__", None):
            yield from self.of(dict(vars(value)), depth + 1)

    def _digest(self, value: object, depth: int) -> str:
        return feed(self.of((value,), depth + 1))

    def _array(self, value: Tensor | np.ndarray, depth: int) -> Iterator[bytes]:
        array = value.detach().cpu().contiguous() if isinstance(value, Tensor) else value
        yield f"{array.dtype} {tuple(array.shape)}".encode()
        if isinstance(array, Tensor):
            yield array.flatten().view(torch.uint8).numpy().tobytes()
        elif array.dtype.hasobject:
            yield from self.of(array.tolist(), depth + 1)
        elif array.dtype.names is not None and array.dtype.isalignedstruct:
            for name in array.dtype.names:  # between the fields lies whatever was there before
                yield from self.of(np.ascontiguousarray(array[name]), depth + 1)
        else:
            yield array.tobytes()

    def _module(self, module: nn.Module, depth: int) -> Iterator[bytes]:
        yield repr(module).encode()
        yield from self.of(dict(module.state_dict()), depth + 1)
        own = {type(part) for part in module.modules()}
        for kind in sorted(own, key=lambda kind: kind.__qualname__):
            if not kind.__module__.startswith("torch"):
                yield from self._class(kind)
        self.visitor.network(module)

    def _class(self, kind: type) -> Iterator[bytes]:
        yield kind.__qualname__.encode()
        try:
            yield inspect.getsource(kind).encode()
        except (OSError, TypeError):
            yield b"no source"
        self.visitor.kind(kind)

    def _code(self, value: object, depth: int) -> Iterator[bytes]:
        if isinstance(value, types.FunctionType):
            yield from self._function(value, depth)
        elif isinstance(value, types.CodeType):
            yield value.co_code
            yield from self.of((value.co_consts, value.co_names, value.co_varnames), depth + 1)
        elif isinstance(value, functools.partial):
            yield from self.of((value.func, value.args, value.keywords), depth + 1)
        elif isinstance(value, types.MethodType):
            yield from self.of((value.__func__, value.__self__), depth + 1)
        elif isinstance(value, types.BuiltinFunctionType):
            yield from self._built_in(value, depth)
        elif isinstance(value, types.ModuleType):
            yield value.__name__.encode()
            self.visitor.module(value)
        elif isinstance(value, type):
            yield value.__module__.encode()
            yield from self._class(value)
        elif value is Ellipsis:
            yield b"..."
        elif not is_inert(value):
            yield from self._object(value, depth)

    def _built_in(self, function: types.BuiltinFunctionType, depth: int) -> Iterator[bytes]:
        yield f"{function.__module__}.{function.__qualname__}".encode()
        of = bound_to(function)
        if of is not None and not is_inert(of):
            yield from self.of(of, depth + 1)

    def _object(self, value: Any, depth: int) -> Iterator[bytes]:
        if id(value) in self._within:
            yield b"holds itself"
            return
        self._within.add(id(value))
        try:
            path = getattr(value, "_model_path", None)
            kind = type(value)
            if kind.__module__.startswith("onnxruntime"):
                yield from _onnx(value, path)
            elif _by_fields(value):
                if not kind.__module__.startswith("preceptor."):
                    yield from self._class(kind)
                # the number of threads is that of this machine
                fields = {key: one for key, one in vars(value).items() if key != "n_threads"}
                yield from self.of(fields, depth + 1)
            else:
                yield from self._reduced(value, depth)
        finally:
            self._within.discard(id(value))

    def _reduced(self, value: object, depth: int) -> Iterator[bytes]:
        """As ``pickle`` would take it apart."""
        kind = type(value)
        if kind.__module__.partition(".")[0] in _SHOWN or kind is object:
            raise Unhashable(value, "its content is hidden")
        if isinstance(value, Iterator | io.IOBase) and not isinstance(
            value, io.BytesIO | io.StringIO
        ):
            raise Unhashable(value, "it gives what it has only once")
        try:
            reduce = copyreg.dispatch_table.get(kind)
            parts: Any = reduce(value) if reduce else value.__reduce_ex__(4)
        except (TypeError, pickle.PicklingError, AttributeError, NotImplementedError) as error:
            raise Unhashable(value, "its content is hidden") from error
        if isinstance(parts, str):
            yield f"{kind.__module__}.{parts}".encode()
            return
        made, arguments, *more = parts
        yield from self._named(made, depth)
        for argument in arguments:
            yield from self._named(argument, depth)
        state, items, pairs = (*more, None, None, None)[:3]
        yield from self.of(state, depth + 1)
        yield from self.of(None if items is None else list(items), depth + 1)
        yield from self.of(None if pairs is None else dict(pairs), depth + 1)

    def _named(self, value: object, depth: int) -> Iterator[bytes]:
        """What an object is made with: installed functions and classes by their names."""
        named = isinstance(value, type | types.FunctionType)
        if named and not _is_users_code(value):
            yield f"{value.__module__}.{value.__qualname__}".encode()  # type: ignore[attr-defined]
        else:
            yield from self.of(value, depth + 1)

    def _function(self, function: types.FunctionType, depth: int) -> Iterator[bytes]:
        code = function.__code__
        yield function.__qualname__.encode()
        closed = [_cell(cell) for cell in function.__closure__ or ()]
        yield from self.of((function.__defaults__, function.__kwdefaults__, closed), depth + 1)
        named = globals_named(function)
        file = Path(code.co_filename)
        if file.is_file():
            yield str(code.co_firstlineno).encode()
            yield file.read_bytes()
            held: dict[str, object] = {name: item for name, item in named.items() if is_held(item)}
            if function.__name__ == "<lambda>":
                yield code.co_code
                yield from self.of(code.co_consts, depth + 1)
        else:
            held = {name: item for name, item in named.items() if item is not function}
            yield from self.of(code, depth + 1)
        yield from self.of(held, depth + 1)
        self.visitor.function(function)


def bound_to(function: types.BuiltinFunctionType) -> object:
    """What a method in C is a method of, as in ``table.get``; ``None`` for a plain function."""
    of = getattr(function, "__self__", None)
    return None if isinstance(of, types.ModuleType | type) else of


def is_held(value: object) -> bool:
    """Whether a global counts by its value whatever the text says."""
    return isinstance(value, Tensor | np.ndarray | nn.Module)


def globals_named(function: types.FunctionType) -> dict[str, object]:
    """The globals that a function's code names, its inner functions included."""
    names: set[str] = set()
    for code in codes(function.__code__):
        names.update(code.co_names)
    return {name: function.__globals__[name] for name in names if name in function.__globals__}


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """A code and those of its inner functions."""
    waiting = [code]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(part for part in one.co_consts if isinstance(part, types.CodeType))


def _by_fields(value: object) -> bool:
    """Whether ``vars`` shows all of an object: nothing says how else it would be taken apart."""
    kind = type(value)
    try:
        vars(value)
    except TypeError:
        return False
    if kind.__module__.partition(".")[0] in ("preceptor", "sklearn") or isinstance(
        value, functools._lru_cache_wrapper
    ):
        return True
    plain = kind.__reduce_ex__ is object.__reduce_ex__ and kind.__reduce__ is object.__reduce__
    own_state = getattr(kind, "__getstate__", None) is not getattr(object, "__getstate__", None)
    slots = any(getattr(one, "__slots__", ()) for one in kind.__mro__)
    return plain and not own_state and not slots and kind not in copyreg.dispatch_table


def _is_users_code(value: object) -> bool:
    try:
        return is_users(Path(inspect.getfile(value)))  # type: ignore[arg-type]
    except (OSError, TypeError):
        return False


def _cell(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return "empty"


def _onnx(session: Any, path: object) -> Iterator[bytes]:
    """The file that a session of onnxruntime was made from, and the files of weights it names."""
    content = getattr(session, "_model_bytes", None)
    if not isinstance(path, str):
        if not isinstance(content, bytes):
            raise Unhashable(session, "its content is hidden")
        yield content
        return
    file = Path(path)
    try:
        content = file.read_bytes()
        yield content
        for other in sorted(file.parent.rglob("*") if b"location" in content else ()):
            name = other.relative_to(file.parent).as_posix().encode()
            if name in content and other.is_file() and other != file:
                yield name
                yield other.read_bytes()
    except OSError as error:
        raise Unhashable(session, f"its file cannot be read ({error})") from error
