"""What a study is: its classes, what people are told, how many are asked, when they are certain."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from preceptor.core import (
    Domain,
    InputError,
    TextDomain,
    UntilDecided,
    VoteRule,
    Votes,
    asked_further,
    describe_rule,
    read_rule,
)
from preceptor.core.domain import feature_name
from preceptor.core.printing import obeyed
from preceptor.people.database import Session
from preceptor.people.text_settings import text_domain_of, wider_texts
from preceptor.teachers import version_of

MOST_CLASSES: Final = 200
LONGEST_NAME: Final = 200
LONGEST_TEXT: Final = 20_000
BLOCK: Final = 20
"""So many questions are the shared first block of a study that says nothing else."""
MOST_BLOCK: Final = 1000
MOST_NUMBERS: Final = 2**26
"""The most numbers of one input: a picture of 4096 x 4096 pixels in four channels."""

INSTRUCTIONS: Final = (
    "Say what each input shows. If no answer is right, or you cannot tell, say so: "
    "Can't tell is an answer like any other."
)


@dataclass(frozen=True)
class Settings:
    """The settings of a study.

    Attributes:
        classes: the labels' names, in the order of the labels.
        shape: of one input. ``(channels, height, width)`` is an image, ``(features,)`` a row,
            ``(2, channels, height, width)`` a pair, shown side by side.
        low: black, or the least value: one number, or one for each coordinate.
        high: white, or the greatest value, likewise.
        names: of the features, for rows; may be empty.
        instructions: plain text, shown beside every question.
        overlap: how many people are asked each question, or the most where the rule stops before.
        rule: how their votes become an answer.
        again: share of questions that a person is asked a second time, to see whether they are
            consistent. A person who says something else then counts as unable to tell.
        known: share of questions that are attention checks: items whose label is known.
        keys: the key of each label, in their order; chosen by the desk where it is empty.
        block: how many questions are the shared first block: everybody is asked these first, each in
            an order of their own, so that agreement is known early; 0 for none.
        table: what the numbers of a row mean, as JSON (:meth:`preceptor.core.TableDomain.describe`);
            empty for other inputs.
        text: which texts there are, as JSON (:meth:`preceptor.core.TextDomain.describe`); empty for
            other inputs. The shape is ``()`` then.

    Raises:
        InputError: something is out of range.
    """

    classes: tuple[str, ...]
    shape: tuple[int, ...]
    low: float | tuple[float, ...] = 0.0
    high: float | tuple[float, ...] = 1.0
    names: tuple[str, ...] = field(default=())
    instructions: str = INSTRUCTIONS
    overlap: int = 1
    rule: VoteRule = field(default_factory=lambda: Votes(least=1))
    again: float = 0.05
    known: float = 0.05
    keys: tuple[str, ...] = field(default=())
    block: int = BLOCK
    table: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        _check_classes(self.classes)
        if self.text:
            if self.shape or self.table:
                raise InputError(f"texts have the shape (); got {self.shape}")
        elif not self.shape or len(self.shape) > 4 or math.prod(self.shape) < 1:
            raise InputError(
                f"a study's inputs have shape {self.shape}; expected a row (features,), an image "
                "(channels, height, width) or a pair (2, channels, height, width)"
            )
        self._check_rule()
        for name in ("again", "known"):
            if not 0 <= getattr(self, name) <= 0.5:
                raise InputError(f"{name} {getattr(self, name)}: expected a share from 0 to 0.5")
        if not 0 <= self.block <= MOST_BLOCK:
            raise InputError(
                f"block {self.block}: expected how many questions everybody is asked first, 0 to "
                f"{MOST_BLOCK}"
            )
        if len(self.instructions) > LONGEST_TEXT:
            raise InputError(f"instructions are at most {LONGEST_TEXT} characters")
        _check_keys(self.keys, self.classes)

    def _check_rule(self) -> None:
        if not 1 <= self.overlap <= 1000:
            raise InputError(
                f"overlap {self.overlap}: expected how many people are asked, 1 to 1000"
            )
        if isinstance(self.rule, UntilDecided) and self.rule.of != self.overlap:
            raise InputError(
                f"the rule stops asking by what {self.rule.of} people would say, but "
                f"{self.overlap} are asked each question; give both the same number"
            )
        if self.rule.least > self.overlap:
            raise InputError(
                f"the rule needs {self.rule.least} votes, but only {self.overlap} people are asked "
                "each question: nothing could ever be certain. Raise the overlap or lower the rule"
            )

    @property
    def is_text(self) -> bool:
        """Whether an input is a text, or several parts of one."""
        return bool(self.text)

    @property
    def kind(self) -> str:
        """How an input is shown: ``text``, ``pair``, ``image`` or ``row``."""
        if self.text:
            return "text"
        return "pair" if self.is_pair else "image" if self.is_image else "row"

    @property
    def is_pair(self) -> bool:
        """Whether an input is two images side by side."""
        return len(self.shape) == 4 and self.shape[0] == 2 and self.shape[1] in (1, 3, 4)

    @property
    def is_image(self) -> bool:
        """Whether an input is shown as a picture; pairs are."""
        return self.is_pair or (len(self.shape) == 3 and self.shape[0] in (1, 3, 4))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """What each value of a row is called, everywhere: by its name, else by its place from 0."""
        if self.text:
            return ()
        count = math.prod(self.shape)
        return self.names or tuple(feature_name(i, self.shape) for i in range(count))

    def further(self, votes: Sequence[int]) -> int:
        """How many people a question needs beside those who gave these votes, in the order in which
        they came; 0 if it has its answer. At most so many are asked at once.
        """
        return asked_further(self.rule, self.overlap, votes)

    @property
    def version(self) -> str:
        """A hash of all that may change an answer."""
        return version_of(self.classes, self.instructions, self.overlap, self.describe()["rule"])

    def describe(self) -> dict[str, Any]:
        """Plain data, from which :meth:`read` makes the settings again."""
        return {
            "classes": list(self.classes),
            "shape": list(self.shape),
            "low": _plain(self.low),
            "high": _plain(self.high),
            "names": list(self.names),
            "instructions": self.instructions,
            "overlap": self.overlap,
            "rule": describe_rule(self.rule),
            "again": self.again,
            "known": self.known,
            "keys": list(self.keys),
            "block": self.block,
            **({"table": self.table} if self.table else {}),
            **({"text": self.text} if self.text else {}),
        }

    @classmethod
    def read(cls, text: str) -> "Settings":
        """The settings from JSON, as they were kept.

        Older preceptors kept some that are refused today (:func:`admit`); they are read all the
        same. Half a person more in an overlap counts as one more.
        """
        body = json.loads(text)
        return cls(
            classes=tuple(body["classes"]),
            shape=tuple(body["shape"]),
            low=_bound(body["low"]),
            high=_bound(body["high"]),
            names=tuple(body["names"]),
            instructions=body["instructions"],
            overlap=math.ceil(body["overlap"]),
            rule=read_rule(body["rule"]),
            again=body["again"],
            known=body["known"],
            keys=tuple(body.get("keys", ())),
            block=int(body.get("block", BLOCK)),
            table=body.get("table", ""),
            text=body.get("text", ""),
        )

    @classmethod
    def of(cls, domain: Domain | TextDomain, classes: tuple[str, ...]) -> "Settings":
        """The default settings for inputs of a domain."""
        found = domain.describe()
        if isinstance(domain, TextDomain):
            return cls(classes, (), text=json.dumps(found))
        return cls(
            classes=classes,
            shape=domain.shape,
            low=_bound(found["low"]),
            high=_bound(found["high"]),
            names=domain.names,
            table=json.dumps(found) if found.get("kind") == "table" else "",
        )

    @property
    def columns(self) -> list[str]:
        """What decides the meaning of a table's numbers: each column's name, and how it is coded."""
        return [
            one["name"]
            + (" (words)" if one["kind"] == "category" else "")
            + (" (with gaps)" if one["kind"] != "category" and "missing" in one else "")
            for one in (json.loads(self.table)["columns"] if self.table else ())
        ]

    def wider(self, other: "Settings") -> "Settings":
        """These, with the words and the bounds that another table of the same columns has besides, or
        with what another text domain of the same parts protects besides.
        """
        if self.text and other.text:
            return replace(self, text=json.dumps(wider_texts(self.domain, other.domain)))
        if not other.table or (not self.table and self.names != other.names):
            return self
        if not self.table:
            return replace(self, table=other.table)
        old, new = (json.loads(one.table) for one in (self, other))
        for mine, more in zip(old["columns"], new["columns"], strict=True):
            if "words" in mine:
                mine["words"] += [one for one in more["words"] if one not in mine["words"]]
            if more.get("missing", "none") != "none":
                mine.setdefault("missing", more["missing"])
            for end, outer in (("low", min), ("high", max)):
                if end in mine and end in more:
                    mine[end] = outer(mine[end], more[end])
        return replace(self, table=json.dumps(old))

    @property
    def domain(self) -> dict[str, Any]:
        """What a row or a text means, as a record describes it."""
        if self.table or self.text:
            described: dict[str, Any] = json.loads(self.table or self.text)
            return described
        return {
            "shape": list(self.shape),
            "low": _plain(self.low),
            "high": _plain(self.high),
            "names": list(self.names),
        }


def settings_of(db: Session, study: int) -> Settings:
    """The settings of a study as they are at this moment.

    Raises:
        InputError: there is no such study, or it was deleted.
    """
    found = db.one(
        "SELECT s.body FROM desk_settings s JOIN desk_studies t ON t.id = s.study "
        "WHERE s.study = :study AND t.deleted IS NULL ORDER BY s.id DESC LIMIT 1",
        study=study,
    )
    if found is None:
        raise InputError(f"there is no study {study}, or it was deleted")
    return Settings.read(found[0])


def admit(new: Settings, old: Settings | None = None) -> None:
    """See that settings may enter; what a study of an older preceptor has already may stay.

    Args:
        new: of the study.
        old: that it had before.

    Raises:
        InputError: a name that would command a terminal, an overlap that is no whole number, or
            inputs that are too large to be shown.
    """
    if isinstance(new.overlap, bool) or not isinstance(new.overlap, int):
        raise InputError(f"overlap {new.overlap}: expected a whole number of people")
    if math.prod(new.shape) > MOST_NUMBERS and (old is None or old.shape != new.shape):
        raise InputError(
            f"inputs of shape {list(new.shape)} hold {math.prod(new.shape):,} numbers; people can be "
            f"shown at most {MOST_NUMBERS:,}"
        )
    for what, names, before in (
        ("class", new.classes, old.classes if old else ()),
        ("feature", new.names, old.names if old else ()),
        ("part", _parts(new), _parts(old) if old else ()),
    ):
        for name in names:
            if name not in before and obeyed(name) is not None:
                raise InputError(
                    f"the name of a {what} holds {obeyed(name)!r}, which a terminal would obey and "
                    f"not show: {name[:40]!r}. Write it in plain characters"
                )
    told = re.sub(r"[\n\r\t]", "", new.instructions)
    if obeyed(told) is not None and (old is None or old.instructions != new.instructions):
        raise InputError(f"the instructions hold {obeyed(told)!r}; expected plain text")


def _check_classes(classes: tuple[str, ...]) -> None:
    if not 2 <= len(classes) <= MOST_CLASSES or len(set(classes)) != len(classes):
        raise InputError(
            f"a study has 2 to {MOST_CLASSES} classes with different names; got {list(classes)[:9]}"
        )
    bad = [name for name in classes if not 0 < len(name.strip()) <= LONGEST_NAME]
    if bad:
        raise InputError(f"class names have 1 to {LONGEST_NAME} characters; got {bad[0][:40]!r}")


def _check_keys(keys: tuple[str, ...], classes: tuple[str, ...]) -> None:
    if not keys:
        return
    plain = [key.lower() for key in keys]
    if len(keys) != len(classes) or len(set(plain)) != len(plain):
        raise InputError(f"expected {len(classes)} different keys, one for each label; got {keys}")
    bad = [key for key in keys if len(key) != 1 or not key.isalnum()]
    if bad:
        raise InputError(f"a key is a single letter or digit; got {bad[0]!r}")


def _parts(settings: Settings) -> tuple[str, ...]:
    """The names of a text's parts.

    Raises:
        InputError: what is said of the texts describes none.
    """
    return text_domain_of(settings.domain).fields if settings.is_text else ()


def _plain(bound: float | tuple[float, ...]) -> float | list[float]:
    return list(bound) if isinstance(bound, tuple) else bound


def _bound(value: float | list[float]) -> float | tuple[float, ...]:
    return tuple(value) if isinstance(value, list) else float(value)
