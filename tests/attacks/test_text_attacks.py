"""What every attack on texts promises; a new one adds a row to the table."""

import inspect
from collections.abc import Callable

import pytest
import torch

from preceptor.attacks import ATTACKS, TEXT_ATTACKS, parse
from preceptor.attacks.texts import Splice, Typos, WordExchange
from preceptor.attacks.texts.text_edits import word_places
from preceptor.core import Attack, InputError, ItemRng, TextDomain, Texts

GOOD = ("good", "great", "funny", "moving")
BAD = ("bad", "dull", "boring", "awful")


def review(number: int) -> str:
    words = GOOD if number % 2 else BAD
    one, two = words[number % 4], words[(number + 1) % 4]
    return f"This film, seen in {1990 + number} with Anna, is {one}. It was {two} and I did laugh."


POOL = Texts(tuple(review(number) for number in range(24)))
DOMAIN = TextDomain(longest=400, protected=("^This film",))


class Counting:
    """Counts words it knows, whole and in small letters only: a student that typos deceive."""

    name, classes, differentiable = "counting", 2, False
    device = torch.device("cpu")

    def __init__(self, labels: bool = False) -> None:
        self.asked, self.labels = 0, labels

    def __call__(self, inputs: Texts) -> torch.Tensor:
        self.asked += len(inputs)
        rows = []
        for parts in inputs.parts:
            words = " ".join(parts).replace(".", " ").replace(",", " ").split()
            score = sum(w in GOOD for w in words) - sum(w in BAD for w in words)
            score = (1 if score > 0 else -1) if self.labels else score
            rows.append([-float(score), float(score) + 0.1])
        return torch.tensor(rows).reshape(-1, 2)

    def decide(self, logits: torch.Tensor) -> torch.Tensor:
        return logits.argmax(1)

    def answers(self, inputs: Texts) -> list[int]:
        return self.decide(self(inputs)).tolist()


def moved_by(attack: Attack, inputs: Texts, student: Counting, seed: int = 0) -> Texts:
    ids = [str(row) for row in inputs]
    return attack(student, inputs, domain=DOMAIN, rng=ItemRng.named(seed, "attack", ids))


each = pytest.mark.parametrize("name", TEXT_ATTACKS)


@each
@pytest.mark.parametrize("labels", [False, True], ids=["scores", "labels"])
def test_stays_in_the_domain_and_reaches_its_goal(name: str, labels: bool) -> None:
    attack = parse(TEXT_ATTACKS[name].example, pool=POOL)
    student = Counting(labels)
    moved = moved_by(attack, POOL, student)
    assert not DOMAIN.outside(moved).any()
    assert DOMAIN.project(moved, POOL) == moved
    assert all(row.startswith("This film") for row in moved.rows)
    changed = [a != b for a, b in zip(moved, POOL, strict=True)]
    same = [a == b for a, b in zip(student.answers(moved), student.answers(POOL), strict=True)]
    assert sum(changed) >= len(POOL) / 2
    if attack.goal == "keep":
        assert all(same)
    elif name not in ("details", "filler") and (not labels or name in ("standard", "words")):
        # details must not matter, and do not; of two words at once labels alone tell nothing
        assert not all(same)


@each
def test_neither_the_batch_nor_the_order_decides(name: str) -> None:
    attack = parse(TEXT_ATTACKS[name].example, pool=POOL)
    whole = moved_by(attack, POOL, Counting())
    assert moved_by(attack, POOL, Counting()) == whole
    rows = torch.tensor([5, 2, 11])
    again = parse(TEXT_ATTACKS[name].example, pool=POOL)
    assert moved_by(again, POOL[rows], Counting()) == whole[rows]


@each
def test_has_the_form_of_an_attack(name: str) -> None:
    attack = parse(TEXT_ATTACKS[name].example, pool=POOL)
    assert isinstance(attack, Attack)
    assert attack.name.startswith(attack.family)
    assert list(inspect.signature(attack).parameters) == ["student", "inputs", "domain", "rng"]
    with pytest.raises(AttributeError):
        attack.queries = 3
    assert len(moved_by(attack, POOL[:0], Counting())) == 0


