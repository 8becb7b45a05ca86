"""A text classifier, start to end: audit it, search, explain, teach it, compare ways of teaching.

The reviews are the problem `sentences`: a small language with negation, contrast, degrees and irony, whose
grammar is the teacher. In them the place where a film was seen goes with the label, and means nothing.

    python examples/texts.py
"""

from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import preceptor as pr
from preceptor.problems import sentences

OUT = Path("example-texts")
reviews = sentences()
texts, labels = reviews.train_texts[:400], reviews.train_labels[:400]

model = make_pipeline(TfidfVectorizer(), LogisticRegression(C=10))
model.fit(list(texts), labels.numpy())


def main() -> None:
    """Five verbs on one model."""
    record = pr.audit(
        model, "sentences", items=120, attacks=["standard", "negate"], out=OUT / "audit"
    )
    print(record, "\n")

    found = pr.search(model, "sentences", budget=120, items=200, out=OUT / "search")
    print(found, "\n")

    why = pr.explain(record, model, budget=150)
    print(why, "\n")

    taught = pr.teach(
        model,
        "sentences",
        strategy="told:pairs",
        budget=100,
        rounds=1,
        given=400,
        items=60,
        attacks="negate",
        out=OUT / "taught",
    )
    print(taught, "\n")

    comparison = pr.compare(
        "sentences",
        ["passive", "told:pairs", "told:relevant words"],
        budgets=60,
        seeds=2,
        given=60,
        steps=120,
        probes=150,
        items=30,
        search=0,
        jobs=1,
        out=OUT / "compared",
    )
    print(comparison)
    print(
        f"\nPages: {OUT}/audit/report.html, {OUT}/search/search.html, {OUT}/compared/comparison.html"
    )


if __name__ == "__main__":
    main()
