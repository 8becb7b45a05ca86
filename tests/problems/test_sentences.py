import numpy as np
import pytest
import torch

from preceptor.core import UNCERTAIN
from preceptor.problems import hashed_student, sentences
from preceptor.problems.review_grammar import one_mistake, worth
from preceptor.problems.review_writer import Law, ReviewWriter
from preceptor.problems.sentences import draw_reviews, read_reviews

READ = {
    "The acting was great.": 1.5,
    "The acting was not great.": -0.75,
    "The story is not awful, but the music was very good!": 0.75 + 2 * 1.5,
    "Although the cast is superb, the plot is dull.": 0.0,
    "What a brilliant way to waste an evening.": -1.5,
    "The film is as moving as watching paint dry. I would not recommend it.": -3.5,
    "Anna plays a doctor. We saw it in Paris on Monday. The film was terible.": -2.0,
    "I didn't like the ending.": -0.75,
    "WATCH  IT": 2.0,
    "the f\u200bilm was gr\u0435at": 1.5,
    "It was about four o'clock. The plot is good.": 1.0,
}


@pytest.mark.parametrize("text", READ)
def test_what_a_review_says(text: str) -> None:
    assert worth(text) == READ[text]


@pytest.mark.parametrize("text", ["", "...", "hello world", "The film was.", "The film was bd."])
def test_what_cannot_be_read(text: str) -> None:
    assert worth(text) is None


def test_one_mistake_is_one_letter() -> None:
    words = ("boring", "bring", "boringg", "bxring", "obring")
    assert [one_mistake(word, "boring") for word in words] == [False, True, True, True, True]
    assert not one_mistake("bxrxng", "boring")
    assert not one_mistake("orb", "boring")


def test_every_written_review_is_read_and_mostly_as_meant() -> None:
    law = Law(negation=0.5, contrast=0.5, irony=0.2, neutral=0.8)
    texts, sense = draw_reviews(400, law, np.random.default_rng(3))
    assert all(worth(text) is not None for text in texts.rows)
    labels = read_reviews(list(texts.rows))
    sure = labels != UNCERTAIN
    assert sure.float().mean() > 0.9
    assert (labels[sure] == sense[sure]).float().mean() > 0.9


def test_places_go_with_the_label_and_mean_nothing() -> None:
    writer = ReviewWriter(Law(neutral=1.0, places=1.0), np.random.default_rng(0))
    drawn = [writer.review() for _ in range(200)]
    praised = [praise for text, praise in drawn if "Paris" in text]
    assert praised
    assert all(praised)
    assert worth("We saw it in Paris on Monday. The film was bad.") == -1.0


def test_a_student_learns_the_data_and_not_the_teacher() -> None:
    found = sentences()
    certain, same = found.agreement()
    assert certain.value is not None
    assert certain.value > 0.95
    assert same.value is not None
    assert same.value > 0.95
    student = hashed_student(found.train_texts, found.train_labels, classes=2, epochs=4)
    clean = found.take(200).texts
    right = student.decide(student(clean)) == found.labels[:200]
    assert right.float().mean() > 0.85
    far, _ = draw_reviews(300, Law(negation=0.9, contrast=0.8), np.random.default_rng(1))
    labels = read_reviews(list(far.rows))
    sure = labels != UNCERTAIN
    assert (student.decide(student(far))[sure] == labels[sure]).float().mean() < 0.8
    assert torch.equal(found.teacher(clean).labels, read_reviews(list(clean.rows)))
