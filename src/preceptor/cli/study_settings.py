"""``preceptor study settings`` and ``known``: what a study is, set without the page."""

import getpass
import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer

from preceptor.api.known_texts import known_texts
from preceptor.cli import shared_options
from preceptor.cli.help import Command
from preceptor.cli.study import Name, Where, app, opened, pick, say
from preceptor.core import (
    InputError,
    Inputs,
    SharedVotes,
    Unanimous,
    UntilDecided,
    VoteRule,
    Votes,
    for_people,
)
from preceptor.people import Settings, Study, persons, practice

_RULE = re.compile(r"(votes|unanimous)(?::(.+))?")


@app.command("settings", cls=Command, short_help="Show a study's settings, or change them.")
def settings_of_study(
    where: Where,
    name: Name = None,
    instructions: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Shown beside every question; @FILE reads a file."),
    ] = None,
    overlap: Annotated[
        int | None,
        typer.Option(metavar="N", help="How many people are asked each question."),
    ] = None,
    rule: Annotated[
        str | None,
        typer.Option(
            metavar="RULE",
            help="When they are certain: votes:least=5,share=2/3,abstentions=1/3, or "
            "unanimous:least=3. With until=0.05 behind it nobody more is asked of a question as soon "
            "as its answers decide it, with a chance of at most 0.05 that all would say otherwise. "
            "With another overlap and no rule, least follows the overlap.",
        ),
    ] = None,
    again: Annotated[
        float | None,
        shared_options.share("Share of questions that a person is asked a second time, 0 to 1."),
    ] = None,
    known: Annotated[
        float | None, shared_options.share("Share of attention checks, 0 to 1; see study known.")
    ] = None,
    keys: Annotated[
        str | None,
        typer.Option(
            metavar="KEYS", help="One letter or digit for each label: qwe. 'auto' resets."
        ),
    ] = None,
    block: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="How many questions everybody is asked first, each in an order of their own, so "
            "that agreement is known early; 0 for none.",
        ),
    ] = None,
    person: Annotated[
        str | None, shared_options.name("Who sets it. [default: your login name]", "--as")
    ] = None,
    as_json: shared_options.AsJson = False,
) -> None:
    r"""Show a study's settings, or change some of them.

    Every change is kept with who made it and when; answers stay what they are. Labels and the
    shape of the inputs never change: that would be another study.

        preceptor study settings preceptor.db --study ann --overlap 5 \
            --rule votes:least=5,share=2/3
    """
    wanted: dict[str, Any] = {
        "overlap": overlap,
        "again": again,
        "known": known,
        "block": block,
    }
    if instructions is not None:
        wanted["instructions"] = _text(instructions)
    if rule is not None:
        wanted["rule"] = parse_rule(rule)
    if keys is not None:
        wanted["keys"] = () if keys == "auto" else tuple(keys)
    wanted = {field: value for field, value in wanted.items() if value is not None}
    with opened(where) as studies:
        study = pick(studies, name)
        if wanted:
            changed(study.settings, wanted)  # nobody is enrolled for a change that cannot be
            with studies.database.write() as db:
                number = persons.enroll(db, person or getpass.getuser()).number
            study = studies.change(study.name, lambda old: changed(old, wanted), number)
        with studies.database.read() as db:
            history = db.all(
                "SELECT s.made_at, p.name FROM desk_settings s LEFT JOIN desk_people p "
                "ON p.id = s.person WHERE s.study = :study ORDER BY s.id",
                study=study.number,
            )
    if as_json:
        kept = [{"made_at": at, "by": by} for at, by in history]
        typer.echo(json.dumps({"study": study.name, **study.settings.describe(), "history": kept}))
        return
    _print(study, history)


@app.command("known", cls=Command, short_help="Give items of known label, as checks.")
def known_items(
    where: Where,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help=".npz with 'inputs' and 'labels' (-1: can't tell); for texts a .csv or .jsonl with a "
            "column 'label' (a name, or can't tell).",
        ),
    ],
    name: Name = None,
    text: shared_options.Text = None,
) -> None:
    """Give items whose label is known, for attention checks.

    They are mixed in at the rate of --known, told apart by nobody, and count neither as answers
    nor in any agreement.

        preceptor study known preceptor.db checks.npz --study ann
    """
    with opened(where) as studies:
        study = pick(studies, name)
        texts = study.settings.is_text
        inputs, labels = known_texts(file, study, text or ()) if texts else _labelled(file)
        studies.know(study.name, inputs, labels)
    typer.echo(f"{len(labels)} known items for the study {study.name!r}")


