"""Summaries as tables in the terminal."""

from preceptor.audit import (
    LEAST,
    PairwiseDifference,
    Record,
    Row,
    StudentComparison,
    Summary,
    check_decision,
    has_partial,
    known_labels,
    partial_sentence,
    sentence,
    stopping_of,
    told,
)
from preceptor.audit.certified import cells_of, certified
from preceptor.audit.opening import Waiting, waiting
from preceptor.audit.plain_attacks import PlainAttack, plain_names
from preceptor.cli.console import err, out
from preceptor.cli.named_rows import NamedRow, print_rows
from preceptor.outcome import Rate

BAR = 30
"""Characters of a bar of progress."""

ATTACKED = (
    "conventional: the clean input's label is assumed at the moved one. teacher-relative: right "
    "where the teacher, asked at the moved input, is certain. all attacks: the worst case, wrong "
    "under any of them. void: the teacher is uncertain there, so nothing is right or wrong. "
    "false alarms: conventional failures of a student that was right at the clean input, where "
    "the moved one is void or the teacher changed too and agrees. errors: the student is wrong "
    "where the teacher is certain; sens: the student flips, the teacher keeps; inv: the student "
    "keeps, the teacher changes; both change; the rest were wrong before, or void. teacher "
    "changes: from the clean input's label to another + to uncertain, whoever the student is."
)
UNATTACKED = (
    "teacher-relative: right where the teacher is certain; without an attack the conventional rate "
    "is the same. void: the teacher is uncertain, so nothing is right or wrong."
)
PARTIAL = (
    "not contradicted: the teacher named several labels, the student's among them, so it may be right "
    "or wrong there. Outside them it is in error. The rates leave these out; intervals allow for each "
    "label."
)
STOPPED = (
    "Asking stopped early: the intervals hold whenever one stops. They are two-sided and the "
    "decision is one-sided, so an end may lie beyond a rate that was decided. - stands where what "
    "was asked is no plain sample."
)


def print_findings(*records: Record) -> None:
    """What makes the numbers doubtful, on standard error; what several records say alike, once."""
    found = [finding for record in records for finding in record.findings]
    for i, finding in enumerate(found):
        if finding in found[:i]:
            continue
        err.print(f"{finding['level']}: {finding['message']}", markup=False, highlight=False)
        err.print(f"  fix: {finding['fix']}", markup=False, highlight=False)


def print_summary(records: list[tuple[Record, Summary]]) -> None:
    """A table for each record, and what its columns mean."""
    for record, summary in records:
        source = record.facts["source"]
        _title(
            f"student: {record.facts['student']['name']}, on {source['items']} of "
            f"{source['name']}, teacher: {record.facts['teacher']['name']}"
        )
        wait, names = waiting(record), plain_names(record.facts)
        if wait is not None and not wait.answered:
            _print_waiting(wait)
            continue
        heads: tuple[str, ...] = (
            "attack",
            "conven-\ntional",
            f"teacher-\nrelative [{record.level:.0%}]",
            "void",
            "false\nalarms",
            "errors:\nsens/inv/both",
            "teacher\nchanges",
        )
        open_, proofs = has_partial(summary), cells_of(record)
        heads += ("not con-\ntradicted",) if open_ else ()
        heads += ("certified:\nproved/refuted/\nundecided",) if proofs else ()
        rows = [
            NamedRow(
                names[row.name],
                (*_cells(row, open_), *([proofs.get(row.name, "")] if proofs else [])),
                bool(summary.attacks) and row is summary.rows[-1],
            )
            for row in summary.rows
        ]
        print_rows(heads, rows)
        if wait is not None:
            _print_waiting(wait)
        out.print(_least(summary), style="bold", highlight=False, markup=False)
        for balls in certified(record):
            out.print(balls.sentence, highlight=False, markup=False)
        if summary.least.partial:
            out.print(partial_sentence(summary), highlight=False, markup=False)
        known = known_labels(record)
        if known is not None:
            out.print(known.sentence, highlight=False, markup=False)
    attacked = any(summary.attacks for _, summary in records)
    out.print(ATTACKED if attacked else UNATTACKED, style="dim", highlight=False)
    if any(has_partial(summary) for _, summary in records):
        out.print(PARTIAL, style="dim", highlight=False)
    if any(summary.stopped for _, summary in records):
        out.print(STOPPED, style="dim", highlight=False)


def _print_waiting(wait: Waiting) -> None:
    """What is still to be answered, with a bar."""
    done = BAR * wait.answered // max(1, wait.asked)
    out.print(wait.sentence, style="bold", highlight=False, markup=False)
    out.print(f"[{'#' * done}{'.' * (BAR - done)}] {wait.progress}", highlight=False, markup=False)


