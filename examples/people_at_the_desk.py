"""People as the teacher: ask, wait, run again.

The first run puts the questions to a study and answers nothing. People answer in the browser
(``preceptor desk --ledger answers.db``), as slowly as they like; here a table of answers, as a
crowd-working site would give it, stands in for them. The same audit again finds the answers; no
question is asked twice.

    python examples/people_at_the_desk.py
"""

import base64
import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

import preceptor as pr

OUT = Path("example-desk")
LEDGER = OUT / "answers.db"


def model(points: torch.Tensor) -> torch.Tensor:
    """The student: looks at the first of two numbers."""
    return (points[:, 0] > 0.5).long()


def audit() -> pr.Record:
    """The same call each time."""
    points = torch.rand(12, 2, generator=torch.Generator().manual_seed(0))
    return pr.audit(
        model,
        points,
        "human:points",
        "noise:size=0.2,tries=1",
        classes=["low", "high"],
        ledger=LEDGER,
        out=OUT / "audit",
    )


def command(*words: str) -> None:
    """A command of preceptor's command line."""
    subprocess.run([sys.executable, "-m", "preceptor", *words], check=True)


def answer_elsewhere() -> None:
    """Write the study's questions out, let somebody answer, and take their table in."""
    questions, answers = OUT / "questions.jsonl", OUT / "answers.csv"
    command("study", "export", str(LEDGER), "--study", "points", "--out", str(questions))
    rows = []
    for line in questions.read_text().splitlines():
        one = json.loads(line)
        if one["record"] != "question":
            continue
        first, second = np.frombuffer(base64.b64decode(one["values"]), np.float32)
        label = (
            "can't tell"
            if abs(first + second - 1) < 0.05
            else "high"
            if first + second > 1
            else "low"
        )
        rows.append((one["input"], "ann", label))
    with answers.open("w", newline="") as file:
        csv.writer(file).writerows([("input", "person", "label"), *rows])
    command("study", "import", str(LEDGER), str(answers), "--study", "points")


def main() -> None:
    """Ask, let people answer, ask again."""
    OUT.mkdir(exist_ok=True)
    print(audit(), "\n")
    answer_elsewhere()
    print()
    print(audit())


if __name__ == "__main__":
    main()
