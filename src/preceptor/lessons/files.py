"""Lessons in files: one safetensors file each, with everything that is no tensor in its header.

Nothing in such a file is run when it is loaded, but for a :class:`preceptor.lessons.Program`, which
says so and is refused unless trusted.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor

from preceptor.core import Domain, InputError
from preceptor.lessons.examples import Examples
from preceptor.lessons.features import FeatureSet, Irrelevant, Subspace
from preceptor.lessons.lesson import Lesson
from preceptor.lessons.masks import Masks

VERSION: Final = 1
"""Of the form of the files. Files of a newer form are refused."""

KINDS: Final[dict[str, Callable[..., Lesson]]] = {
    made.__name__: made for made in (Examples, Masks, FeatureSet, Irrelevant, Subspace)
}
"""Every type of lesson that files can hold."""


@dataclass(frozen=True)
class Packed:
    """A lesson as tensors by name and plain data."""

    kind: str
    tensors: dict[str, Tensor]
    plain: dict[str, Any]

    def header(self) -> dict[str, str]:
        """What stands in the file beside the tensors."""
        whole = {"format": VERSION, "kind": self.kind, "fields": self.plain}
        return {"preceptor-lesson": json.dumps(whole, sort_keys=True)}


def save(lesson: Lesson, path: str | Path) -> None:
    """Write a lesson, whole or not at all.

    Raises:
        InputError: a type of lesson that files cannot hold.
    """
    packed = pack(lesson)
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(target.name + ".new")
    fresh.write_bytes(to_bytes(packed.tensors, packed.header()))
    fresh.replace(target)


def load(path: str | Path, *, trust_code: bool = False) -> Lesson:
    """Read a lesson.

    Args:
        path: what :func:`save` wrote.
        trust_code: whether to load a program, which runs when it is used.

    Raises:
        InputError: no such file, no lesson, a newer form, or a program without ``trust_code``.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(f"there is no file at {file}; expected a lesson that save() wrote")
    try:
        with safe_open(file, framework="pt") as opened:
            header = json.loads((opened.metadata() or {}).get("preceptor-lesson", "null"))
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    except (SafetensorError, ValueError, OSError) as error:
        raise InputError(f"{file} is no lesson that save() wrote: {error}") from error
    if not isinstance(header, dict):
        raise InputError(f"{file} is a safetensors file, but holds no lesson")
    if header.get("format") != VERSION or header.get("kind") not in KINDS:
        raise InputError(
            f"{file} holds a lesson of kind {header.get('kind')!r}, form {header.get('format')}; "
            f"this preceptor reads form {VERSION} and {', '.join(KINDS)}"
        )
    return unpack(Packed(header["kind"], tensors, header["fields"]), trust_code=trust_code)


def fingerprint(lesson: Lesson) -> str:
    """64 hexadecimal digits: the same for two lessons that say the same."""
    packed = pack(lesson)
    digest = sha256(json.dumps(packed.header(), sort_keys=True).encode())
    for name in sorted(packed.tensors):
        tensor = packed.tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def pack(lesson: Lesson) -> Packed:
    """A lesson as tensors and plain data.

    Raises:
        InputError: a type of lesson that files cannot hold.
    """
    kind = type(lesson).__name__
    if KINDS.get(kind) is not type(lesson):
        raise InputError(
            f"a lesson of type {kind} cannot be kept in a file; those that can: {', '.join(KINDS)}"
        )
    tensors: dict[str, Tensor] = {}
    plain: dict[str, Any] = {}
    for name in (field.name for field in fields(lesson)):  # type: ignore[arg-type]
        value = getattr(lesson, name)
        if isinstance(value, Tensor):
            tensors[name] = value.detach().cpu().contiguous()
        elif isinstance(value, Domain):
            plain[name] = _pack_domain(value, name, tensors)
        else:
            plain[name] = value
    return Packed(kind, tensors, plain)


def unpack(packed: Packed, *, trust_code: bool = False) -> Lesson:  # noqa: ARG001
    """The lesson again."""
    values: dict[str, Any] = {}
    for name, value in packed.plain.items():
        values[name] = value
        if isinstance(value, dict) and "shape" in value:
            values[name] = _unpack_domain(value, name, packed.tensors)
    values |= {name: t for name, t in packed.tensors.items() if "." not in name}
    return KINDS[packed.kind](**values)


def _pack_domain(domain: Domain, name: str, tensors: dict[str, Tensor]) -> dict[str, Any]:
    plain: dict[str, Any] = {"shape": list(domain.shape), "names": list(domain.names)}
    for part in ("low", "high", "fixed", "whole"):
        value: float | Tensor | None = getattr(domain, part)
        if isinstance(value, Tensor):
            tensors[f"{name}.{part}"] = value.detach().cpu().contiguous()
        elif value is not None:
            plain[part] = value
    return plain


def _unpack_domain(plain: dict[str, Any], name: str, tensors: dict[str, Tensor]) -> Domain:
    parts = {key: value for key, value in plain.items() if key not in ("shape", "names")}
    parts |= {
        key.removeprefix(f"{name}."): value
        for key, value in tensors.items()
        if key.startswith(f"{name}.")
    }
    return Domain(tuple(plain["shape"]), **parts, names=tuple(plain["names"]))
