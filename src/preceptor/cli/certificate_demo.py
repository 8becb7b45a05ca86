"""The demo's certificate: a student in the plane, taught until it is proved."""

from pathlib import Path

import torch
from torch import nn

from preceptor.api.teach_result import TeachResult
from preceptor.api.teaching import TeachOptions, run_teaching
from preceptor.core.watching import silent
from preceptor.students import TorchStudent


def certified_plane(folder: Path, seed: int) -> TeachResult:
    """A small student of the problem ``plane``, with a certificate for the whole domain; a few seconds.

    Args:
        folder: of the demo, for the ledger and ``certificate/``.
        seed: of the student and of what it learns.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
    return run_teaching(
        TeachOptions(
            student=TorchStudent(net, classes=2, name="small"),
            data="plane",
            strategy="until-proved:seconds=3",
            say=silent,
            budget=100,
            steps=200,
            given=20,
            ledger=folder / "ledger.db",
            out=folder / "certificate",
            audit=False,
            seed=seed,
            progress=False,
        )
    )


def told_certificate(taught: TeachResult) -> list[str]:
    """What was proved, of whom, at what price; and where it lies."""
    made = taught.certificate
    assert made is not None  # noqa: S101 - the strategy proves
    asked = taught.answer.price.questions
    where = "" if made.folder is None else f": {made.folder / 'certificate.json'}"
    return [
        f"A certificate, about all inputs of a square and not about some: a small network, taught {asked} answers of "
        "a rule that is uncertain in a band, asked where its proof failed.",
        f"  {made.view().headline}",
        f"  Certificate{where}",
    ]
