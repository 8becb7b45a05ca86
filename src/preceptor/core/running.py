"""Running a user's Python file, which gets the modules beside it and no other file's.

``import utils`` means the ``utils.py`` beside the file that says so. One ``sys.modules`` for the whole
process cannot hold two of them, so each file that is run has modules of its own: an ``__import__`` of
its own among its builtins looks beside the file first, whenever it is called. For everybody else
imports stay as they are: a user's ``statistics.py`` is no module of Python's.

Sources are compiled anew: a compiled file counts as fresh by its second and size, so that it may
hold another text.
"""

import builtins
import importlib
import importlib.util
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any
from weakref import WeakSet

from preceptor.core.errors import InputError, PreceptorError
from preceptor.core.user_files import Text, folders_of, is_users

_LOCK = threading.RLock()
"""``sys.modules`` belongs to the process."""

_USERS: "WeakSet[ModuleType]" = WeakSet()
"""All modules that were loaded here."""


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, space: "Space") -> None:
        super().__init__(name, path)
        self.space = space

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)

    def exec_module(self, module: ModuleType) -> None:
        self.space.adopt(module)
        super().exec_module(module)


class _Finder(MetaPathFinder):
    """For ``importlib.import_module`` and pickles, while a file is run: asked last."""

    def __init__(self, space: "Space") -> None:
        self.space = space

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del target
        return self.space.find(fullname, path)


