"""What is known of a teacher against people, as a finding that every record carries."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from preceptor.calibration.run_calibration import CheckedInputs
from preceptor.calibration.stand_ins import CLEAN, sheet_names
from preceptor.core import UNCERTAIN, Finding, TeacherCheck


def checks_of(found: CheckedInputs, stand_in: int) -> list[TeacherCheck]:
    """What one stand-in and people said of each input of the calibration, where both answered."""
    record, asking, heard = found.draw.record, found.draw, found.heard
    one, facts, names = found.stand_ins[stand_in], found.calibration.facts, sheet_names(record)
    shape = form_of(record.facts["source"]["domain"])
    rows = []
    for place, item in enumerate(heard.drawn.tolist()):
        for i, sheet in enumerate(heard.sheets):
            if heard.answered[i, place] and one.asked[sheet, item]:
                rows.append(
                    TeacherCheck(
                        facts["people"]["name"],
                        facts["people"]["version"],
                        asking.keys[int(asking.place[place, i])],
                        "" if names[sheet] == CLEAN else names[sheet],
                        str(record.facts["source"]["name"]),
                        shape,
                        int(one.labels[sheet, item]),
                        int(heard.labels[i, place]),
                    )
                )
    return rows


def form_of(domain: Mapping[str, Any]) -> str:
    """What inputs are, in a word: the shape of numbers, or ``texts``, with their fields."""
    if "shape" not in domain:
        return ":".join(["texts", *domain.get("fields", ())])
    return "x".join(map(str, domain["shape"]))


def check_finding(
    name: str,
    checks: Iterable[TeacherCheck],
    source: str,
    domain: Mapping[str, Any],
    attacks: Sequence[str],
    before: str = "",
) -> Finding:
    """Whether a teacher was checked against people at inputs like those of an audit.

    Args:
        name: of the teacher.
        checks: the latest of each input.
        source: of the audit.
        domain: of its inputs, as its record describes it.
        attacks: their names.
        before: what people said beside it elsewhere, in sentences that follow others.
    """
    more = f" {before}" if before else ""
    like = [one for one in checks if one.shape == form_of(domain)]
    here = [one for one in like if one.moved_by in ("", *attacks)]
    if not here:
        elsewhere = ""
        if like:
            others = sorted({one.moved_by for one in like})
            elsewhere = f" (only at inputs moved by {', '.join(others)})"
        return Finding(
            "unchecked-teacher",
            "warning",
            f"{name} is no person, and was never checked against people at inputs like "
            f"these{elsewhere}: every number here is {name}'s, and nobody knows how far it is "
            f"people's.{more}",
            "Ask people about a few of these inputs: preceptor calibrate RECORD --people "
            "human:STUDY, or votes:FILE.csv.",
        )
    return Finding(
        "checked-teacher", "note", _told(name, here, source, attacks) + more, _advice(attacks)
    )


def _told(name: str, here: list[TeacherCheck], source: str, attacks: Sequence[str]) -> str:
    people = sorted({one.people for one in here})
    inputs = len({one.key for one in here})
    sources = sorted({one.source for one in here})
    where = "" if sources == [source] else f" of {', '.join(sources)}"
    parts = []
    clean = [one for one in here if not one.moved_by]
    if clean:
        parts.append(f"{_counted(clean)} clean")
    for attack in attacks:
        some = [one for one in here if one.moved_by == attack]
        if some:
            parts.append(f"{_counted(some)} under {attack}")
    missing = [attack for attack in attacks if all(one.moved_by != attack for one in here)]
    words = (
        f"{name} was checked against people ({', '.join(people)}) on {inputs} inputs{where}: where "
        f"both are certain they agree on {', '.join(parts)}."
    )
    unsure = sum(one.said != UNCERTAIN and one.people_said == UNCERTAIN for one in here)
    if unsure:
        words += f" It was certain where people were not on {unsure}."
    if missing:
        words += f" Never checked under {', '.join(missing)}."
    return words


def _counted(some: list[TeacherCheck]) -> str:
    both = [one for one in some if one.both]
    return f"{sum(one.agree for one in both)} of {len(both)}"


def _advice(attacks: Sequence[str]) -> str:
    return (
        "Every number here is the teacher's; people's own, with an interval, are in "
        "calibration.json beside the record that was checked."
        if attacks
        else "People's own number is in calibration.json beside the record that was checked."
    )