def print_decision(record: Record) -> None:
    """What an audit with a stopping rule decided, and whether the answers bear it out."""
    if "stopping" not in record.facts:
        return
    out.print(sentence(record), highlight=False, style="bold")
    proxy = stopping_of(record)["proxy"]
    if proxy is not None:
        out.print(
            f"The proxy {proxy['name']} had guessed {proxy['agreed']} of {proxy['compared']} items "
            "as the teacher judged them.",
            highlight=False,
        )
    for problem in check_decision(record):
        err.print(f"warning: the decision does not check: {problem}", highlight=False)


def print_side_by_side(found: StudentComparison) -> None:
    """Accuracy under each attack, a column for each student; then the differences."""
    names = [side.name for side in found.sides]
    first = found.sides[0].record.facts
    plain = plain_names(first)
    _title(
        f"teacher-relative accuracy [{found.level:.0%}], on {len(found.ids)} of "
        f"{first['source']['name']}, teacher: {first['teacher']['name']}"
    )
    lines = list(zip(*(side.summary.rows for side in found.sides), strict=True))
    rows = [
        NamedRow(plain[line[0].name], tuple(map(relative, line)), line is lines[-1])
        for line in lines
    ]
    if len(found.sides[0].summary.least.names) > 1 and found.prefix is None:
        ends = tuple(_ends(side.summary) for side in found.sides)
        rows.append(NamedRow(PlainAttack(LEAST, LEAST, ""), ends))
    print_rows(("attack", *names), rows)
    best, *others = found.ranking
    pairs = [found.pair(best, other) for other in others]
    out.print()
    _title(f"percentage points by which {found.sides[best].name} is ahead [{found.level:.0%}]")
    both = list(zip(*(pair.contrasts for pair in pairs), strict=True))
    print_rows(
        ("attack", *(f"of {names[other]}" for other in others)),
        [
            NamedRow(
                plain.get(line[0].name, PlainAttack(line[0].name, "", "")),
                tuple(map(_contrast, line)),
                line is both[-1],
            )
            for line in both
        ],
    )
    out.print()
    if found.prefix is not None:
        out.print(
            f"Asking stopped by a rule: the first {len(found.ids)} items asked about are compared, "
            "and single attacks are not, so that few differences share the level.",
            style="dim",
            highlight=False,
        )
    out.print(
        "Paired by item; * where it is settled which is better, after Holm's correction.",
        style="dim",
        highlight=False,
    )


def _title(words: str) -> None:
    """Above a table, and not as its title: that would be broken to the table's width."""
    out.print(words, style="italic", markup=False, highlight=False)


def _contrast(contrast: PairwiseDifference) -> str:
    found = contrast.difference
    low, high = (f"{100 * end:+.0f}" for end in found.interval)
    value = "" if found.value is None else f"{100 * found.value:+.1f} "
    return f"{value}[{low} to {high}]{'*' if contrast.settled else ' '}"


def relative(row: Row) -> str:
    """Teacher-relative accuracy with its interval, in a cell."""
    low, high = row.relative.interval
    return f"{_rate(row.relative)} [{100 * low:.0f}-{100 * high:.0f}]"


def _cells(row: Row, partial: bool) -> tuple[str, ...]:
    kinds = "/".join(
        str(row.splits[name])
        for name in ("SENSITIVITY", "INVARIANCE", "BOTH")
        if name in row.splits
    )
    changed = row.changes
    return (
        _rate(row.conventional),
        relative(row),
        "-" if row.void_share is None else f"{row.void_share:.0%}",
        f"{row.splits['FALSE_ALARM']}/{row.conventional_failures}",
        str(row.verdicts["ERROR"]) + (f": {kinds}" if kinds else ""),
        "" if changed is None else f"{changed.relabelled}+{changed.doubted}",
        *([f"{row.relative.uncontradicted}"] if partial else []),
    )


def _least(summary: Summary) -> str:
    """The headline: which rate decides, over how many inputs."""
    least = summary.least
    count = len(least.names)
    start = f"Least of {count} rates" if count > 1 else "Rate"
    text = f"{start}: {_ends(summary)}, {told(summary)}."
    if least.undefined and least.rate.certain:
        text += f" Undefined, nothing certain: {', '.join(least.undefined)}."
    return text


def _ends(summary: Summary) -> str:
    """The least rate and its interval."""
    low, high = (f"{100 * end:.0f}" for end in summary.least.interval)
    return f"{_rate(summary.least.rate)} [{low}-{high}]"


def _rate(rate: Rate) -> str:
    if rate.value is not None:
        return f"{rate.value:.1%}"
    if not rate.most:
        return "undefined"
    if rate.stopped is not None:
        return "-"
    low, high = rate.bounds
    return f"{100 * low:.1f} to {100 * high:.1f}%"
