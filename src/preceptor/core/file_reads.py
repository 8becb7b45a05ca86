"""Which code reads a file while it answers: what is in it is then no part of what the code is."""

import types
from collections.abc import Iterator
from typing import Final

from preceptor.core.hashing import codes, globals_named

_READERS: Final = {
    *("read_text", "read_bytes", "loadtxt", "genfromtxt", "fromfile", "memmap", "read_csv"),
    *("read_parquet", "read_pickle", "read_excel", "read_json", "read_feather", "imread"),
    *("load_file", "safe_open", "load_state_dict_from_file", "load_model", "from_pretrained"),
}
_LOADERS: Final = {
    "json",
    "pickle",
    "numpy",
    "torch",
    "joblib",
    "yaml",
    "skops.io",
    "cloudpickle",
    "dill",
}
_WRITING: Final = {mode + more for mode in "awx" for more in ("", "b", "t", "+", "b+", "+b")}


def reads(function: types.FunctionType) -> Iterator[str]:
    """Clauses that say what a function opens and loads by itself, for an error message."""
    modules = {
        one.__name__
        for one in globals_named(function).values()
        if isinstance(one, types.ModuleType)
    }
    for code in codes(function.__code__):
        words = set(code.co_names)
        found = words & _READERS
        if "open" in words and not _WRITING & {
            one for one in code.co_consts if isinstance(one, str)
        }:
            found.add("open")
        if "load" in words and (_LOADERS & (modules | words)):
            found.add("load")
        if found:
            yield (
                f"reads a file while it answers ({', '.join(sorted(found))}, line "
                f"{code.co_firstlineno}), and what is in the file may change. Read it once, at the "
                "top of the file, into a global that the function uses, which then counts"
            )
