"""A proof: what command line and front door both call."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch

from preceptor.api.auditing import Say
from preceptor.api.data import Data, as_data, label_names
from preceptor.api.given_bounds import Bounds
from preceptor.api.given_student import Given, as_given
from preceptor.api.given_teacher import Classes, as_teacher, check_names
from preceptor.api.places import folder_for, is_temporary
from preceptor.api.progress_bars import bars
from preceptor.api.words import names_of, whole_number
from preceptor.certificates import (
    Certificate,
    CertificateCheck,
    CertificateQuestion,
    ProofProgress,
    ProofSettings,
    check,
    least_certainty,
    prove,
)
from preceptor.certificates.vnnlib import export_question
from preceptor.core import Domain, InputError
from preceptor.core.lock import alone
from preceptor.students import Normalise

FILE = "certificate.json"

_STAGES = {
    "bounds": "bounding",
    "witness": "looking for a witness",
    "boxes": "proving",
    "solver": "solving exactly",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class ProofOptions:
    """What is to be proved: the options of :func:`preceptor.prove`, not yet understood.

    Attributes:
        say: told what is no result.
    """

    student: object
    data: object
    say: Say
    teacher: object = None
    around: str | None = None
    eps: float | None = None
    least: bool = False
    seconds: float = 60.0
    rounding: str = "absorbed"
    split_inputs: int = 6
    out: str | Path | None = None
    export: str | Path | None = None
    bounds: Bounds | None = None
    classes: Classes | None = None
    seed: int = 0
    trust_pickle: bool = False
    normalise: Normalise | None = None
    progress: bool | None = None

    def check(self) -> None:
        """See that options go together.

        Raises:
            InputError: they do not.
        """
        whole_number("seed", self.seed, 0)
        whole_number("split_inputs", self.split_inputs, 0)
        if self.data is None:
            raise InputError(
                "no --data given: name inputs, for their bounds and for balls, or a problem"
            )
        if (self.around is None) != (self.eps is None):
            raise InputError(
                "--around ID and --eps go together: the l_inf ball of that size around that item; leave out both "
                "for the whole domain"
            )
        if self.least and self.around is not None:
            raise InputError(
                "--least-certainty is about the whole domain; leave out --around and --eps"
            )


def read_question(asked: ProofOptions) -> CertificateQuestion:
    """Student, teacher and domain, understood.

    Raises:
        InputError: something handed in cannot be used, or is not piecewise linear.
    """
    asked.check()
    names = names_of(asked.classes)
    found = as_data(asked.data, bounds=asked.bounds, seed=asked.seed, classes=names)
    given = Given.of(asked.student, asked.normalise)
    who = as_teacher(asked.teacher, found, names, None, student=given)
    check_names(names, who)
    labels = label_names(names, found, who.classes)
    pupil = as_given(given, found.source, who.classes, labels, trust_pickle=asked.trust_pickle)
    domain = found.source.domain
    if not isinstance(domain, Domain):
        raise InputError(
            "a certificate is about vectors or images in a box, and these inputs are texts"
        )
    centre = None if asked.around is None else _item(found, asked.around)
    question = CertificateQuestion(pupil, who, domain, centre, asked.eps)
    question.problem  # noqa: B018 - refused now, before any work
    return question


def _item(data: Data, name: str) -> torch.Tensor:
    """The item of this id."""
    ids = list(data.source.ids)
    if name not in ids:
        shown = ", ".join(map(str, ids[:8]))
        raise InputError(f"--around {name}: no item has this id; the first are {shown}")
    place = ids.index(name)
    return cast("torch.Tensor", data.source.read(place, place + 1))[0]


def run_proof(asked: ProofOptions) -> Certificate:
    """Prove, refute, or go on from the certificate that lies in the folder.

    Raises:
        InputError: something handed in cannot be used.
    """
    question = read_question(asked)
    settings = ProofSettings(
        seconds=asked.seconds,
        rounding=asked.rounding,  # type: ignore[arg-type]  # checked there
        split_inputs=asked.split_inputs,
        seed=asked.seed,
    )
    if asked.export is not None:
        asked.say(f"Question for other verifiers: {export_question(question, asked.export)}")
    out = folder_for(asked.out)
    with alone(out), bars(asked.progress) as show:

        def watch(step: ProofProgress) -> None:
            words = f"{_STAGES[step.stage]}: {step.open:,} open"
            show("prove", words, round(1000 * step.proved), 1000)

        if asked.least:
            made = least_certainty(question, settings, watch=watch)
        else:
            before = _left_before(out, asked.say, question)
            made = prove(
                question,
                settings,
                resume=before,
                watch=watch,
                around=asked.around or "",
                keep=None if is_temporary(out) else lambda part: part.save(out),
            )
        return made if is_temporary(out) else made.save(out)


def _left_before(
    out: Path, say: Callable[[str], None], question: CertificateQuestion
) -> Certificate | None:
    """The certificate of this question that lies in the folder, if it was left undecided."""
    if not (out / FILE).exists():
        return None
    from preceptor.certificates.certify import described, same_question

    before = Certificate.load(out)
    if same_question(before.facts["question"], described(question)):
        raise InputError(
            f"{out} holds a certificate of another question. Name another folder with --out, or remove it"
        )
    if before.least_lead is not None:
        return None
    if before.status == "undecided":
        say(f"Going on from the boxes that {out / FILE} left open.")
    return before


def run_check(
    certificate: Certificate | str | Path, asked: ProofOptions, seconds: float
) -> CertificateCheck:
    """Check a certificate against the student and teacher that it is about.

    Raises:
        InputError: something handed in cannot be used.
    """
    made = certificate if isinstance(certificate, Certificate) else Certificate.load(certificate)
    return check(made, read_question(asked), seconds=seconds)
