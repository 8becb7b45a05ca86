"""Studies of texts on both databases: what is asked, said, taught, and what lessons become of it."""

import json
from dataclasses import replace
from uuid import uuid4

import numpy as np
import old_store
import pytest
import torch
from people_desk import enroll, inputs, say, take, work

from preceptor.core import UNCERTAIN, InputError, TextDomain, Texts, UnansweredError
from preceptor.ledger import input_keys
from preceptor.lessons import Examples, Lesson, RelevantWords, TextInvariances, TextPairs
from preceptor.people import Human, Settings, Studies, Study, answering, taught_items
from preceptor.people.lessons import TrainingData, inputs_of, lessons_of, price_of
from preceptor.people.own_viewing import read_viewing
from preceptor.people.text_lessons import pair_bits, spans_that_matter
from preceptor.people.text_viewing import TextViewing, text_viewing_of

CLASSES = ("bad", "good")
ROWS = ("a good film", "not Good at all, Anna said in 1999", "", "go\u200bod \u202e \U0001f600 x")
PAIRS = Texts((("p", "h"), ("p2", "h, [2]")), ("premise", "hypothesis"))


def settings(**domain: object) -> Settings:
    made = Settings.of(TextDomain(**domain), CLASSES)  # type: ignore[arg-type]
    return replace(made, again=0.0, known=0.0)


def reviews(studies: Studies) -> Study:
    study = studies.make("reviews", settings(protected=(r"\d+",)))
    assert studies.file("reviews", Texts(ROWS), "audit") == len(ROWS)
    return study


def teach(studies: Studies, kind: str, body: dict[str, object], seconds: float = 2.0) -> int:
    (ann,) = enroll(studies, "ann")
    draft = taught_items.Draft(uuid4().hex, kind, body, seconds)
    with studies.database.write() as db:
        return taught_items.give(db, studies.get("reviews"), ann, draft)


def key(row: int) -> str:
    return input_keys(Texts(ROWS))[row]


def test_texts_are_kept_as_they_are_and_answered(studies: Studies) -> None:
    study = reviews(studies)
    assert studies.get("reviews").settings == study.settings
    assert [studies.text(study, n) for n in (1, 2, 3, 4)] == [(one,) for one in ROWS]
    assert studies.file("reviews", Texts(ROWS), "audit") == 0
    human = Human(studies, study, "audit")
    with pytest.raises(UnansweredError, match="4 questions wait"):
        human(Texts(ROWS))
    (ann,) = enroll(studies, "ann")
    work(
        studies, study, ann, lambda one: 1 if "ood" in studies.text(study, one.question)[0] else -1
    )
    answers = human(Texts((*ROWS, ROWS[0])))
    assert answers.labels.tolist() == [1, 1, UNCERTAIN, UNCERTAIN, 1]
    assert human.known(Texts(("a good film ", "a good film"))).tolist() == [False, True]
    assert inputs_of(studies, study) == Texts(ROWS)


def test_parts_are_kept_apart(studies: Studies) -> None:
    made = replace(settings(fields=PAIRS.fields, fixed=("premise",)))
    study = studies.make("nli", made)
    studies.file("nli", PAIRS, "x")
    studies.know("nli", PAIRS[:1], [1])
    assert [studies.text(study, n) for n in (1, 2)] == PAIRS.parts
    with pytest.raises(InputError, match=r"premise, hypothesis.*got \(one text\)"):
        studies.file("nli", Texts(("p",)), "x")
    with pytest.raises(InputError, match="is about texts; got arrays"):
        studies.file("nli", torch.rand(2, 3), "x")
    with pytest.raises(InputError, match="about texts, which are no numbers"):
        studies.input(study, 1)
    studies.make("numbers", Settings(CLASSES, (3,)))
    with pytest.raises(InputError, match="arrays of numbers; got texts"):
        studies.file("numbers", PAIRS, "x")
    with pytest.raises(InputError, match="is about numbers, now texts"):
        studies.make("numbers", made)
    with pytest.raises(InputError, match="has parts"):
        studies.make("nli", settings())


def test_a_study_learns_what_a_later_audit_protects(studies: Studies) -> None:
    old, new = settings(protected=("a",), longest=10), settings(protected=("b",), longest=30)
    wide = json.loads(old.wider(new).text)
    assert (wide["protected"], wide["longest"]) == (["a", "b"], 30)
    assert old.wider(old) == old
    assert Settings.read(json.dumps(new.describe())) == new