@each
def test_odd_texts_and_pairs(name: str) -> None:
    attack = parse(TEXT_ATTACKS[name].example, pool=POOL)
    odd = Texts(("", " ", "?!", "good", "\u0647\u0630\u0627 \u062c\u064a\u062f", "x" * 5000))
    free = TextDomain()
    rng = ItemRng.named(0, "attack", [str(i) for i in range(len(odd))])
    moved = attack(Counting(), odd, domain=free, rng=rng)
    assert free.project(moved, odd) == moved
    fields = ("premise", "hypothesis")
    pairs = Texts(tuple((a, b) for a, b in zip(POOL[:6], POOL[6:12], strict=True)), fields)
    domain = TextDomain(fields=fields, fixed=("premise",))
    attack = parse(TEXT_ATTACKS[name].example, pool=pairs)
    moved = attack(Counting(), pairs, domain=domain, rng=ItemRng.named(0, "x", list("abcdef")))
    assert [row[0] for row in moved] == [row[0] for row in pairs]


def test_queries_are_a_limit() -> None:
    student = Counting()
    moved_by(Typos(edits=5, queries=20), POOL[:1], student)
    assert student.asked <= 20 + 5 + 1  # undoing what was not needed, and the clean text


def test_words_come_from_the_users_texts_or_list(tmp_path) -> None:
    known = {word for row in POOL for word in row.lower().replace(".", "").replace(",", "").split()}
    moved = moved_by(WordExchange(POOL), POOL, Counting())
    for row in moved:
        assert set(row.lower().replace(".", "").replace(",", "").split()) <= known
    listed = tmp_path / "words.txt"
    listed.write_text("# mine\nfunny/hilarious\n")
    moved = moved_by(WordExchange(POOL, words=str(listed)), POOL[:4], Counting())
    assert "hilarious" in moved.rows[1]
    listed.write_text("funny\n")
    with pytest.raises(InputError, match="line 1"):
        WordExchange(POOL, words=str(listed))


def test_few_changes_are_left() -> None:
    """Of several edits that flip together, none is left that is not needed."""
    student = Counting()
    item = "This film is awful and dull"
    moved = moved_by(Typos(edits=4), Texts((item,)), student)
    changed = sum(a != b for a, b in zip(item.split(), moved.rows[0].split(), strict=True))
    assert student.answers(moved) == [1]
    assert changed == 2


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: parse("pgd:eps=1", pool=POOL), "moves arrays of numbers"),
        (lambda: parse("typos", pool=torch.zeros(2, 2)), "moves texts"),
        (lambda: parse("typos:kinds=slip", pool=POOL), "kinds must be among"),
        (lambda: parse("words:share=2", pool=POOL), "share"),
        (lambda: Splice(POOL[:0]), "pool is empty"),
        (lambda: parse("typos:edits=0", pool=POOL), "edits must be at least 1"),
    ],
)
def test_misuse_is_told(make: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        make()


def test_names_shared_by_both_kinds_are_meant() -> None:
    assert set(ATTACKS) & set(TEXT_ATTACKS) == {"standard"}


def test_long_texts_are_sampled() -> None:
    from preceptor.attacks.texts.text_search import TextItem

    rng = ItemRng.named(0, "x", ["a"]).generators[0]
    assert len(word_places(TextItem(("word " * 20_000,), TextDomain(), rng, 0))) == 400


def test_splice_replaces_no_more_than_its_share() -> None:
    """Half of three sentences is one, and three quarters of two are one."""
    pool = Texts(("Bad one. Bad two. Bad three.",))
    for text, share, most in (("A good. B good. C good.", 0.5, 1), ("A good. B good.", 0.75, 1)):
        student = Steady()
        attack = Splice(pool, share=share)
        rng = ItemRng.named(0, "attack", ["0"])
        moved = attack(student, Texts((text,)), domain=TextDomain(), rng=rng).rows[0]
        assert isinstance(moved, str)
        assert moved.count("Bad") == most


class Steady(Counting):
    """Holds its answer wherever anything good is left."""

    def __call__(self, inputs: Texts) -> torch.Tensor:
        good = torch.tensor(["good" in " ".join(parts) for parts in inputs.parts])
        return torch.stack([~good, good], 1).float() * 9
