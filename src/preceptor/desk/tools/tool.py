"""The form of a tool: one way of teaching at the desk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from preceptor.desk.requests import Call
from preceptor.people import Settings, Study


@dataclass(frozen=True, eq=False)
class Tool:
    """One way of teaching.

    Its page is the template ``teach-NAME.html.j2``, which extends ``teach_tool.html.j2``, and runs
    ``static/teach-NAME.js``, which makes a ``Teaching`` of ``static/teach.js``. What is sent goes to
    the store as one of ``kinds``.

    Attributes:
        name: in addresses and files.
        title: for people.
        line: what it is for, one sentence.
        kinds: what it may give, of :data:`preceptor.people.forms.FORMS`.
        fits: whether it can be used on a study's inputs.
        facts: more that its page needs, plain data.
        gets: more addresses, below ``/study/N/teach/NAME/``, that are got.
        asks: more addresses there, to which a body is posted. Neither keeps anything.
        refuse: what more has to be so of what is given, by its kind and body; raises ``InputError``.
    """

    name: str
    title: str
    line: str
    kinds: tuple[str, ...]
    fits: Callable[[Settings], bool]
    facts: Callable[[Study], Mapping[str, Any]] = field(default=lambda _: {})
    gets: Mapping[str, Callable[[Call], Response]] = field(default_factory=dict)
    asks: Mapping[str, Callable[[Call], Response]] = field(default_factory=dict)
    refuse: Callable[[Call, str, Mapping[str, Any]], None] = field(default=lambda *_: None)