class Space:
    """The modules of one file that is run.

    Args:
        file: what they lie beside; need not be there.
    """

    def __init__(self, file: Path) -> None:
        importlib.invalidate_caches()
        self.file = file.resolve()
        self.folders = [str(folder) for folder in folders_of(self.file)]
        self.modules: dict[str, ModuleType] = {}
        self.builtins = {**vars(builtins), "__import__": self._import}
        self._elsewhere: dict[str, bool] = {}
        self._finder = _Finder(self)

    def run(self) -> ModuleType:
        """Run the file."""
        name = self.file.stem
        relative = Text.of(self.file).relative
        if relative:
            parts = self.file.parent.relative_to(self.folders[-1]).parts
            name = ".".join([*parts, name]) if parts else name
        elif self._is_elsewhere(name):
            name = f"_file_{name}"
        spec = importlib.util.spec_from_file_location(
            name, self.file, loader=_Loader(name, str(self.file), self)
        )
        if spec is None or spec.loader is None:
            raise ImportError(f"{self.file} cannot be run as Python")
        module = importlib.util.module_from_spec(spec)
        with self.entered():
            spec.loader.exec_module(module)
        return module

    def adopt(self, module: ModuleType) -> None:
        """Make a module, before it is run, one of this space."""
        module.__dict__["__builtins__"] = self.builtins
        _USERS.add(module)
        self.modules[module.__name__] = module
        if not self._is_elsewhere(module.__name__.partition(".")[0]):
            sys.modules[module.__name__] = module

    def find(self, name: str, path: Sequence[str] | None) -> ModuleSpec | None:
        """Where a module of the user's lies; ``path`` as finders get it."""
        spec = PathFinder.find_spec(name, self.folders if path is None else path)
        if spec is None or spec.origin is None or not isinstance(spec.loader, SourceFileLoader):
            return spec
        loader = _Loader(name, spec.origin, self)
        return importlib.util.spec_from_file_location(
            name,
            spec.origin,
            loader=loader,
            submodule_search_locations=spec.submodule_search_locations,
        )

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Meanwhile ``sys.modules`` has the modules of this space and of no other."""
        with _LOCK:
            if self._finder in sys.meta_path:
                yield
                return
            others = {name: one for name, one in list(sys.modules.items()) if one in _USERS}
            for name in others:
                del sys.modules[name]
            for name, module in self.modules.items():
                if not self._is_elsewhere(name.partition(".")[0]):
                    sys.modules[name] = module
            sys.meta_path.append(self._finder)
            try:
                yield
            finally:
                sys.meta_path.remove(self._finder)
                if any(isinstance(one, _Finder) for one in sys.meta_path):  # within another's
                    for name in [name for name, one in sys.modules.items() if one in _USERS]:
                        del sys.modules[name]
                    sys.modules.update(others)
                for name, module in others.items():
                    sys.modules.setdefault(name, module)

    def _owns(self, root: str, importer: object) -> bool:
        """Whether a user's file that imports ``root`` means one of this space."""
        if root in self.modules and not self._is_elsewhere(root):
            return True
        if root in sys.builtin_module_names:
            return False
        spec = PathFinder.find_spec(root, self.folders)
        if spec is None:
            return False
        if spec.origin is None:  # a folder without __init__.py comes last, as always
            return not self._is_elsewhere(root)
        found = Path(spec.origin).resolve()
        itself = importer is not None and Path(str(importer)).resolve() == found
        library = found == self.file and self._is_elsewhere(root)
        return is_users(found) and not itself and not library

    def _is_elsewhere(self, root: str) -> bool:
        """Whether Python has a module of that name without this space."""
        if root not in self._elsewhere:
            there = root in sys.modules and sys.modules[root] not in _USERS
            self._elsewhere[root] = there or root in sys.stdlib_module_names or _installed(root)
        return self._elsewhere[root]

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 - as Python names them
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        around = globals or {}
        full = name
        if level:
            full = importlib.util.resolve_name("." * level + name, around.get("__package__") or "")
        if not self._owns(full.partition(".")[0], around.get("__file__")):
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        with self.entered():
            module = self._load(full)
            for item in fromlist or ():
                if item != "*" and item not in vars(module) and "__path__" in vars(module):
                    self._try(f"{full}.{item}")
        return module if fromlist else self.modules[full.partition(".")[0]]

    def _try(self, name: str) -> None:
        try:
            self._load(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise

    def _load(self, name: str) -> ModuleType:
        if name in self.modules:
            return self.modules[name]
        parent, _, child = name.rpartition(".")
        path = list(self._load(parent).__path__) if parent else None
        spec = self.find(name, path)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        module = importlib.util.module_from_spec(spec)
        self.adopt(module)
        if spec.loader is not None:
            try:
                spec.loader.exec_module(module)
            except BaseException:
                del self.modules[name]
                sys.modules.pop(name, None)
                raise
        if parent:
            setattr(self.modules[parent], child, module)
        return self.modules[name]


def _installed(root: str) -> bool:
    """Whether the ordinary finders know a top-level module, the user's own paths left out."""
    for finder in sys.meta_path:
        if isinstance(finder, _Finder):
            continue
        try:
            spec = finder.find_spec(root, None)
        except (ImportError, AttributeError, ValueError):
            continue
        if spec is not None and spec.origin is not None:
            return not is_users(Path(spec.origin))
    return False


@contextmanager
def beside(file: Path) -> Iterator[None]:
    """Meanwhile modules beside a file can be imported, as its pickles need them."""
    with Space(file).entered():
        yield


@contextmanager
def taken(file: Path, name: str) -> Iterator[object]:
    """Run a user's file and take one of its names; in the block its modules can be imported.

    Raises:
        InputError: it is not there, fails, or has no such name.
    """
    if not file.is_file():
        raise InputError(f"there is no file at {file}")
    space = Space(file)
    with space.entered():
        try:
            names = vars(space.run())
        except PreceptorError as error:
            raise InputError(f"{file}: {error}") from error
        except (Exception, SystemExit) as error:
            raise InputError(f"running {file} failed: {type(error).__name__}: {error}") from error
        if name not in names:
            own = [other for other in names if not other.startswith("_")]
            raise InputError(
                f"{file} has no {name!r}; it has {', '.join(own) or 'no public names'}"
            )
        yield names[name]
