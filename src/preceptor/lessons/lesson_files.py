"""Lessons in files: one safetensors file each, with everything that is no tensor in its header.

Nothing in such a file is run when it is loaded, but for a :class:`preceptor.lessons.Program`, which
says so and is refused unless trusted.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor

from preceptor.core import Domain, InputError, TextDomain, Texts
from preceptor.core.atomic_write import atomic_write
from preceptor.core.inputs import as_arrays, of_arrays
from preceptor.core.plain import read_fields
from preceptor.lessons.declared import Permute
from preceptor.lessons.environments import AcrossEnvironments
from preceptor.lessons.examples import Examples
from preceptor.lessons.features import FeatureSet, Irrelevant, Subspace
from preceptor.lessons.findings import InvarianceFindings
from preceptor.lessons.invariances import Invariances
from preceptor.lessons.lesson import Lesson
from preceptor.lessons.masks import Masks
from preceptor.lessons.pairs import Pairs
from preceptor.lessons.program import Program
from preceptor.lessons.soft_labels import InputGradients, SoftLabels
from preceptor.lessons.sparse_features import SparseFeatures
from preceptor.lessons.tested_features import TestedFeatures
from preceptor.lessons.texts import RelevantWords, TextInvariances, TextPairs, WordMeanings
from preceptor.transforms import USES, Patch, Resample, Transform
from preceptor.transforms.texts import TEXT_CHANGES, WordsAlike

VERSION: Final = 2
"""Of the form of the files: 2 where there are texts in it, else 1. Newer ones are refused."""

_BYTES, _ENDS = ".utf8", ".ends"

KINDS: Final[dict[str, Callable[..., Lesson]]] = {
    made.__name__: made
    for made in (
        Examples,
        Masks,
        FeatureSet,
        Irrelevant,
        Subspace,
        Invariances,
        InvarianceFindings,
        Pairs,
        SoftLabels,
        InputGradients,
        Program,
        TestedFeatures,
        SparseFeatures,
        AcrossEnvironments,
        TextPairs,
        RelevantWords,
        WordMeanings,
        TextInvariances,
    )
}
"""Every type of lesson that files can hold."""

_MADE: tuple[Any, ...] = (*(type(use.usual) for use in USES), Patch, Resample, Permute)

TRANSFORMS: Final[dict[str, Callable[..., Transform]]] = {made.__name__: made for made in _MADE}
"""Every transformation that a lesson in a file can declare."""

CHANGES: Final[dict[str, Callable[..., Any]]] = {
    made.__name__: made for made in (*map(type, TEXT_CHANGES), WordsAlike)
}
"""Every change of texts that a lesson in a file can declare."""


@dataclass(frozen=True)
class LessonParts:
    """A lesson in parts that a file can hold.

    Attributes:
        kind: the lesson's type.
        tensors: by the name of the field.
        plain: all other fields.
    """

    kind: str
    tensors: dict[str, Tensor]
    plain: dict[str, Any]

    def header(self) -> dict[str, str]:
        """What stands in the file beside the tensors."""
        texts = any(name.endswith(_BYTES) for name in self.tensors)
        whole = {"format": VERSION if texts else 1, "kind": self.kind, "fields": self.plain}
        return {"preceptor-lesson": json.dumps(whole, sort_keys=True)}


def save(lesson: Lesson, path: str | Path) -> None:
    """Write a lesson, whole or not at all.

    Raises:
        InputError: a type of lesson that files cannot hold.
    """
    packed = pack(lesson)
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(target) as fresh:
        fresh.write_bytes(to_bytes(packed.tensors, packed.header()))


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
    if header.get("format") not in range(1, VERSION + 1) or header.get("kind") not in KINDS:
        raise InputError(
            f"{file} holds a lesson of kind {header.get('kind')!r}, form {header.get('format')}; "
            f"this preceptor reads forms up to {VERSION} and {', '.join(KINDS)}"
        )
    return unpack(LessonParts(header["kind"], tensors, header["fields"]), trust_code=trust_code)


def fingerprint(lesson: Lesson, *, cost: bool = True) -> str:
    """64 hexadecimal digits: the same for two lessons that say the same at the same cost.

    Without ``cost`` only what is said counts.
    """
    packed = pack(lesson)
    if not cost:
        packed.plain.pop("cost", None)
    digest = sha256(json.dumps(packed.header(), sort_keys=True).encode())
    for name in sorted(packed.tensors):
        tensor = packed.tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def pack(lesson: Lesson) -> LessonParts:
    """A lesson as tensors and plain data.

    Raises:
        InputError: a type of lesson, or of transformation, that files cannot hold.
    """
    kind = _known(lesson, KINDS, "lesson")
    tensors: dict[str, Tensor] = {}
    plain: dict[str, Any] = {}
    for name, value in _fields(lesson).items():
        if name == "sets" and value is None:  # a lesson of labels has the fingerprint it always had
            continue
        if isinstance(value, Tensor):
            tensors[name] = _plain(value)
        elif isinstance(value, Texts):
            plain[name] = list(value.fields)
            tensors |= _of_texts(value, name)
        elif isinstance(value, TextDomain):
            plain[name] = {"texts": asdict(value)}
        elif isinstance(value, Domain):
            plain[name] = _parts(value, name, tensors)
        elif name == "changes":
            plain[name] = [
                {"type": _known(one, CHANGES, "change of texts"), **_fields(one)} for one in value
            ]
        elif name == "transforms":
            plain[name] = [
                {
                    "type": _known(one, TRANSFORMS, "transformation"),
                    **_parts(one, f"{name}.{place}", tensors),
                }
                for place, one in enumerate(value)
            ]
        else:
            plain[name] = value
    return LessonParts(kind, tensors, plain)


def unpack(packed: LessonParts, *, trust_code: bool = False) -> Lesson:
    """The lesson again.

    Raises:
        InputError: a program without ``trust_code``, or fields that fit no such lesson.
    """
    if packed.kind == Program.__name__ and not trust_code:
        raise InputError(
            "this lesson is a program, which runs as it is loaded. If you trust whoever made it, "
            "say trust_code=True"
        )
    values = dict(packed.plain)
    for name in [name.removesuffix(_BYTES) for name in packed.tensors if name.endswith(_BYTES)]:
        values[name] = _texts(packed.tensors, name, tuple(values[name]))
    if isinstance(values.get("domain"), dict) and "texts" in values["domain"]:
        values["domain"] = read_fields(TextDomain, values["domain"]["texts"])
    elif "domain" in values:
        parts = _whole(values["domain"], "domain", packed.tensors)
        shape, names = (tuple(parts.pop(name)) for name in ("shape", "names"))
        values["domain"] = Domain(shape, **parts, names=names)
    if "transforms" in values:
        values["transforms"] = tuple(
            _transform(one, f"transforms.{place}", packed.tensors)
            for place, one in enumerate(values["transforms"])
        )
    if "changes" in values:
        values["changes"] = tuple(_change(one) for one in values["changes"])
    if "spans" in values:
        values["spans"] = tuple(tuple(tuple(one) for one in row) for row in values["spans"])
    values |= {name: value for name, value in packed.tensors.items() if "." not in name}
    try:
        return KINDS[packed.kind](**values)
    except TypeError as error:
        raise InputError(f"a lesson of kind {packed.kind} with other fields: {error}") from error


def _of_texts(texts: Texts, name: str) -> dict[str, Tensor]:
    """The bytes of all texts one behind another, and where each ends."""
    arrays = as_arrays(texts, name)
    return {
        key: torch.from_numpy(arrays[key].copy()) for key in (f"{name}{_BYTES}", f"{name}{_ENDS}")
    }


def _texts(tensors: dict[str, Tensor], name: str, fields_: tuple[str, ...]) -> Texts:
    """The texts again.

    Raises:
        InputError: the bytes are no texts.
    """
    arrays = {key: tensors[key].numpy() for key in (f"{name}{_BYTES}", f"{name}{_ENDS}")}
    try:
        found = of_arrays({**arrays, f"{name}.fields": np.array(fields_, dtype=str)}, name)
        assert isinstance(found, Texts)  # noqa: S101 - no tensor has these names
        return found
    except ValueError as error:
        raise InputError(f"a lesson whose texts cannot be read: {error}") from error


def _change(one: dict[str, Any]) -> Any:
    parts = dict(one)
    made = CHANGES.get(parts.pop("type"))
    if made is None:
        raise InputError(f"a lesson declares a change of texts that is not known: {one}")
    return made(**{name: _tuples(value) for name, value in parts.items()})


def _tuples(value: Any) -> Any:
    """Lists of JSON as tuples."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _transform(one: dict[str, Any], name: str, tensors: dict[str, Tensor]) -> Transform:
    parts = _whole(one, name, tensors)
    made = TRANSFORMS.get(parts.pop("type"))
    if made is None:
        raise InputError(f"a lesson declares a transformation that is not known: {one}")
    return made(**parts)


def _known(thing: object, among: dict[str, Callable[..., Any]], what: str) -> str:
    kind = type(thing).__name__
    if among.get(kind) is not type(thing):
        raise InputError(
            f"a {what} of type {kind} cannot be kept in a file; those that can: {', '.join(among)}"
        )
    return kind


def _fields(thing: Any) -> dict[str, Any]:
    return {field.name: getattr(thing, field.name) for field in fields(thing) if field.init}


def _parts(thing: object, name: str, tensors: dict[str, Tensor]) -> dict[str, Any]:
    """The plain fields; the others go to ``tensors`` as ``name.field``."""
    plain = {}
    for part, value in _fields(thing).items():
        if isinstance(value, Tensor):
            tensors[f"{name}.{part}"] = _plain(value)
        else:
            plain[part] = list(value) if isinstance(value, tuple) else value
    return plain


def _whole(plain: dict[str, Any], name: str, tensors: dict[str, Tensor]) -> dict[str, Any]:
    """Plain fields with those that are tensors."""
    start = f"{name}."
    return plain | {
        key.removeprefix(start): value for key, value in tensors.items() if key.startswith(start)
    }


def _plain(value: Tensor) -> Tensor:
    return value.detach().cpu().contiguous().clone()
