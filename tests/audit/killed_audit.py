"""What the processes of ``test_audit_killed`` do: the same audit, again and again."""

import os
import time
from pathlib import Path

import torch
from audit_fakes import Jitter, Logged, Pupil, Scripted, world
from torch import Tensor

from preceptor.audit import AuditProgress, Plan, audit
from preceptor.ledger import Ledger

ITEMS, BATCH = 48, 4


def slow(inputs: Tensor) -> Tensor:
    time.sleep(0.004)
    return 1 - inputs


def limps(inputs: Tensor) -> Tensor:
    """Fails on some items, so that reasons are written too."""
    if bool((inputs[:, 0] < 0.25).any()):
        raise ArithmeticError("x" * 300)
    return inputs.flip(1)


PLAN = Plan(
    (Jitter(0.5), Scripted(slow, "slow"), Scripted(limps, "limps"), Jitter(0.25)), batch=BATCH
)


def run_audit(folder: Path, pause: float = 0.004) -> None:
    """One run to the end, with every question and every step on record."""
    torch.set_num_threads(1)
    events = os.open(folder / "events", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def watch(step: AuditProgress) -> None:
        os.write(events, f"{step.stage}\n".encode())

    teacher = Logged(folder / "asked", lambda: time.sleep(pause))
    with Ledger(folder / "ledger") as ledger:
        kept = ledger.keep(teacher, purpose="audit")
        record = audit(Pupil(), kept, world(ITEMS), PLAN, folder / "out", watch=watch)
    (folder / "digest").write_text(record.digest)
