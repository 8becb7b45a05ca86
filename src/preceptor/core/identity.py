"""What decides answers, as a hash: identity is never a name, and never a sample.

Two parts. First the value itself: weights, arrays, what a function closes over, the text of the file
that defines it (:mod:`preceptor.core.hashing`). Then what its code can reach beyond that: other
files of the user's that it imports, and globals whose value the text does not say, such as a model or
a limit that was read from a file. Only where there is such a thing does the second part enter, so that
versions of before it was looked at stay as they were where they were right.
"""

import ast
import re
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from torch import nn

from preceptor.core.errors import InputError
from preceptor.core.expressions import is_clock, is_counted, is_place, pattern_in
from preceptor.core.file_reads import reads
from preceptor.core.hashing import (
    Tokens,
    Unhashable,
    bound_to,
    codes,
    feed,
    globals_named,
    is_held,
)
from preceptor.core.protocols import AnyStudent
from preceptor.core.reaching import (
    contents,
    function_in,
    is_idle,
    is_slot,
    methods,
    of_class,
    settings,
    users_file,
)
from preceptor.core.user_files import Text, closure, folders_of, is_users, resolve

_MAKING: Final = ("__init__", "__new__", "__post_init__", "__setstate__")

Assigned = Mapping[str, ast.expr | None]


@dataclass(frozen=True)
class Identity:
    """What something is.

    Attributes:
        digest: a hash of all that decides its answers; the same on every run and machine.
        unknown: what decides its answers and is no part of the digest, each in words.
    """

    digest: str
    unknown: tuple[str, ...] = ()


def identify(*parts: object) -> Identity:
    """What values are that decide answers: students, models, functions, settings."""
    walk = _IdentityWalk()
    own = list(walk.tokens_of(tuple(parts)))
    return Identity(feed([*own, *walk.beyond()]), tuple(walk.unknown))


def identify_student(student: AnyStudent) -> Identity:
    """What a student is, by all that decides its logits and decisions; not by its name or device.

    What is unknown of it has to be seen in its answers.
    """
    fields: object = student
    if type(student).__module__.startswith("preceptor."):
        idle = ("name", "device", "differentiable", "was_training")
        fields = {name: value for name, value in vars(student).items() if name not in idle}
    return identify(type(student).__qualname__, student.classes, fields)


def version_of(*parts: object) -> str:
    """A hash of all parts: the same on every run and machine while they mean the same.

    A function counts as the text of the file that defines it, its qualified name and line, its
    defaults, what it closes over, the arrays, tensors and modules among the globals that it names; and,
    through all of the user's functions that it calls, the text of the user's files that these import
    and every global whose value the text does not say, such as a model that was read from a file. Where
    there is no file (a notebook, an interactive session) its bytecode and constants count, with
    everything it names. A module counts as its weights, its printed form, its own settings and the
    source of its own classes. Not covered: what a service answers. Locks, loggers, sessions, devices
    and streams of random numbers count for nothing.

    Raises:
        InputError: a part that cannot be hashed, or code that reads a file while it answers.
    """
    found = identify(*parts)
    if found.unknown:
        raise InputError(
            f"no version can be computed: {found.unknown[0]}. Give version='...' yourself, where the "
            "teacher is made (for example Rule(label, name=..., classes=..., version='1')), and "
            "change it whenever the answers may change."
        )
    return found.digest


