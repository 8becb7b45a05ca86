"""What a search says, and how its result shows itself: its view, data, tables and picture."""

from typing import Any

from preceptor.core import InputError, Texts
from preceptor.core.ending import Ending
from preceptor.core.saved import Facts
from preceptor.core.text_diff import diff_line
from preceptor.core.view import Bar, View, axes_for, frame
from preceptor.outcome import wording
from preceptor.search.search_result import SCHEMA, SearchResult


def answer(result: SearchResult) -> str:
    """The result in two or three sentences."""
    facts = result.facts
    student, teacher = facts["student"]["name"], facts["teacher"]["name"]
    asked, certain = len(result.asked), int(result.asked.certain.sum())
    answered = int(result.asked.answered.sum())
    where = "anywhere in the domain"
    if facts["around"] is not None:
        where = f"around item {facts['around']}, where the student keeps its answer"
    if not answered:
        return (
            f"Unanswered: {teacher} has answered none of {wording.counted(asked, 'question')}, so "
            f"nothing is known of {student}. Run the same search again once there are answers."
        )
    left = _left(asked, answered)
    if not certain:
        return (
            f"{teacher} was certain of none of {wording.counted(answered, 'input')}, so nothing can "
            f"be said of {student}: there was no input at which it could have been wrong.{left}"
        )
    if not result.distinct:
        return (
            f"No witness against {student} in {wording.counted(answered, 'answer')} of {teacher}, "
            f"which was certain of {certain:,}, {where}. This is no proof of robustness: the search "
            f"did not look everywhere.{left}"
        )
    words = (
        f"{student} is not strongly robust as {teacher} sees it: "
        f"{wording.counted(result.distinct, 'distinct witness', 'distinct witnesses')} in "
        f"{wording.counted(asked, 'question')}, {where}. At each the teacher is certain"
        f"{' or names several labels' if result.asked.sets is not None else ''} and the student gives "
        "another label."
    )
    raised = len(result.raised)
    if raised:
        words += (
            f" {wording.counted(raised, 'fault')} that several of them share "
            f"{'was' if raised == 1 else 'were'} confirmed by a test with fresh questions."
        )
    return words + left


def _left(asked: int, answered: int) -> str:
    """A sentence on the questions that nobody answered; empty without any."""
    if asked == answered:
        return ""
    return (
        f" {wording.counted(asked - answered, 'question')} of {asked:,} have no answer: what there "
        "is to find at these is not known, and the search goes on from them once it is."
    )


def shown_texts(result: SearchResult, most: int = 5) -> list[str]:
    """The first witnesses that are texts, each in a line, the change from the nearest item marked.

    Empty for other inputs.
    """
    asked, found = result.asked, []
    if not isinstance(asked.inputs, Texts) or not isinstance(result.nearest, Texts):
        return []
    classes = [str(name) for name in result.facts["source"]["classes"]]
    for cluster, row in enumerate(result.firsts.tolist()[:most]):
        teacher = wording.name_of(int(asked.teacher[row]), classes)
        student = wording.name_of(int(asked.student[row]), classes)
        pairs = zip(result.nearest.parts[cluster], asked.inputs.parts[row], strict=True)
        shown = " / ".join(diff_line(old, new) for old, new in pairs)
        found.append(f"teacher {teacher}, student {student}: {shown}")
    return found


def said_of_fault(fault: Facts) -> str:
    """A fault in one line: the change, on which items, and how often the student errs under it."""
    rate = fault["error_rate"]
    on = "any item" if fault["label"] is None else f"items answered {fault['label']}"
    return f"{fault['change']}, on {on}: wrong at {rate['hits']} of {rate['certain']}"


