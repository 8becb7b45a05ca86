"""Proofs in an audit: for each item, whether the student is right all over its ball."""

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import torch

from preceptor.audit import Record
from preceptor.audit.audit_plan import Plan, describe
from preceptor.audit.certified import confront, with_certified
from preceptor.certificates import CertificateQuestion, ProofSettings, prove
from preceptor.core import AnySource, AnyStudent, AnyTeacher, Domain, InputError
from preceptor.core.identity import identify_student

FILE: Final = "certified.jsonl"
"""One line for each proof, written as soon as it is made; read by the next run."""

Told = Callable[[str, str, int, int], None]


@dataclass(frozen=True)
class Certify:
    """Which balls are to be proved, and how long.

    Attributes:
        seconds: the most time for each ball.
        eps: their radius; ``None`` for that of every attack in l_inf.
    """

    seconds: float
    eps: float | None = None

    @classmethod
    def of(cls, given: object) -> "Certify | None":
        """What ``--certify 5`` or ``--certify 5,eps=0.1`` asks for; a number of seconds in Python.

        Raises:
            InputError: it is neither.
        """
        if given is None:
            return None
        first, _, rest = str(given).partition(",")
        name, _, size = rest.partition("=")
        try:
            seconds, eps = float(first), float(size) if rest else None
        except ValueError:
            seconds = math.nan
        good = math.isfinite(seconds) and seconds > 0 and (not rest or name.strip() == "eps")
        if not good or (eps is not None and not 0 <= eps < math.inf):
            raise InputError(
                f"--certify {given}: expected the most seconds for each item, such as 5, or with the radius of "
                "the balls in l_inf, such as 5,eps=0.1"
            )
        return cls(seconds, eps)

    def balls(self, plan: Plan) -> dict[float, list[str]]:
        """Each radius with the names of the attacks that stay within it.

        Raises:
            InputError: no radius is given, and no attack has one in l_inf.
        """
        sizes: dict[float, list[str]] = {}
        for attack in plan.attacks:
            said = describe(attack)
            if "linf" in f"{said['family']} {said['settings'].get('norm', '')}" and attack.size:
                sizes.setdefault(float(attack.size), []).append(attack.name)
        if self.eps is not None:
            return {self.eps: sizes.get(self.eps, [])}
        if not sizes:
            raise InputError(
                "--certify proves balls in l_inf, and no attack of this audit has an eps there. Name one, such "
                f"as --attack pgd:eps=0.1, or the radius: --certify {self.seconds:g},eps=0.1"
            )
        return dict(sorted(sizes.items()))

    def check(self, pupil: AnyStudent, who: AnyTeacher, source: AnySource, plan: Plan) -> None:
        """See that all of it can be proved, before anything is asked.

        Raises:
            InputError: student or teacher is not piecewise linear, or the inputs are no numbers in a box.
        """
        first = next(iter(self.balls(plan)))
        domain, centre = source.domain, source.read(0, 1)
        if not isinstance(domain, Domain) or not isinstance(centre, torch.Tensor):
            raise InputError(
                "--certify is about vectors or images in a box, and these inputs are texts"
            )
        question = CertificateQuestion(pupil, who, domain, centre[0], first)
        question.problem  # noqa: B018 - refused now, before any question is paid for


@dataclass(frozen=True, eq=False)
class _Proofs:
    """Proofs of earlier runs, by what they are about."""

    file: Path
    who: str
    known: dict[str, dict[str, Any]]

    @classmethod
    def at(cls, folder: Path, pupil: AnyStudent, who: AnyTeacher) -> "_Proofs":
        file, known = folder / FILE, {}
        identity = identify_student(pupil)
        if file.exists() and not identity.unknown:
            for line in file.read_text(encoding="utf-8").splitlines():
                try:
                    said = json.loads(line)
                    known[str(said["key"])] = said
                except (ValueError, KeyError, TypeError):
                    continue  # a line that was cut off
        return cls(file, f"{identity.digest} {who.name} {who.version}", known)

    def status(self, question: CertificateQuestion, item: str, settings: ProofSettings) -> str:
        """Proved now, or before."""
        digest = sha256(self.who.encode())
        for end in question.box:
            digest.update(end.numpy().tobytes())
        key = digest.hexdigest()
        said = self.known.get(key)
        if said is not None and (
            said["status"] != "undecided" or said["seconds"] >= settings.seconds
        ):
            return str(said["status"])
        made = prove(question, settings, around=item)
        witness = made.witness
        line = {
            "key": key,
            "item": item,
            "eps": question.eps,
            "status": made.status,
            "seconds": settings.seconds,
            "took": made.run["seconds"],
            "witness": None if witness is None else witness.inputs.flatten().tolist(),
        }
        self.known[key] = line
        with self.file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")
        return made.status


def certify_record(
    record: Record,
    pupil: AnyStudent,
    who: AnyTeacher,
    source: AnySource,
    plan: Plan,
    asked: Certify,
    show: Told,
) -> Record:
    """The record with its proofs; saved. What was proved in an earlier run is not proved again.

    The teacher is asked nothing that is paid for: proofs read its conditions, and only at witnesses is it
    called as it is.

    Args:
        record: of the audit.
        pupil: the student.
        who: the teacher as it is, without its ledger.
        source: of the items, for their domain.
        plan: of the audit.
        asked: which balls, how long.
        show: told how far it is, as of :func:`preceptor.api.progress_bars.bars`.

    Raises:
        InputError: another record lies in the folder by now.
    """
    domain = source.domain
    assert isinstance(domain, Domain)  # noqa: S101 - Certify.check has seen to it
    begun, settings = time.monotonic(), ProofSettings(seconds=asked.seconds)
    proofs = _Proofs.at(record.folder, pupil, who)
    balls, sizes = [], asked.balls(plan)
    total, done = len(sizes) * len(record.ids), 0
    for eps, names in sizes.items():
        statuses, low, high = [], [], []
        for row, item in enumerate(record.ids):
            centre = torch.from_numpy(record.inputs(0, [row]))[0]
            question = CertificateQuestion(pupil, who, domain, centre, eps)
            statuses.append(proofs.status(question, item, settings))
            low.append(question.box[0])
            high.append(question.box[1])
            done += 1
            show("certify", f"proving within l_inf {eps:g}", done, total)
        balls.append(confront(record, eps, names, statuses, torch.stack(low), torch.stack(high)))
    return with_certified(record, balls, round(time.monotonic() - begun, 3))
