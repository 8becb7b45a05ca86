"""What the processes of ``test_audit_killed_until`` do: the same stopped audit, again and again."""

import os
import time
from pathlib import Path
from unittest.mock import patch

import torch
from audit_fakes import Jitter, Logged, Pupil, Scripted, world
from killed_audit import limps, slow

from preceptor.audit import AuditProgress, Plan, audit
from preceptor.ledger import Ledger
from preceptor.sequential import StoppingRule

ITEMS, BATCH = 120, 4
PLAN = Plan(
    (Jitter(0.25), Scripted(slow, "slow"), Scripted(limps, "limps")),
    batch=BATCH,
    until=StoppingRule(within=0.2),
)


class Guesser(Logged):
    """Another teacher, that guesses."""

    name = "guesser"


def run_audit(folder: Path, proxied: bool, pause: float = 0.003) -> None:
    """One run to its decision, with every question and every step on record."""
    torch.set_num_threads(1)
    events = os.open(folder / "events", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def watch(step: AuditProgress) -> None:
        os.write(events, f"{step.stage}\n".encode())

    teacher = Logged(folder / "asked", lambda: time.sleep(pause))
    guesser = Guesser(folder / "guessed", lambda: None)
    # one line and one leg: the same draw whenever it comes
    with patch("secrets.token_hex", lambda _: "a"), Ledger(folder / "ledger") as ledger:
        record = audit(
            Pupil(),
            ledger.keep(teacher, purpose="audit"),
            world(ITEMS),
            PLAN,
            folder / "out",
            proxy=ledger.keep(guesser, purpose="proxy") if proxied else None,
            watch=watch,
        )
    (folder / "digest").write_text(record.digest)
