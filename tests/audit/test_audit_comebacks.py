"""Coming back: another seed, order, file, rule, proxy or folder continues what was begun."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from audit_fakes import SQUARE, Jitter, Pupil, Push, Scripted, Seer, codes, points, run, world
from torch import Tensor

from preceptor.audit import Plan, Record, check_decision, sentence
from preceptor.audit.line import OrderDraw, drawn, item_keys, join, reach, read_line
from preceptor.audit.notebook import Notebook
from preceptor.core import ArraySource, InputError
from preceptor.ledger import Ledger
from preceptor.sequential import StoppingRule

ATTACKS = (Push((0.0, 0.125), "up"), Jitter(0.25))
OPEN = StoppingRule(least=0.62)
ITEMS = StoppingRule(least=0.62, of="items")


def said(record: Record) -> dict:
    return record.facts["stopping"]


def some(rows: Tensor, seed: int, prefix: str = "") -> ArraySource:
    """The rows in another order, by other names."""
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))
    return ArraySource(rows[order], SQUARE, [f"{prefix}{i}" for i in range(len(rows))], "world")


def contents(record: Record) -> list[bytes]:
    return [row.tobytes() for row in record.inputs(0, list(range(len(record.ids))))]


def test_orders_are_nested_and_what_is_new_comes_anywhere_behind() -> None:
    first = OrderDraw("a", 20, 0)
    order = drawn([first])
    assert sorted(order.tolist()) == list(range(20))
    longer = drawn([first, OrderDraw("b", 30, 8)])
    assert longer[:8].tolist() == order[:8].tolist()
    assert [n for n in longer.tolist() if n < 20] == order.tolist(), "nothing is drawn anew"
    assert sorted(longer.tolist()) == list(range(30))


def test_every_order_behind_what_is_kept_is_as_likely() -> None:
    """Three items, one asked about, then two more: the 24 orders of the rest, 4,800 draws."""
    seen: Counter[tuple[int, ...]] = Counter()
    for k in range(4800):
        order = drawn([OrderDraw(f"a{k}", 3, 0), OrderDraw(f"b{k}", 5, 1)])
        rest = np.argsort(np.argsort(order[1:]))
        seen[tuple(rest.tolist())] += 1
    assert len(seen) == 24
    # 200 each on average, standard deviation 14
    assert max(abs(count - 200) for count in seen.values()) < 75


def test_items_are_known_by_their_content(tmp_path: Path) -> None:
    book = Notebook(tmp_path / "notes")
    rows = torch.rand(60, 2, generator=torch.Generator().manual_seed(0))
    keys = item_keys(ArraySource(rows, SQUARE))
    line = join(book, keys, [str(i) for i in range(60)])
    again = join(book, keys[::-1], [f"other {i}" for i in range(60)])
    assert again.order.tolist() == line.order.tolist()
    assert again.ids == line.ids
    strangers = item_keys(ArraySource(1 - rows, SQUARE))
    assert join(book, strangers, line.ids).name != line.name
    twice = item_keys(ArraySource(rows[[0, 0, 1]], SQUARE))
    assert len(set(twice)) == 3, "of two that are the same, each is an item"


def test_a_file_that_shares_hardly_anything_is_no_growth(tmp_path: Path) -> None:
    book = Notebook(tmp_path / "notes")
    first = [str(i) for i in range(400)]
    line = join(book, first, first)
    other = ["0", *(str(i) for i in range(1000, 1399))]
    assert join(book, other, other).name != line.name
    assert join(book, first[:300], first[:300]).name == line.name


def test_a_draw_that_somebody_else_was_quicker_at_is_theirs(tmp_path: Path) -> None:
    """Two processes extend a line at once: the second finds its note refused, and reads again."""
    book = Notebook(tmp_path / "notes")
    join(book, ["a", "b"], ["a", "b"])

    class Late(Notebook):
        def note(self, topic: str, text: str, after: int) -> bool:
            if topic.startswith("line") and not done:
                done.append(join(book, ["a", "b", "c"], ["a", "b", "c"]))
            return super().note(topic, text, after)

    done: list = []
    found = join(Late(tmp_path / "notes"), ["a", "b", "c", "d"], ["a", "b", "c", "d"])
    assert found.keys == ("a", "b", "c", "d")
    assert len(found.drawings) == 3
    reach(book, found.name, found.order[:2])
    reach(book, found.name, found.order[:1])
    assert read_line(book, found.name)[0].reach == 2
    with (tmp_path / "notes").open("ab") as file:
        file.write(b'["line x", "cut o')
    assert read_line(book, found.name)[0].keys == found.keys


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger") as made:
        yield made


def test_another_seed_order_ids_and_folder_ask_nothing_new(tmp_path: Path, book: Ledger) -> None:
    rows = points(150)
    first_seer, second_seer = Seer(), Seer()
    first = run(
        tmp_path / "a",
        teacher=book.keep(first_seer),
        source=world(150),
        plan=Plan(ATTACKS, until=OPEN),
    )
    again = run(
        tmp_path / "b",
        teacher=book.keep(second_seer),
        source=some(rows, 5, "x"),
        plan=Plan(ATTACKS, until=OPEN, seed=7),
    )
    assert first_seer.asked
    assert second_seer.asked == []
    for name in ("claim", "after", "interval", "process", "components"):
        assert said(again)[name] == said(first)[name]
    assert contents(again) == contents(first)
    assert again.ids == first.ids, "the record calls items as they were called first"
    assert again.facts["plan"]["seed"] == 0
    assert {"seed-kept", "items-renamed"} <= codes(again)
    assert check_decision(again) == []


def test_a_larger_file_and_a_lower_threshold_go_on_from_where_it_was(
    tmp_path: Path, book: Ledger
) -> None:
    rows, seer = points(200), Seer()
    kept = book.keep(seer)
    plan = Plan(ATTACKS, until=StoppingRule(least=0.745))
    small = run(tmp_path / "a", teacher=kept, source=some(rows[:60], 1), plan=plan)
    assert said(small)["claim"] == "undecided"
    assert said(small)["used"] == 60
    assert "the same bets go on" in sentence(small)
    large = run(tmp_path / "a", teacher=kept, source=some(rows, 2), plan=plan, nonce="b")
    assert contents(large)[:60] == contents(small)
    assert said(large)["process"]["for"][:60] == said(small)["process"]["for"]
    lower = run(
        tmp_path / "c",
        teacher=kept,
        source=some(rows, 3),
        plan=Plan(ATTACKS, until=StoppingRule(least=0.5)),
        nonce="c",
    )
    assert said(lower)["claim"] == "certified"
    assert contents(lower) == contents(large)[: len(lower.ids)]
    assert said(lower)["attempt"] == {"number": 1, "rule": ">=0.745", "legs": 0}
    assert [check_decision(one) for one in (small, large, lower)] == [[], [], []]


def test_rows_that_were_asked_about_cannot_be_left_out(tmp_path: Path, book: Ledger) -> None:
    kept = book.keep(Seer())
    plan = Plan(ATTACKS, until=OPEN)
    rows = points(150)
    made = run(tmp_path / "a", teacher=kept, source=world(150), plan=plan)
    alone = [row for row in range(150) if int((rows == rows[row]).all(1).sum()) == 1]
    asked = [int(item) for item in made.ids if int(item) in alone]
    spare = next(row for row in alone if row not in asked)
    with pytest.raises(
        InputError, match=r"lack 1 of the \d+ items that this attempt was asked about"
    ):
        run(tmp_path / "b", teacher=kept, plan=plan, source=_without(rows, asked[0]))
    fewer = run(tmp_path / "c", teacher=kept, plan=plan, source=_without(rows, spare))
    assert said(fewer)["process"] == said(made)["process"]
    assert check_decision(fewer) == []
    of_items = Plan(ATTACKS, until=ITEMS)
    run(tmp_path / "d", teacher=kept, plan=of_items, source=world(150))
    with pytest.raises(InputError, match="lack 1 of the 150 items on which this attempt rests"):
        run(tmp_path / "e", teacher=kept, plan=of_items, source=_without(rows, spare))


def _without(rows: Tensor, gone: int) -> ArraySource:
    there = [row for row in range(len(rows)) if row != gone]
    return ArraySource(rows[there], SQUARE, [str(row) for row in there], "world")


def test_items_that_grow_are_bet_on_with_what_is_left(tmp_path: Path, book: Ledger) -> None:
    kept, rows = book.keep(Seer()), points(120)
    plan = Plan(ATTACKS, until=StoppingRule(least=0.7, of="items"))
    first = run(tmp_path / "a", teacher=kept, source=some(rows[:40], 1), plan=plan)
    assert said(first)["claim"] in ("certified", "refuted"), "these items are known exactly at last"
    assert said(first)["stakes"] is None
    second = run(tmp_path / "a", teacher=kept, source=some(rows, 2), plan=plan, nonce="b")
    used = len(first.ids)
    assert contents(second)[:used] == contents(first)
    assert said(second)["start"] == used
    stakes = said(second)["stakes"]
    assert max(max(stakes["up"]), max(stakes["down"])) <= 0
    assert min(stakes["down"] + stakes["up"]) < -0.1, "what was lost on the first stays lost"
    assert said(second)["attempt"]["legs"] == 2
    assert "what was left of their stake" in sentence(second)
    assert check_decision(second) == []


def test_another_proxy_is_another_leg_and_the_same_one_is_not(tmp_path: Path, book: Ledger) -> None:
    kept = book.keep(Seer())
    plan = Plan(ATTACKS, until=StoppingRule(least=0.7))
    told = {"teacher": kept, "source": world(80), "plan": plan}
    first = run(tmp_path / "a", proxy=Seer(name="guess"), **told)
    again = run(tmp_path / "b", proxy=Seer(name="guess"), nonce="b", **told)
    assert said(again)["process"] == said(first)["process"]
    assert said(again)["attempt"]["legs"] == 1
    other = run(tmp_path / "c", proxy=Seer(name="other"), nonce="c", **told)
    assert said(other)["attempt"]["legs"] == 2
    assert said(other)["start"] == len(first.ids)
    assert [check_decision(one) for one in (first, again, other)] == [[], [], []]


def test_what_comes_out_otherwise_counts_as_unknown(tmp_path: Path, book: Ledger) -> None:
    """An attack with random numbers of its own is tried until it fails to find an error."""
    kept, turn = book.keep(Seer()), [0.5]
    wild = Scripted(lambda inputs: inputs + torch.tensor([0.0, turn[0]]), "wild")
    plan = Plan((wild,), until=StoppingRule(least=0.9))
    first = run(tmp_path / "a", teacher=kept, source=world(60), plan=plan)
    assert said(first)["claim"] == "refuted"
    turn[0] = 0.0
    again = run(tmp_path / "b", teacher=kept, source=world(60), plan=plan)
    assert said(again)["claim"] != "certified"
    assert "came-out-otherwise" in codes(again)
    assert said(again)["disputed"]
    assert check_decision(again) == []


def test_students_are_counted_and_share_the_order(tmp_path: Path, book: Ledger) -> None:
    class Other(Pupil):
        def __call__(self, inputs: Tensor) -> Tensor:
            return self.think(inputs[:, 0])

    kept, plan = book.keep(Seer()), Plan(ATTACKS, until=StoppingRule(least=0.5))
    first = run(tmp_path / "a", teacher=kept, source=world(80), plan=plan)
    second = run(tmp_path / "b", teacher=kept, source=world(80), plan=plan, student=Other())
    assert [said(one)["attempt"]["number"] for one in (first, second)] == [1, 2]
    assert "attempt 2 on these items" in sentence(second)
    shorter = min(len(first.ids), len(second.ids))
    assert contents(first)[:shorter] == contents(second)[:shorter]


def test_without_a_ledger_the_folder_keeps_the_attempt(tmp_path: Path) -> None:
    plan = Plan(ATTACKS, until=OPEN)
    first = run(tmp_path / "a", source=world(150), plan=plan)
    again = run(
        tmp_path / "a", source=world(150), plan=Plan(ATTACKS, until=OPEN, seed=3), nonce="b"
    )
    assert said(again)["process"] == said(first)["process"]
    assert said(again)["line"]["name"] == said(first)["line"]["name"]


def test_nobody_can_know_the_order_before_the_items_are_there(tmp_path: Path) -> None:
    """Two ledgers, the same file and seed: two orders, from the operating system's random bytes."""
    plan = Plan(ATTACKS, until=OPEN)
    orders = {
        said(run(tmp_path / nonce, source=world(150), plan=plan, nonce=nonce))["order"]
        for nonce in ("a", "b")
    }
    assert len(orders) == 2


