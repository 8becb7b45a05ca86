"""What the processes of ``test_asking_at_once`` do: an audit of a teacher that takes its time."""

import os
import sys
import time
from pathlib import Path

import torch
from asking_worlds import BATCH, Pupil, Push, Seer, honest, world
from torch import Tensor

from preceptor.audit import Plan, audit
from preceptor.core import Answers
from preceptor.ledger import Ledger


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    asked, ended = (os.open(folder / name, flags) for name in ("asked", "ended"))

    def say(inputs: Tensor) -> Answers:
        for row in inputs:
            os.write(asked, (row.numpy().tobytes().hex() + "\n").encode())
        time.sleep(0.1)
        answers = honest(inputs)
        for row in inputs:
            os.write(ended, (row.numpy().tobytes().hex() + "\n").encode())
        return answers

    with Ledger(folder / "book") as ledger:
        kept = ledger.keep(Seer(say, concurrency=8), purpose="audit")
        record = audit(Pupil(), kept, world(), Plan((Push(),), batch=BATCH), folder / "out")
    (folder / "digest").write_text(record.digest)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
