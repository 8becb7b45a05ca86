"""What code can reach beyond its own text: other files, and values that no text says."""

import dataclasses
import enum
import inspect
import re
import types
from pathlib import Path, PurePath
from typing import Any, Final

from torch import nn

from preceptor.core.hashing import is_inert
from preceptor.core.user_files import is_users

_FUNCTIONS: Final = types.FunctionType | types.MethodType
_DEVICE: Final = re.compile(r"(cpu|cuda|mps|xpu)(:\d+)?")


def settings(module: nn.Module) -> dict[str, object]:
    """What decides a torch module's answers and stands neither in its state nor in its printed form.

    Its parts have settings of their own.
    """
    fields, kind = vars(module), type(module)
    found: dict[str, object] = {}
    if kind.__module__.startswith("preceptor.problems"):
        return found  # they are made there alone, always the same, and their versions stay
    for hooks in ("_forward_hooks", "_forward_pre_hooks"):
        if fields.get(hooks):
            found[hooks] = list(fields[hooks].values())
    hidden = fields.get("_non_persistent_buffers_set") or ()
    found.update({name: fields["_buffers"][name] for name in sorted(hidden)})
    if kind.__module__.startswith(("torch.jit", "torch.fx")):
        program = str(getattr(module, "code", ""))
        return {**found, "code": re.sub(r" at 0x[0-9a-f]+", "", program)}
    if kind.__module__.startswith("torch") and kind.extra_repr is not nn.Module.extra_repr:
        replaced = {name: one for name, one in fields.items() if isinstance(one, _FUNCTIONS)}
        return {**found, **replaced}  # such as a forward of its own
    plain = set(vars(nn.Module()))
    own = {name: one for name, one in fields.items() if name not in plain and not is_idle(one)}
    return {**found, **own}


def is_idle(value: object) -> bool:
    """Whether a value decides no answer by itself: a path, a device, a lock."""
    named = isinstance(value, str) and _DEVICE.fullmatch(value) is not None
    return named or isinstance(value, PurePath) or is_inert(value)


def is_slot(value: object) -> bool:
    """Whether an attribute of a class only says where its instances keep something."""
    if isinstance(value, dataclasses.Field):
        return True
    return isinstance(value, types.MemberDescriptorType | types.GetSetDescriptorType)


def function_in(value: object) -> types.FunctionType | None:
    """The function that a value is, or that something such as ``lru_cache`` put into it."""
    if (
        not isinstance(value, types.FunctionType)
        and callable(value)
        and not isinstance(value, type)
    ):
        value = inspect.unwrap(value)
    return value if isinstance(value, types.FunctionType) else None


def of_class(kind: type) -> dict[str, object]:
    """The attributes of a class by name, sorted: an enumeration's members as their values."""
    found = sorted(vars(kind).items())
    if issubclass(kind, enum.Enum):
        own = [(name, one) for name, one in found if name not in kind.__members__]
        members = sorted((name, one.value) for name, one in kind.__members__.items())
        return dict([*members, *(pair for pair in own if not re.fullmatch("_.*_", pair[0]))])
    return dict(found)


def methods(value: object) -> list[types.FunctionType]:
    """The functions in an attribute of a class."""
    parts: list[object] = [value]
    if isinstance(value, staticmethod | classmethod):
        parts = [value.__func__]
    elif isinstance(value, property):
        parts = [value.fget, value.fset]
    return [found for part in parts if (found := function_in(part)) is not None]


def contents(function: types.FunctionType) -> dict[str, object]:
    """What a function closes over, by name."""
    found: dict[str, object] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # not set yet
            continue
    return found


def users_file(thing: Any) -> Path | None:
    """The user's file that a class or module comes from."""
    if isinstance(thing, types.ModuleType):
        said = vars(thing).get("__file__")
        file = None if said is None else Path(said)
    else:
        file = _of_class(thing)
    return file.resolve() if file is not None and is_users(file) else None


def _of_class(kind: type) -> Path | None:
    for value in vars(kind).values():
        for function in methods(value):
            file = Path(function.__code__.co_filename)
            if is_users(file):  # an enumeration or a dataclass has methods of Python's own files
                return file
    try:
        return Path(inspect.getfile(kind))
    except (OSError, TypeError):
        return None
