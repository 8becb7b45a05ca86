"""What a certificate says, in words."""

from preceptor.certificates.certificate import Certificate
from preceptor.core.view import View


def share_of(value: float) -> str:
    """A share as a percentage that rounds neither to 0 nor to 100 what is not."""
    if 0 < value < 1:
        value = min(max(value, 1e-4), 1 - 1e-4)
    text = f"{100 * value:.2f}".rstrip("0").rstrip(".")
    return f"{text} %"


def what_of(made: Certificate) -> str:
    """Of whom, of what, and where."""
    asked = made.facts["question"]
    where = "the whole domain"
    if asked["eps"] is not None:
        where = f"the l_inf ball of {asked['eps']:g} around {asked['around'] or 'an input'}"
    return f"Certificate of {asked['student']['name']} relative to {asked['teacher']['name']}, over {where}"


def headline_of(made: Certificate) -> tuple[str, str]:
    """The answer, and the part of it that counts most."""
    asked, volume = made.facts["question"], made.volume
    student, teacher = asked["student"]["name"], asked["teacher"]["name"]
    if made.status == "refuted":
        seen = made.facts["witness"]
        strong = "Refuted"
        return (
            f"{strong}: at the witness {teacher} is certain of {seen['teacher']} and {student} says "
            f"{seen['student']}. Both were asked as they are.",
            strong,
        )
    least = made.least_lead
    if least is not None:
        witnessed, proved = least
        strong = (
            f"Least certainty {witnessed:.6g}"
            if made.facts["least_lead"]["witness"] is not None
            else "No witness"
        )
        words = f"{strong}: "
        if made.facts["least_lead"]["witness"] is not None:
            words += f"{student} is wrong at an input where {teacher} leads by that."
        else:
            words += f"none was found at which {student} is wrong, by whatever lead of {teacher}."
        if proved is None:
            return f"{words} From which lead on it is right everywhere is not known yet.", strong
        return (
            f"{words} Wherever it leads by {proved:.6g} or more, the answers are proved right.",
            strong,
        )
    if made.status == "proved":
        strong = "Proved"
        words = f"{strong}: wherever {teacher} is certain here, {student} gives its label."
        if volume is not None:
            words += f" In at least {share_of(volume.nowhere)} of the volume {teacher} is nowhere certain."
        return words, strong
    strong = "Undecided"
    words = f"{strong}: {made.facts['why']}."
    if volume is not None:
        words += (
            f" At least {share_of(volume.proved)} of the volume is proved. What is open may hold a "
            "violation: undecided is not nearly proved."
        )
    return words, strong


def view_of(made: Certificate) -> View:
    """The answer, and what stands behind it."""
    words, strong = headline_of(made)
    facts, notes = made.facts, []
    rows: list[tuple[str, ...]] = []
    volume = made.volume
    if volume is not None:
        rows = [
            ("teacher nowhere certain", share_of(volume.nowhere)),
            ("certain and agreeing, at least", share_of(volume.agreeing)),
            ("open, at most", share_of(volume.open)),
        ]
    off = facts["deviation"]
    held = "every condition was eased by that" if off["absorbed"] else "not part of the proof"
    notes.append(
        f"The proof is about real numbers; float32 is off by at most {off['student']:.2g} (student) and "
        f"{off['teacher']:.2g} (teacher): {held}."
    )
    if not facts["cases"]["exact"]:
        notes.append(
            "The teacher's certain set was enclosed by linear conditions, so that undecided may be due to that."
        )
    for assumption in facts["assumes"]:
        notes.append(f"Assumes: {assumption}.")
    return View(
        what_of(made),
        words,
        strong,
        ("part", "share of the volume"),
        tuple(rows),
        notes=tuple(notes),
    )
