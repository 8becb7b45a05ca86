"""How audits ended as a JUnit file, which CI servers show as tests."""

import re
from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from preceptor.audit.audit_ending import unanswered
from preceptor.audit.gate import gate
from preceptor.audit.record import Record
from preceptor.audit.summary import Row, Summary, summarise
from preceptor.outcome.wording import rate

_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold."""


def junit(records: Sequence[Record], fail_under: float | None = None) -> str:
    """JUnit XML: a test suite for each record, a test case for each thing that can fail.

    The threshold is one, and so is what ``until`` decides, whether every question has an answer, and each
    finding that is a warning. What is refuted, or a warning, is a ``failure``; what is not known yet, since
    answers are missing, an ``error``. Rates are properties of the suite.

    Args:
        records: one for each student.
        fail_under: the threshold, if there is one.

    Raises:
        InputError: the threshold is no share.
    """
    suites = Element("testsuites", name="preceptor")
    for record in records:
        suites.append(_suite(record, fail_under))
    for key in ("tests", "failures", "errors"):
        suites.set(key, str(sum(int(suite.get(key, "0")) for suite in suites)))
    indent(suites)
    text = tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(record: Record, fail_under: float | None) -> Element:
    facts, summary = record.facts, summarise(record)
    where = _plain(f"preceptor.{facts['student']['name']}")
    suite = Element("testsuite", name=where)
    if record.run.get("started"):
        suite.set("timestamp", str(record.run["started"]))
    suite.set("time", str(record.run.get("seconds", 0)))
    _properties(suite, record, summary)
    if fail_under is not None:
        found = gate(record, fail_under)
        kind = {"passed": None, "waiting": "error"}.get(found.standing, "failure")
        _case(suite, where, f"at least {100 * fail_under:.4g} %", kind, found.standing, found.why)
    stopping = facts.get("stopping")
    if stopping is not None:
        claim = str(stopping["claim"])
        kind = {"refuted": "failure", "undecided": "error"}.get(claim)
        _case(suite, where, "until", kind, claim, f"{claim} after {stopping['used']} items")
    elif fail_under is None:
        left = unanswered(record)
        kind = "error" if left else None
        _case(suite, where, "answers", kind, "unanswered", f"{left} questions have no answer")
    warnings = [one for one in facts["findings"] if one["level"] == "warning"]
    for one in warnings:
        words = f"{one['message']} {one['fix']}"
        _case(suite, where, f"finding {one['code']}", "failure", one["code"], words)
    if not warnings:
        _case(suite, where, "findings", None, "", "")
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    for key, tag in (("failures", "failure"), ("errors", "error")):
        suite.set(key, str(sum(case.find(tag) is not None for case in cases)))
    return suite


def _properties(suite: Element, record: Record, summary: Summary) -> None:
    """The rates, and which record they are of."""
    facts = record.facts
    said = {
        "digest": record.digest,
        "teacher": f"{facts['teacher']['name']} {facts['teacher']['version']}",
        "source": facts["source"]["name"],
        "items": str(facts["source"]["items"]),
        **{f"rate: {row.name}": _told(row) for row in summary.rows},
    }
    held = SubElement(suite, "properties")
    for name, value in said.items():
        SubElement(held, "property", name=_plain(name), value=_plain(value))


def _told(row: Row) -> str:
    low, high = row.relative.interval
    void = "" if row.void_share is None else f", {100 * row.void_share:.1f} % void"
    return (
        f"{rate(row.relative)} [{100 * low:.1f}-{100 * high:.1f}] of {row.relative.certain} certain"
        f"{void}"
    )


def _case(suite: Element, where: str, name: str, kind: str | None, what: str, words: str) -> None:
    case = SubElement(suite, "testcase", classname=where, name=_plain(name), time="0")
    if kind is not None:
        SubElement(case, kind, type=_plain(what), message=_plain(words)).text = _plain(words)


def _plain(text: str) -> str:
    """Text that XML can hold."""
    return _ILLEGAL.sub("\ufffd", text)
