"""Two tables, no model: votes of people and predictions of a model, from CSV.

How often is the model right where people are certain, under each condition, and does it err where
people err (error consistency)?

    python examples/votes_and_predictions.py
"""

import csv
from pathlib import Path

import numpy as np

import preceptor as pr

OUT = Path("example-votes")
CLASSES = ["cat", "dog", "owl"]


def write_tables() -> None:
    """Five people and a model, on 150 pictures of which noise makes some hard."""
    rng = np.random.default_rng(0)
    OUT.mkdir(exist_ok=True)
    votes, predictions = [], []
    for item in range(150):
        noisy = item % 3 == 0
        truth = rng.integers(3)
        for person in ("ann", "ben", "cho", "dia", "eli"):
            wrong = rng.random() < (0.25 if noisy else 0.02)
            label = CLASSES[(truth + 1) % 3] if wrong else CLASSES[truth]
            if noisy and rng.random() < 0.15:
                label = "-1"  # could not tell
            votes.append((f"img{item}", person, label, "noise" if noisy else "clear"))
        wrong = rng.random() < (0.5 if noisy else 0.05)
        predictions.append((f"img{item}", CLASSES[(truth + 2) % 3] if wrong else CLASSES[truth]))
    for name, header, rows in (
        ("votes.csv", ("item", "annotator", "label", "condition"), votes),
        ("predictions.csv", ("item", "label"), predictions),
    ):
        with (OUT / name).open("w", newline="") as file:
            csv.writer(file).writerows([header, *rows])


def main() -> None:
    """Read both tables and print what they say."""
    write_tables()
    record = pr.audit(
        str(OUT / "predictions.csv"),
        teacher=f"votes:{OUT / 'votes.csv'},least=3,share=3/5",
        classes=CLASSES,
        by="condition",
        out=OUT / "audit",
    )
    print(record, "\n")
    print(record.to_pandas().to_string())
    print(f"\nThe page: {OUT}/audit/report.html")


if __name__ == "__main__":
    main()