def test_texts_that_nobody_reads_are_refused(studies: Studies) -> None:
    study = reviews(studies)
    assert studies.file("reviews", Texts(("x" * 100_000,)), "x") == 1
    with pytest.raises(InputError, match="at most 262,144 characters"):
        studies.file("reviews", Texts(("x" * 2**21,)), "x")
    assert len(studies.text(study, 5)[0]) == 100_000


def test_older_stores_hold_numbers_and_take_texts(where: str) -> None:
    old_store.make(where)
    with Studies(where, create=False) as studies:
        trio = studies.get("trio")
        assert np.allclose(studies.input(trio, 1), [0.1, 0.2])
        with studies.database.read() as db:
            assert db.all("SELECT DISTINCT dtype FROM desk_inputs") == [("float32",)]
        reviews(studies)
        with studies.database.read() as db:
            kinds = db.all("SELECT DISTINCT dtype FROM desk_inputs ORDER BY dtype")
        assert kinds == [("float32",), ("utf8",)]


def test_how_texts_were_read_is_kept_and_told(studies: Studies) -> None:
    study = reviews(studies)
    (ann,) = enroll(studies, "ann")
    for seen in (
        TextViewing(19, 590, True),
        TextViewing(19, 590, True),
        TextViewing(25, 590, False),
    ):
        (lease,) = take(studies, study, ann)
        with studies.database.write() as db:
            reply = answering.Reply(lease.ticket, uuid4().hex, 0, 1.0, "", None, seen)
            answering.answer(db, study, ann, reply)
    with studies.database.read() as db:
        found = text_viewing_of(db, study.number)
    assert (found["letters"], found["marked"], found["answers"]) == (19, True, 3)
    assert (
        Human(studies, study)
        .viewing["sentence"]
        .startswith("People read the texts in letters of 19")
    )
    assert read_viewing("letters 19, lines 590, unmarked", study.settings) == TextViewing(
        19, 590, False
    )
    for odd in ("letters 3, lines 9, marked", "letters 19", "224x224 smooth"):
        with pytest.raises(InputError):
            read_viewing(odd, study.settings)


def test_what_is_taught_becomes_lessons_with_their_price(studies: Studies) -> None:
    study = reviews(studies)
    (ann,) = enroll(studies, "ann")
    work(studies, study, ann, lambda one: 1, most=4)
    teach(studies, "words", {"input": key(0), "spans": [[0, 2, 6]]}, 3.0)
    teach(studies, "words", {"input": key(1), "spans": [[0, 9, 11]], "painted": "ignored"})
    body = {"input": key(0), "before": 1, "after": 0, "changed": ["a bad film"]}
    teach(studies, "pair", body)
    teach(studies, "example", {"label": 0, "made": ["dull"]})
    tried = [{"input": key(n), "range": 0.2, "label": 1} for n in (0, 1, 3)]
    teach(
        studies, "invariance", {"change": "typos", "range": 0.2, "confirmed": tried, "refused": []}
    )
    found = {one.kind: one for one in lessons_of(studies, study)}
    words, pairs, example, change = (
        found[kind] for kind in ("relevant words", "text pairs", "examples", "text invariances")
    )
    assert isinstance(words, RelevantWords)
    assert words.texts == Texts(ROWS[:2])
    assert words.spans[0] == ((0, 2, 6),)
    assert [ROWS[1][a:b] for _, a, b in words.spans[1]] == [
        "not",
        "Good",
        "all",
        "Anna",
        "said",
        "in",
        "1999",
    ]
    assert words.labels is not None
    assert words.labels.tolist() == [1, 1]
    assert words.price.cost == 5.0
    assert isinstance(pairs, TextPairs)
    assert pairs.second == Texts(("a bad film",))
    assert isinstance(example, Examples)
    assert isinstance(example.inputs, Texts)
    assert isinstance(change, TextInvariances)
    assert change.hold == "answer"
    ground = TrainingData(Texts(ROWS), torch.tensor([1, 1, -1, 0]), keys=[key(1)])
    few = lessons_of(studies, study, ground=ground)
    assert {one.kind for one in few} == {"relevant words", "examples", "text invariances"}
    assert all(isinstance(one, Lesson) for one in few)
    assert len(lessons_of(studies, study, kind="pair")) == 1
    with studies.database.read() as db:
        standing = taught_items.standing(db, study.number)
        alone = pair_bits(db, study, (ROWS[0],), ("a bad film",))
    prices = [price_of(studies, study, one) for one in standing]
    assert [one.cost for one in prices] == [3.0, 2.0, 2.0, 2.0, 2.0]
    assert prices[2].bits == pytest.approx(alone) == pytest.approx(pairs.price.bits)
    with pytest.raises(InputError, match="is about texts, the data to learn on are not"):
        lessons_of(studies, study, ground=TrainingData(inputs(2)))
    with pytest.raises(InputError, match="way=gradient"):
        lessons_of(studies, study, way="gradient")