def test_a_dry_look_draws_nothing(tmp_path: Path, book: Ledger) -> None:
    class EnoughError(Exception):
        pass

    def stop(questions: int, known: int) -> None:
        assert (questions, known) == (450, 0)
        raise EnoughError

    with pytest.raises(EnoughError):
        run(
            tmp_path / "a",
            teacher=book.keep(Seer()),
            source=world(150),
            plan=Plan(ATTACKS, until=OPEN),
            before=stop,
        )
    assert book.journal.notes("lines") == []


def test_a_record_of_an_older_preceptor_is_read_and_says_so(tmp_path: Path) -> None:
    made = run(tmp_path / "a", source=world(150), plan=Plan(ATTACKS, until=OPEN))
    new = ("components", "component", "start", "stakes", "disputed", "line", "leg", "attempt")
    old = {key: value for key, value in said(made).items() if key not in new}
    facts = {**made.facts, "stopping": old}
    older = Record(made.folder, facts, made.run, made.ids, made.clean, made.moved)
    assert any("older preceptor" in problem for problem in check_decision(older))
    assert "%" in sentence(older)


def test_the_ledger_says_what_was_tried(tmp_path: Path, book: Ledger) -> None:
    kept = book.keep(Seer())
    record = run(tmp_path / "a", teacher=kept, source=world(80), plan=Plan(ATTACKS, until=OPEN))
    (line,) = book.journal.notes("lines")
    assert said(record)["line"]["name"] == line
    (attempt,) = map(json.loads, book.journal.notes(f"attempts {line}"))
    assert (attempt["rule"], attempt["seed"]) == (">=0.62", 0)
    assert attempt["attacks"] == ["up", "jitter 0.25"]
    assert attempt["begun"]
