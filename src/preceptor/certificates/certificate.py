"""The certificate: what was asked, what was found, and all that is needed to check it or go on.

One JSON file. ``facts`` is the same whenever the same proof is made with the same settings and enough time;
``run`` is not. The tree of splits lies in it, so that whoever checks it need not search for it again.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

import torch
from torch import Tensor

from preceptor.certificates.certificate_question import CertificateQuestion, CertificateWitness
from preceptor.certificates.open_boxes import BoxBatch, SplitTree
from preceptor.core.ending import Ending
from preceptor.core.saved import Arrays, Facts, Format
from preceptor.core.view import View, Viewed

SCHEMA: Final = "preceptor-certificate/1"

FORMAT: Final = Format(
    what="certificate",
    schema=SCHEMA,
    file="certificate.json",
    hint="Give the folder that `preceptor prove --out` named, or its certificate.json.",
)

Status = Literal["proved", "refuted", "undecided"]


@dataclass(frozen=True)
class ProvedVolume:
    """Shares of the domain's volume, each at least so much.

    Attributes:
        nowhere: proved, and the teacher is nowhere certain there.
        agreeing: proved beside: wherever the teacher is certain there, the student agrees.
        open: not proved, at most.
    """

    nowhere: float
    agreeing: float
    open: float

    @property
    def proved(self) -> float:
        """Both proved parts."""
        return self.nowhere + self.agreeing


@dataclass(frozen=True, eq=False, repr=False)
class Certificate(Viewed):
    """A proof, a refutation, or how far either got.

    Attributes:
        facts: ``status``, ``why``, ``question`` (student and teacher with their versions, domain, ball),
            ``settings``, ``volume``, ``cases``, ``deviation`` of float32, ``witness``, ``least_lead`` if that
            was asked for.
        run: when, how long, on what.
        proof: the tree of splits, and boxes that are open; plain data.
        question: student and teacher themselves; ``None`` in a certificate that was loaded.
        folder: where it was saved; ``None`` if nowhere.
    """

    facts: Facts
    run: Facts
    proof: Facts
    question: CertificateQuestion | None = field(default=None)
    folder: Path | None = None

    @property
    def status(self) -> Status:
        """``proved``, ``refuted`` or ``undecided``."""
        found: Status = self.facts["status"]
        return found

    @property
    def volume(self) -> ProvedVolume | None:
        """What of the domain is proved; ``None`` where boxes were not split."""
        said = self.facts["volume"]
        return None if said is None else ProvedVolume(**said)

    @property
    def least_lead(self) -> tuple[float, float | None] | None:
        """The teacher's least certainty at which the student is right everywhere: ``(witnessed, proved)``.

        At the first a witness stands; from the second on it is proved. ``None`` if it was not asked for.
        """
        said = self.facts.get("least_lead")
        return None if said is None else (said["witnessed"], said["proved"])

    @property
    def witness(self) -> CertificateWitness | None:
        """An input at which the teacher is certain and the student wrong."""
        said = self.facts["witness"]
        if said is None:
            return None
        shape = tuple(self.facts["question"]["domain"]["shape"])
        inputs = torch.tensor(said["inputs"], dtype=torch.float32).reshape(1, *shape)
        return CertificateWitness(inputs, said["teacher"], said["student"])

    @property
    def box(self) -> tuple[Tensor, Tensor]:
        """Ends ``Float64[features]`` of what it is about."""
        low, high = (
            torch.tensor(self.facts["question"][end], dtype=torch.float64)
            for end in ("low", "high")
        )
        return low, high

    def tree(self) -> SplitTree:
        """Every split, and what became of its parts."""
        return SplitTree.read(self.proof["tree"])

    def waiting(self) -> BoxBatch | None:
        """The boxes that are open."""
        said = self.proof["waiting"]
        return None if said is None else BoxBatch.read(said, len(self.facts["question"]["low"]))

    def view(self) -> View:
        """The answer in a sentence, and what is proved."""
        from preceptor.certificates.certificate_view import view_of

        return view_of(self)

    def ending(self) -> Ending:
        """How it ends: proved passes, refuted fails, undecided is open."""
        why = (str(self.facts["why"]),)
        if self.status == "proved":
            return Ending("pass", 0)
        return Ending("fail", 1, why) if self.status == "refuted" else Ending("open", 3, why)

    def to_dict(self) -> Facts:
        """Plain data: what ``preceptor prove --json`` prints."""
        return {
            "schema": SCHEMA,
            "folder": None if self.folder is None else str(self.folder),
            "outcome": self.ending().describe(),
            **self.facts,
            "run": self.run,
        }

    def save(self, path: str | Path) -> "Certificate":
        """Write it, whole or not at all; the certificate that knows where it lies.

        Args:
            path: a folder, for ``certificate.json`` in it; or a file that ends in ``.json``.
        """
        where = Path(path)
        said = {**self.facts, "run": self.run, "proof": self.proof}
        if where.suffix == ".json":
            replace(FORMAT, file="").write(where, said)
            return replace(self, folder=where.parent)
        FORMAT.write(where, said)
        return replace(self, folder=where)

    @classmethod
    def load(cls, path: str | Path) -> "Certificate":
        """Read one from its folder or file.

        Raises:
            InputError: none there, or one of another schema.
        """
        return FORMAT.load(path, cls._of)

    @classmethod
    def _of(cls, folder: Path, said: Facts, arrays: Arrays) -> "Certificate":
        del arrays
        facts = {name: one for name, one in said.items() if name not in ("schema", "run", "proof")}
        made = cls(facts, said["run"], said["proof"], None, folder)
        if made.status not in ("proved", "refuted", "undecided"):
            raise KeyError(f"status {made.status!r}")
        return made