def test_words_without_an_answer_hold_the_student_to_its_own(studies: Studies) -> None:
    study = reviews(studies)
    teach(studies, "words", {"input": key(0), "spans": [[0, 2, 6]]})
    (lesson,) = lessons_of(studies, study, way="drop")
    assert isinstance(lesson, RelevantWords)
    assert (lesson.labels, lesson.way) == (None, "drop")
    (ann,) = enroll(studies, "ann")
    while True:
        (lease,) = take(studies, study, ann)
        text = studies.text(study, lease.question)[0]
        say(studies, study, ann, lease.ticket, UNCERTAIN)
        if text == ROWS[0]:
            break
    (again,) = lessons_of(studies, study)
    assert isinstance(again, RelevantWords)
    assert again.labels is None


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        ("mask", {"input": 0}, "no kind 'mask' of teaching on such inputs"),
        ("words", {"input": "0" * 64, "spans": [[0, 0, 1]]}, "has none with the key"),
        ("words", {"input": 0, "spans": []}, "mark something"),
        ("words", {"input": 0, "spans": [[0, 0, 11]]}, "everything says nothing"),
        ("words", {"input": 0, "spans": [[0, 3, 3]]}, "lies outside"),
        ("words", {"input": 0, "spans": [[0, 9, 12]]}, "lies outside of the 11 characters"),
        ("words", {"input": 0, "spans": [[1, 0, 1]]}, "expected .part, start, end."),
        ("words", {"input": 0, "spans": [[0, True, 2]]}, "lies outside"),
        ("words", {"input": 0, "spans": [[0, 0, 1]], "painted": "x"}, "painted"),
        ("words", {"input": 0, "spans": [[0, 0, 1]], "mask": 1}, "unknown mask"),
        ("pair", {"input": 0, "before": 0, "after": 1, "changed": ["a good film"]}, "as it was"),
        ("pair", {"input": 0, "before": 0, "after": 2, "changed": ["x"]}, "after"),
        ("pair", {"input": 0, "before": 0, "after": 1, "changed": ["x", "y"]}, "list of 1 texts"),
        ("pair", {"input": 0, "before": 0, "after": 1, "changed": [" "]}, "nothing is left"),
        ("pair", {"input": 0, "before": 0, "after": 1, "changed": ["a\x07 film"]}, "control"),
        ("pair", {"input": 1, "before": 0, "after": 1, "changed": ["in 2000"]}, "protected"),
        ("pair", {"input": 0, "before": 0, "after": 1, "changed": ["x" * 2**21]}, "at most"),
        ("example", {"label": 0, "made": [" \n"]}, "write something"),
        ("example", {"label": 0, "made": [7]}, "expected texts"),
        ("example", {"made": ["x"]}, "label"),
        ("invariance", {"change": "nothing", "range": 1}, "no change 'nothing'"),
        ("invariance", {"change": "typos", "range": 3}, "0.05 to 1"),
        ("invariance", {"change": "typos", "range": 0.2}, "at least 3 different"),
        ("invariance", {"change": "typos", "range": 0.2, "groups": [["a", "b"]]}, "has none"),
        ("invariance", {"change": "words", "range": 0.5, "groups": [["a", "a "]]}, "two different"),
        ("invariance", {"change": "words", "range": 0.5}, "groups"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(
    studies: Studies, kind: str, body: dict[str, object], why: str
) -> None:
    reviews(studies)
    if isinstance(body.get("input"), int):
        body = {**body, "input": key(int(str(body["input"])))}
    with pytest.raises(InputError, match=why):
        teach(studies, kind, body)
    with studies.database.read() as db:
        assert db.all("SELECT COUNT(*) FROM desk_lessons") == [(0,)]


def test_stretches_that_meet_are_one(studies: Studies) -> None:
    reviews(studies)
    teach(studies, "words", {"input": key(3), "spans": [[0, 6, 7], [0, 0, 2], [0, 1, 3]]})
    with studies.database.read() as db:
        (one,) = taught_items.taught(db, studies.get("reviews").number)
    assert one.body["spans"] == [[0, 0, 3], [0, 6, 7]]
    assert spans_that_matter(one.body, (ROWS[3],)) == ((0, 0, 3), (0, 6, 7))