class _IdentityWalk:
    """One look at all that decides; told by :class:`Tokens` of the code that it meets.

    Attributes:
        unknown: what cannot be hashed, in words, in order.
    """

    def __init__(self) -> None:
        self.unknown: dict[str, None] = {}
        self._tokens = Tokens(self)
        self._what = ""
        self._waiting: list[Callable[[], None]] = []
        self._seen: dict[int, object] = {}  # things are kept, so that an id stays theirs
        self._told: set[Path] = set()
        self._files: dict[Path, bytes] = {}
        self._more: set[str] = set()
        self._made: list[tuple[type, str]] = []  # classes whose making reads a file
        self._named: list[type] = []  # classes that code names, so that it may make instances

    def tokens_of(self, value: object, what: str = "") -> Iterator[bytes]:
        """The tokens of a value; what of it cannot be hashed is noted, as of ``what``."""
        self._what = what
        yield from self._tokens.of(value)

    def hidden(self, error: Unhashable) -> None:
        """Something that cannot be hashed."""
        what = f"{self._what}, a {error.kind}," if self._what else f"a {error.kind}"
        self.unknown[f"{what} decides the answers, and {error.why}"] = None

    def beyond(self) -> list[bytes]:
        """Tokens of all that the code met so far can reach beyond what was told."""
        while self._waiting:
            self._waiting.pop(0)()
        for kind, said in self._made:
            if any(issubclass(one, kind) for one in self._named):
                self.unknown[said] = None
        other = {text for path, text in self._files.items() if path not in self._told}
        return [*sorted(other), *(line.encode() for line in sorted(self._more))]

    def function(self, function: types.FunctionType) -> None:
        """A function that is told, with the text of its file."""
        self._told.add(Path(function.__code__.co_filename).resolve())
        self._later(function, lambda: self._function(function, told=True))

    def kind(self, kind: type) -> None:
        """A class that is told, by its own source."""
        if users_file(kind) is not None:
            self._later(kind, lambda: self._kind(kind))

    def module(self, module: types.ModuleType) -> None:
        """A module of which only the name is told."""
        self._later(module, lambda: self._names_of(module, None))

    def network(self, module: nn.Module) -> None:
        """A torch module that is told: weights, printed form, the source of its classes."""
        self._later(module, lambda: self._network(module))

    def _later(self, thing: object, look: Callable[[], None]) -> None:
        if id(thing) not in self._seen:
            self._seen[id(thing)] = thing
            self._waiting.append(look)

    def _keep(self, label: str, value: object, what: str) -> None:
        self._more.add(f"{label} {feed(self.tokens_of(value, what))}")

    def _read(self, file: Path) -> Text:
        if file.resolve() not in self._files:
            self._files.update(closure(file))
        return Text.of(file)

    def _is_told(self, file: Path | None) -> bool:
        return file is not None and (file in self._told or file in self._files)

    def _network(self, module: nn.Module) -> None:
        for i, part in enumerate(module.modules()):
            for name, value in settings(part).items():
                what = f"the attribute {name!r} of a {type(part).__name__}"
                self._keep(f"module {i}: {name}", value, what)

    def _function(self, function: types.FunctionType, *, told: bool = False) -> None:
        file = Path(function.__code__.co_filename)
        if file.is_file() and not is_users(file):
            return
        text = self._read(file) if file.is_file() else None
        for what in reads(function):
            self.unknown[f"{function.__qualname__} {what}"] = None
        for name, value in vars(function).items():
            if name != "__wrapped__":
                label = f"{function.__qualname__}.{name}"
                self._keep(label, value, f"the attribute {label}")
        if not told:
            self._made_with(function, text)
        named = globals_named(function)
        words = {name for code in codes(function.__code__) for name in code.co_names}
        for name, value in sorted(named.items()):
            if isinstance(value, types.ModuleType):
                self._names_of(value, words)
            elif not told or (text is not None and not is_held(value)):
                self._global(name, value, text)

    def _made_with(self, function: types.FunctionType, text: Text | None) -> None:
        """Defaults and closure of a function of which only the text is known."""
        values = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        code = function.__code__
        label = function.__qualname__
        found = None if text is None else text.defaults(code.co_name, code.co_firstlineno)
        said: list[ast.expr | None] = [*(found or ())]
        if len(said) != len(values):
            said = [None] * len(values)
        for value, expression in zip(values, said, strict=True):
            if text is None or not self._says(text, expression, value):
                self._keep(f"default of {label}", value, f"a default of {label}")
        for name, value in contents(function).items():
            if function_in(value) is None:
                self._keep(f"{name} in {label}", value, f"{name!r} in {label}")
            else:
                self._global(name, value, text)

    def _names_of(self, module: types.ModuleType, words: set[str] | None) -> None:
        """What code uses of a module of the user's: the names that it says, or all if none fit."""
        file = users_file(module)
        if file is None:
            return
        text = self._read(file)
        there = {name for name in vars(module) if not name.startswith("__")}
        for name in sorted(there & words if words and there & words else there):
            value = vars(module)[name]
            if isinstance(value, types.ModuleType):
                self._later(value, lambda value=value: self._names_of(value, words))  # type: ignore[misc]
            else:
                self._global(name, value, text)

    def _global(self, name: str, value: object, text: Text | None) -> None:
        """A global that code names; ``text`` of the file that it is a global of."""
        function = function_in(value)
        if name in ("__file__", "__name__"):
            return  # where it lies decides nothing
        if function is not None:
            self._later(function, lambda: self._function(function))
        elif isinstance(value, type):
            self._named.append(value)
            origin = users_file(value)
            if origin is not None:
                self._read(origin)
            self.kind(value)
        elif is_idle(value) or (
            isinstance(value, types.BuiltinFunctionType) and bound_to(value) is None
        ):
            return
        elif text is None or not self._decides(text, name, value):
            file = "" if text is None else text.path.name
            self._keep(f"{file}: {name}", value, f"the global {name!r} of {file or 'a function'}")

    def _decides(self, text: Text, name: str, value: object, depth: int = 0) -> bool:
        """Whether the text of a file decides the value of one of its globals."""
        if name in text.borrowed and name not in text.assigned and depth < 9:
            module, there = text.borrowed[name]
            paths = resolve(module, text.path, folders_of(text.path))
            if not paths:
                return not is_held(value)  # an installed package's
            return self._decides(Text.of(paths[-1]), there, value, depth + 1)
        if name in text.declared and name not in text.assigned:
            return True
        return self._says(text, text.assigned.get(name), value)

    def _says(self, text: Text, expression: ast.expr | None, value: object) -> bool:
        """Whether an expression alone decides that it is this value."""
        if expression is None or is_held(value):
            return False
        if (
            is_counted(expression)
            or is_clock(expression)
            or (isinstance(value, str) and is_place(expression))
        ):
            return True
        if isinstance(value, types.BuiltinFunctionType):
            of = bound_to(value)
            return isinstance(expression, ast.Attribute) and self._says(text, expression.value, of)
        if isinstance(value, re.Pattern):
            expression, value = pattern_in(expression), value.pattern
        if expression is None:
            return False
        try:
            said = text.value(expression)
        except ValueError:
            return False
        if type(said) is not type(value):
            return False
        one, other = identify(said), identify(value)
        return one == other and not other.unknown

    def _kind(self, kind: type) -> None:
        """A class of the user's: what its methods name, and what its attributes are."""
        file = users_file(kind)
        if file is None:
            return
        text, label = Text.of(file), kind.__qualname__
        for base in kind.__mro__[1:]:
            self._class_named(base, f"{label} is a {base.__qualname__}")
        said: Assigned = text.attributes(label)
        for name, value in of_class(kind).items():
            functions = methods(value)
            for function in functions:
                self._method(function, file, kind if name in _MAKING else None)
            if functions or name.startswith(("__", "_abc_")) or is_slot(value) or is_idle(value):
                continue
            if not self._says(text, said.get(name), value):
                self._keep(f"{label}.{name}", value, f"the attribute {label}.{name} of {file.name}")

    def _class_named(self, kind: type, label: str) -> None:
        """A class that another one names or builds on."""
        file = users_file(kind)
        if file is not None and not self._is_told(file):
            self._more.add(f"{label} {feed(self.tokens_of(kind))}")
        self.kind(kind)

    def _method(self, method: types.FunctionType, file: Path, makes: type | None) -> None:
        """What a method names. The text of its file counts only where it names something of it.

        What one that ``makes`` instances reads lies in those that were made before.
        """
        code_file = Path(method.__code__.co_filename)
        if not is_users(code_file):
            return  # generated, as by dataclasses, or installed
        for what in reads(method):
            said = f"{method.__qualname__} {what}"
            if makes is None:
                self.unknown[said] = None
            else:
                self._made.append((makes, said))
        words = {name for code in codes(method.__code__) for name in code.co_names}
        for word in sorted(words - set(method.__globals__)):
            for path in resolve(word, file, folders_of(file)):  # imported inside the method
                self._read(path)
        text = Text.of(file) if self._is_told(file) else None
        for name, value in sorted(globals_named(method).items()):
            label = f"{method.__qualname__} names {name}"
            if isinstance(value, types.ModuleType):
                self._names_of(value, words)
            elif isinstance(value, type):
                self._named.append(value)
                self._class_named(value, label)
            else:
                self._global(name, value, text)
