"""Errors that mean: there is no memory left. Whoever raised them, the answer is a smaller batch."""

from typing import Final

_NAMES: Final = frozenset({"MemoryError", "OutOfMemoryError", "_ArrayMemoryError"})

_WORDS: Final = (
    "not enough memory",
    "out of memory",
    "defaultcpuallocator",
    "cannot allocate memory",
    "failed to allocate memory",
    "bad_alloc",
    "bad allocation",
    "could not create a memory",
    "_status_alloc_failed",
)
"""Of torch on processors, of CUDA and MPS, of onnxruntime, of C++, of oneDNN, of cuBLAS and cuDNN."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error, or one that it was raised from, says that memory ran out.

    ``MemoryError``, ``torch.OutOfMemoryError`` and what other allocators say in a ``RuntimeError``
    or ``OSError``, known by their class's name or by their words: each runtime has its own.
    """
    seen: BaseException | None = error
    while seen is not None:
        if any(one.__name__ in _NAMES for one in type(seen).__mro__):
            return True
        if isinstance(seen, RuntimeError | OSError):
            words = str(seen).lower()
            if any(one in words for one in _WORDS):
                return True
        seen = seen.__cause__
    return False


def first_line(error: BaseException) -> str:
    """The class and the first line of the error that began it, for a message."""
    while error.__cause__ is not None:
        error = error.__cause__
    words = str(error).strip().splitlines()
    return f"{type(error).__name__}{f': {words[0]}' if words else ''}"