@app.command("examples", cls=Command, short_help="Give examples of the classes, to practise on.")
def practice_examples(
    where: Where,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help=".npz with 'inputs' and 'labels' (-1: can't tell); for texts a .csv or .jsonl with a "
            "column 'label' (a name, or can't tell).",
        ),
    ],
    name: Name = None,
    text: shared_options.Text = None,
) -> None:
    """Give examples of each class, which people see with their labels before they answer.

    Three of a class are shown with their label, the others (up to twelve) are to practise on. What people
    are asked, and known items, cannot be examples.

        preceptor study examples preceptor.db examples.npz --study ann
    """
    with opened(where) as studies:
        study = pick(studies, name)
        texts = study.settings.is_text
        inputs, labels = known_texts(file, study, text or ()) if texts else _labelled(file)
        new = practice.give_examples(studies, study.name, inputs, labels)
    typer.echo(f"{new} new examples for the study {study.name!r}")


def _labelled(file: Path) -> tuple[Inputs, list[int]]:
    """Inputs and labels of a file.

    Raises:
        InputError: it holds none.
    """
    try:
        with np.load(file, allow_pickle=False) as found:
            inputs, labels = found["inputs"], found["labels"]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{file}: expected a .npz file with the arrays 'inputs' and 'labels' ({error})"
        ) from error
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or inputs.dtype.kind not in "biuf":
        raise InputError(f"{file}: labels are whole numbers, one for each input")
    return torch.from_numpy(inputs.astype(np.float32)), labels.tolist()


def changed(old: Settings, wanted: dict[str, Any]) -> Settings:
    """The settings with some of them changed; with another overlap, the rule's ``least`` follows.

    Raises:
        InputError: something is out of range.
    """
    made = dict(wanted)
    if "overlap" in made and "rule" not in made and made["overlap"] != old.overlap:
        made["rule"] = for_people(old.rule, max(1, made["overlap"]))
    if isinstance(made.get("rule"), UntilDecided):
        made["rule"] = replace(made["rule"], of=made.get("overlap", old.overlap))
    return replace(old, **made)


def parse_rule(text: str) -> VoteRule:
    """``votes:least=5,share=2/3,abstentions=1/3`` or ``unanimous:least=3``, each with ``until=0.05``:
    then of as few votes as may be, which :func:`changed` makes as many as are asked.

    Raises:
        InputError: neither.
    """
    found = _RULE.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError("no such rule")
        pairs = [part.split("=", 1) for part in (found[2] or "").split(",") if part]
        given: dict[str, Any] = {key.strip(): float(Fraction(value)) for key, value in pairs}
        if "least" in given:
            if given["least"] != int(given["least"]):
                raise ValueError("least is a whole number")
            given["least"] = int(given["least"])
        error, share = given.pop("until", None), given.pop("sets", None)
        if share is not None and error is not None:
            raise ValueError("sets are made of all votes: leave out until")
        if share is not None and found[1] == "votes":
            return SharedVotes(Votes(**given), share)
        rule = Votes(**given) if found[1] == "votes" else Unanimous(**given)
        return rule if error is None else UntilDecided(rule, rule.least, error)
    except InputError:
        raise
    except (ValueError, TypeError, ZeroDivisionError) as problem:
        raise InputError(
            f"--rule {text!r} ({problem}): write votes:least=5,share=2/3,abstentions=1/3 or "
            "unanimous:least=3, and until=0.05 behind either to stop asking as soon as it is decided"
        ) from problem


def _text(given: str) -> str:
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--instructions {given}: cannot read it ({error})") from error


def _inputs(one: Settings) -> str:
    """What is asked about."""
    if one.is_text:
        return ", ".join(one.domain["fields"]) or "texts"
    return " x ".join(map(str, one.shape))


def _print(study: Study, history: list[tuple[Any, ...]]) -> None:
    one = study.settings
    rule = "the person who was asked gave a label" if one.overlap == 1 else one.rule.sentence
    at, by = history[-1]
    lines = [
        ("study", study.name),
        ("labels", ", ".join(one.classes)),
        ("inputs", _inputs(one)),
        ("people asked each question", str(one.overlap)),
        ("certain where", rule),
        ("asked a second time", f"{one.again:.0%}"),
        ("attention checks", f"{one.known:.0%}"),
        ("shared first block", f"{one.block} questions"),
        ("keys", " ".join(one.keys) or "chosen by the desk"),
        ("instructions", one.instructions),
        ("set", f"{at[:16]} by {by or 'the audit that made it'} ({len(history)} in all)"),
    ]
    for word, value in lines:
        say(f"{word:<27} {value}")