def view_of(result: SearchResult) -> View:
    """The answer, and a row for each generator that found something."""
    facts = result.facts
    what = (
        f"Search of {facts['student']['name']} on {facts['source']['name']}, "
        f"teacher {facts['teacher']['name']}"
    )
    rows = [
        (
            one.name,
            f"{one.asked:,}",
            f"{one.certain:,}",
            f"{one.rate.hits:,}",
            f"{one.distinct:,}",
            Bar(one.rate.value, *one.rate.interval),
            wording.rate_interval(one.rate),
        )
        for one in result.yields
        if one.rate.hits
    ]
    without = sum(one.asked for one in result.yields if not one.rate.hits)
    notes = [f"Fault: {said_of_fault(fault)}." for fault in result.raised]
    if rows and without:
        notes.append(f"The other generators found none in {without:,} questions.")
    notes += shown_texts(result)
    columns = ("generator", "asked", "certain", "witnesses", "distinct", "witness rate", "interval")
    strong = wording.counted(result.distinct, "distinct witness", "distinct witnesses")
    return View(
        what, answer(result), strong if rows else "", columns, tuple(rows), notes=tuple(notes)
    )


def ending(result: SearchResult, fail_if_found: bool) -> Ending:
    """How a search ends: whether there is a witness, where that decides, and what has no answer."""
    if fail_if_found and result.distinct:
        return Ending("fail", 1, (f"{result.distinct} distinct witnesses were found.",))
    unanswered = result.facts["questions"]["unanswered"]
    if unanswered:
        reasons = "; ".join(f"{count} x {why}" for why, count in unanswered.items())
        return Ending("open", 3, (f"Some questions have no answer: {reasons}",))
    return Ending("pass" if fail_if_found else "done", 0)


def data_of(result: SearchResult, fail_if_found: bool) -> dict[str, Any]:
    """What ``preceptor search --json`` prints."""
    page = None if result.folder is None else result.folder / "search.html"
    return {
        "schema": SCHEMA,
        "folder": None if result.folder is None else str(result.folder),
        "report": str(page) if page is not None and page.exists() else None,
        "digest": result.digest,
        "student": result.facts["student"],
        "teacher": result.facts["teacher"],
        "outcome": ending(result, fail_if_found).describe(),
        **result.summary(),
        "faults": result.facts["faults"],
        "estimate": result.facts["estimate"],
    }


def frame_of(result: SearchResult, what: str) -> Any:
    """A table of generators, or of questions."""
    if what == "generators":
        rows = [one.describe() for one in result.yields]
        return frame([{**row, "witness_rate": row["witness_rate"]["value"]} for row in rows])
    if what != "questions":
        raise InputError(f"to_pandas({what!r}): expected 'generators' or 'questions'")
    asked, classes = result.asked, [str(name) for name in result.facts["source"]["classes"]]
    names = [one["name"] for one in result.facts["generators"]]
    known = ("generator", "student", "teacher", "confidence", "witness", "cluster")
    columns = (*known, "text") if isinstance(asked.inputs, Texts) else known
    rows = []
    for row in range(len(asked)):
        by, cluster = int(asked.generator[row]), int(asked.found[row])
        teacher = wording.said_by(asked.sheet, row, classes)
        rows.append(
            {
                "generator": names[by] if 0 <= by < len(names) else "test of a fault",
                "student": wording.name_of(int(asked.student[row]), classes),
                "teacher": teacher if bool(asked.answered[row]) else None,
                "confidence": float(asked.sure[row]),
                "witness": cluster >= 0,
                "cluster": cluster if cluster >= 0 else None,
                **({"text": asked.inputs.rows[row]} if isinstance(asked.inputs, Texts) else {}),
            }
        )
    return frame(rows, columns)


def plot_of(result: SearchResult, axes: Any) -> Any:
    """How many witnesses there were after each question."""
    axes = axes_for(axes, 3.2)
    every, distinct = result.curve
    questions = range(1, len(every) + 1)
    axes.step(questions, every.tolist(), where="post", label="witnesses")
    axes.step(questions, distinct.tolist(), where="post", label="distinct")
    axes.set(xlabel="questions", ylabel="found")
    axes.legend()
    return axes
